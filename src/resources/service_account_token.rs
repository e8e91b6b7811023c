//! `cks_service_account_token`: a token of a ServiceAccount that is tracked, rotated in place and revoked.
//!
//! How a token is issued, and what a crash leaves: the crate `service_account_tokens`. When a plan rotates it: [`rotation`]. What the
//! private state has for that: [`tracked`].

pub(crate) mod lifetime;
mod lockout;
mod messages;
mod others;
mod rotation;
mod tracked;

use std::collections::{BTreeMap, BTreeSet};

use clusters::{ClusterKubernetes, Clusters, Planned, Presence, Reach};
use kubernetes::{ObjectPlace, Secret, ServiceAccount};
use secrecy::SecretString;
use service_account_tokens::{
    Account, Earlier, ID_LABEL, IssueRequest, NewToken, TokenSecret, rfc3339, seconds_of,
};
use tfplugin::{
    Capabilities, Context, Diagnostics, Error, Import, ImportResource, Plan, PlanDestroy, Resource, Schema,
    Timeouts, Value, duration,
};
use uuid::Uuid;

use self::tracked::Tracked;
use super::{
    cluster_status,
    object::{ObjectId, entry, stay},
    own_access::Loss,
    plan_checks,
    provenance::{Provenance, warn_if_unverified},
};
use crate::{
    checks,
    errors::{self, ClientError as _, IntoDiagnostics as _},
    operation::ReachClusters as _,
};

