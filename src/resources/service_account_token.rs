//! `cks_service_account_token`: a token of a ServiceAccount that is tracked, rotated in place and revoked.
//!
//! How a token is made and what a crash leaves behind: `crate::account_tokens`. When it is time for the next: [`rotation`]. What the
//! state remembers for that, unseen: [`tracked`].

mod lifetime;
mod messages;
mod rotation;
mod tracked;

use std::collections::{BTreeMap, BTreeSet};

use clusters::{ClusterKubernetes, Clusters};
use kubernetes::{ObjectPlace, Secret, ServiceAccount};
use secrecy::SecretString;
use service_account_tokens::{Earlier, IssueRequest, NewToken, TokenSecret, rfc3339};
use tfplugin::{
    Capabilities, Context, Diagnostics, Error, Import, ImportResource, Plan, PlanDestroy, Resource, Schema,
    Timeouts, Value, duration,
};
use uuid::Uuid;

use self::tracked::Tracked;
use super::provenance::Provenance;
use crate::{
    checks,
    errors::{self, ClientError as _, IntoDiagnostics as _},
    operation::ReachClusters as _,
};

/// A token of a ServiceAccount, for programs outside the cluster: it is rotated before it expires, and revoked on destroy.
///
/// The token works at the cluster's unmanaged endpoint, with the permissions that bindings give the ServiceAccount. It is requested when the
/// resource is created or rotated, and never by a plan, a refresh or a validation.
///
/// By default the token is bound to a Secret without data, which the provider makes and the ServiceAccount owns: the token lives no longer
/// than that Secret. To revoke a token at once, delete its Secret (`kubectl delete secret`); the next plan makes a new token.
///
/// A plan rotates the token, in place, when it is about to expire (`rotate_before`), has expired, or was revoked (its Secret or its
/// ServiceAccount is gone or was made anew), and when an argument changes that is in the token. Expiry is computed
/// from the cluster's clock at the last refresh. By default the previous token lives until it expires, so that its users can switch.
///
/// ~> The token is stored in state: restrict access to it.
///
/// When a run is killed between the Secret, the token and the state, the next apply that makes, rotates or destroys a token of the same
/// ServiceAccount deletes what is left: a Secret whose token nobody was given (marked `pending`) at once, or after half a minute in which
/// another run may be at work on it; one whose token may have reached somebody (marked `issued`) once that has expired.
///
/// The provider's credentials need, in the namespace: `get` on `serviceaccounts`, `create` on `serviceaccounts/token`, and `get`, `list`,
/// `create`, `patch` and `delete` on `secrets` (without `revocable`, only the first two).
#[derive(Clone, Debug, Schema)]
#[schema(name = "cks_service_account_token")]
pub(crate) struct ServiceAccountToken {
    /// A UUID that stays through all rotations; each of the token's Secrets has it as the label `cks-community.github.io/token-id`.
    #[schema(computed)]
    id: Value<String>,
    /// The cluster's id. A change makes a new resource.
    #[schema(required, replace, validate(checks::cluster_id))]
    cluster_id: String,
    /// Namespace of the ServiceAccount. A change makes a new resource.
    #[schema(required, replace, validate(checks::dns_label))]
    namespace: String,
    /// Name of the ServiceAccount. A change makes a new resource.
    #[schema(required, replace, validate(checks::dns_subdomain))]
    service_account: String,
    /// Uid of the ServiceAccount. Give `cks_service_account.NAME.uid` to make the token after the ServiceAccount, and for no other one
    /// of the same name. Default: that of the ServiceAccount that is found. A change rotates the token.
    #[schema(optional, computed, validate(checks::not_empty))]
    service_account_uid: Value<String>,
    /// How long the token shall live, `"10m"` or more, such as `"720h"`. A server may grant less; that is warned of. Default: the server
    /// decides, most often for an hour. A change rotates the token.
    #[schema(optional, validate(lifetime::duration), same = duration::same)]
    duration: Option<String>,
    /// Token audiences. Defaults to the API server's own. If set, include that one, or the API server rejects the token. Changing it
    /// rotates the token.
    #[schema(optional, validate_each(checks::not_empty))]
    audiences: Option<BTreeSet<String>>,
    /// Anything: a change rotates the token.
    #[schema(optional)]
    rotation_triggers: Option<BTreeMap<String, Option<String>>>,
    /// Whether the token is bound to a Secret, so that it can be revoked. Default: `true`. Without, it lives until it expires whatever
    /// happens, but for the deletion of its ServiceAccount. A change rotates the token.
    #[schema(optional, computed, default = true)]
    revocable: bool,
    /// How long before expiry a plan rotates the token, as a Go duration such as `"168h"`. Capped at half the granted lifetime if the
    /// server grants less than `duration`, or decides on it. Defaults to rotating after expiry only.
    #[schema(optional, validate(duration::validate), same = duration::same)]
    rotate_before: Option<String>,
    /// What becomes of the previous token at a rotation: `"expire"` (default) lets it live until it expires, `"revoke"` revokes it as soon as
    /// the new one exists.
    #[schema(optional, computed, default = "expire", validate(rotation::on_rotation))]
    on_rotation: String,
    /// The token.
    #[schema(computed, sensitive)]
    token: Value<SecretString>,
    /// When it was issued (RFC 3339).
    #[schema(computed)]
    issued_at: Value<String>,
    /// When it expires (RFC 3339).
    #[schema(computed)]
    expires_at: Value<String>,
    /// The token's `jti`: the cluster's audit logs have it as `authentication.kubernetes.io/credential-id`.
    #[schema(computed)]
    credential_id: Value<String>,
    /// Name of the Secret that the token is bound to; null without `revocable`.
    #[schema(computed)]
    secret_name: Value<String>,
    #[schema(block)]
    timeouts: Option<Timeouts>,
}

