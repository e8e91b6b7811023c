//! `cks_self_subject_review`: the identity of a caller in a cluster.

use std::collections::{BTreeMap, BTreeSet};

use clusters::{Clusters, Endpoint, EndpointOverride};
use kubernetes::{Error as KubernetesError, Identity};
use secrecy::{ExposeSecret as _, SecretString};
use tfplugin::{Context, DataSource, Diagnostic, Diagnostics, Error, Schema, Value};

use crate::{checks, errors::ClientError as _, operation::ReachClusters as _};

/// Returns the caller's identity in a cluster: the provider's own, or that of a token's holder.
///
/// Verifies that a token is accepted, and returns the names that subjects of a binding must have. Every authenticated caller has the
/// permission for this review.
///
/// ~> `token` is stored in state: restrict access to it.
#[derive(Clone, Debug, Schema)]
#[schema(name = "cks_self_subject_review")]
pub(crate) struct SelfSubjectReview {
    /// Id of the cluster.
    #[schema(required, validate(checks::cluster_id))]
    cluster_id: String,
    /// Bearer token of the caller, such as `cks_service_account_token.example.token`. A token that the cluster does not accept is an
    /// error. Default: the provider's own credentials for this cluster.
    /// The token is stored in state: restrict access to it.
    #[schema(optional, sensitive, validate(token))]
    token: Option<SecretString>,
    /// Endpoint that receives the request: `"managed"`, which accepts CoreWeave API tokens only, or `"unmanaged"`, which accepts every
    /// credential except CoreWeave tokens. Default: `"unmanaged"` with `token`; otherwise the provider's `kubernetes` entry for this
    /// cluster, or the managed endpoint if there is none.
    #[schema(optional, validate(Endpoint::check))]
    endpoint: Option<String>,
    /// User name of the caller, as in bindings and audit logs.
    #[schema(computed)]
    username: Value<String>,
    /// Uid of the caller. Null for callers that have none, such as users of an OIDC issuer.
    #[schema(computed)]
    uid: Value<String>,
    /// Groups of the caller.
    #[schema(computed)]
    groups: Value<BTreeSet<String>>,
    /// Further attributes of the caller, such as the id of its token.
    #[schema(computed)]
    extra: Value<BTreeMap<String, Vec<String>>>,
}

impl DataSource for SelfSubjectReview {
    type Provider = Clusters;

    fn validate(config: &SelfSubjectReviewPartial, report: &mut Diagnostics) {
        let Some(token) = config.token.as_known() else { return };
        let endpoint = match &config.endpoint {
            Value::Null => Some(Endpoint::Unmanaged),
            given => given.as_known().and_then(|name| Endpoint::named(name)),
        };
        if let Some(why) = endpoint.and_then(|endpoint| endpoint.refuses(token)) {
            report.push(Diagnostic::error("Token not accepted by this endpoint", why).at("token"));
        }
    }

    async fn read(self, context: &Context<Clusters>) -> Result<Self, Error> {
        let clusters = context.clusters().reading();
        let connected = match self.endpoint_override() {
            Some(endpoint_override) => clusters.kubernetes_by(&self.cluster_id, endpoint_override).await,
            None => clusters.kubernetes(&self.cluster_id).await,
        };
        let kubernetes = connected.map_err(|error| error.into_diagnostics().at("cluster_id"))?;
        match kubernetes.who_am_i().await {
            Ok(identity) => Ok(self.of(identity)),
            // Every authenticated caller has the permission, so both are about the token.
            Err(error @ (KubernetesError::Unauthorized { .. } | KubernetesError::Forbidden { .. }))
                if self.token.is_some() =>
            {
                Err(error.into_diagnostics().at("token"))
            }
            Err(error) => Err(error.into_diagnostics()),
        }
    }
}

impl SelfSubjectReview {
    /// `None`: the provider's own connection.
    fn endpoint_override(&self) -> Option<EndpointOverride> {
        let given = self.endpoint.as_deref().and_then(Endpoint::named);
        let token = self.token.clone().map(|token| (token, "the data source's `token`".to_owned()));
        let endpoint = given.or(token.is_some().then_some(Endpoint::Unmanaged))?;
        Some(EndpointOverride { endpoint, token })
    }

    fn of(self, identity: Identity) -> Self {
        let Identity { username, uid, groups, extra } = identity;
        Self {
            username: Value::Known(username),
            uid: Some(uid).filter(|uid| !uid.is_empty()).into(),
            groups: Value::Known(groups.into_iter().collect()),
            extra: Value::Known(extra),
            ..self
        }
    }
}

fn token(token: &SecretString) -> Result<(), String> {
    if token.expose_secret().is_empty() {
        return Err("It is empty. Set a token, or remove the attribute.".to_owned());
    }
    Ok(())
}
