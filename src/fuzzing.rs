//! What reads ids and the texts of a configuration, as functions of any text. They panic if a rule is broken.

use crate::{checks, resources::Scope};

/// Reads the id of an import.
pub fn import_id(text: &str) {
    for scope in [Scope::Cluster, Scope::Namespace, Scope::Either] {
        match scope.parse(text) {
            Ok(id) => assert_eq!(id.to_string(), text, "an id is written as it was read"),
            Err(problem) => assert!(!problem.is_empty(), "{text:?}"),
        }
    }
    let _ = checks::cluster_id(text);
}

/// Reads a text by each rule for attributes.
pub fn attribute(text: &str) {
    for rule in [
        checks::https_issuer,
        checks::https_server,
        checks::https_host,
        checks::pem_certificates,
        checks::key_value,
        checks::service_account,
        checks::dns_subdomain,
        checks::path_segment,
    ] {
        assert!(rule(text).err().is_none_or(|problem| !problem.is_empty()), "{text:?}");
    }
    assert!(checks::same_pem(text, text), "{text:?}");
}
