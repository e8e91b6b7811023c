//! What a plan reads from the cluster and from the plans of the run for its warnings: never for long, and never as a reason to fail. What
//! could not be checked is said once for each cluster.

use std::time::Duration;

use clusters::{ClusterKubernetes, Clusters, LedgerEntry, Meeting, Planned, Topic};
use kubernetes::{Error as KubernetesError, NamedBy};
use tfplugin::{Context, Diagnostic, Error, Plan, Schema, Value};

use super::provenance::{Provenance, unverified_cluster};
use crate::{
    errors::{ClientError as _, IntoDiagnostics as _},
    operation::ReachClusters as _,
};

/// A plan should not wait long for what is only a warning.
const PLAN_CHECK_TIMEOUT: Duration = Duration::from_secs(20);

/// A read of this cluster that the plan can do without. After one that did not reach the cluster, the others are skipped.
pub(crate) async fn within_a_plan<T>(
    cluster_id: &str,
    context: &Context<Clusters>,
    read: impl Future<Output = Result<T, clusters::Error>>,
) -> Option<T> {
    let ledger = context.provider().ledger();
    if ledger.is_reported(Topic::Unchecked, cluster_id) {
        return None;
    }
    let why = match tokio::time::timeout(PLAN_CHECK_TIMEOUT, read).await {
        Ok(Ok(answer)) => return Some(answer),
        Ok(Err(error)) => {
            tracing::debug!(%error, "the cluster could not be read during plan");
            if let clusters::Error::NotFound { id } = &error {
                if ledger.is_first_report(Topic::NotFound, id) {
                    context.warn(no_such_cluster(id));
                }
                return None;
            }
            reason(&error)?
        }
        // The second plan, in the apply: the operation itself comes next, and waits as long as it must.
        Err(_) if context.provider().is_settling(cluster_id) => return None,
        Err(_) => format!("it did not respond within {} s", PLAN_CHECK_TIMEOUT.as_secs()),
    };
    if ledger.is_first_report(Topic::Unchecked, cluster_id) {
        context.warn(not_checked(cluster_id, &why));
    }
    None
}

/// Why the cluster could not be reached at all, as a clause. `None` for what concerns one request, and for what is known only after
/// apply.
fn reason(error: &clusters::Error) -> Option<String> {
    use clusters::Error as E;
    let is_of_one_request = match error {
        E::UnknownConfiguration { .. } | E::NotFound { .. } => true,
        E::Api(error) => matches!(error, coreweave::Error::Cancelled { .. }),
        E::Kubernetes(error) => !matches!(
            **error,
            KubernetesError::Unusable { .. }
                | KubernetesError::Unreachable { .. }
                | KubernetesError::Unauthorized { .. }
                | KubernetesError::Unexpected { .. }
                | KubernetesError::Timeout { .. }
        ),
        _ => false,
    };
    (!is_of_one_request).then(|| error.to_string().trim_end_matches('.').to_owned())
}

/// Checks that were skipped.
fn not_checked(cluster_id: &str, why: &str) -> Diagnostic {
    Diagnostic::warning(
        "Plan not checked against the cluster",
        format!(
            "Cluster {cluster_id} could not be read during plan: {why}. So the plans of its resources do not show objects and settings that \
             exist already, namespaces and roles that do not exist, permissions that the caller lacks, and access that the caller would \
             lose. The apply fails where one of these prevents it. Make the cluster reachable and plan again to see them."
        ),
    )
}

/// A cluster that CoreWeave's API does not have.
fn no_such_cluster(id: &str) -> Diagnostic {
    Diagnostic::warning(
        "Cluster not found during plan",
        format!(
            "CoreWeave's API has no cluster {id} in the organisation of this token: the apply fails unless that changes before. Correct \
             `cluster_id`, or use a token of the cluster's organisation. To look the id up by name, use the data source cks_cluster."
        ),
    )
    .at("cluster_id")
}

/// What a plan of a resource reads.
#[derive(Clone, Copy)]
pub(super) enum Reads {
    /// CoreWeave's API.
    Api,
    /// The cluster's Kubernetes.
    Kubernetes,
}

