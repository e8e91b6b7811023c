//! The warning of a refresh that finds the cluster not running: once for each cluster.

use clusters::{Clusters, Topic};
use coreweave::{Cluster, Status};
use tfplugin::{Context, Diagnostic};

use crate::errors::capitalised;

/// Warns if the cluster is not running.
pub(super) fn warn(cluster: &Cluster, context: &Context<Clusters>) {
    if cluster.status != Status::Running
        && context.provider().ledger().is_first_report(Topic::Status, &cluster.id)
    {
        context.warn(not_running(&cluster.id, &cluster.status));
    }
}

/// A destroy of something, as `the token of ServiceAccount shop/ci`, on a cluster that is being deleted: nothing was sent. `more`: what to know
/// of it in addition.
pub(super) fn was_left(cluster: &Cluster, thing: &str, more: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("{} was left to the end of its cluster", capitalised(thing)),
        format!(
            "Cluster {} is {}, so nothing was sent to remove {thing}, which is no longer in the state: it ends with the cluster. If the deletion \
             of the cluster fails or is taken back, {thing} stays.{more}",
            cluster.id, cluster.status
        ),
    )
}

fn not_running(id: &str, status: &Status) -> Diagnostic {
    let advice = if status.is_going() {
        "The cluster is being deleted, with everything in it: remove its resources from the configuration. The state keeps them as they were \
         until the cluster is gone."
    } else if status.ends_a_wait() {
        "It does not become STATUS_RUNNING by itself, and settings that the state has may not be in force. Look at the cluster in \
         CoreWeave's console."
    } else {
        "Settings that the state has may not be in force yet, and Kubernetes may not respond. An apply waits until the cluster is \
         STATUS_RUNNING."
    };
    Diagnostic::warning(
        format!("Cluster is {status}"),
        format!("Cluster {id} is {status}, not STATUS_RUNNING. {advice}"),
    )
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use tfplugin::Error;

    use super::*;
    use crate::errors::testing::check_messages;

    #[test]
    fn what_is_left_to_the_end_of_a_cluster_is_named() {
        let cluster = Cluster { id: "8154".to_owned(), status: Status::Deleting, ..Cluster::default() };
        check_messages(
            was_left(&cluster, "the OIDC configuration", " Look."),
            &expect![[r#"
            The OIDC configuration was left to the end of its cluster @ 
            Cluster 8154 is STATUS_DELETING, so nothing was sent to remove the OIDC configuration, which is no longer in the state: it ends with the cluster. If the deletion of the cluster fails or is taken back, the OIDC configuration stays. Look.
        "#]],
        );
    }

    #[test]
    fn each_status_has_its_advice() {
        let warnings =
            [Status::Updating, Status::Error, Status::Deleting].map(|status| not_running("8154", &status));
        let error = Error::all([Diagnostic::error("", "")].into_iter().chain(warnings)).expect("an error");
        check_messages(
            error,
            &expect![[r#"
                 @ 

                Cluster is STATUS_UPDATING @ 
                Cluster 8154 is STATUS_UPDATING, not STATUS_RUNNING. Settings that the state has may not be in force yet, and Kubernetes may not respond. An apply waits until the cluster is STATUS_RUNNING.
                Cluster is STATUS_ERROR @ 
                Cluster 8154 is STATUS_ERROR, not STATUS_RUNNING. It does not become STATUS_RUNNING by itself, and settings that the state has may not be in force. Look at the cluster in CoreWeave's console.
                Cluster is STATUS_DELETING @ 
                Cluster 8154 is STATUS_DELETING, not STATUS_RUNNING. The cluster is being deleted, with everything in it: remove its resources from the configuration. The state keeps them as they were until the cluster is gone.
            "#]],
        );
    }
}