/// Token of a ServiceAccount, for programs outside the cluster. The provider rotates it before it expires, and revokes it on destroy.
///
/// The cluster's unmanaged endpoint accepts the token, with the permissions that bindings grant the ServiceAccount. An apply requests the
/// token when it creates or rotates the resource. A plan, a refresh and a validation never do.
///
/// By default the token is bound to a Secret without data, which the provider creates and the ServiceAccount owns. The token is valid only
/// while that Secret exists. To revoke it at once, delete the Secret (`kubectl delete secret`); the next plan rotates the token.
///
/// A plan rotates the token in place if it is about to expire (`rotate_before`), has expired, or was revoked (its Secret or its
/// ServiceAccount was deleted or re-created), and if an argument changes that is part of the token. Expiry is computed from the cluster's
/// clock at the last refresh. By default the previous token is valid until it expires, so that its users can switch.
///
/// ~> The token is stored in state: restrict access to it.
///
/// A token cannot be imported, since Kubernetes returns it only once: an apply issues a new one.
///
/// If a run is killed after it created the Secret and before it saved state, the next apply that creates, rotates or destroys a token of
/// the same ServiceAccount deletes that Secret: one marked `pending`, whose token was not returned to Terraform, at the latest 30
/// seconds after its creation; one marked `issued`, whose token may be in use, once that has expired. Until then it names the Secrets of
/// other valid tokens of the ServiceAccount in a warning, once for each resource, with the command that revokes them.
///
/// The provider's credentials need, in the namespace: `get` on `serviceaccounts`, `create` on `serviceaccounts/token`, and `get`, `list`,
/// `create`, `patch` and `delete` on `secrets` (only the first two for a resource that never had `revocable` = true).
#[derive(Clone, Debug, Schema)]
#[schema(name = "cks_service_account_token")]
pub(crate) struct ServiceAccountToken {
    /// UUID of the resource, the same through all rotations. Each of the token's Secrets has it as the label
    /// `cks-community.github.io/token-id`.
    #[schema(computed)]
    id: Value<String>,
    /// Id of the cluster. Changing it creates a new resource.
    #[schema(required, replace, validate(checks::cluster_id))]
    cluster_id: String,
    /// Namespace of the ServiceAccount. Changing it creates a new resource.
    #[schema(required, replace, validate(checks::dns_label))]
    namespace: String,
    /// Name of the ServiceAccount. Changing it creates a new resource.
    #[schema(required, replace, validate(checks::dns_subdomain))]
    service_account: String,
    /// Uid of the ServiceAccount, such as `cks_service_account.NAME.uid`, so that Terraform creates the ServiceAccount first, and no other
    /// one of the same name gets the token. Defaults to the uid of the ServiceAccount that the apply finds. Changing it rotates the token.
    #[schema(optional, computed, validate(checks::not_empty))]
    service_account_uid: Value<String>,
    /// Lifetime of the token as a Go duration, such as `"720h"`. Minimum `"10m"`. The API server may grant less, which is a warning.
    /// Defaults to the API server's default, usually one hour. Changing it rotates the token.
    #[schema(optional, validate(lifetime::duration), same = duration::same)]
    duration: Option<String>,
    /// Token audiences. Defaults to the API server's own. If set, include that one, or the API server rejects the token. Changing it
    /// rotates the token.
    #[schema(optional, validate_each(checks::not_empty))]
    audiences: Option<BTreeSet<String>>,
    /// Arbitrary map of strings, such as `{ build = "7" }`. Changing it rotates the token.
    #[schema(optional)]
    rotation_triggers: Option<BTreeMap<String, String>>,
    /// Whether the token is bound to a Secret, so that it can be revoked. Defaults to `true`. If `false`, the token is valid until it expires
    /// or its ServiceAccount is deleted. Changing it rotates the token.
    #[schema(optional, computed, default = true)]
    revocable: bool,
    /// How long before expiry a plan rotates the token, as a Go duration such as `"168h"`. Capped at half the granted lifetime if the
    /// server grants less than `duration`, or decides on it. Defaults to rotating after expiry only.
    #[schema(optional, validate(duration::validate), same = duration::same)]
    rotate_before: Option<String>,
    /// Handling of the previous token at a rotation: with `"expire"` it is valid until it expires, with `"revoke"` it is revoked once its
    /// successor exists. Defaults to `"expire"`.
    #[schema(optional, computed, default = "expire", validate(rotation::on_rotation))]
    on_rotation: String,
    /// The token.
    #[schema(computed, sensitive)]
    token: Value<SecretString>,
    /// Time of issue (RFC 3339).
    #[schema(computed)]
    issued_at: Value<String>,
    /// Time of expiry (RFC 3339).
    #[schema(computed)]
    expires_at: Value<String>,
    /// Id of the token (`jti`), which the cluster's audit logs have as `authentication.kubernetes.io/credential-id`.
    #[schema(computed)]
    credential_id: Value<String>,
    /// Name of the Secret that the token is bound to. Null if `revocable` is `false`.
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
        let prior = plan.prior.as_ref().map(|prior| prior.cluster_id.as_str());
        plan_checks::expect_right_cluster(&plan.planned.cluster_id, prior, context).await?;
        if let Some(prior) = &plan.prior {
            prior.meet(prior.id.as_known().map_or("", String::as_str), context);
        }
        let loss = rotation::plan(plan, context);
        plan_checks::warn_of_skipped_verification_if_changed(plan, &plan.planned.cluster_id, context);
        if let (Some(prior), Some(loss)) = (&plan.prior, loss) {
            lockout::warn(prior, loss, context).await;
        }
        if let Some(planned) = plan.whole() {
            planned.record_plan(plan.prior.as_ref(), context);
        }
        Ok(())
    }

    async fn create(self, context: &Context<Clusters>) -> Result<Self, Error> {
        let kubernetes = context.clusters().kubernetes(&self.cluster_id).await.into_diagnostics()?;
        warn_if_unverified(&self.cluster_id, &kubernetes, context).await?;
        // Before the token exists, so that as little as possible can fail between the token and its state.
        Provenance::of_object(None, &kubernetes, context).await.keep(context);
        let id = Uuid::new_v4().to_string();
        self.meet(&id, context);
        let listed = self.listed(&id, false, &kubernetes).await?;
        self.clear_leftovers(&id, listed, &kubernetes, context).await;
        self.issue(id, false, &kubernetes, context).await
    }

    async fn read(self, context: &Context<Clusters>) -> Result<Option<Self>, Error> {
        Ok(self.refreshed(context).await?.into_state())
    }

    async fn update(self, prior: Self, context: &Context<Clusters>) -> Result<Self, Error> {
        if !self.token.is_unknown() {
            return Ok(self);
        }
        let remembered = Provenance::remembered(context);
        let kubernetes = remembered.kubernetes(&self.cluster_id, context.clusters()).await?;
        let id = prior.id.as_known().cloned().unwrap_or_default();
        self.meet(&id, context);
        let was_bound = Tracked::remembered(&prior, context).was_bound;
        let listed = self.listed(&id, was_bound, &kubernetes).await?;
        self.clear_leftovers(&id, listed.clone(), &kubernetes, context).await;
        let rotated = self.issue(id, was_bound, &kubernetes, context).await?;
        let ending = rotated.ending(&prior, listed, kubernetes.now());
        let revoked = rotated.revoke_earlier(&prior, &ending, &kubernetes, context).await;
        if revoked.is_err() {
            // The next plan rotates again, and revokes all of them.
            Tracked::remembered(&rotated, context).not_revoking(&ending).keep(context);
        }
        revoked.map(|()| rotated)
    }

    async fn delete(self, context: &Context<Clusters>) -> Result<(), Error> {
        let provenance = Provenance::remembered(context);
        let id = self.id.as_known().cloned().unwrap_or_default();
        self.meet(&id, context);
        let kubernetes = match provenance.find_kubernetes(&self.cluster_id, context.clusters()).await? {
            Reach::Present(kubernetes) => kubernetes,
            Reach::Going(cluster) => {
                context.warn(messages::left_valid(&cluster, self.account(), &id));
                return Ok(());
            }
            Reach::Gone(_) => return Ok(()),
        };
        let tracked = Tracked::remembered(&self, context);
        let listed = self.listed(&id, tracked.was_bound, &kubernetes).await?;
        let own: Vec<_> = listed.iter().filter(|secret| secret.id == id).collect();
        if !own.iter().any(|secret| tracked.has_secret(&secret.uid)) {
            // Revoked already, never bound, without its label, or this is another cluster, which may have a copy.
            kubernetes.expect_certain().await.into_diagnostics()?;
        }
        // Without its label: another client may have removed that.
        let unlabelled = self.secret().filter(|place| !own.iter().any(|secret| secret.place == *place));
        if let Some(current) = unlabelled
            && let Some(secret) = kubernetes.find::<Secret>(&current).await.into_diagnostics()?
            && tracked.is_bound_to(&secret)
        {
            drop(kubernetes.delete::<Secret>(&current, &secret.uid, None).await.into_diagnostics()?);
        }
        service_account_tokens::revoke(&kubernetes, own).await.into_diagnostics()?;
        if !self.revocable && self.is_valid_at(kubernetes.now()) {
            context.warn(messages::stays_valid(self.account(), self.expires_at.as_known()));
        }
        self.clear_leftovers(&id, listed, &kubernetes, context).await;
        Ok(())
    }
}

