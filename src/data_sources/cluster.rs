//! `cks_cluster`: the configuration and endpoints of one cluster, by id or by name.

pub(super) mod view;

use clusters::Clusters;
use tfplugin::{Context, DataSource, Diagnostic, Diagnostics, Error, Schema, Value};

use self::view::ClusterDetails;
use crate::{
    checks,
    errors::{ClientError as _, IntoDiagnostics as _},
    operation::ReachClusters as _,
};

/// Reads one cluster: its endpoints, its OIDC issuer and webhooks, and its other settings.
#[derive(Clone, Debug, Schema)]
#[schema(name = "cks_cluster")]
pub(crate) struct Cluster {
    /// Id of the cluster, a UUID. Set either this or `name`.
    #[schema(optional, computed, validate(checks::cluster_id))]
    id: Value<String>,
    /// Name of the cluster. Set `zone` too if clusters of several zones have this name.
    #[schema(optional, computed, validate(checks::not_empty))]
    name: Value<String>,
    /// Zone of the cluster, such as `US-EAST-04A`.
    #[schema(optional, computed, validate(checks::not_empty))]
    zone: Value<String>,
    #[schema(flatten)]
    details: ClusterDetails,
}

impl DataSource for Cluster {
    type Provider = Clusters;

    fn validate(config: &ClusterPartial, report: &mut Diagnostics) {
        if config.id.is_null() && config.name.is_null() {
            report
                .push(Diagnostic::error("Set id or name", "Set the cluster's `id`, or its `name`.").at("id"));
        }
        if config.id.as_known().is_some()
            && (config.name.as_known().is_some() || config.zone.as_known().is_some())
        {
            report.push(
                Diagnostic::error(
                    "id conflicts with name and zone",
                    "Set either `id`, or `name` with an optional `zone`.",
                )
                .at("id"),
            );
        }
    }

    async fn read(self, context: &Context<Clusters>) -> Result<Self, Error> {
        if let Value::Known(id) = &self.id {
            let cluster =
                context.clusters().expect(id).await.map_err(|error| error.into_diagnostics().at("id"))?;
            return Ok(Self::of(&cluster));
        }
        let name = self.name.known().unwrap_or_default();
        let found = named(
            context.clusters().list().await.into_diagnostics()?,
            &name,
            self.zone.as_known().map(String::as_str),
        )?;
        Ok(Self::of(&found))
    }
}

impl Cluster {
    fn of(cluster: &coreweave::Cluster) -> Self {
        Self {
            id: Value::Known(cluster.id.clone()),
            name: Value::Known(cluster.name.clone()),
            zone: Value::Known(cluster.zone.clone()),
            details: ClusterDetails::of(cluster),
        }
    }
}

/// The one cluster of that name. Names are unique within a zone only.
fn named(
    clusters: Vec<coreweave::Cluster>,
    name: &str,
    zone: Option<&str>,
) -> Result<coreweave::Cluster, Error> {
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
            let seen = if seen.is_empty() { "no clusters".to_owned() } else { seen.join(", ") };
            Err(Error::new(
                "Cluster name not found",
                format!("There is no cluster named {name:?}{in_zone}. The organisation of this token has {seen}. Check the name, and that the \
                         token belongs to the cluster's organisation."),
            )
            .at("name"))
        }
        _ => {
            let ids: Vec<_> =
                found.iter().map(|cluster| format!("{} ({})", cluster.id, cluster.zone)).collect();
            Err(Error::new(
                "Cluster name is ambiguous",
                format!(
                    "{} clusters are named {name:?}{in_zone}: {}. Set `zone`, or `id` instead of `name`.",
                    ids.len(),
                    ids.join(", ")
                ),
            )
            .at("name"))
        }
    }
}