impl Resource for ServiceAccountToken {
    type Provider = Clusters;

    const PLAN_UNCHANGED: bool = true;

    const CAPABILITIES: Capabilities<Self, Clusters> =
        Capabilities::none().import::<Self>().plan_destroy::<Self>();

    fn validate(config: &ServiceAccountTokenPartial, report: &mut Diagnostics) {
        lifetime::check(config, report);
        rotation::check(config, report);
    }

    async fn plan(plan: &mut Plan<Self>, context: &Context<Clusters>) -> Result<(), Error> {
        rotation::plan(plan, context);
        Ok(())
    }

    async fn create(self, context: &Context<Clusters>) -> Result<Self, Error> {
        let kubernetes = self.kubernetes(context).await?;
        // Before the token exists: a crash after that finds as little as possible still to do.
        Provenance::of_object(None, &kubernetes, context).await.keep(context);
        let id = Uuid::new_v4().to_string();
        let listed = self.listed(&kubernetes).await?;
        self.clear_leftovers(&id, listed, &kubernetes, context).await;
        self.issued(id, &kubernetes, context).await
    }

    async fn read(self, context: &Context<Clusters>) -> Result<Option<Self>, Error> {
        let provenance = Provenance::remembered(context);
        let found = provenance.find_kubernetes(&self.cluster_id, context.clusters().reading()).await?;
        let Some(kubernetes) = found else { return Ok(None) };
        let account = kubernetes.find::<ServiceAccount>(&self.account()).await.into_diagnostics()?;
        let account = account.filter(|account| !account.deleting);
        let secret = match self.secret() {
            Some(place) => {
                kubernetes.find::<Secret>(&place).await.into_diagnostics()?.filter(|secret| !secret.deleting)
            }
            None => None,
        };
        let tracked =
            Tracked::remembered(&self, context).checked(account.as_ref(), secret.as_ref(), kubernetes.now());
        if tracked.is_lost() {
            provenance.confirm_same(&kubernetes).await?;
        }
        tracked.keep(context);
        if !provenance.is_complete_for_object(None) {
            Provenance::of_object(None, &kubernetes, context).await.keep(context);
        }
        // The one that is there: the next token is of that.
        let uid = account.map_or(self.service_account_uid.clone(), |account| Value::Known(account.uid));
        Ok(Some(Self { service_account_uid: uid, ..self }))
    }

