//! `cks_oidc_discovery`: what an OpenID issuer says of itself, read as kube-apiserver reads it. The only thing that contacts an
//! issuer.

use std::collections::BTreeSet;

use clusters::Clusters;
use openid::Issuer;
use tfplugin::{Context, DataSource, Error, Schema, Value};

use crate::{checks, errors::IntoDiagnostics as _};

/// Reads the discovery document and the keys of an OpenID issuer, as Kubernetes will when a cluster trusts it: a check, before
/// the apply, that the issuer can be reached, that its certificate is trusted, and that its name is written as in its tokens.
///
/// Nothing but this data source contacts an issuer. It needs no CoreWeave API token and sends no credential; it uses the
/// provider's `http_timeout`, `proxy_url` and `ca_certificate`. Kubernetes itself asks from CoreWeave's network: an
/// issuer that can be reached from here may be out of reach there.
///
/// Lists are null where the document does not have them.
#[derive(Clone, Debug, Schema)]
#[schema(name = "cks_oidc_discovery")]
pub(crate) struct OidcDiscovery {
    /// The issuer's URL, https, exactly as the `iss` claim of its tokens has it: a trailing slash counts.
    #[schema(required, validate(checks::https_issuer))]
    issuer_url: String,
    /// Certificates (PEM) to trust for the issuer's https instead of the system's roots, as `ca_certificate` of `cks_cluster_oidc`
    /// makes Kubernetes do. Default: the system's roots.
    #[schema(optional, validate(checks::pem_certificates))]
    ca_certificate: Option<String>,
    /// Where users log in.
    #[schema(computed)]
    authorization_endpoint: Value<String>,
    /// Where clients get tokens.
    #[schema(computed)]
    token_endpoint: Value<String>,
    /// Where claims of a user can be read with an access token.
    #[schema(computed)]
    userinfo_endpoint: Value<String>,
    /// Where the keys are that tokens are signed with.
    #[schema(computed)]
    jwks_uri: Value<String>,
    /// Where devices without a browser begin a login. Null when the issuer offers no device flow.
    #[schema(computed)]
    device_authorization_endpoint: Value<String>,
    /// Where users log out.
    #[schema(computed)]
    end_session_endpoint: Value<String>,
    /// Where the state of a token can be asked for.
    #[schema(computed)]
    introspection_endpoint: Value<String>,
    /// Where tokens can be revoked.
    #[schema(computed)]
    revocation_endpoint: Value<String>,
    /// Where clients can register themselves.
    #[schema(computed)]
    registration_endpoint: Value<String>,
    /// Algorithms with which ID tokens may be signed. CoreWeave's API knows only `RS256`.
    #[schema(computed)]
    id_token_signing_alg_values_supported: Value<BTreeSet<String>>,
    /// Claims that the issuer can give. Few issuers name all of them.
    #[schema(computed)]
    claims_supported: Value<BTreeSet<String>>,
    /// Scopes that clients can ask for.
    #[schema(computed)]
    scopes_supported: Value<BTreeSet<String>>,
    /// Grant types, such as `authorization_code`.
    #[schema(computed)]
    grant_types_supported: Value<BTreeSet<String>>,
    /// Response types, such as `code`.
    #[schema(computed)]
    response_types_supported: Value<BTreeSet<String>>,
    /// PKCE methods, such as `S256`.
    #[schema(computed)]
    code_challenge_methods_supported: Value<BTreeSet<String>>,
    /// How clients prove who they are at the token endpoint; `none` for public clients.
    #[schema(computed)]
    token_endpoint_auth_methods_supported: Value<BTreeSet<String>>,
    /// Ids of the keys that the issuer signs with. They change when it rotates its keys.
    #[schema(computed)]
    key_ids: Value<BTreeSet<String>>,
}

impl DataSource for OidcDiscovery {
    type Provider = Clusters;

    async fn read(self, context: &Context<Clusters>) -> Result<Self, Error> {
        let roots = self.ca_certificate.as_deref().filter(|pem| !pem.is_empty());
        let issuers = context.provider().issuers().into_diagnostics()?;
        let issuer = issuers.discover(&self.issuer_url, roots, context.stopped()).await.into_diagnostics()?;
        Ok(self.showing(&issuer))
    }
}

impl OidcDiscovery {
    fn showing(self, issuer: &Issuer) -> Self {
        let text = |member| issuer.document.text(member).into();
        let texts = |member| issuer.document.texts(member).into();
        Self {
            issuer_url: self.issuer_url,
            ca_certificate: self.ca_certificate,
            authorization_endpoint: text("authorization_endpoint"),
            token_endpoint: text("token_endpoint"),
            userinfo_endpoint: text("userinfo_endpoint"),
            jwks_uri: text("jwks_uri"),
            device_authorization_endpoint: text("device_authorization_endpoint"),
            end_session_endpoint: text("end_session_endpoint"),
            introspection_endpoint: text("introspection_endpoint"),
            revocation_endpoint: text("revocation_endpoint"),
            registration_endpoint: text("registration_endpoint"),
            id_token_signing_alg_values_supported: texts("id_token_signing_alg_values_supported"),
            claims_supported: texts("claims_supported"),
            scopes_supported: texts("scopes_supported"),
            grant_types_supported: texts("grant_types_supported"),
            response_types_supported: texts("response_types_supported"),
            code_challenge_methods_supported: texts("code_challenge_methods_supported"),
            token_endpoint_auth_methods_supported: texts("token_endpoint_auth_methods_supported"),
            key_ids: Value::Known(issuer.key_ids.clone()),
        }
    }
}
