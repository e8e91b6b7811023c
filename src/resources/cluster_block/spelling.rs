//! The API has one form for "not set"; the user has several (`null`, `""`, `[]`), and the state keeps theirs.

use std::collections::BTreeSet;

use coreweave::Ca;

/// A text as the API has it.
pub(crate) fn text_as_found(spelling: Option<String>, found: &str) -> Option<String> {
    match spelling {
        Some(empty) if empty.is_empty() && found.is_empty() => Some(empty),
        _ => Some(found.to_owned()).filter(|found| !found.is_empty()),
    }
}

/// A set as the API has it.
pub(crate) fn set_as_found(
    spelling: Option<BTreeSet<String>>,
    found: &BTreeSet<String>,
) -> Option<BTreeSet<String>> {
    match spelling {
        Some(empty) if empty.is_empty() && found.is_empty() => Some(empty),
        _ => Some(found.clone()).filter(|found| !found.is_empty()),
    }
}

/// Certificates as the API has them, as PEM.
pub(crate) fn pem_as_found(spelling: Option<String>, found: &Ca) -> Option<String> {
    match spelling {
        Some(pem) if Ca::from_pem(&pem) == *found => Some(pem),
        // What cannot be decoded shows as it is: reading must not fail on foreign content.
        _ => {
            Some(found.to_pem().unwrap_or_else(|| found.as_base64().to_owned())).filter(|pem| !pem.is_empty())
        }
    }
}
