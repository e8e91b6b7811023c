//! `cks_oidc_discovery`: the discovery document of an OpenID issuer, read as kube-apiserver reads it. Nothing else in the provider
//! contacts an issuer.

use std::collections::BTreeSet;

use clusters::Clusters;
use openid::Issuer;
use tfplugin::{Context, DataSource, Diagnostic, Error, Schema, Value};

use crate::{checks, errors::IntoDiagnostics as _};

/// Reads the discovery document and the key ids of an OpenID issuer, in the same way as Kubernetes. Verifies at plan that the issuer
/// can be reached, that its certificate is trusted, and that `issuer_url` is equal to the `iss` claim of its tokens.
///
/// The data source requires no CoreWeave API token and sends no credentials. It uses the provider's `http_timeout`, `proxy_url` and
/// `ca_certificate`. Kubernetes connects from CoreWeave's network, where an issuer may be unreachable that can be reached from the
/// machine that runs Terraform.
///
/// Attributes are null if the document does not have them.
#[derive(Clone, Debug, Schema)]
#[schema(name = "cks_oidc_discovery")]
pub(crate) struct OidcDiscovery {
    /// https URL of the issuer, equal to the `iss` claim of its tokens, such as `https://accounts.example.com`. A trailing slash is significant.
    #[schema(required, validate(checks::https_issuer))]
    issuer_url: String,
    /// Certificates (PEM) to trust for the issuer instead of the system's roots, like `ca_certificate` of `cks_cluster_oidc`. Default:
    /// the system's roots.
    #[schema(optional, validate(checks::pem_certificates))]
    ca_certificate: Option<String>,
    /// URL at which users log in.
    #[schema(computed)]
    authorization_endpoint: Value<String>,
    /// URL at which clients get tokens.
    #[schema(computed)]
    token_endpoint: Value<String>,
    /// URL that returns the claims of a user for an access token.
    #[schema(computed)]
    userinfo_endpoint: Value<String>,
    /// URL of the keys that verify the issuer's signatures.
    #[schema(computed)]
    jwks_uri: Value<String>,
    /// URL at which devices without a browser start a login. Null if the issuer has no device flow.
    #[schema(computed)]
    device_authorization_endpoint: Value<String>,
    /// URL at which users log out.
    #[schema(computed)]
    end_session_endpoint: Value<String>,
    /// URL that returns whether a token is active.
    #[schema(computed)]
    introspection_endpoint: Value<String>,
    /// URL at which tokens can be revoked.
    #[schema(computed)]
    revocation_endpoint: Value<String>,
    /// URL at which clients can register themselves.
    #[schema(computed)]
    registration_endpoint: Value<String>,
    /// Signature algorithms of ID tokens. CoreWeave's API accepts only `RS256`.
    #[schema(computed)]
    id_token_signing_alg_values_supported: Value<BTreeSet<String>>,
    /// Claims that the issuer can return. Few issuers list all of them.
    #[schema(computed)]
    claims_supported: Value<BTreeSet<String>>,
    /// Scopes that clients can request.
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
    /// Authentication methods of clients at the token endpoint, such as `none` for public clients.
    #[schema(computed)]
    token_endpoint_auth_methods_supported: Value<BTreeSet<String>>,
    /// Ids of the issuer's keys. They change when the issuer rotates its keys.
    #[schema(computed)]
    key_ids: Value<BTreeSet<String>>,
}

impl DataSource for OidcDiscovery {
    type Provider = Clusters;

    async fn read(self, context: &Context<Clusters>) -> Result<Self, Error> {
        let roots = self.ca_certificate.as_deref().filter(|pem| !pem.is_empty());
        let issuers = context.provider().issuers().into_diagnostics()?;
        let ledger = context.provider().ledger();
        let issuer = issuers.discover(&self.issuer_url, roots, context.stopped()).await;
        let own_url = match &issuer {
            Ok(_) => Some(&self.issuer_url),
            Err(openid::Error::OtherIssuer { found, .. }) => Some(found),
            Err(_) => None,
        };
        if own_url.and_then(|own_url| ledger.discover(own_url)).is_some() {
            context.warn(trusted_otherwise());
        }
        Ok(self.with(&issuer.into_diagnostics()?))
    }
}

/// A trust of this configuration whose URL is almost that of the issuer.
fn trusted_otherwise() -> Diagnostic {
    Diagnostic::warning(
        "cks_cluster_oidc has another URL of this issuer",
        "A cks_cluster_oidc of this configuration has almost the issuer's own URL: the slash at the end, or upper-case letters, differ. \
         Kubernetes compares `issuer_url` byte for byte with the `iss` claim of tokens, and would reject every one. Set issuer_url = \
         data.cks_oidc_discovery.NAME.issuer_url in cks_cluster_oidc.",
    )
    .at("issuer_url")
}

impl OidcDiscovery {
    fn with(self, issuer: &Issuer) -> Self {
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
