//! `cks_clusters`: the clusters of the organisation, optionally filtered by zone and name.

use clusters::Clusters;
use regex::bytes::{Regex, RegexBuilder};
use tfplugin::{Context, DataSource, Error, Schema, Value};

use super::cluster::view::ClusterDetails;
use crate::{checks, errors::IntoDiagnostics as _, operation::ReachClusters as _};

/// Lists the clusters of the CoreWeave API token's organisation, sorted by zone, name and id.
///
/// The list is empty if no cluster matches. To read one cluster that must exist, use the data source `cks_cluster`.
#[derive(Clone, Debug, Schema)]
#[schema(name = "cks_clusters")]
pub(crate) struct ClusterList {
    /// Zone of the clusters to list, such as `US-EAST-04A`. Default: all zones.
    #[schema(optional, validate(checks::not_empty))]
    zone: Option<String>,
    /// Regular expression that the name of a listed cluster matches in part, such as `^train-`. The syntax is that of Terraform's
    /// `regex` function, for ASCII letters. Default: all names.
    #[schema(optional, validate(regular_expression))]
    name_regex: Option<String>,
    /// Clusters, sorted by zone, name and id.
    #[schema(computed)]
    clusters: Value<Vec<ListedCluster>>,
}

/// One cluster of the list.
#[derive(Clone, Debug, Schema)]
pub(crate) struct ListedCluster {
    /// Id of the cluster, a UUID.
    #[schema(computed)]
    id: String,
    /// Name of the cluster, unique within its zone.
    #[schema(computed)]
    name: String,
    /// Zone of the cluster.
    #[schema(computed)]
    zone: String,
    #[schema(flatten)]
    details: ClusterDetails,
}

impl DataSource for ClusterList {
    type Provider = Clusters;

    async fn read(self, context: &Context<Clusters>) -> Result<Self, Error> {
        let name = self.name_regex.as_deref().map(compiled).transpose();
        let name = name.map_err(|why| Error::new("Invalid name_regex", why).at("name_regex"))?;
        let found = context.clusters().list().await.into_diagnostics()?;
        let listed =
            chosen(found, self.zone.as_deref(), name.as_ref()).iter().map(ListedCluster::of).collect();
        Ok(Self { clusters: Value::Known(listed), ..self })
    }
}

impl ListedCluster {
    fn of(cluster: &coreweave::Cluster) -> Self {
        Self {
            id: cluster.id.clone(),
            name: cluster.name.clone(),
            zone: cluster.zone.clone(),
            details: ClusterDetails::of(cluster),
        }
    }
}

/// The matching clusters, in an order that does not depend on the API's.
fn chosen(
    mut clusters: Vec<coreweave::Cluster>,
    zone: Option<&str>,
    name: Option<&Regex>,
) -> Vec<coreweave::Cluster> {
    clusters.retain(|cluster| {
        zone.is_none_or(|zone| cluster.zone.eq_ignore_ascii_case(zone))
            && name.is_none_or(|name| name.is_match(cluster.name.as_bytes()))
    });
    clusters.sort_by(|one, other| one.place().cmp(&other.place()));
    clusters
}

fn regular_expression(pattern: &str) -> Result<(), String> {
    compiled(pattern).map(drop)
}

/// Names of clusters are ASCII, so the Unicode tables are not compiled in.
fn compiled(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern).unicode(false).build().map_err(|error| {
        /// Longer ones do not fit a line.
        const LONGEST: usize = 80;
        let text = error.to_string();
        if pattern.len() > LONGEST || pattern.contains('\n') {
            let why = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
            return format!(
                "The pattern cannot be read: {}. Correct it. In a quoted Terraform string, write a backslash as \\\\.",
                request_pipeline::shortened(why)
            );
        }
        // The error quotes the pattern, with a mark below the position.
        format!(
            "{text}\n\nCorrect the pattern at the mark. In a quoted Terraform string, write a backslash as \\\\."
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(zone: &str, name: &str, id: &str) -> coreweave::Cluster {
        coreweave::Cluster {
            zone: zone.to_owned(),
            name: name.to_owned(),
            id: id.to_owned(),
            ..coreweave::Cluster::default()
        }
    }

    #[track_caller]
    fn check(zone: Option<&str>, pattern: Option<&str>, expected: &[&str]) {
        let clusters = vec![
            cluster("US-WEST-01A", "train-2", "5"),
            cluster("US-EAST-04A", "train-1", "4"),
            cluster("US-EAST-04A", "train-1", "3"),
            cluster("US-EAST-04A", "infer-1", "2"),
        ];
        let pattern = pattern.map(|pattern| compiled(pattern).expect("a pattern"));
        let ids: Vec<_> =
            chosen(clusters, zone, pattern.as_ref()).into_iter().map(|cluster| cluster.id).collect();
        assert_eq!(ids, expected);
    }

    #[test]
    fn clusters_are_sorted_by_zone_name_and_id() {
        check(None, None, &["2", "3", "4", "5"]);
    }

    #[test]
    fn zone_and_name_choose_together() {
        check(Some("US-EAST-04A"), None, &["2", "3", "4"]);
        check(Some("us-west-01a"), None, &["5"]);
        check(Some("RNO2A"), None, &[]);
        check(None, Some("rain"), &["3", "4", "5"]);
        check(None, Some("^rain"), &[]);
        check(None, Some(r"^\w+-\d$"), &["2", "3", "4", "5"]);
        check(None, Some("(?i)TRAIN-2"), &["5"]);
        check(Some("US-EAST-04A"), Some("-1$"), &["2", "3", "4"]);
        check(None, Some(""), &["2", "3", "4", "5"]);
    }

    #[test]
    fn a_broken_pattern_shows_where() {
        let error = compiled("train-(1|2").expect_err("a bracket is missing");
        assert!(
            error.contains("    train-(1|2\n          ^\n") && error.contains("unclosed group"),
            "{error}"
        );
        let long = compiled(&format!("({}", "x".repeat(5000))).expect_err("a bracket is missing");
        assert!(long.starts_with("The pattern cannot be read: unclosed group. "), "{long}");
    }
}
