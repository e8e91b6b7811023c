//! `cks_cluster_oidc`: the one OIDC issuer that a cluster's unmanaged endpoint trusts.
//!
//! The cluster's `oidc` block, on the lifecycle of `cluster_block.rs`.

mod mapping;
mod plan_checks;
mod run_plan;

use std::collections::BTreeSet;

use tfplugin::{Schema, SharedLifecycle, Value};

use super::cluster_block::{BlockFields, BlockLifecycle};
use crate::checks;

/// OpenID Connect issuer that a cluster's unmanaged endpoint trusts, so that people and pipelines log in with ID tokens.
///
/// A cluster trusts one issuer; this resource owns the cluster's whole `oidc` block. A change updates the cluster in place and
/// sends only the fields that differ. It restarts the cluster's API server; the resource waits until the change is in force.
/// Destroying the resource clears the block.
///
/// Authentication alone grants no permissions: bind the user or group to a role, or set `admin_group_binding` for the first
/// administrator.
///
/// If a `coreweave_cks_cluster` manages the same cluster, leave `oidc` out of its configuration and add
/// `lifecycle { ignore_changes = [oidc] }` to it. The guide "Use with coreweave_cks_cluster" explains why.
#[derive(Clone, Debug, Default, Schema)]
#[schema(name = "cks_cluster_oidc")]
pub(crate) struct ClusterOidc {
    #[schema(flatten)]
    block: BlockFields,
    /// URL of the issuer, https, such as `https://accounts.example.com`. It must equal the `iss` claim of the tokens byte for byte; a
    /// trailing slash is significant.
    #[schema(required, validate(checks::https_issuer))]
    issuer_url: String,
    /// Client id that the tokens' `aud` claim must contain.
    #[schema(required, validate(checks::not_empty))]
    client_id: String,
    /// Claim that holds the user's name, such as `email`. Defaults to `sub`.
    #[schema(optional, validate(checks::plain))]
    username_claim: Option<String>,
    /// Prefix that Kubernetes adds to each user's name, such as `oidc:`; `-` for none. Defaults to `ISSUER_URL#`, or to none if
    /// `username_claim` is `email`.
    #[schema(optional, validate(checks::plain))]
    username_prefix: Option<String>,
    /// Claim that lists the user's groups, such as `groups`. By default users have no groups.
    #[schema(optional, validate(checks::plain))]
    groups_claim: Option<String>,
    /// Prefix that Kubernetes adds to each group's name, such as `oidc:`. Defaults to none.
    #[schema(optional, validate(checks::plain))]
    groups_prefix: Option<String>,
    /// Claim that tokens must contain, as `key=value`, such as `hd=example.com`.
    #[schema(optional, validate(checks::key_value))]
    required_claim: Option<String>,
    /// Algorithms with which tokens may be signed. Defaults to `RS256`, the only one that CoreWeave's API accepts.
    #[schema(optional, validate_each(checks::signing_algorithm))]
    signing_algorithms: Option<BTreeSet<String>>,
    /// Certificates (PEM) to trust for https requests to the issuer. Defaults to the system's roots.
    #[schema(optional, validate(checks::pem_certificates), same = checks::same_pem)]
    ca_certificate: Option<String>,
    /// Group that CoreWeave binds to `cluster-admin`, for the first administrator without a Kubernetes credential. The name includes
    /// `groups_prefix`, such as `oidc:admins`.
    #[schema(optional, validate(checks::administrators_group))]
    admin_group_binding: Option<String>,
    /// URL of the endpoint that accepts ID tokens, such as `https://api.…`.
    #[schema(computed)]
    unmanaged_endpoint: Value<String>,
    /// Prefix that Kubernetes adds to each user's name, with the default filled in.
    #[schema(computed)]
    effective_username_prefix: Value<String>,
    /// Prefix that Kubernetes adds to each group's name, with the default filled in.
    #[schema(computed)]
    effective_groups_prefix: Value<String>,
}

impl SharedLifecycle for ClusterOidc {
    type Lifecycle = BlockLifecycle;
}