    async fn update(self, prior: Self, context: &Context<Clusters>) -> Result<Self, Error> {
        if !self.token.is_unknown() {
            return Ok(self);
        }
        let kubernetes = self.kubernetes(context).await?;
        let id = prior.id.as_known().cloned().unwrap_or_default();
        let listed = self.listed(&kubernetes).await?;
        self.clear_leftovers(&id, listed.clone(), &kubernetes, context).await;
        let rotated = self.issued(id, &kubernetes, context).await?;
        rotated.end_earlier(&prior, listed, &kubernetes, context).await?;
        Ok(rotated)
    }

    async fn delete(self, context: &Context<Clusters>) -> Result<(), Error> {
        let provenance = Provenance::remembered(context);
        let found = provenance.find_kubernetes(&self.cluster_id, context.clusters()).await?;
        let Some(kubernetes) = found else { return Ok(()) };
        let listed = self.listed(&kubernetes).await?;
        let id = self.id.as_known().cloned().unwrap_or_default();
        let own: Vec<_> = listed.iter().filter(|secret| secret.id == id).collect();
        if own.is_empty() {
            // Revoked already, never bound, or out of reach: this may be another cluster.
            provenance.confirm_same(&kubernetes).await?;
        }
        if let Some(current) = self.secret().filter(|place| !own.iter().any(|secret| secret.place == *place))
        {
            // Somebody may have torn off the label.
            provenance.confirm_same(&kubernetes).await?;
            let tracked = Tracked::remembered(&self, context);
            if let Some(secret) = kubernetes
                .find::<Secret>(&current)
                .await
                .into_diagnostics()?
                .filter(|found| tracked.is_bound_to(found))
            {
                kubernetes.delete::<Secret>(&current, &secret.uid, None).await.into_diagnostics()?;
            }
        }
        service_account_tokens::revoke(&kubernetes, own).await.into_diagnostics()?;
        if !self.revocable && self.expires() > kubernetes.now() {
            context.warn(messages::lives_on(&self.account(), self.expires_at.as_known()));
        }
        self.clear_leftovers(&id, listed, &kubernetes, context).await;
        Ok(())
    }
}

impl PlanDestroy<Clusters> for ServiceAccountToken {
    async fn plan_destroy(prior: &Self, context: &Context<Clusters>) -> Result<(), Error> {
        // As of the last refresh: a plan has no clock.
        let seen_at = Tracked::remembered(prior, context).checked_at;
        if !prior.revocable && prior.expires() > seen_at {
            context.warn(messages::lives_on(&prior.account(), prior.expires_at.as_known()));
        }
        Ok(())
    }
}

impl ImportResource<Clusters> for ServiceAccountToken {
    async fn import(_: Import, _: &Context<Clusters>) -> Result<Self, Error> {
        Err(messages::not_importable::<Self>())
    }
}

impl ServiceAccountToken {
    fn account(&self) -> ObjectPlace {
        ObjectPlace::namespaced(&self.namespace, &self.service_account)
    }

    /// The Secret that the token is bound to, if it is.
    fn secret(&self) -> Option<ObjectPlace> {
        self.secret_name.as_known().map(|name| ObjectPlace::namespaced(&self.namespace, name))
    }

    fn expires(&self) -> i64 {
        service_account_tokens::seconds_of(self.expires_at.as_known())
    }

    async fn kubernetes(&self, context: &Context<Clusters>) -> Result<ClusterKubernetes, Error> {
        context.clusters().kubernetes(&self.cluster_id).await.into_diagnostics()
    }