/// On a host that defers, leaves to a later run what cannot be planned against the cluster yet. Other hosts plan what is certain.
pub(super) fn defer_unknown(
    cluster_id: &Value<String>,
    context: &Context<Clusters>,
    reads: Reads,
) -> Result<(), Error> {
    if !context.defers() {
        return Ok(());
    }
    match cluster_id {
        Value::Known(id) => match reads {
            Reads::Api => context.clusters().expect_known_api().into_diagnostics(),
            Reads::Kubernetes => context.clusters().expect_known_route(id).into_diagnostics(),
        },
        _ => Err(Error::unknown_argument(
            "Cluster id not known yet",
            "The id of the cluster will be known only after apply, so that this can be planned after that. Apply, and plan again.",
        )
        .at("cluster_id")),
    }
}

/// Fails if the cluster's Kubernetes is reached by an address that leads to another cluster, before anything is planned there. `prior`: the
/// cluster in the state, about which it remembers something.
pub(crate) async fn expect_right_cluster(
    planned: &Value<String>,
    prior: Option<&str>,
    context: &Context<Clusters>,
) -> Result<(), Error> {
    defer_unknown(planned, context, Reads::Kubernetes)?;
    let Some(cluster_id) = planned.as_known() else { return Ok(()) };
    let remembered = (prior == Some(cluster_id.as_str())).then(|| Provenance::remembered(context));
    let remembered = remembered.as_ref().map(Provenance::cluster);
    let clusters = context.clusters().within(PLAN_CHECK_TIMEOUT);
    let outcome = clusters.expect_right_cluster(cluster_id, remembered).await;
    if outcome.map_err(|error| error.into_diagnostics().at("cluster_id"))? {
        context.warn(unverified_cluster(cluster_id, NamedBy::Configuration));
    }
    Ok(())
}

/// Key of the planned private of a plan that has said, or heard from another one, that a server is not verified: the second plan, that of
/// the apply, says nothing new.
const VERIFICATION: &str = "verification";

/// Warns, once for each cluster, that the plan changes or destroys something there without knowing the server.
pub(crate) fn warn_of_skipped_verification(cluster_id: &str, context: &Context<Clusters>) {
    let is_skipped = context.clusters().skips_verification(cluster_id);
    if is_skipped && context.provider().ledger().is_first_report(Topic::SkipsVerification, cluster_id) {
        context.warn(skipped_verification(cluster_id));
    }
}

/// The same for a plan that may change something.
pub(super) fn warn_of_skipped_verification_if_changed<R: Schema>(
    plan: &Plan<R>,
    cluster_id: &Value<String>,
    context: &Context<Clusters>,
) {
    let Some(cluster_id) = cluster_id.as_known().filter(|_| plan.is_change()) else { return };
    if context.planned_private(VERIFICATION).unwrap_or(false) {
        return;
    }
    if context.clusters().skips_verification(cluster_id) {
        context.set_planned_private(VERIFICATION, &true);
        warn_of_skipped_verification(cluster_id, context);
    }
}

fn skipped_verification(cluster_id: &str) -> Diagnostic {
    Diagnostic::warning(
        "The server's certificate is not verified",
        format!(
            "The kubeconfig of the provider's `kubernetes` entry for cluster {cluster_id} has insecure-skip-tls-verify: anyone between this \
             machine and the cluster can read the credentials and change what is sent. Set `ca_certificate` in the entry, or \
             certificate-authority-data in the kubeconfig."
        ),
    )
}

/// The cluster's Kubernetes for such a read.
pub(crate) async fn kubernetes_of(
    cluster_id: &str,
    context: &Context<Clusters>,
) -> Result<ClusterKubernetes, clusters::Error> {
    context.clusters().within(PLAN_CHECK_TIMEOUT).kubernetes(cluster_id).await
}

/// Shows these warnings.
pub(super) fn warn(warnings: impl IntoIterator<Item = Diagnostic>, context: &Context<Clusters>) {
    for warning in warnings {
        context.warn(warning);
    }
}

