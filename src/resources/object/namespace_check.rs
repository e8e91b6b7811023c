//! The namespace of an object that a plan creates: a warning if it does not exist, or is being deleted.

use clusters::Clusters;
use kubernetes::{Namespace, ObjectPlace};
use tfplugin::{Context, Diagnostic};

use super::{ObjectResource, entry};
use crate::resources::plan_checks::{kubernetes_of, within_a_plan};

/// Warns if the namespace of a planned object does not exist and no plan so far creates it, or if it is being deleted.
pub(super) async fn warn_of_namespace<R: ObjectResource>(planned: &R, context: &Context<Clusters>) {
    let Some(name) = planned.place().namespace else { return };
    let place = ObjectPlace::cluster(&name);
    if context.provider().ledger().is_created(&entry::<Namespace>(planned.cluster_id(), place.clone())) {
        return;
    }
    let found = within_a_plan(planned.cluster_id(), context, async {
        let kubernetes = kubernetes_of(planned.cluster_id(), context).await?;
        Ok(kubernetes.glance::<Namespace>(&place).await?)
    });
    match found.await {
        Some(None) => context.warn(namespace_is_missing(&name)),
        Some(Some(namespace)) if namespace.deleting => context.warn(namespace_is_terminating(&name)),
        _ => {}
    }
}

/// An object in a namespace that does not exist.
fn namespace_is_missing(name: &str) -> Diagnostic {
    Diagnostic::warning(
        "Namespace does not exist",
        format!(
            "There is no namespace {name}, and no cks_namespace that was planned so far creates it, so Kubernetes rejects the apply. Correct \
             `namespace`. If this configuration creates the namespace, refer to it with namespace = cks_namespace.NAME.name, so that \
             Terraform creates it first."
        ),
    )
    .at("namespace")
}

/// An object in a namespace that is being deleted.
fn namespace_is_terminating(name: &str) -> Diagnostic {
    Diagnostic::warning(
        "Namespace is being deleted",
        format!(
            "Namespace {name} is Terminating: Kubernetes deletes it with everything in it, and rejects new objects until then. Find what holds \
             it up with `kubectl describe namespace {name}`, wait until it is gone, and create it again first, such as with cks_namespace."
        ),
    )
    .at("namespace")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::errors::testing::check_messages;

    #[test]
    fn a_namespace_that_prevents_the_create_is_named() {
        check_messages(
            namespace_is_missing("shop"),
            &expect![[r#"
            Namespace does not exist @ namespace
            There is no namespace shop, and no cks_namespace that was planned so far creates it, so Kubernetes rejects the apply. Correct `namespace`. If this configuration creates the namespace, refer to it with namespace = cks_namespace.NAME.name, so that Terraform creates it first.
        "#]],
        );
        check_messages(
            namespace_is_terminating("shop"),
            &expect![[r#"
            Namespace is being deleted @ namespace
            Namespace shop is Terminating: Kubernetes deletes it with everything in it, and rejects new objects until then. Find what holds it up with `kubectl describe namespace shop`, wait until it is gone, and create it again first, such as with cks_namespace.
        "#]],
        );
    }
}