impl PlanDestroy<Clusters> for ServiceAccountToken {
    async fn plan_destroy(prior: &Self, context: &Context<Clusters>) -> Result<(), Error> {
        plan_checks::expect_right_cluster(
            &Value::Known(prior.cluster_id.clone()),
            Some(&prior.cluster_id),
            context,
        )
        .await?;
        plan_checks::warn_of_skipped_verification(&prior.cluster_id, context);
        // As of the last refresh: a plan has no clock.
        let seen_at = Tracked::remembered(prior, context).checked_at;
        if !prior.revocable && prior.is_valid_at(seen_at) {
            context.warn(messages::stays_valid(prior.account(), prior.expires_at.as_known()));
        }
        lockout::warn(prior, Loss::Destroyed, context).await;
        Ok(())
    }
}

impl ImportResource<Clusters> for ServiceAccountToken {
    async fn import(_: Import, _: &Context<Clusters>) -> Result<Self, Error> {
        Err(messages::not_importable::<Self>())
    }
}

impl ServiceAccountToken {
    /// What a refresh finds; the token itself nobody can read again.
    async fn refreshed(self, context: &Context<Clusters>) -> Result<Presence<Self>, Error> {
        let provenance = Provenance::remembered(context);
        let kubernetes =
            match provenance.find_kubernetes(&self.cluster_id, context.clusters().reading()).await? {
                Reach::Present(kubernetes) => kubernetes,
                Reach::Going(cluster) => {
                    cluster_status::warn(&cluster, context);
                    return Ok(Presence::Present(self));
                }
                Reach::Gone(gone) => return Ok(Presence::Gone(gone)),
            };
        if let Some(cluster) = kubernetes.cluster() {
            cluster_status::warn(cluster, context);
        }
        let tracked = Tracked::remembered(&self, context);
        let account = self.account().place();
        let account = kubernetes
            .refresh::<ServiceAccount>(&account, &tracked.account_uid, "")
            .await
            .into_diagnostics()?;
        let account = account.filter(|account| !account.deleting);
        let secret = match self.secret() {
            Some(place) => {
                let uid = tracked.secret.as_ref().map_or("", |secret| &secret.uid);
                kubernetes.refresh::<Secret>(&place, uid, ID_LABEL).await.into_diagnostics()?
            }
            None => None,
        };
        let secret = secret.filter(|secret| !secret.deleting);
        let tracked = tracked.checked(account.as_ref(), secret.as_ref(), kubernetes.now());
        if tracked.is_lost() {
            kubernetes.expect_certain().await.into_diagnostics()?;
        }
        tracked.keep(context);
        if !provenance.is_complete_for_object(None) {
            provenance.refreshed(None, &kubernetes, context).await.keep(context);
        }
        // The uid of the current ServiceAccount: the next token is issued for it.
        let uid = account.map_or(self.service_account_uid.clone(), |account| Value::Known(account.uid));
        Ok(Presence::Present(Self { service_account_uid: uid, ..self }))
    }

