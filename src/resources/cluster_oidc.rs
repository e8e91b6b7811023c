//! `cks_cluster_oidc`: the one OIDC issuer that a cluster's unmanaged endpoint trusts.
//!
//! At most one per cluster; a PATCH of the cluster's `oidc` block, in force once the cluster is RUNNING again.

mod mapping;
mod plan_checks;

use std::collections::BTreeSet;

use tfplugin::{Context, Diagnostics, Error, Import, Plan, Resource, Schema, Timeouts, Value};

use crate::{
    checks,
    cks::{Change, Cluster, Oidc},
    clusters::{self, Claim, Clusters, Organisation},
    errors::{self, ORGANISATION_NOTE},
    existing::OnExisting,
    waited::Waited,
};

/// Makes a cluster's unmanaged endpoint trust an OpenID Connect issuer, so that people and pipelines log in with ID tokens.
///
/// A cluster trusts one issuer; this resource owns the cluster's whole `oidc` block. A change is one narrow update of the
/// cluster in place, which restarts the cluster's API server; the resource waits until it is in force. Destroying it clears
/// the block.
///
/// Logging in gives no permissions: bind the user or group to a role, or name a group in `admin_group_binding` for the first
/// administrator.
///
/// When the same cluster is a `coreweave_cks_cluster`, leave `oidc` out of its configuration and add
/// `lifecycle { ignore_changes = [oidc] }` to it; the guide "Beside coreweave_cks_cluster" says why.
#[derive(Clone, Debug, Schema)]
#[schema(name = "cks_cluster_oidc")]
pub(crate) struct ClusterOidc {
    /// The cluster's id.
    #[schema(computed)]
    id: Value<String>,
    /// Id of the cluster that trusts the issuer. A change makes a new resource.
    #[schema(required, replace, validate(checks::cluster_id))]
    cluster_id: String,
    /// The issuer's URL, https, exactly as the `iss` claim of its tokens has it: a trailing slash counts.
    #[schema(required, validate(checks::https_issuer))]
    issuer_url: String,
    /// The client id that tokens must have in their `aud` claim.
    #[schema(required, validate(checks::not_empty))]
    client_id: String,
    /// Claim that names the user. Default: Kubernetes takes `sub`.
    #[schema(optional, validate(checks::plain))]
    username_claim: Option<String>,
    /// What Kubernetes puts before each user name; `-` for nothing. Default: Kubernetes puts `ISSUER_URL#` before it, but nothing
    /// when `username_claim` is `email`.
    #[schema(optional, validate(checks::plain))]
    username_prefix: Option<String>,
    /// Claim that lists the user's groups. Default: users have no groups.
    #[schema(optional, validate(checks::plain))]
    groups_claim: Option<String>,
    /// What Kubernetes puts before each group name. Default: nothing.
    #[schema(optional, validate(checks::plain))]
    groups_prefix: Option<String>,
    /// A claim that tokens must have, as `key=value`.
    #[schema(optional, validate(checks::key_value))]
    required_claim: Option<String>,
    /// Algorithms with which tokens may be signed. Default: `RS256`, the only one that CoreWeave's API knows.
    #[schema(optional, validate_each(checks::signing_algorithm))]
    signing_algorithms: Option<BTreeSet<String>>,
    /// Certificates (PEM) to trust for the issuer's own https. Default: the system's roots.
    #[schema(optional, validate(checks::pem_certificates), same = checks::same_pem)]
    ca_certificate: Option<String>,
    /// Group that CoreWeave binds to `cluster-admin`: the way to the first administrator without a Kubernetes credential. Give
    /// the name as Kubernetes sees it, with `groups_prefix`.
    #[schema(optional, validate(checks::administrators_group))]
    admin_group_binding: Option<String>,
    /// What to do when the cluster already trusts an issuer: `"fail"` (default) or `"adopt"`, which overwrites it.
    #[schema(optional, validate(OnExisting::validate))]
    on_existing: Option<String>,
    /// Where the cluster takes ID tokens: `https://api.…`.
    #[schema(computed)]
    unmanaged_endpoint: Value<String>,
    /// What Kubernetes really puts before each user name.
    #[schema(computed)]
    effective_username_prefix: Value<String>,
    /// What Kubernetes really puts before each group name.
    #[schema(computed)]
    effective_groups_prefix: Value<String>,
    #[schema(block)]
    timeouts: Option<Timeouts>,
}

impl Resource for ClusterOidc {
    type Provider = Clusters;

    fn validate(config: &ClusterOidcPartial, report: &mut Diagnostics) {
        plan_checks::validate(config, report);
    }

    async fn plan(plan: &mut Plan<Self>, context: &Context<Clusters>) -> Result<(), Error> {
        plan_checks::plan(plan, context).await
    }

