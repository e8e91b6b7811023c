//! Distinguished names and domain names, as `crypto/x509` reads them.

use super::der::{Der, SEQUENCE, SET};

/// What is wrong, as a clause.
pub(crate) type Wrong = &'static str;

/// Attributes that are shown, by the bytes of their identifiers.
const SHOWN: [(&[u8], &str); 5] = [
    (&[0x55, 0x04, 0x03], "CN"),
    (&[0x55, 0x04, 0x0b], "OU"),
    (&[0x55, 0x04, 0x0a], "O"),
    (&[0x55, 0x04, 0x07], "L"),
    (&[0x55, 0x04, 0x06], "C"),
];

/// A name (`parseName`), as text such as `CN=example, O=Example Ltd`, last attribute first.
pub(crate) fn distinguished_name(element: Der<'_>) -> Result<String, Wrong> {
    const MALFORMED: Wrong = "a name in it is malformed";
    let mut sequence = { element }.read(SEQUENCE).ok_or(MALFORMED)?;
    let mut shown = Vec::new();
    while !sequence.is_empty() {
        let mut set = sequence.read(SET).ok_or(MALFORMED)?;
        while !set.is_empty() {
            let mut attribute = set.read(SEQUENCE).ok_or(MALFORMED)?;
            let kind = attribute.object_identifier().ok_or(MALFORMED)?;
            let (tag, value) = attribute.any().ok_or(MALFORMED)?;
            let text = text(tag, value.0)
                .ok_or("a name in it has characters that its type of text does not allow")?;
            if let Some((_, name)) = SHOWN.iter().find(|(known, _)| *known == kind) {
                shown.push(format!("{name}={text}"));
            }
        }
    }
    shown.reverse();
    Ok(shown.join(", "))
}

/// `parseASN1String`.
fn text(tag: u8, value: &[u8]) -> Option<String> {
    let ascii = |allowed: fn(&u8) -> bool| {
        value.iter().all(allowed).then(|| value.iter().map(|byte| char::from(*byte)).collect())
    };
    match tag {
        // T61String, read as Latin-1.
        0x14 => ascii(|_| true),
        // PrintableString.
        0x13 => ascii(|byte| byte.is_ascii_alphanumeric() || b"'()+,-./ :=?*&".contains(byte)),
        // UTF8String.
        0x0c => std::str::from_utf8(value).ok().map(str::to_owned),
        // BMPString.
        0x1e => bmp_text(value),
        // IA5String.
        0x16 => ascii(u8::is_ascii),
        // NumericString.
        0x12 => ascii(|byte| byte.is_ascii_digit() || *byte == b' '),
        _ => None,
    }
}

fn bmp_text(value: &[u8]) -> Option<String> {
    if !value.len().is_multiple_of(2) {
        return None;
    }
    let value = value.strip_suffix(&[0, 0]).unwrap_or(value);
    let letter = |pair: &[u8]| match pair {
        [high, low] => match u16::from_be_bytes([*high, *low]) {
            0xfffe | 0xffff | 0xfdd0..=0xfdef => None,
            point => char::from_u32(u32::from(point)),
        },
        _ => None,
    };
    value.chunks(2).map(letter).collect()
}

/// `domainNameValid`.
pub(crate) fn is_domain(name: &[u8], is_constraint: bool) -> bool {
    if name.is_empty() {
        return true;
    }
    let name = if is_constraint { name.strip_prefix(b".").unwrap_or(name) } else { name };
    name.split(|byte| *byte == b'.')
        .all(|label| !label.is_empty() && label.iter().all(|byte| (33..=126).contains(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_of_text_has_its_characters() {
        for (tag, value, expected) in [
            (0x13, &b"Example *&"[..], Some("Example *&")),
            (0x13, b"a_b", None),
            (0x13, b"a@b", None),
            (0x0c, "ä".as_bytes(), Some("ä")),
            (0x0c, b"\xff", None),
            (0x14, b"\xe4", Some("ä")),
            (0x16, b"a@b", Some("a@b")),
            (0x16, b"\xe4", None),
            (0x12, b"1 2", Some("1 2")),
            (0x12, b"1a", None),
            (0x1e, b"\0a\0\0", Some("a")),
            (0x1e, b"\xd8\x00", None),
            (0x1e, b"a", None),
            (0x1c, b"\0\0\0a", None),
        ] {
            assert_eq!(text(tag, value).as_deref(), expected, "{tag:x} {value:x?}");
        }
    }

    #[test]
    fn domains_have_no_empty_label() {
        for (name, plain, constraint) in [
            ("example.com", true, true),
            (".example.com", false, true),
            ("example.com.", false, false),
            ("a..b", false, false),
            ("a b", false, false),
            ("", true, true),
            (".", false, false),
        ] {
            assert_eq!(is_domain(name.as_bytes(), false), plain, "{name}");
            assert_eq!(is_domain(name.as_bytes(), true), constraint, "{name}");
        }
    }
}
