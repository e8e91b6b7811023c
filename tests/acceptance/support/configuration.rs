//! Configurations that many tests start from, and the API's blocks that they stand for.

use local_cks::LocalCks;
use serde_json::{Value, json};

use super::CLUSTER_ID;

/// The issuer of all configurations here.
pub(crate) const ISSUER: &str = "https://accounts.example.com";
/// The client id of all configurations here.
pub(crate) const CLIENT: &str = "kubernetes";

/// `cks_cluster_oidc.example` with the required attributes and more. A prefix is among them: without one there is a warning.
pub(crate) fn oidc(more: &str) -> String {
    oidc_named("example", more)
}

/// The same by another name.
pub(crate) fn oidc_named(name: &str, more: &str) -> String {
    format!(
        "resource \"cks_cluster_oidc\" {name:?} {{\n  cluster_id = {CLUSTER_ID:?}\n  issuer_url = {ISSUER:?}\n  client_id = {CLIENT:?}\n{more}\n}}\n"
    )
}

/// What [`oidc`] without more asks of the API.
pub(crate) fn minimal_block() -> Value {
    json!({ "issuerUrl": ISSUER, "clientId": CLIENT })
}

/// `cks_cluster_oidc.example` with all attributes of the API's block.
pub(crate) fn full_resource(local: &LocalCks) -> String {
    oidc(&format!(
        r#"
  username_claim      = "email"
  username_prefix     = "oidc:"
  groups_claim        = "groups"
  groups_prefix       = "oidc:"
  required_claim      = "department=platform"
  signing_algorithms  = ["RS256"]
  admin_group_binding = "oidc:admins"
  ca_certificate      = <<-EOT
{}EOT
"#,
        local.ca_pem()
    ))
}

/// What [`full_resource`] asks of the API.
pub(crate) fn full_block(local: &LocalCks) -> Value {
    json!({
        "issuerUrl": ISSUER,
        "clientId": CLIENT,
        "usernameClaim": "email",
        "usernamePrefix": "oidc:",
        "groupsClaim": "groups",
        "groupsPrefix": "oidc:",
        "requiredClaim": "department=platform",
        "signingAlgorithms": ["SIGNING_ALGORITHM_RS256"],
        "adminGroupBinding": "oidc:admins",
        "ca": base64(local.ca_pem()),
    })
}

/// As the API carries certificates.
pub(crate) fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