    fn account(&self) -> Account<'_> {
        Account { namespace: &self.namespace, name: &self.service_account }
    }

    /// Records that the token stays in its namespace, and warns if a plan so far deletes that.
    fn record_plan(&self, prior: Option<&Self>, context: &Context<Clusters>) {
        let id = ObjectId { cluster_id: self.cluster_id.clone(), place: self.account().place() };
        let is_same = |prior: &Self| prior.cluster_id == self.cluster_id && prior.account() == self.account();
        let fate = match prior.map(is_same) {
            None => Planned::Create,
            Some(true) => Planned::Keep,
            Some(false) => return,
        };
        let entry = entry::<ServiceAccount>(&id.cluster_id, id.place.clone());
        stay(&entry, fate, &id, &format!("{} of {}", Self::NAME, id.place), context);
    }

    /// The Secret that the token is bound to; `None` if it is not bound.
    fn secret(&self) -> Option<ObjectPlace> {
        self.secret_name.as_known().map(|name| ObjectPlace::namespaced(&self.namespace, name))
    }

    /// Records that the state has this resource, or is about to.
    fn meet(&self, id: &str, context: &Context<Clusters>) {
        context.provider().ledger().meet_token(&self.cluster_id, id);
    }

    /// Time of expiry, in seconds since 1970.
    fn expires(&self) -> Option<i64> {
        seconds_of(self.expires_at.as_known()?)
    }

    /// Time of issue, in seconds since 1970.
    fn issued(&self) -> Option<i64> {
        seconds_of(self.issued_at.as_known()?)
    }

    fn is_valid_at(&self, time: i64) -> bool {
        self.expires().is_none_or(|expires| expires > time)
    }

    /// All Secrets of tokens in the namespace. A resource whose tokens were never bound to one does not need the permission to list them.
    /// `was_bound`: an earlier one may have been.
    async fn listed(
        &self,
        id: &str,
        was_bound: bool,
        kubernetes: &ClusterKubernetes,
    ) -> Result<Vec<TokenSecret>, Error> {
        match service_account_tokens::list(kubernetes, &self.namespace).await {
            Err(kubernetes::Error::Forbidden { .. }) if !was_bound && !self.revocable => Ok(Vec::new()),
            Err(error @ kubernetes::Error::Forbidden { .. }) if was_bound => {
                Err(messages::earlier_not_listed(self.account(), id, error.into_diagnostics()))
            }
            listed => Ok(listed.into_diagnostics()?),
        }
    }

    /// Issues a token, saves its private state, and adds the warnings. `was_bound`: an earlier one may have been bound to a Secret.
    async fn issue(
        self,
        id: String,
        was_bound: bool,
        kubernetes: &ClusterKubernetes,
        context: &Context<Clusters>,
    ) -> Result<Self, Error> {
        let requested = self.duration.as_deref().map(lifetime::seconds);
        let request = IssueRequest {
            id: &id,
            account: self.account(),
            account_uid: self.service_account_uid.as_known().map(String::as_str),
            seconds: requested,
            audiences: self.audiences.iter().flatten().cloned().collect(),
            revocable: self.revocable,
            for_one_run: false,
        };
        let issued = service_account_tokens::issue(kubernetes, &request).await.into_diagnostics()?;
        Tracked::of(&issued, was_bound).keep(context);
        let others = |warning: &String| !lifetime::is_about_shortening(warning);
        for warning in kubernetes.take_warnings().into_iter().filter(others) {
            context.warn(errors::server_warning(&warning));
        }
        if let Some(warning) = lifetime::shortened(&self, &issued) {
            context.warn(warning);
        }
        let NewToken { token, issued_at, expires_at, credential_id, account_uid, secret, has_twin, .. } =
            issued;
        if has_twin {
            context.warn(errors::account_tokens::may_have_twin(self.account(), &rfc3339(expires_at)));
        }
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
        // The token exists now: a later failure must not lose it.
        context.record(&state);
        Ok(state)
    }

    fn revokes(&self) -> bool {
        self.on_rotation == rotation::REVOKE
    }

    /// The Secrets of earlier tokens that this rotation deletes. `listed`: the Secrets from before this token.
    fn ending(&self, prior: &Self, listed: Vec<TokenSecret>, now: i64) -> Vec<TokenSecret> {
        let earlier = if self.revokes() {
            Earlier::Revoked
        } else {
            // Nothing is known to be younger than a token whose time of issue is unknown.
            let issued_at = prior.issued().unwrap_or(i64::MAX);
            Earlier::Expire { previous: prior.secret_name.as_known().cloned(), issued_at }
        };
        let is_ending =
            |secret: &TokenSecret| prior.id.as_known() == Some(&secret.id) && earlier.ends(secret, now);
        listed.into_iter().filter(is_ending).collect()
    }

    /// Revokes earlier tokens as `on_rotation` requires.
    async fn revoke_earlier(
        &self,
        prior: &Self,
        ending: &[TokenSecret],
        kubernetes: &ClusterKubernetes,
        context: &Context<Clusters>,
    ) -> Result<(), Error> {
        service_account_tokens::revoke(kubernetes, ending)
            .await
            .map_err(|error| messages::previous_not_revoked(self.account(), error.into_diagnostics()))?;
        if self.revokes() && !prior.revocable && prior.is_valid_at(kubernetes.now()) {
            context.warn(messages::stays_valid(self.account(), prior.expires_at.as_known()));
        }
        Ok(())
    }

    /// Deletes Secrets that earlier runs left for tokens of this ServiceAccount, and warns of those whose tokens are valid. A failure is a
    /// warning: the next apply tries again.
    async fn clear_leftovers(
        &self,
        id: &str,
        listed: Vec<TokenSecret>,
        kubernetes: &ClusterKubernetes,
        context: &Context<Clusters>,
    ) {
        let (others, outcome) =
            service_account_tokens::clear_leftovers(kubernetes, self.account(), id, listed).await;
        for secret in &others.abandoned {
            context.warn(errors::account_tokens::unfinished_token_revoked(&secret.place));
        }
        others::warn(self.account(), &self.cluster_id, &others.valid, context);
        match outcome {
            // The next request reports the interrupt.
            Ok(()) | Err(kubernetes::Error::Cancelled { .. }) => {}
            Err(error) => context.warn(errors::account_tokens::leftovers_kept(self.account(), &error)),
        }
    }
}
