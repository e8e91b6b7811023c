//! `cks_self_subject_review`: who a cluster takes a caller for.

use std::collections::{BTreeMap, BTreeSet};

use clusters::{Clusters, Endpoint, EndpointOverride};
use kubernetes::{Error as KubernetesError, Identity};
use secrecy::{ExposeSecret as _, SecretString};
use tfplugin::{Context, DataSource, Diagnostic, Diagnostics, Error, Schema, Value};

use crate::{checks, errors::ClientError as _};

/// Returns the caller's identity as a cluster sees it: the provider's own, or that of a token's holder.
///
/// Proves that a token is accepted, and shows the very names that a binding's subjects must have. Every caller that is let in may ask
/// this.
#[derive(Clone, Debug, Schema)]
#[schema(name = "cks_self_subject_review")]
pub(crate) struct SelfSubjectReview {
    /// Id of the cluster that is asked.
    #[schema(required, validate(checks::cluster_id))]
    cluster_id: String,
    /// Bearer token to ask with, such as `cks_service_account_token.example.token`. A token that the cluster does not accept is an error.
    /// Terraform keeps it in its state, as all that is given to data sources. Default: the provider's own credentials for this cluster.
    #[schema(optional, sensitive, validate(token))]
    token: Option<SecretString>,
    /// The endpoint that is asked: `"managed"`, which takes CoreWeave API tokens only, or `"unmanaged"`, which accepts every credential except those. Default:
    /// `"unmanaged"` with `token`; without, the provider's own way to this cluster, which is the managed endpoint unless its
    /// `kubernetes` says otherwise.
    #[schema(optional, validate(Endpoint::check))]
    endpoint: Option<String>,
    /// The caller's user name, as bindings and audit logs have it.
    #[schema(computed)]
    username: Value<String>,
    /// The caller's uid. Null for callers that have none, such as those from an OIDC issuer.
    #[schema(computed)]
    uid: Value<String>,
    /// The groups that the caller belongs to.
    #[schema(computed)]
    groups: Value<BTreeSet<String>>,
    /// What else the cluster knows of the caller, such as the id of its token.
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
            report.push(Diagnostic::error("A token for the other endpoint", why).at("token"));
        }
    }

    async fn read(self, context: &Context<Clusters>) -> Result<Self, Error> {
        let (clusters, id, stopped) = (context.provider(), &self.cluster_id, context.stopped());
        let reached = match self.endpoint_override() {
            Some(endpoint_override) => {
                clusters.kubernetes_by(id, endpoint_override, Clusters::READING, stopped).await
            }
            None => clusters.kubernetes(id, Clusters::READING, stopped).await,
        };
        let kubernetes = reached.map_err(|error| error.into_diagnostics().at("cluster_id"))?;
        match kubernetes.who_am_i().await {
            Ok(identity) => Ok(self.of(identity)),
            // Whoever is let in may ask this: both are about the token.
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
    /// `None`: the provider's own way.
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
        return Err("It is empty. Give a token, or leave the attribute out.".to_owned());
    }
    Ok(())
}
