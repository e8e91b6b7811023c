//! `cks_cluster_oidc`: the one OIDC issuer that a cluster's unmanaged endpoint trusts.
//!
//! The cluster's `oidc` block; how it lives is said in `cluster_block.rs`.

mod mapping;
mod plan_checks;

use std::collections::BTreeSet;

use tfplugin::{Schema, SharedLifecycle, Value};

use super::cluster_block::{BlockFields, BlockLifecycle};
use crate::checks;

/// Makes a cluster's unmanaged endpoint trust an OpenID Connect issuer, so that people and pipelines log in with ID tokens.
///
/// A cluster trusts one issuer; this resource owns the cluster's whole `oidc` block. A change is one narrow update of the
/// cluster in place, which restarts the cluster's API server; the resource waits until it is in force. Destroying it clears
/// the block.
///
/// Logging in gives no permissions: bind the user or group to a role, or name a group in `admin_group_binding` for the first
/// administrator.
///
/// When the same cluster is a `coreweave_cks_cluster`, leave `oidc` out of its configuration and add
/// `lifecycle { ignore_changes = [oidc] }` to it; the guide "Beside coreweave_cks_cluster" says why.
#[derive(Clone, Debug, Default, Schema)]
#[schema(name = "cks_cluster_oidc")]
pub(crate) struct ClusterOidc {
    #[schema(flatten)]
    block: BlockFields,
    /// The issuer's URL, https, exactly as the `iss` claim of its tokens has it: a trailing slash counts.
    #[schema(required, validate(checks::https_issuer))]
    issuer_url: String,
    /// The client id that tokens must have in their `aud` claim.
    #[schema(required, validate(checks::not_empty))]
    client_id: String,
    /// Claim that names the user. Default: Kubernetes takes `sub`.
    #[schema(optional, validate(checks::plain))]
    username_claim: Option<String>,
    /// What Kubernetes puts before each user name; `-` for nothing. Default: Kubernetes puts `ISSUER_URL#` before it, but nothing
    /// when `username_claim` is `email`.
    #[schema(optional, validate(checks::plain))]
    username_prefix: Option<String>,
    /// Claim that lists the user's groups. Default: users have no groups.
    #[schema(optional, validate(checks::plain))]
    groups_claim: Option<String>,
    /// What Kubernetes puts before each group name. Default: nothing.
    #[schema(optional, validate(checks::plain))]
    groups_prefix: Option<String>,
    /// A claim that tokens must have, as `key=value`.
    #[schema(optional, validate(checks::key_value))]
    required_claim: Option<String>,
    /// Algorithms with which tokens may be signed. Default: `RS256`, the only one that CoreWeave's API knows.
    #[schema(optional, validate_each(checks::signing_algorithm))]
    signing_algorithms: Option<BTreeSet<String>>,
    /// Certificates (PEM) to trust for the issuer's own https. Default: the system's roots.
    #[schema(optional, validate(checks::pem_certificates), same = checks::same_pem)]
    ca_certificate: Option<String>,
    /// Group that CoreWeave binds to `cluster-admin`: the way to the first administrator without a Kubernetes credential. Give
    /// the name as Kubernetes sees it, with `groups_prefix`.
    #[schema(optional, validate(checks::administrators_group))]
    admin_group_binding: Option<String>,
    /// Where the cluster takes ID tokens: `https://api.…`.
    #[schema(computed)]
    unmanaged_endpoint: Value<String>,
    /// What Kubernetes really puts before each user name.
    #[schema(computed)]
    effective_username_prefix: Value<String>,
    /// What Kubernetes really puts before each group name.
    #[schema(computed)]
    effective_groups_prefix: Value<String>,
}

impl SharedLifecycle for ClusterOidc {
    type Lifecycle = BlockLifecycle;
}
