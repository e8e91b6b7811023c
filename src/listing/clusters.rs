//! The clusters that a list goes through, and what becomes of one that cannot be read.

use clusters::Clusters;
use coreweave::Cluster;
use tfplugin::{Context, Diagnostic, Error};

use super::ClusterFilter;
use crate::{
    errors::{self, ClientError as _, IntoDiagnostics as _},
    operation::ReachClusters as _,
};

/// A cluster that a list goes through.
#[derive(Clone, Debug)]
pub(super) enum Chosen {
    /// That of `cluster_id`.
    Named(String),
    /// One of the organisation.
    Listed(Box<Cluster>),
}

/// The clusters of a filter, in an order that does not depend on the API's. Those that are being deleted are left out with a warning.
pub(super) async fn chosen(
    filter: &ClusterFilter,
    context: &Context<Clusters>,
) -> Result<Vec<Chosen>, Error> {
    if let Some(id) = &filter.cluster_id {
        return Ok(vec![Chosen::Named(id.clone())]);
    }
    let mut clusters = match context.clusters().list().await {
        Err(error @ clusters::Error::MissingToken) => {
            return Err(errors::with_note(
                error.into_diagnostics(),
                "The token is needed to find the clusters of the organisation. To list one cluster that a `kubernetes` entry of the provider \
                 reaches without it, set `cluster_id`.",
            ));
        }
        listed => listed.into_diagnostics()?,
    };
    clusters.sort_by(|one, other| one.place().cmp(&other.place()));
    let (going, clusters): (Vec<_>, Vec<_>) =
        clusters.into_iter().partition(|cluster| cluster.status.is_going());
    for cluster in going {
        context.warn(being_deleted(&cluster));
    }
    Ok(clusters.into_iter().map(|cluster| Chosen::Listed(Box::new(cluster))).collect())
}

impl Chosen {
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Named(id) => id,
            Self::Listed(cluster) => &cluster.id,
        }
    }

    /// The cluster in words, such as `example (US-EAST-04A)`, since names repeat across zones.
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Named(id) => id.clone(),
            Self::Listed(cluster) => in_words(cluster),
        }
    }

    /// The error of a cluster that cannot be read ends the list if `cluster_id` names the cluster, or the error is not the cluster's own; else it
    /// becomes a warning.
    pub(super) fn passed_over(
        &self,
        unread: &Unread,
        error: clusters::Error,
        context: &Context<Clusters>,
    ) -> Result<(), Error> {
        match self {
            Self::Named(_) => Err(error.into_diagnostics().at("cluster_id")),
            Self::Listed(_) if is_everywhere(&error) => Err(error.into_diagnostics()),
            Self::Listed(cluster) => {
                context.warn(unread.warning(cluster, &errors::cause_of(error)));
                Ok(())
            }
        }
    }
}

/// What of a cluster could not be read.
#[derive(Debug)]
pub(super) struct Unread {
    /// The kind that failed, and those after it that are not tried.
    pub(super) kinds: Vec<&'static str>,
    /// Objects of the first of these kinds that are in the list.
    pub(super) listed: usize,
    /// The kind that the list of this cluster continues with.
    pub(super) next: Option<&'static str>,
}

impl Unread {
    fn warning(&self, cluster: &Cluster, cause: &str) -> Diagnostic {
        let kinds = match &*self.kinds {
            [kind] => format!("kind {kind}"),
            kinds => format!("kinds {}", kinds.join(" and ")),
        };
        let of_kind = match &*self.kinds {
            [first, _, ..] => format!("of kind {first} "),
            _ => "of them ".to_owned(),
        };
        let part = match self.listed {
            0 => "none of them are in the list".to_owned(),
            1 => format!("only the first {of_kind}is in the list"),
            listed => format!("only the first {listed} {of_kind}are in the list"),
        };
        let next = self.next.map_or("the next cluster".to_owned(), |kind| format!("objects of kind {kind}"));
        Diagnostic::warning(
            format!("Objects of {kinds} in cluster {} could not be read", in_words(cluster)),
            format!(
                "Objects of {kinds} in cluster {} could not be read, so {part}. The list continues with {next}. Cause: {cause} Remove the \
                 cause, and list again.",
                cluster.id
            ),
        )
    }
}

/// A cluster with its zone.
pub(super) fn in_words(cluster: &Cluster) -> String {
    format!("{} ({})", cluster.name, cluster.zone)
}

