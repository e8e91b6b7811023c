//! Configurations of `cks_cluster_oidc` that many tests start from, and their blocks in the API.

use local_cks::{LocalCks, OpenIdProvider};
use serde_json::{Value, json};

use super::{CLIENT, CLUSTER_ID, ISSUER, OIDC};

/// `cks_cluster_oidc.example` with the required attributes and more.
pub(crate) fn oidc(more: &str) -> String {
    OIDC.minimal(more)
}

/// The same with another name.
pub(crate) fn oidc_named(name: &str, more: &str) -> String {
    OIDC.minimal_named(name, more)
}

/// `cks_cluster_oidc.example`: the cluster accepts ID tokens of this provider, whose users have this prefix and the name in this claim.
pub(crate) fn trust(
    issuer: &OpenIdProvider,
    username_prefix: &str,
    username_claim: &str,
    more: &str,
) -> String {
    format!(
        r#"
resource "cks_cluster_oidc" "example" {{
  cluster_id      = {CLUSTER_ID:?}
  issuer_url      = {:?}
  client_id       = {CLIENT:?}
  username_claim  = {username_claim:?}
  username_prefix = {username_prefix:?}
  ca_certificate  = <<-EOT
{}EOT
  {more}
}}
"#,
        issuer.issuer_url(),
        issuer.ca_pem()
    )
}

/// The API's block for [`oidc`] without `more`.
pub(crate) fn minimal_block() -> Value {
    json!({ "issuerUrl": ISSUER, "clientId": CLIENT })
}

/// `cks_cluster_oidc.example` with all attributes of the API's block.
pub(crate) fn full_resource(local: &LocalCks) -> String {
    OIDC.full(local)
}

/// The API's block for [`full_resource`].
pub(crate) fn full_block(local: &LocalCks) -> Value {
    OIDC.full_block(local)
}

/// The API's encoding of certificates.
pub(crate) fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
