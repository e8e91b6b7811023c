//! `cks_service_account_token`: a token of a ServiceAccount for one run, which the end of the run revokes.
//!
//! It is bound to a Secret of its own, as the tokens of the resource are (crate `service_account_tokens`). What a killed run leaves has
//! its end in that Secret, so that the next token of the ServiceAccount removes it.

#[cfg(test)]
mod closing_tests;
mod messages;
mod open_token;

use std::{collections::BTreeSet, time::Duration};

use clusters::{ClusterKubernetes, Clusters, Endpoint, Reach};
use kubernetes::{ObjectPlace, Secret};
use secrecy::SecretString;
use service_account_tokens::{Account, IssueRequest, NewToken, Others, rfc3339};
use tfplugin::{Context, EphemeralResource, Error, Opened, Schema, Value, duration};
use uuid::Uuid;

use self::open_token::OpenToken;
use crate::{
    checks,
    errors::{self, ClientError as _, IntoDiagnostics as _},
    operation::ReachClusters as _,
    resources::{
        provenance::{Provenance, warn_if_unverified},
        service_account_token::lifetime,
    },
};

/// Token of a ServiceAccount for one run of Terraform: in no plan, in no state, and revoked at the end of the run.
///
/// Configure another provider with `host` and `token`, so that it has the permissions that bindings grant the ServiceAccount.
///
/// The token is bound to a Secret without data, which the provider creates and the ServiceAccount owns. The end of the run deletes the
/// Secret, which revokes the token, also if the run failed or was interrupted. If the run is killed, the token is valid until it expires, at
/// most for `duration`; the next run that opens, creates, rotates or destroys a token of the same ServiceAccount then deletes its Secret.
///
/// Terraform opens it once in the plan, if all arguments are known, and once more in the apply. If the same apply creates the
/// ServiceAccount, set `service_account_uid` to its uid: Terraform then opens the token only in the apply.
///
/// A token cannot be renewed. Set `duration` to more than the longest run takes: a run that takes longer than half of it ends with a
/// warning. OpenTofu also shows an error of a run that takes longer than nine tenths of it.
///
/// The provider's credentials need, in the namespace: `get` on `serviceaccounts`, `create` on `serviceaccounts/token`, and `get`, `list`,
/// `create`, `patch` and `delete` on `secrets` (without `revocable`, only the first two). Requires Terraform 1.10 or OpenTofu 1.11.
#[derive(Clone, Debug, Schema)]
#[schema(name = "cks_service_account_token")]
pub(crate) struct EphemeralToken {
    /// Id of the cluster.
    #[schema(required, validate(checks::cluster_id))]
    cluster_id: String,
    /// Namespace of the ServiceAccount.
    #[schema(required, validate(checks::dns_label))]
    namespace: String,
    /// Name of the ServiceAccount.
    #[schema(required, validate(checks::dns_subdomain))]
    service_account: String,
    /// Uid of the ServiceAccount, such as `cks_service_account.NAME.uid`, so that Terraform creates the ServiceAccount first, and no other
    /// one of the same name gets the token. Defaults to the uid of the ServiceAccount that is found.
    #[schema(optional, computed, validate(checks::not_empty))]
    service_account_uid: Value<String>,
    /// Lifetime of the token as a Go duration, such as `"2h"`. Minimum `"10m"`. The API server may grant less, which is a warning. Defaults
    /// to `"30m"`.
    #[schema(optional, computed, default = "30m", validate(lifetime::duration), same = duration::same)]
    duration: String,
    /// Token audiences. Defaults to the API server's own. If set, include that one, or the API server rejects the token.
    #[schema(optional, validate_each(checks::not_empty))]
    audiences: Option<BTreeSet<String>>,
    /// Whether the token is bound to a Secret, so that the end of the run revokes it. Defaults to `true`. If `false`, the token is valid
    /// until it expires or its ServiceAccount is deleted.
    #[schema(optional, computed, default = true)]
    revocable: bool,
    /// URL of the cluster's unmanaged endpoint, which accepts the token, such as
    /// `https://api.ORG-HASH.k8s.ZONE.coreweave.com`. Null if the provider has no CoreWeave token.
    #[schema(computed)]
    host: Value<String>,
    /// The token.
    #[schema(computed, sensitive)]
    token: Value<SecretString>,
    /// Time of expiry (RFC 3339).
    #[schema(computed)]
    expires_at: Value<String>,
    /// Id of the token (`jti`), which the cluster's audit logs have as `authentication.kubernetes.io/credential-id`.
    #[schema(computed)]
    credential_id: Value<String>,
}