    /// All Secrets of tokens in the namespace. Who makes none need not see any.
    async fn listed(&self, kubernetes: &ClusterKubernetes) -> Result<Vec<TokenSecret>, Error> {
        match service_account_tokens::list(kubernetes, &self.namespace).await {
            Err(kubernetes::Error::Forbidden { .. }) if !self.revocable => Ok(Vec::new()),
            listed => Ok(listed.into_diagnostics()?),
        }
    }

    /// Makes a token, with what is to be remembered of it and what the user should know.
    async fn issued(
        self,
        id: String,
        kubernetes: &ClusterKubernetes,
        context: &Context<Clusters>,
    ) -> Result<Self, Error> {
        let requested = self.duration.as_deref().map(lifetime::seconds);
        let order = IssueRequest {
            id: &id,
            account: &self.account(),
            account_uid: self.service_account_uid.as_known().map(String::as_str),
            seconds: requested,
            audiences: self.audiences.iter().flatten().cloned().collect(),
            revocable: self.revocable,
        };
        let issued = service_account_tokens::issue(kubernetes, &order).await.into_diagnostics()?;
        Tracked::of(&issued).keep(context);
        let others = |warning: &String| !lifetime::is_about_shortening(warning);
        for warning in kubernetes.take_warnings().into_iter().filter(others) {
            context.warn(errors::server_warning(&warning));
        }
        if let Some(warning) = lifetime::shortened(&self, &issued) {
            context.warn(warning);
        }
        let NewToken { token, issued_at, expires_at, credential_id, account_uid, secret, .. } = issued;
        let state = Self {
            id: Value::Known(id),
            service_account_uid: Value::Known(account_uid),
            token: Value::Known(token),
            issued_at: Value::Known(rfc3339(issued_at)),
            expires_at: Value::Known(rfc3339(expires_at)),
            credential_id: credential_id.into(),
            secret_name: secret.map(|secret| secret.name).into(),
            ..self
        };
        // It exists now: whatever fails later must not orphan it.
        context.record(&state);
        Ok(state)
    }

    /// Ends earlier tokens as `on_rotation` says. `listed`: what there was before this one.
    async fn end_earlier(
        &self,
        prior: &Self,
        listed: Vec<TokenSecret>,
        kubernetes: &ClusterKubernetes,
        context: &Context<Clusters>,
    ) -> Result<(), Error> {
        let revokes = self.on_rotation == rotation::REVOKE;
        let earlier = if revokes {
            Earlier::Revoked
        } else {
            let issued_at = service_account_tokens::seconds_of(prior.issued_at.as_known());
            Earlier::Expire { previous: prior.secret_name.as_known().cloned(), issued_at }
        };
        let now = kubernetes.now();
        let ending =
            |secret: &&TokenSecret| prior.id.as_known() == Some(&secret.id) && earlier.ends(secret, now);
        service_account_tokens::revoke(kubernetes, listed.iter().filter(ending))
            .await
            .map_err(|error| messages::previous_not_revoked(&self.account(), error.into_diagnostics()))?;
        if revokes && !prior.revocable && prior.expires() > now {
            context.warn(messages::lives_on(&self.account(), prior.expires_at.as_known()));
        }
        Ok(())
    }

    /// Takes away what earlier runs of this ServiceAccount's tokens left behind. No reason to fail: the next one tries again.
    async fn clear_leftovers(
        &self,
        id: &str,
        listed: Vec<TokenSecret>,
        kubernetes: &ClusterKubernetes,
        context: &Context<Clusters>,
    ) {
        let (abandoned, outcome) =
            service_account_tokens::clear_leftovers(kubernetes, &self.account(), id, listed).await;
        for secret in abandoned {
            context.warn(messages::unfinished_token_revoked(&secret.place));
        }
        match outcome {
            // The next request says so itself.
            Ok(()) | Err(kubernetes::Error::Cancelled) => {}
            Err(error) => context.warn(messages::leftovers_stay(&self.account(), &error)),
        }
    }
}
