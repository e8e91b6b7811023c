//! `cks_revoke_service_account_tokens`: revokes every token of a ServiceAccount that this provider bound to a Secret, at once.
//!
//! Progress has all that a user must read: Terraform 1.16 shows no warnings of an action that a create or an update triggers, and that
//! succeeds.

mod messages;
mod own_token;

use clusters::{ClusterKubernetes, Clusters, LedgerEntry};
use kubernetes::{Error as KubernetesError, Kind as _, ServiceAccount};
use service_account_tokens::{Account, Revoked, TokenSecret, list, revoke_one};
use tfplugin::{Action, Context, Error, Progress, Schema, Value};

use self::{
    messages::Outcome,
    own_token::{Use, used_by},
};
use crate::{
    checks,
    errors::{ClientError as _, IntoDiagnostics as _},
    operation::ReachClusters as _,
    resources::{
        own_access::{self, Loss, will_be_lost},
        plan_checks::{self, kubernetes_of, within_a_plan},
        provenance::unverified,
    },
};

/// Revokes every token of a ServiceAccount that this provider bound to a Secret: those of `cks_service_account_token` resources in any
/// state, those that earlier runs left, and those of ephemeral resources, also of runs that are at work.
///
/// The provider finds the Secrets by their labels and deletes them, and shows a line for each. API servers reject the tokens about ten
/// seconds later, for which they cache authentications. The next plan rotates the tokens that are in a state. If a Secret cannot be
/// deleted, the action revokes the others, and then fails with the name of each that is left.
///
/// Other tokens are not revoked, and the cluster has no list of them: those that were issued with `revocable = false`, and those that other
/// clients issued, such as with `kubectl create token`. They are valid until they expire, or until their ServiceAccount is deleted, which
/// ends all its tokens.
///
/// If there is no such ServiceAccount, all its tokens are invalid already: the plan has a warning, and the action succeeds.
///
/// Run it by hand with `terraform apply -invoke=action.cks_revoke_service_account_tokens.NAME`, or at any event of a resource with
/// `action_trigger`. At `after_create` and `after_update` of a token of the same ServiceAccount it revokes the new token too: use
/// `before_update` to revoke the previous ones.
///
/// In Terraform 1.16 and newer a trigger can also have the events `before_destroy` and `after_destroy`, and `on_failure` decides what follows
/// if a token cannot be revoked: `halt` (the default) ends the run before anything that depends on it, so that `before_destroy` keeps the
/// resource; `taint` also has a resource that was just created replaced by the next apply; `continue` makes it a warning.
///
/// The provider's credentials need, in the namespace: `get`, `list` and `delete` on `secrets`, and `get` on `serviceaccounts`. Requires
/// Terraform 1.14.
///
/// OpenTofu has no actions. There, `kubectl delete secrets --namespace NAMESPACE --selector cks-community.github.io/token-id` revokes all
/// tokens of this provider in the namespace, and the next plan rotates those that are in a state.
#[derive(Clone, Debug, Schema)]
#[schema(name = "cks_revoke_service_account_tokens")]
pub(crate) struct RevokeServiceAccountTokens {
    /// Id of the cluster.
    #[schema(required, validate(checks::cluster_id))]
    cluster_id: String,
    /// Namespace of the ServiceAccount.
    #[schema(required, validate(checks::dns_label))]
    namespace: String,
    /// Name of the ServiceAccount.
    #[schema(required, validate(checks::dns_subdomain))]
    service_account: String,
}

impl Action for RevokeServiceAccountTokens {
    type Provider = Clusters;

    async fn plan(
        config: &RevokeServiceAccountTokensPartial,
        context: &Context<Clusters>,
    ) -> Result<(), Error> {
        // An unknown id is no reason to defer an action.
        let Some(cluster_id) = config.cluster_id.as_known() else { return Ok(()) };
        plan_checks::expect_right_cluster(&config.cluster_id, None, context).await?;
        plan_checks::warn_of_skipped_verification(cluster_id, context);
        if let (Value::Known(namespace), Value::Known(service_account)) =
            (config.namespace.clone(), config.service_account.clone())
        {
            let planned = Self { cluster_id: cluster_id.clone(), namespace, service_account };
            planned.warn_of_own_token(context).await;
            planned.warn_if_missing(context).await;
        }
        Ok(())
    }

