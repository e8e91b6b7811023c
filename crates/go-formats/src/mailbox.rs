//! Mailboxes in name constraints, as `crypto/x509` reads them (`parseRFC2821Mailbox`).

/// Whether Go reads it: `ada@example.com`, `"ada b"@example.com`, `ada\ b@example.com`.
pub(crate) fn is_mailbox(text: &[u8]) -> bool {
    let rest = match text.strip_prefix(b"\"") {
        Some(quoted) => behind_quoted(quoted),
        None => behind_atoms(text),
    };
    rest.and_then(|rest| rest.strip_prefix(b"@")).is_some_and(is_domain)
}

/// What follows a quoted string, which began before.
fn behind_quoted(mut text: &[u8]) -> Option<&[u8]> {
    loop {
        let (first, rest) = text.split_first()?;
        text = match *first {
            b'"' => return Some(rest),
            b'\\' => {
                let (escaped, rest) = rest.split_first()?;
                matches!(escaped, 1..=9 | 11 | 12 | 14..=127).then_some(rest)?
            }
            1..=8 | 11 | 12 | 14..=33 | 35..=91 | 93..=127 => rest,
            _ => return None,
        };
    }
}

/// What follows the atoms, between single dots, of a local part.
fn behind_atoms(mut text: &[u8]) -> Option<&[u8]> {
    let mut local = Vec::new();
    loop {
        let (sign, rest) = match text {
            [b'\\', escaped, rest @ ..] => (*escaped, rest),
            [b'\\'] => return None,
            [sign, rest @ ..] if is_atom_sign(*sign) => (*sign, rest),
            _ => break,
        };
        local.push(sign);
        text = rest;
    }
    let is_dotted = local.split(|sign| *sign == b'.').all(|atom| !atom.is_empty());
    (!local.is_empty() && is_dotted).then_some(text)
}

fn is_atom_sign(sign: u8) -> bool {
    sign.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&sign)
}

/// `domainToReverseLabels`: may be empty.
fn is_domain(domain: &[u8]) -> bool {
    let is_label = |label: &[u8]| !label.is_empty() && label.iter().all(|byte| (33..=126).contains(byte));
    domain.is_empty() || domain.split(|byte| *byte == b'.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answers are those of Go 1.26.
    #[test]
    fn mailboxes_are_those_of_go() {
        for (text, expected) in [
            ("ada@example.com", true),
            ("ada.b@example.com", true),
            ("ada b@example.com", false),
            ("\"ada b\"@example.com", true),
            ("\"ada\\\"b@c\"@example.com", true),
            ("\"ada@example.com", false),
            ("\"ada\"b@example.com", false),
            ("\"ada\n\"@example.com", false),
            ("\"\"@example.com", true),
            ("\"\\", false),
            ("ada\\ b@example.com", true),
            ("ada\\@b@example.com", true),
            ("ada\\", false),
            (".ada@example.com", false),
            ("ada.@example.com", false),
            ("a..b@example.com", false),
            ("@example.com", false),
            ("ada@", true),
            ("ada@.example.com", false),
            ("ada@example.com.", false),
            ("ada@exa mple.com", false),
            ("ada@b@example.com", true),
            ("ada", false),
            ("", false),
        ] {
            assert_eq!(is_mailbox(text.as_bytes()), expected, "{text}");
        }
    }
}