    async fn create(self, context: &Context<Clusters>) -> Result<Self, Error> {
        let clusters = context.provider();
        let cluster = clusters.expect(&self.cluster_id, context.stopped()).await.map_err(at_cluster)?;
        clusters.expect_unclaimed(&self.claim())?;
        let wanted = self.wanted();
        if let Some(existing) = &cluster.oidc {
            if *existing == wanted {
                context.warn(errors::taken_over::<Self>(&self.cluster_id));
            } else if OnExisting::of(self.on_existing.as_deref()) == OnExisting::Fail {
                return Err(errors::already_exists::<Self, Oidc>(&self.cluster_id, existing, &wanted));
            }
        }
        clusters.claim(self.claim())?;
        context.keep_note(ORGANISATION_NOTE, &clusters.organisation_of(&cluster, context.stopped()).await);
        self.write(cluster.oidc.clone(), &cluster, true, context).await
    }

    async fn read(self, context: &Context<Clusters>) -> Result<Option<Self>, Error> {
        let clusters = context.provider();
        let remembered: Option<Organisation> = context.note(ORGANISATION_NOTE);
        let Some(cluster) = clusters.find(&self.cluster_id, remembered.as_ref(), context.stopped()).await?
        else {
            return Ok(None);
        };
        if remembered.is_none() {
            context
                .keep_note(ORGANISATION_NOTE, &clusters.organisation_of(&cluster, context.stopped()).await);
        }
        let known = self.wanted();
        if cluster.oidc.as_ref() != Some(&known) {
            context.warn(plan_checks::changed_outside(&self.cluster_id, &known, cluster.oidc.as_ref()));
        }
        cluster.oidc.clone().map(|oidc| self.found(&oidc).completed_by(&cluster)).transpose()
    }

    async fn update(self, prior: Self, context: &Context<Clusters>) -> Result<Self, Error> {
        if prior.wanted() == self.wanted() {
            return Ok(self);
        }
        let cluster =
            context.provider().expect(&self.cluster_id, context.stopped()).await.map_err(at_cluster)?;
        self.write(Some(prior.wanted()), &cluster, false, context).await
    }

    async fn delete(self, context: &Context<Clusters>) -> Result<(), Error> {
        let clusters = context.provider();
        if clusters.is_claimed(&self.claim()) {
            context.warn(errors::claimed_by_this_run::<Self>(&self.cluster_id));
            return Ok(());
        }
        let remembered: Option<Organisation> = context.note(ORGANISATION_NOTE);
        if clusters.find(&self.cluster_id, remembered.as_ref(), context.stopped()).await?.is_none() {
            return Ok(());
        }
        let change = Change { expected: Some(self.wanted()), wanted: None };
        let written =
            clusters.put::<Oidc>(&self.cluster_id, change, context.timeout(), context.stopped()).await?;
        written.settled().await?;
        Ok(())
    }

    async fn import(from: Import, context: &Context<Clusters>) -> Result<Self, Error> {
        let Import::Id(cluster_id) = from else {
            return Err(errors::import_by_id_only::<Self>("CLUSTER_ID"));
        };
        checks::cluster_id(&cluster_id).map_err(|why| errors::bad_import_id::<Self>("CLUSTER_ID", &why))?;
        let clusters = context.provider();
        let cluster = clusters.expect(&cluster_id, context.stopped()).await?;
        let Some(oidc) = &cluster.oidc else {
            return Err(errors::nothing_to_import::<Self, Oidc>(&cluster_id));
        };
        context.keep_note(ORGANISATION_NOTE, &clusters.organisation_of(&cluster, context.stopped()).await);
        Self::empty(&cluster_id).found(oidc).completed_by(&cluster)
    }
}

impl ClusterOidc {
    fn claim(&self) -> Claim {
        Claim { cluster_id: self.cluster_id.clone(), resource: Self::NAME }
    }

    async fn write(
        self,
        expected: Option<Oidc>,
        before: &Cluster,
        created: bool,
        context: &Context<Clusters>,
    ) -> Result<Self, Error> {
        let clusters = context.provider();
        let change = Change { expected, wanted: Some(self.wanted()) };
        let written = clusters
            .put(&self.cluster_id, change, context.timeout(), context.stopped())
            .await
            .map_err(at_cluster)?;
        // A cluster that is still being created has no endpoint yet.
        let complete = self.clone().completed_by(before).ok();
        // It exists now: a failed wait must not orphan it.
        context.record(complete.as_ref().unwrap_or(&self));
        match Waited::of::<Self, _>(written.settled().await, &self.cluster_id, created) {
            Waited::InForce => {}
            Waited::Interrupted(warning) => context.warn(warning),
            Waited::Failed(error) => return Err(error),
        }
        if let Some(complete) = complete {
            return Ok(complete);
        }
        let cluster = clusters.expect(&self.cluster_id, context.stopped()).await.map_err(at_cluster)?;
        self.completed_by(&cluster)
    }
}

fn at_cluster(error: clusters::Error) -> Error {
    Error::from(error).at("cluster_id")
}
