//! Extensions of certificates, as `crypto/x509` reads them (`processExtensions`). Those that it does not know are not read.

use super::{
    der::{BOOLEAN, Der, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, constructed, context},
    mailbox::is_mailbox,
    names::{Wrong, is_domain},
    url::GoUrl,
};

/// What is used of the extensions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extensions {
    /// Whether it names a server or a person: subject alternative names.
    pub(crate) has_names: bool,
    /// Whether it is a CA's, if there are basic constraints.
    pub(crate) is_ca: Option<bool>,
    /// Its key usage, if there is any, lacks the signing of certificates.
    pub(crate) is_barred_from_signing: bool,
}

/// All extensions of a certificate.
pub(crate) fn read(mut list: Der<'_>) -> Result<Extensions, Wrong> {
    const MALFORMED: Wrong = "an extension of it is malformed";
    let mut seen: Vec<&[u8]> = Vec::new();
    let mut parsed = Vec::new();
    while !list.is_empty() {
        let mut extension = list.read(SEQUENCE).ok_or(MALFORMED)?;
        let identifier = extension.object_identifier().ok_or(MALFORMED)?;
        let is_critical = if extension.peek(BOOLEAN) { extension.boolean().ok_or(MALFORMED)? } else { false };
        let value = extension.read(OCTET_STRING).ok_or(MALFORMED)?;
        if seen.contains(&identifier) {
            return Err("it has the same extension twice");
        }
        seen.push(identifier);
        parsed.push((identifier, is_critical, value));
    }
    let mut found = Extensions::default();
    for (identifier, is_critical, value) in parsed {
        process(identifier, is_critical, value, &mut found)?;
    }
    Ok(found)
}

fn process(
    identifier: &[u8],
    is_critical: bool,
    mut value: Der<'_>,
    found: &mut Extensions,
) -> Result<(), Wrong> {
    match identifier {
        [0x55, 0x1d, 14] => {
            if is_critical {
                return Err("its subject key identifier is marked critical");
            }
            value.read(OCTET_STRING).ok_or("its subject key identifier is malformed")?;
        }
        [0x55, 0x1d, 15] => {
            let (_, bits) = value.bit_string().ok_or("its key usage is malformed")?;
            found.is_barred_from_signing = bars_signing(bits);
        }
        [0x55, 0x1d, 17] => found.has_names = alternative_names(value)?,
        [0x55, 0x1d, 19] => {
            found.is_ca = Some(basic_constraints(value).ok_or("its basic constraints are malformed")?);
        }
        [0x55, 0x1d, 30] => name_constraints(value)?,
        [0x55, 0x1d, 31] => {
            crl_distribution_points(value).ok_or("its CRL distribution points are malformed")?;
        }
        [0x55, 0x1d, 32] => certificate_policies(value).ok_or("its certificate policies are malformed")?,
        [0x55, 0x1d, 33] => policy_mappings(value).ok_or("its policy mappings are malformed")?,
        [0x55, 0x1d, 35] => {
            if is_critical {
                return Err("its authority key identifier is marked critical");
            }
            authority_key_identifier(value).ok_or("its authority key identifier is malformed")?;
        }
        [0x55, 0x1d, 36] => policy_constraints(value).ok_or("its policy constraints are malformed")?,
        [0x55, 0x1d, 37] => extended_key_usage(value).ok_or("its extended key usage is malformed")?,
        [0x55, 0x1d, 54] => {
            value.small_integer().ok_or("its inhibit any policy is malformed")?;
        }
        [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x01] => {
            if is_critical {
                return Err("its authority information access is marked critical");
            }
            authority_information_access(value).ok_or("its authority information access is malformed")?;
        }
        _ => {}
    }
    Ok(())
}

/// Whether it has a name that Go uses.
fn alternative_names(mut value: Der<'_>) -> Result<bool, Wrong> {
    const MALFORMED: Wrong = "its subject alternative names are malformed";
    let mut names = value.read(SEQUENCE).ok_or(MALFORMED)?;
    let mut has_names = false;
    while !names.is_empty() {
        let (tag, name) = names.any().ok_or(MALFORMED)?;
        let is_text = name.0.is_ascii();
        let fits = match tag ^ 0x80 {
            1 | 2 => is_text,
            6 => is_text && std::str::from_utf8(name.0).is_ok_and(is_uri),
            7 => matches!(name.0.len(), 4 | 16),
            _ => continue,
        };
        if !fits {
            return Err("one of its subject alternative names is not valid");
        }
        has_names = true;
    }
    Ok(has_names)
}

fn is_uri(text: &str) -> bool {
    GoUrl::parse(text).is_ok_and(|uri| uri.host.is_empty() || is_domain(uri.host.as_bytes(), false))
}

/// Whether a key usage is there for something, but not for the signing of certificates (bit 5).
fn bars_signing(bits: &[u8]) -> bool {
    let is_any = bits.iter().any(|byte| *byte != 0);
    is_any && bits.first().is_none_or(|first| first & 0x04 == 0)
}

fn basic_constraints(mut value: Der<'_>) -> Option<bool> {
    let mut content = value.read(SEQUENCE)?;
    let is_ca = if content.peek(BOOLEAN) { content.boolean()? } else { false };
    if content.peek(INTEGER) && content.small_integer()? < 0 {
        return None;
    }
    Some(is_ca)
}