impl EphemeralResource for EphemeralToken {
    type Provider = Clusters;

    async fn open(self, context: &Context<Clusters>) -> Result<Opened<Self>, Error> {
        let kubernetes = context.clusters().kubernetes(&self.cluster_id).await;
        let kubernetes = kubernetes.map_err(|error| error.into_diagnostics().at("cluster_id"))?;
        warn_if_unverified(&self.cluster_id, &kubernetes, context).await?;
        // Before the token exists, so that as little as possible can fail after it.
        let host = self.host_of(&kubernetes, context).await?;
        Provenance::of_object(None, &kubernetes, context).await.keep(context);
        let id = Uuid::new_v4().to_string();
        context.provider().ledger().meet_token(&self.cluster_id, &id);
        if self.revocable {
            self.clear_leftovers(&id, &kubernetes, context).await;
        }
        let issued = self.issue(&id, &kubernetes, context).await?;
        let open = OpenToken::of(&self.cluster_id, self.account(), &issued);
        open.keep(context);
        self.warn(&issued, &kubernetes, context);
        let NewToken { token, expires_at, credential_id, account_uid, .. } = issued;
        let opened = Self {
            service_account_uid: Value::Known(account_uid),
            host: host.into(),
            token: Value::Known(token),
            expires_at: Value::Known(rfc3339(expires_at)),
            credential_id: credential_id.into(),
            ..self
        };
        Ok(Opened::new(opened).renew_after(open.until_first_check()))
    }

    /// A JWT cannot be renewed, so this says early that it will not cover the run: it warns after half of the lifetime, and
    /// fails after nine tenths of it.
    async fn renew(context: &Context<Clusters>) -> Result<Option<Duration>, Error> {
        let Some(open) = OpenToken::remembered(context) else { return Ok(None) };
        let checks = OpenToken::count_check(context);
        tracing::warn!(
            account = open.account,
            expires_at = open.expires_at,
            checks,
            "the token of this run cannot be renewed, and the run is not over"
        );
        if checks > 0 {
            return Err(messages::expires(&open));
        }
        context.warn(messages::may_expire(&open));
        Ok(Some(open.until_second_check()))
    }

    async fn close(context: &Context<Clusters>) -> Result<(), Error> {
        let Some(open) = OpenToken::remembered(context) else { return Ok(()) };
        let Some(secret) = &open.secret else { return Ok(()) };
        let place = ObjectPlace::namespaced(&open.namespace, &secret.name);
        let not_revoked = |error| messages::not_revoked(&open, &place, error);
        // The time limit of a close is short, and a change of the cluster may take longer.
        let operation = context.clusters().beside_changes();
        let provenance = Provenance::remembered(context);
        let kubernetes = match operation.find_kubernetes(&open.cluster_id, provenance.cluster()).await {
            Ok(Reach::Present(kubernetes)) => kubernetes,
            // The token ends with the cluster.
            Ok(Reach::Going(_) | Reach::Gone(_)) => {
                context.warn(messages::cluster_ends(&open));
                return Ok(());
            }
            Err(clusters::Error::Uncertain { why, .. }) => {
                return Err(messages::may_be_left(&open, &place, &why));
            }
            Err(error) => return Err(not_revoked(error.into_diagnostics())),
        };
        let deleted = kubernetes.delete::<Secret>(&place, &secret.uid, None).await;
        drop(deleted.map_err(|error| not_revoked(error.into_diagnostics()))?);
        let now = kubernetes.now();
        if open.expires_at <= now {
            context.warn(messages::expired(&open));
        } else if open.is_past_half(now) {
            // Terraform 1.16 shows nothing of a renewal.
            context.warn(messages::nearly_expired(&open));
        }
        Ok(())
    }
}

