//! What a plan reads from the cluster and from the run's ledger for its warnings: never for long, and never as a reason to fail.

use std::time::Duration;

use clusters::{ClusterKubernetes, Clusters, LedgerEntry, Planned};
use tfplugin::{Context, Diagnostic, Error, Schema, Value};

use super::provenance::{Provenance, unverified_cluster};
use crate::{errors::ClientError as _, operation::ReachClusters as _};

/// A plan should not wait long for what is only a warning.
const PLAN_CHECK_TIMEOUT: Duration = Duration::from_secs(20);

/// A read that the plan can do without.
pub(super) async fn within_a_plan<T>(read: impl Future<Output = Result<T, clusters::Error>>) -> Option<T> {
    match tokio::time::timeout(PLAN_CHECK_TIMEOUT, read).await {
        Ok(Ok(answer)) => Some(answer),
        Ok(Err(error)) => {
            tracing::debug!(%error, "the cluster could not be read during plan");
            None
        }
        Err(_) => {
            tracing::debug!("reading the cluster took too long during plan");
            None
        }
    }
}

/// Fails if the cluster's Kubernetes is reached by an address that leads to another cluster, before anything is planned there. `prior`: the
/// cluster in the state, about which it remembers something.
pub(super) async fn expect_right_cluster(
    planned: &Value<String>,
    prior: Option<&str>,
    context: &Context<Clusters>,
) -> Result<(), Error> {
    let Some(cluster_id) = planned.as_known() else { return Ok(()) };
    let remembered = (prior == Some(cluster_id.as_str())).then(|| Provenance::remembered(context));
    let remembered = remembered.as_ref().map(Provenance::cluster);
    let clusters = context.clusters().within(PLAN_CHECK_TIMEOUT);
    let outcome = clusters.expect_right_cluster(cluster_id, remembered).await;
    if outcome.map_err(|error| error.into_diagnostics().at("cluster_id"))? {
        context.warn(unverified_cluster(cluster_id));
    }
    Ok(())
}

/// The cluster's Kubernetes for such a read.
pub(super) async fn kubernetes_of(
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

/// Records a plan that creates or destroys this thing, `named` in messages, and warns if another resource of the run has the same one:
/// it is declared twice, or was renamed without a `moved` block. The second of the two plans has the warning.
pub(super) fn record_plan<R: Schema>(
    planned: Planned,
    entry: &LedgerEntry,
    named: &str,
    context: &Context<Clusters>,
) {
    let ledger = context.provider().ledger();
    // Recorded before it looks, as in `record_found`, so that one of the two sees the other.
    let other = ledger.plan(planned, entry.clone());
    if planned == Planned::Destroy && ledger.is_found_twice(entry) {
        context.warn(destroyed_and_kept::<R>(named));
    }
    match (planned, other) {
        (Planned::Create, Some(Planned::Create)) => context.warn(planned_twice::<R>(named)),
        (Planned::Create, Some(Planned::Destroy)) | (Planned::Destroy, Some(Planned::Create)) => {
            context.warn(destroyed_and_created::<R>(named));
        }
        (_, None) | (Planned::Destroy, Some(Planned::Destroy)) => {}
    }
}

/// Records that a refresh found this thing, `named` in messages, and warns if the plan destroys it for another resource in the state. That
/// warning is [`record_plan`]'s if the refresh comes first.
pub(super) fn record_found<R: Schema>(entry: LedgerEntry, named: &str, context: &Context<Clusters>) {
    let ledger = context.provider().ledger();
    ledger.find(entry.clone());
    if ledger.is_planned(Planned::Destroy, entry) {
        context.warn(destroyed_and_kept::<R>(named));
    }
}

/// A destroy of what two resources in the state manage, such as after an import in place of a `moved` block.
fn destroyed_and_kept<R: Schema>(named: &str) -> Diagnostic {
    let resource = R::NAME;
    Diagnostic::warning(
        format!("{resource} is destroyed although another resource has it"),
        format!(
            "Two {resource} in the state manage the same thing of {named}, and this plan destroys one of them. The apply deletes what the \
             other one manages too. To keep it, remove the one that is destroyed from the state with `terraform state rm`, or with a \
             `removed` block with `destroy = false`, before the apply."
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

/// Two creates of one thing.
fn planned_twice<R: Schema>(named: &str) -> Diagnostic {
    let resource = R::NAME;
    Diagnostic::warning(
        format!("{resource} declared twice"),
        format!(
            "Two {resource} of {named} are created. The apply of the second one fails. Keep one of the two resources."
        ),
    )
}