    async fn invoke(self, progress: &Progress, context: &Context<Clusters>) -> Result<(), Error> {
        let kubernetes = context.clusters().kubernetes(&self.cluster_id).await;
        let kubernetes = kubernetes.map_err(|error| error.into_diagnostics().at("cluster_id"))?;
        if let Some(warning) = unverified(&self.cluster_id, &kubernetes, context).await.into_diagnostics()? {
            progress.report(format!("{}: {}", warning.summary, warning.detail)).await;
        }
        let secrets = self.secrets(&kubernetes).await.into_diagnostics()?;
        if secrets.is_empty() {
            progress.report(self.why_none(&kubernetes).await).await;
            return Ok(());
        }
        let (account, now) = (self.account(), kubernetes.now());
        progress.report(messages::found(account, secrets.len())).await;
        let (others, own) = self.own_apart(secrets, &kubernetes, context).await;
        let mut outcomes = Vec::new();
        // The caller's own token at the end: without it, the others could not be deleted.
        for secret in others.into_iter().chain(own.clone()) {
            let revoked = match revoke_one(&kubernetes, &secret).await {
                Err(KubernetesError::Unauthorized { .. }) if own.contains(&secret) => Ok(Revoked::Now),
                revoked => revoked,
            };
            progress.report(messages::line(&secret, &revoked, now)).await;
            outcomes.push(Outcome { secret, revoked });
        }
        progress.report(messages::summary(account, &outcomes)).await;
        messages::failures(account, outcomes).map_or(Ok(()), Err)
    }
}

impl RevokeServiceAccountTokens {
    fn account(&self) -> Account<'_> {
        Account { namespace: &self.namespace, name: &self.service_account }
    }

    /// The Secrets of its tokens.
    async fn secrets(&self, kubernetes: &ClusterKubernetes) -> Result<Vec<TokenSecret>, KubernetesError> {
        let mut listed = list(kubernetes, &self.namespace).await?;
        listed.retain(|secret| secret.is_of_account(self.account()));
        Ok(listed)
    }

    /// The same, without the one of the token that the caller uses, and that one.
    async fn own_apart(
        &self,
        secrets: Vec<TokenSecret>,
        kubernetes: &ClusterKubernetes,
        context: &Context<Clusters>,
    ) -> (Vec<TokenSecret>, Vec<TokenSecret>) {
        let caller = if context.clusters().is_by_coreweave_token(&self.cluster_id) {
            None
        } else {
            kubernetes.who_am_i().await.ok()
        };
        let is_own = |secret: &TokenSecret| {
            caller.as_ref().is_some_and(|caller| own_access::is_of_secret(caller, secret))
        };
        secrets.into_iter().partition(|secret| !is_own(secret))
    }

    /// Why there is nothing to revoke, as far as the caller may know.
    async fn why_none(&self, kubernetes: &ClusterKubernetes) -> String {
        match kubernetes.find::<ServiceAccount>(&self.account().place()).await {
            Ok(None) => messages::no_account(self.account()),
            Ok(Some(_)) | Err(_) => messages::no_tokens(self.account()),
        }
    }

    /// Warns if the action revokes the token that the provider itself uses.
    async fn warn_of_own_token(&self, context: &Context<Clusters>) {
        let cluster_id = &self.cluster_id;
        let Some(caller) = own_access::caller(cluster_id, context).await else { return };
        if !own_access::is_account(&caller, &self.namespace, &self.service_account) {
            return;
        }
        let listed = within_a_plan(cluster_id, context, async {
            let kubernetes = kubernetes_of(cluster_id, context).await?;
            Ok(self.secrets(&kubernetes).await?)
        });
        let token = match used_by(&caller, &listed.await.unwrap_or_default()) {
            Use::One => format!("a token of ServiceAccount {} that this action revokes", self.account()),
            Use::Unclear => {
                format!("a token of ServiceAccount {}, perhaps one that this action revokes", self.account())
            }
            Use::None => return,
        };
        context.warn(will_be_lost(cluster_id, &token, Loss::RevokedByAction));
    }

    /// Warns if there is no such ServiceAccount, unless a plan of this run creates or destroys it.
    async fn warn_if_missing(&self, context: &Context<Clusters>) {
        let place = self.account().place();
        let entry = LedgerEntry::of_object(&self.cluster_id, ServiceAccount::api(true), place.clone());
        let ledger = context.provider().ledger();
        if ledger.is_created(&entry) || ledger.is_destroyed(&entry) {
            return;
        }
        let found = within_a_plan(&self.cluster_id, context, async {
            let kubernetes = kubernetes_of(&self.cluster_id, context).await?;
            Ok(kubernetes.find::<ServiceAccount>(&place).await?)
        });
        if let Some(None) = found.await {
            context.warn(messages::account_is_missing(self.account()));
        }
    }
}