fn name_constraints(mut value: Der<'_>) -> Result<(), Wrong> {
    const MALFORMED: Wrong = "its name constraints are malformed";
    let mut content = value.read(SEQUENCE).filter(|_| value.is_empty()).ok_or(MALFORMED)?;
    let permitted = content.optional(constructed(0)).map_err(|_| MALFORMED)?;
    let excluded = content.optional(constructed(1)).map_err(|_| MALFORMED)?;
    let subtrees = [permitted, excluded].into_iter().flatten();
    if !content.is_empty() || !subtrees.clone().any(|subtree| !subtree.is_empty()) {
        return Err(MALFORMED);
    }
    for mut subtree in subtrees {
        while !subtree.is_empty() {
            let mut sequence = subtree.read(SEQUENCE).ok_or(MALFORMED)?;
            let (tag, value) = sequence.any().ok_or(MALFORMED)?;
            if !is_constraint(tag, value.0) {
                return Err("one of its name constraints is not valid");
            }
        }
    }
    Ok(())
}

fn is_constraint(tag: u8, value: &[u8]) -> bool {
    const DNS: u8 = context(2);
    const EMAIL: u8 = context(1);
    const ADDRESS: u8 = context(7);
    const URI: u8 = context(6);
    match tag {
        EMAIL if value.contains(&b'@') => value.is_ascii() && is_mailbox(value),
        DNS | EMAIL => value.is_ascii() && is_domain(value, true),
        URI => {
            let text = std::str::from_utf8(value).unwrap_or_default();
            value.is_ascii() && text.parse::<std::net::IpAddr>().is_err() && is_domain(value, true)
        }
        ADDRESS => matches!(value.len(), 8 | 32) && is_mask(value.split_at(value.len() / 2).1),
        _ => true,
    }
}

/// Ones, followed by zeros.
fn is_mask(mask: &[u8]) -> bool {
    let mut rest = mask.iter().skip_while(|byte| **byte == 0xff);
    let is_edge = |byte: &u8| byte.leading_ones() + byte.trailing_zeros() >= 8;
    rest.next().is_none_or(is_edge) && rest.all(|byte| *byte == 0)
}

fn crl_distribution_points(mut value: Der<'_>) -> Option<()> {
    let mut points = value.read(SEQUENCE)?;
    while !points.is_empty() {
        let mut point = points.read(SEQUENCE)?;
        let Some(mut name) = point.optional(constructed(0)).ok()? else { continue };
        let mut names = name.read(constructed(0))?;
        while names.peek(context(6)) {
            names.read(context(6))?;
        }
    }
    Some(())
}

fn certificate_policies(mut value: Der<'_>) -> Option<()> {
    let mut policies = value.read(SEQUENCE)?;
    let mut seen = Vec::new();
    while !policies.is_empty() {
        let identifier = policies.read(SEQUENCE)?.read(OBJECT_IDENTIFIER)?.0;
        if seen.contains(&identifier) || !is_identifier(identifier) {
            return None;
        }
        seen.push(identifier);
    }
    Some(())
}

/// `newOIDFromDER`: parts of any size, each in the shortest form.
fn is_identifier(bytes: &[u8]) -> bool {
    let mut begins = true;
    for byte in bytes {
        if begins && *byte == 0x80 {
            return false;
        }
        begins = byte & 0x80 == 0;
    }
    begins && !bytes.is_empty()
}

fn policy_mappings(mut value: Der<'_>) -> Option<()> {
    let mut mappings = value.read(SEQUENCE)?;
    while !mappings.is_empty() {
        let mut mapping = mappings.read(SEQUENCE)?;
        mapping.read(OBJECT_IDENTIFIER)?;
        mapping.read(OBJECT_IDENTIFIER)?;
    }
    Some(())
}

fn authority_key_identifier(mut value: Der<'_>) -> Option<()> {
    value.read(SEQUENCE)?.optional(context(0)).ok().map(|_| ())
}

fn policy_constraints(mut value: Der<'_>) -> Option<()> {
    let mut content = value.read(SEQUENCE)?;
    for tag in [context(0), context(1)] {
        if let Some(integer) = content.optional(tag).ok()? {
            integer.as_small_integer()?;
        }
    }
    Some(())
}

fn extended_key_usage(mut value: Der<'_>) -> Option<()> {
    let mut usages = value.read(SEQUENCE)?;
    while !usages.is_empty() {
        usages.object_identifier()?;
    }
    Some(())
}

fn authority_information_access(mut value: Der<'_>) -> Option<()> {
    let mut accesses = value.read(SEQUENCE)?;
    while !accesses.is_empty() {
        let mut access = accesses.read(SEQUENCE)?;
        access.object_identifier()?;
        access.optional(context(6)).ok()?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_and_constraints_are_those_of_go() {
        for (mask, fits) in [
            ([255, 255, 0, 0], true),
            ([255, 254, 0, 0], true),
            ([0, 0, 0, 0], true),
            ([255, 255, 255, 255], true),
            ([255, 0, 255, 0], false),
            ([255, 253, 0, 0], false),
        ] {
            assert_eq!(is_mask(&mask), fits, "{mask:?}");
        }
        for (tag, value, fits) in [
            (context(2), ".example.com", true),
            (context(2), "a..b", false),
            (context(1), "ada@example.com", true),
            (context(1), "ada b@example.com", false),
            (context(1), "\"ada b\"@example.com", true),
            (context(1), "example.com", true),
            (context(6), "example.com", true),
            (context(6), "10.0.0.1", false),
            (context(7), "1234", false),
            (context(4), "anything", true),
        ] {
            assert_eq!(is_constraint(tag, value.as_bytes()), fits, "{tag} {value}");
        }
    }
}