impl EphemeralToken {
    fn account(&self) -> Account<'_> {
        Account { namespace: &self.namespace, name: &self.service_account }
    }

    /// URL of the unmanaged endpoint. The cluster's Kubernetes may be reached by an address, without CoreWeave's API.
    async fn host_of(
        &self,
        kubernetes: &ClusterKubernetes,
        context: &Context<Clusters>,
    ) -> Result<Option<String>, Error> {
        let endpoint = |cluster| context.clusters().endpoint(Endpoint::Unmanaged, cluster);
        let host = match kubernetes.cluster() {
            Some(cluster) => endpoint(cluster),
            None => match context.clusters().expect(&self.cluster_id).await {
                Ok(cluster) => endpoint(&cluster),
                Err(clusters::Error::MissingToken) => return Ok(None),
                Err(error) => Err(error),
            },
        };
        host.map(Some).map_err(|error| error.into_diagnostics().at("cluster_id"))
    }

    async fn issue(
        &self,
        id: &str,
        kubernetes: &ClusterKubernetes,
        context: &Context<Clusters>,
    ) -> Result<NewToken, Error> {
        let request = IssueRequest {
            id,
            account: self.account(),
            account_uid: self.service_account_uid.as_known().map(String::as_str),
            seconds: Some(lifetime::seconds(&self.duration)),
            audiences: self.audiences.iter().flatten().cloned().collect(),
            revocable: self.revocable,
            for_one_run: true,
        };
        let issued = service_account_tokens::issue(kubernetes, &request).await;
        // A failure that left a token behind has its warnings too.
        let others = |warning: &String| !lifetime::is_about_shortening(warning);
        for warning in kubernetes.take_warnings().into_iter().filter(others) {
            context.warn(errors::server_warning(&warning));
        }
        issued.into_diagnostics()
    }

    fn warn(&self, issued: &NewToken, kubernetes: &ClusterKubernetes, context: &Context<Clusters>) {
        if issued.granted_seconds < lifetime::seconds(&self.duration) {
            context.warn(messages::shortened(&self.duration, issued));
        }
        if issued.has_twin {
            let until = rfc3339(issued.expires_at);
            context.warn(errors::account_tokens::may_have_twin(self.account(), &until));
        }
        tracing::debug!(secret = ?issued.secret, now = kubernetes.now(), "opened a token for this run");
    }

    /// Deletes what earlier runs left on the ServiceAccount, without waiting for runs that are at work. A failure is a warning: the next
    /// one tries again.
    async fn clear_leftovers(&self, id: &str, kubernetes: &ClusterKubernetes, context: &Context<Clusters>) {
        let account = self.account();
        let listed = service_account_tokens::list(kubernetes, &self.namespace).await;
        let (others, outcome) = match listed {
            Ok(listed) => {
                service_account_tokens::clear_settled_leftovers(kubernetes, account, id, listed).await
            }
            Err(error) => (Others::default(), Err(error)),
        };
        for secret in &others.abandoned {
            context.warn(errors::account_tokens::unfinished_token_revoked(&secret.place));
        }
        match outcome {
            // The next request reports the interrupt.
            Ok(()) | Err(kubernetes::Error::Cancelled { .. }) => {}
            Err(error) => context.warn(errors::account_tokens::leftovers_kept(account, &error)),
        }
    }
}
