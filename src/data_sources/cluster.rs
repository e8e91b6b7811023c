//! `cks_cluster`: everything that can be read of one cluster, by id or by name.

mod view;

use tfplugin::{Context, DataSource, Diagnostic, Diagnostics, Error, Schema, Value};

use crate::{checks, cks, clusters::Clusters};
use view::{NetworkView, OidcView, TailscaleView, WebhookView};

/// Reads one cluster: where its endpoints are, what it trusts, and how it is set up.
#[derive(Clone, Debug, Schema)]
#[schema(name = "cks_cluster")]
pub(crate) struct Cluster {
    /// The cluster's id. Give either this or `name`.
    #[schema(optional, computed, validate(checks::cluster_id))]
    id: Value<String>,
    /// The cluster's name, with `zone` where clusters of several zones share it.
    #[schema(optional, computed, validate(checks::not_empty))]
    name: Value<String>,
    /// The zone the cluster is in, such as `US-EAST-04A`.
    #[schema(optional, computed, validate(checks::not_empty))]
    zone: Value<String>,
    /// Id of the VPC the cluster is in.
    #[schema(computed)]
    vpc_id: Value<String>,
    /// Whether the API server can be reached from the internet.
    #[schema(computed)]
    public: Value<bool>,
    /// The Kubernetes version, in its minor form, such as `v1.35`.
    #[schema(computed)]
    version: Value<String>,
    /// The state of the cluster, such as `STATUS_RUNNING`.
    #[schema(computed)]
    status: Value<String>,
    /// The API server endpoint as CoreWeave's API gives it. Empty while the cluster is being created.
    #[schema(computed)]
    api_server_endpoint: Value<String>,
    /// The endpoint that takes CoreWeave API access tokens only. Null while the cluster is being created.
    #[schema(computed)]
    managed_endpoint: Value<String>,
    /// The endpoint that takes Kubernetes' own credentials: OIDC, ServiceAccount and webhook-validated tokens. Null while the
    /// cluster is being created.
    #[schema(computed)]
    unmanaged_endpoint: Value<String>,
    /// The issuer of the cluster's ServiceAccount tokens.
    #[schema(computed)]
    service_account_issuer: Value<String>,
    /// Whether the discovery document and keys of `service_account_issuer` are kept from the public.
    #[schema(computed)]
    disable_oidc_info_publication: Value<bool>,
    /// The OIDC issuer that the unmanaged endpoint trusts. Null when there is none.
    #[schema(computed)]
    oidc: Value<OidcView>,
    /// The TokenReview webhook. Null when there is none.
    #[schema(computed)]
    authn_webhook: Value<WebhookView>,
    /// The SubjectAccessReview webhook. Null when there is none.
    #[schema(computed)]
    authz_webhook: Value<WebhookView>,
    /// How the cluster is wired.
    #[schema(computed)]
    network: Value<NetworkView>,
    /// The audit policy, base64 of JSON or YAML. Null when there is none.
    #[schema(computed)]
    audit_policy: Value<String>,
    /// Overrides of the kubelet's configuration, as JSON text. Null when there are none.
    #[schema(computed)]
    kubelet: Value<String>,
    /// More names in the API server's certificate.
    #[schema(computed)]
    additional_server_sans: Value<Vec<String>>,
    /// The cluster's Tailscale connection. Null when there is none.
    #[schema(computed)]
    tailscale: Value<TailscaleView>,
    /// Whether the cluster can be upgraded now.
    #[schema(computed)]
    is_upgradeable: Value<bool>,
    /// When the cluster was created (RFC 3339).
    #[schema(computed)]
    created_at: Value<String>,
    /// When the cluster was last changed (RFC 3339).
    #[schema(computed)]
    updated_at: Value<String>,
}

impl DataSource for Cluster {
    type Provider = Clusters;

    fn validate(config: &ClusterPartial, report: &mut Diagnostics) {
        if config.id.is_null() && config.name.is_null() {
            report.push(
                Diagnostic::error("Which cluster?", "Give the cluster's `id`, or its `name`.").at("id"),
            );
        }
        if config.id.as_known().is_some()
            && (config.name.as_known().is_some() || config.zone.as_known().is_some())
        {
            report.push(
                Diagnostic::error(
                    "Id and name",
                    "Give either `id`, or `name` with an optional `zone`: the id alone says which cluster.",
                )
                .at("id"),
            );
        }
    }

    async fn read(self, context: &Context<Clusters>) -> Result<Self, Error> {
        let clusters = context.provider();
        if let Value::Known(id) = &self.id {
            let cluster =
                clusters.expect(id, context.stopped()).await.map_err(|error| Error::from(error).at("id"))?;
            return Ok(Self::of(&cluster));
        }
        let name = self.name.known().unwrap_or_default();
        let found =
            named(clusters.list(context.stopped()).await?, &name, self.zone.as_known().map(String::as_str))?;
        Ok(Self::of(&found))
    }
}

/// The one cluster of that name: names are unique in a zone only.
fn named(clusters: Vec<cks::Cluster>, name: &str, zone: Option<&str>) -> Result<cks::Cluster, Error> {
    let in_zone = zone.map(|zone| format!(" in zone {zone}")).unwrap_or_default();
    let seen: Vec<_> = clusters
        .iter()
        .map(|cluster| format!("{} ({}, {})", cluster.name, cluster.zone, cluster.id))
        .collect();
    let mut found: Vec<_> = clusters
        .into_iter()
        .filter(|cluster| {
            cluster.name == name && zone.is_none_or(|zone| cluster.zone.eq_ignore_ascii_case(zone))
        })
        .collect();
    match found.len() {
        1 => Ok(found.swap_remove(0)),
        0 => {
            let seen = if seen.is_empty() { "no cluster at all".to_owned() } else { seen.join(", ") };
            Err(Error::new(
                "Cluster not found",
                format!("There is no cluster named {name:?}{in_zone}. This token sees {seen}. Check the name, and that the token belongs to the \
                         cluster's organisation."),
            )
            .at("name"))
        }
        _ => {
            let ids: Vec<_> =
                found.iter().map(|cluster| format!("{} ({})", cluster.id, cluster.zone)).collect();
            Err(Error::new(
                "More than one cluster",
                format!(
                    "{} clusters are named {name:?}{in_zone}: {}. Give `zone`, or `id` instead of `name`.",
                    ids.len(),
                    ids.join(", ")
                ),
            )
            .at("name"))
        }
    }
}