/// Records a plan of this thing, `named` in messages, and looks whether another resource of the run has the same one. The second of two
/// plans warns of what is declared twice, or was renamed without a `moved` block, and fails if one destroys what the other one keeps.
pub(super) fn record_plan<R: Schema>(
    planned: Planned,
    entry: &LedgerEntry,
    named: &str,
    context: &Context<Clusters>,
) -> Result<(), Error> {
    match context.provider().ledger().plan(planned, entry.clone()) {
        Some(Meeting::DestroyedAndKept) => return Err(destroyed_and_kept::<R>(named).into()),
        Some(Meeting::DeclaredTwice) => context.warn(declared_twice::<R>(named)),
        Some(Meeting::DestroyedAndCreated) => context.warn(destroyed_and_created::<R>(named)),
        None => {}
    }
    Ok(())
}

/// A destroy of what two resources in the state manage, such as after an import in place of a `moved` block.
fn destroyed_and_kept<R: Schema>(named: &str) -> Diagnostic {
    let resource = R::NAME;
    Diagnostic::error(
        format!("{resource} is destroyed although another resource has it"),
        format!(
            "Two {resource} in the state manage the same thing of {named}, and this plan destroys one of them: the apply would delete what the \
             other one keeps. Remove the one that is destroyed from the state with `terraform state rm`, or with a `removed` block with \
             `destroy = false`, and plan again. If it is a deposed object, remove its resource from the state and import it again."
        ),
    )
}

/// A rename without a `moved` block.
fn destroyed_and_created<R: Schema>(named: &str) -> Diagnostic {
    let resource = R::NAME;
    Diagnostic::warning(
        format!("{resource} is destroyed and created again"),
        format!(
            "One {resource} of {named} is destroyed, and another one is created. The apply may delete what exists before it creates it \
             again. If the resource was renamed, add a `moved` block; nothing is then deleted:\n\nmoved {{\n  from = {resource}.OLD_NAME\n  \
             to   = {resource}.NEW_NAME\n}}"
        ),
    )
}

/// Two resources for one thing.
fn declared_twice<R: Schema>(named: &str) -> Diagnostic {
    let resource = R::NAME;
    Diagnostic::warning(
        format!("{resource} declared twice"),
        format!(
            "Two resources of this configuration create or manage {named}: the apply of the second one fails. Keep one of the two resources."
        ),
    )
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use tfplugin::Error;

    use super::*;
    use crate::errors::testing::check_messages;

    const ID: &str = "81540112-93fc-4d39-af10-fe6c2f4b8824";

    #[test]
    fn what_prevents_all_checks_is_said_and_what_prevents_one_is_not() {
        let kubernetes = |error: KubernetesError| clusters::Error::from(error);
        let unusable =
            || KubernetesError::Unusable { title: "the endpoint".to_owned(), problem: "no".to_owned() };
        assert_eq!(reason(&kubernetes(unusable())).as_deref(), Some("the endpoint cannot be used: no"));
        assert!(reason(&clusters::Error::MissingToken).is_some());
        let cancelled = KubernetesError::Cancelled { what: "waiting".to_owned() };
        assert_eq!(reason(&kubernetes(cancelled)), None);
        let unknown = clusters::Error::UnknownConfiguration { attributes: Vec::new() };
        assert_eq!(reason(&unknown), None);
    }

    #[test]
    fn what_was_not_checked_is_named() {
        let warnings = [not_checked(ID, "connection refused"), no_such_cluster(ID)];
        let error = Error::all([Diagnostic::error("", "")].into_iter().chain(warnings)).expect("an error");
        check_messages(
            error,
            &expect![[r#"
             @ 

            Plan not checked against the cluster @ 
            Cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 could not be read during plan: connection refused. So the plans of its resources do not show objects and settings that exist already, namespaces and roles that do not exist, permissions that the caller lacks, and access that the caller would lose. The apply fails where one of these prevents it. Make the cluster reachable and plan again to see them.
            Cluster not found during plan @ cluster_id
            CoreWeave's API has no cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 in the organisation of this token: the apply fails unless that changes before. Correct `cluster_id`, or use a token of the cluster's organisation. To look the id up by name, use the data source cks_cluster.
        "#]],
        );
    }
}
