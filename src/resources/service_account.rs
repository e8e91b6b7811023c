//! `cks_service_account`: a ServiceAccount of a cluster's Kubernetes.

use clusters::Clusters;
use kubernetes::{Identity, ObjectPlace};
use tfplugin::{Context, Diagnostics, Error, Schema, SharedLifecycle};

use super::{
    object::{
        Fate, ObjectFields, ObjectLifecycle, ObjectResource, Scope, differs,
        moved::{self, MovedState, MovesFrom},
    },
    own_access,
};
use crate::checks;

/// A ServiceAccount: an identity for programs, such as a CI's.
///
/// It has no permissions until a `cks_rbac_binding` names it, and no token until a `cks_service_account_token` creates one. Re-creating
/// it revokes its tokens.
#[derive(Clone, Debug, Default, Schema)]
#[schema(name = "cks_service_account")]
pub(crate) struct ServiceAccount {
    #[schema(flatten)]
    object: ObjectFields,
    /// Namespace of the ServiceAccount. Changing it creates a new ServiceAccount.
    #[schema(required, replace, validate(checks::dns_label))]
    namespace: String,
    /// Name of the ServiceAccount. Changing it creates a new ServiceAccount.
    #[schema(required, replace, validate(checks::dns_subdomain))]
    name: String,
    /// Whether Kubernetes mounts a token of the ServiceAccount into the Pods that run as it. Default: it does.
    #[schema(optional)]
    automount_service_account_token: Option<bool>,
}

impl SharedLifecycle for ServiceAccount {
    type Lifecycle = ObjectLifecycle;
}

impl ObjectResource for ServiceAccount {
    type Kind = kubernetes::ServiceAccount;

    const SCOPE: Scope = Scope::Namespace;

    const MOVES_FROM: &'static [MovesFrom] =
        &[MovesFrom { type_name: "kubernetes_service_account", namespaced: true }];

    fn moved_content(
        state: &MovedState,
        place: &ObjectPlace,
        report: &mut Diagnostics,
    ) -> Result<kubernetes::ServiceAccount, Error> {
        for name in ["image_pull_secret", "secret"] {
            if state.blocks(name).next().is_some() {
                let advice = format!(
                    "ServiceAccount {place} keeps what `{name}` set, but a cks_service_account does not manage it. Change it with kubectl from \
                     now on."
                );
                report.push(moved::not_moved(name, &advice));
            }
        }
        Ok(kubernetes::ServiceAccount {
            automount: state.attribute("automount_service_account_token").as_bool(),
        })
    }

    fn place(&self) -> ObjectPlace {
        ObjectPlace::namespaced(&self.namespace, &self.name)
    }

    fn at(place: ObjectPlace) -> Self {
        Self { namespace: place.namespace.unwrap_or_default(), name: place.name, ..Self::default() }
    }

    fn content(&self) -> kubernetes::ServiceAccount {
        kubernetes::ServiceAccount { automount: self.automount_service_account_token }
    }

    fn with_content(self, content: &kubernetes::ServiceAccount) -> Self {
        Self { automount_service_account_token: content.automount, ..self }
    }

    async fn warn_of_loss(prior: &Self, fate: Fate<'_, Self>, context: &Context<Clusters>) {
        let is_moved = |planned: &ServiceAccountPartial| {
            differs(&planned.object.cluster_id, Some(&prior.object.cluster_id))
                || differs(&planned.namespace, Some(&prior.namespace))
                || differs(&planned.name, Some(&prior.name))
        };
        let Some(loss) = fate.loss(is_moved) else { return };
        own_access::warn_of_loss(prior.cluster_id(), loss, context, |caller| prior.access_of(caller)).await;
    }
}

impl ServiceAccount {
    /// What of the caller's own access rests on the ServiceAccount.
    fn access_of(&self, caller: &Identity) -> Option<String> {
        let account = caller.username.strip_prefix(own_access::ACCOUNTS)?.replacen(':', "/", 1);
        let place = self.place();
        (account == place.to_string()).then(|| format!("the ServiceAccount {place}"))
    }
}
