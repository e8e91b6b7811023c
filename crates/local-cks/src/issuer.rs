//! The issuer of a cluster's ServiceAccount tokens.

/// Issuer of a cluster's ServiceAccount tokens.
pub(crate) fn service_account_issuer(id: &str) -> String {
    format!("https://oidc.cks.coreweave.com/id/{id}")
}