/// Whether the next cluster would have the same error, or the list is to end.
fn is_everywhere(error: &clusters::Error) -> bool {
    use clusters::Error as E;
    match error {
        E::UnknownConfiguration { .. } | E::MissingToken => true,
        E::Api(error) => {
            matches!(error, coreweave::Error::Cancelled { .. } | coreweave::Error::NoToken { .. })
        }
        E::Kubernetes(error) => matches!(**error, kubernetes::Error::Cancelled { .. }),
        _ => false,
    }
}

fn being_deleted(cluster: &Cluster) -> Diagnostic {
    Diagnostic::warning(
        format!("Cluster {} is being deleted", in_words(cluster)),
        format!(
            "Cluster {} is {}. It is not in the list, because its objects are deleted with it. To list them nevertheless, set `cluster_id`.",
            cluster.id, cluster.status
        ),
    )
}

#[cfg(test)]
mod tests {
    use coreweave::Status;
    use expect_test::expect;

    use super::*;
    use crate::errors::testing::check_messages;

    #[test]
    fn a_cluster_that_is_not_in_the_list_is_named() {
        let cluster = Cluster {
            id: "8154".to_owned(),
            name: "example".to_owned(),
            zone: "US-EAST-04A".to_owned(),
            status: Status::Deleting,
            ..Cluster::default()
        };
        let unread = |kinds: &[&'static str], listed, next| {
            let unread = Unread { kinds: kinds.to_vec(), listed, next };
            unread.warning(&cluster, "Connection refused.")
        };
        let warnings = [
            unread(&["ClusterRoleBinding"], 0, Some("RoleBinding")),
            unread(&["ClusterRoleBinding", "RoleBinding"], 0, None),
            unread(&["ClusterRoleBinding", "RoleBinding"], 500, None),
            unread(&["Namespace"], 1, None),
            being_deleted(&cluster),
        ];
        let all = Error::all([Diagnostic::error("", "")].into_iter().chain(warnings)).expect("an error");
        check_messages(
            all,
            &expect![[r#"
                 @ 

                Objects of kind ClusterRoleBinding in cluster example (US-EAST-04A) could not be read @ 
                Objects of kind ClusterRoleBinding in cluster 8154 could not be read, so none of them are in the list. The list continues with objects of kind RoleBinding. Cause: Connection refused. Remove the cause, and list again.
                Objects of kinds ClusterRoleBinding and RoleBinding in cluster example (US-EAST-04A) could not be read @ 
                Objects of kinds ClusterRoleBinding and RoleBinding in cluster 8154 could not be read, so none of them are in the list. The list continues with the next cluster. Cause: Connection refused. Remove the cause, and list again.
                Objects of kinds ClusterRoleBinding and RoleBinding in cluster example (US-EAST-04A) could not be read @ 
                Objects of kinds ClusterRoleBinding and RoleBinding in cluster 8154 could not be read, so only the first 500 of kind ClusterRoleBinding are in the list. The list continues with the next cluster. Cause: Connection refused. Remove the cause, and list again.
                Objects of kind Namespace in cluster example (US-EAST-04A) could not be read @ 
                Objects of kind Namespace in cluster 8154 could not be read, so only the first of them is in the list. The list continues with the next cluster. Cause: Connection refused. Remove the cause, and list again.
                Cluster example (US-EAST-04A) is being deleted @ 
                Cluster 8154 is STATUS_DELETING. It is not in the list, because its objects are deleted with it. To list them nevertheless, set `cluster_id`.
            "#]],
        );
    }

    #[test]
    fn only_what_is_no_cluster_s_own_fault_ends_the_list_of_all() {
        let cancelled = || "waiting".to_owned();
        for (error, expected) in [
            (clusters::Error::MissingToken, true),
            (clusters::Error::UnknownConfiguration { attributes: Vec::new() }, true),
            (coreweave::Error::Cancelled { what: cancelled() }.into(), true),
            (kubernetes::Error::Cancelled { what: cancelled() }.into(), true),
            (clusters::Error::NotFound { id: "8154".to_owned() }, false),
            (
                kubernetes::Error::Unusable { title: "the endpoint".to_owned(), problem: "no".to_owned() }
                    .into(),
                false,
            ),
        ] {
            assert_eq!(is_everywhere(&error), expected, "{error}");
        }
    }
}
