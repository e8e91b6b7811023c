//! Messages for errors of an OpenID issuer. kube-apiserver reads the issuer in the same way, so most of these errors would also
//! prevent every login, with a message in the API server's own log only.

use request_pipeline::{Peer, TlsFailure, TlsProblem};
use tfplugin::Error;

use super::{ClientError, sentence};

impl ClientError for openid::Error {
    fn into_diagnostics(self) -> Error {
        use openid::Error as E;
        let error = self;
        let what = sentence(&error);
        match &error {
            E::Unreachable(_) => Error::new(
                "Issuer cannot be reached",
                format!(
                    "{what} The cluster's API server must reach the issuer too. Check `issuer_url`, the provider's `proxy_url`, and the \
                     network."
                ),
            )
            .at("issuer_url"),
            E::Tls { problem, own_roots, .. } => tls(&what, problem, own_roots.as_deref()),
            E::Compressed { .. } | E::WrongType { .. } | E::Keys { .. } => Error::new(
                "Issuer cannot be read by Kubernetes",
                format!("{what} kube-apiserver would accept no token of this issuer. Correct the issuer's configuration."),
            )
            .at("issuer_url"),
            E::Status { .. } | E::TooLong { .. } | E::NotJson { .. } | E::Missing { .. } => Error::new(
                "Not an OpenID issuer",
                format!(
                    "{what} The discovery document is at `issuer_url` followed by /.well-known/openid-configuration. Set `issuer_url` to \
                     the value of the `iss` claim in the issuer's tokens."
                ),
            )
            .at("issuer_url"),
            E::OtherIssuer { requested, found, .. } => other_issuer(&what, requested, found),
            E::Settings { .. } => Error::new(
                "Invalid TLS or proxy settings for the issuer",
                format!("{what} Correct `ca_certificate`, or the provider's `ca_certificate` and `proxy_url`."),
            ),
            E::Cancelled => super::interrupted("reading the OpenID issuer"),
        }
    }
}

fn tls(what: &str, problem: &TlsProblem, own_roots: Option<&str>) -> Error {
    let is_server = problem.peer == Peer::Server;
    match (&problem.failure, own_roots) {
        (TlsFailure::NotTrusted, None) if is_server => Error::new(
            "Issuer's certificate is not trusted",
            format!(
                "{what} The cluster will not trust it either with the system's roots alone. If a private CA signed the certificate, set \
                 that CA's certificate as `ca_certificate`, here and in cks_cluster_oidc."
            ),
        )
        .at("issuer_url"),
        (TlsFailure::NotTrusted, Some(roots)) if is_server => Error::new(
            "Issuer's certificate is not signed by ca_certificate",
            format!(
                "{what} If `ca_certificate` is set, only the certificates in it are trusted, not the system's roots, as in Kubernetes. It \
                 has {roots}. Set it to the certificate of the CA that signed the issuer's certificate, or remove it if a public CA did."
            ),
        )
        .at("ca_certificate"),
        _ if is_server => Error::new(
            "TLS connection to the issuer failed",
            format!("{what} The cluster's API server would fail in the same way. Correct the issuer's certificate, or `issuer_url`."),
        )
        .at("issuer_url"),
        _ => Error::new("TLS connection to the proxy failed", format!("{what} {}", super::PROXY_ADVICE)),
    }
}

fn other_issuer(what: &str, requested: &str, found: &str) -> Error {
    if found.contains(['{', '}']) {
        return Error::new(
            "issuer_url is that of several tenants",
            format!(
                "{what} The braces are a placeholder: no token has this issuer, but that of its own tenant. Set issuer_url to the issuer \
                 of your tenant, such as https://login.microsoftonline.com/TENANT_ID/v2.0, here and in cks_cluster_oidc."
            ),
        )
        .at("issuer_url");
    }
    let slash = if requested.trim_end_matches('/') == found.trim_end_matches('/') {
        " Only the slash at the end differs, and it is significant."
    } else {
        ""
    };
    Error::new(
        "issuer_url differs from the issuer's own URL",
        format!(
            "{what}{slash} Kubernetes compares the two byte for byte and would reject every token. Set issuer_url = {found:?}, here \
             and in cks_cluster_oidc, if that is the intended issuer."
        ),
    )
    .at("issuer_url")
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    const URL: &str = "https://accounts.example.com/.well-known/openid-configuration";

    #[track_caller]
    fn check(error: openid::Error, expected: &Expect) {
        let error = error.into_diagnostics();
        let shown: Vec<_> = error
            .messages()
            .iter()
            .map(|message| format!("{} @ {}\n{}\n", message.summary, message.path, message.detail))
            .collect();
        expected.assert_eq(&shown.concat());
    }

    #[test]
    fn an_unreachable_issuer_is_named_with_the_cause() {
        check(
            openid::Error::Unreachable(openid::NoResponse {
                url: URL.to_owned(),
                attempts: 3,
                cause: "Connection refused (os error 111)".to_owned(),
            }),
            &expect![[r#"
                Issuer cannot be reached @ issuer_url
                No response from https://accounts.example.com/.well-known/openid-configuration in 3 attempts: Connection refused (os error 111). The cluster's API server must reach the issuer too. Check `issuer_url`, the provider's `proxy_url`, and the network.
            "#]],
        );
    }

    #[test]
    fn a_certificate_that_is_not_trusted_leads_to_ca_certificate() {
        let untrusted = |own_roots: Option<&str>| openid::Error::Tls {
            url: URL.to_owned(),
            problem: TlsProblem { peer: Peer::Server, failure: TlsFailure::NotTrusted },
            own_roots: own_roots.map(str::to_owned),
        };
        check(
            untrusted(None),
            &expect![[r#"
                Issuer's certificate is not trusted @ issuer_url
                No request was sent to https://accounts.example.com/.well-known/openid-configuration, because the server's certificate is not trusted: no trusted CA has signed it. The cluster will not trust it either with the system's roots alone. If a private CA signed the certificate, set that CA's certificate as `ca_certificate`, here and in cks_cluster_oidc.
            "#]],
        );
        check(
            untrusted(Some("CN=example (expires 2036-11-26, SHA-256 AB:CD)")),
            &expect![[r#"
                Issuer's certificate is not signed by ca_certificate @ ca_certificate
                No request was sent to https://accounts.example.com/.well-known/openid-configuration, because the server's certificate is not trusted: no trusted CA has signed it. If `ca_certificate` is set, only the certificates in it are trusted, not the system's roots, as in Kubernetes. It has CN=example (expires 2036-11-26, SHA-256 AB:CD). Set it to the certificate of the CA that signed the issuer's certificate, or remove it if a public CA did.
            "#]],
        );
    }

    #[test]
    fn a_response_that_is_not_a_discovery_document_is_quoted() {
        check(
            openid::Error::Status { url: URL.to_owned(), status: 404, location: None },
            &expect![[r#"
                Not an OpenID issuer @ issuer_url
                No document at https://accounts.example.com/.well-known/openid-configuration: HTTP 404. The discovery document is at `issuer_url` followed by /.well-known/openid-configuration. Set `issuer_url` to the value of the `iss` claim in the issuer's tokens.
            "#]],
        );
        check(
            openid::Error::Status {
                url: URL.to_owned(),
                status: 302,
                location: Some("http://accounts.example.com/login".to_owned()),
            },
            &expect![[r#"
                Not an OpenID issuer @ issuer_url
                No document at https://accounts.example.com/.well-known/openid-configuration: HTTP 302, a redirect to http://accounts.example.com/login. The discovery document is at `issuer_url` followed by /.well-known/openid-configuration. Set `issuer_url` to the value of the `iss` claim in the issuer's tokens.
            "#]],
        );
        check(
            openid::Error::NotJson { url: URL.to_owned(), beginning: "\"<html>\"".to_owned() },
            &expect![[r#"
                Not an OpenID issuer @ issuer_url
                The response of https://accounts.example.com/.well-known/openid-configuration is not a JSON object: "<html>". The discovery document is at `issuer_url` followed by /.well-known/openid-configuration. Set `issuer_url` to the value of the `iss` claim in the issuer's tokens.
            "#]],
        );
        check(
            openid::Error::Missing { url: URL.to_owned(), member: "jwks_uri" },
            &expect![[r#"
                Not an OpenID issuer @ issuer_url
                The response of https://accounts.example.com/.well-known/openid-configuration has no usable `jwks_uri`. The discovery document is at `issuer_url` followed by /.well-known/openid-configuration. Set `issuer_url` to the value of the `iss` claim in the issuer's tokens.
            "#]],
        );
        check(
            openid::Error::TooLong { url: URL.to_owned(), longest: 1 << 20 },
            &expect![[r#"
                Not an OpenID issuer @ issuer_url
                The response of https://accounts.example.com/.well-known/openid-configuration is longer than 1048576 bytes. The discovery document is at `issuer_url` followed by /.well-known/openid-configuration. Set `issuer_url` to the value of the `iss` claim in the issuer's tokens.
            "#]],
        );
    }

    #[test]
    fn what_kube_apiserver_cannot_read_is_named() {
        let problem = openid::KeysError::Unreadable {
            number: 2,
            id: Some("b".to_owned()),
            why:
                "it knows no `kty` \"AKP\", only RSA, EC, OKP and oct, and then rejects the whole set of keys"
                    .to_owned(),
        };
        check(
            openid::Error::Keys { url: "https://accounts.example.com/keys".to_owned(), problem },
            &expect![[r#"
            Issuer cannot be read by Kubernetes @ issuer_url
            The set of keys at https://accounts.example.com/keys cannot be used: kube-apiserver cannot read its key 2 ("b"): it knows no `kty` "AKP", only RSA, EC, OKP and oct, and then rejects the whole set of keys. kube-apiserver would accept no token of this issuer. Correct the issuer's configuration.
        "#]],
        );
        check(
            openid::Error::Compressed { url: URL.to_owned(), encoding: "br".to_owned() },
            &expect![[r#"
                Issuer cannot be read by Kubernetes @ issuer_url
                The response of https://accounts.example.com/.well-known/openid-configuration is compressed (br), although the request did not allow that. kube-apiserver would accept no token of this issuer. Correct the issuer's configuration.
            "#]],
        );
        check(
            openid::Error::WrongType { url: URL.to_owned(), member: "token_endpoint" },
            &expect![[r#"
            Issuer cannot be read by Kubernetes @ issuer_url
            The response of https://accounts.example.com/.well-known/openid-configuration has a `token_endpoint` of another type than kube-apiserver expects. kube-apiserver would accept no token of this issuer. Correct the issuer's configuration.
        "#]],
        );
    }

    #[test]
    fn other_failures_of_tls_are_named() {
        let failed = |peer, failure| openid::Error::Tls {
            url: URL.to_owned(),
            problem: TlsProblem { peer, failure },
            own_roots: None,
        };
        check(
            failed(Peer::Server, TlsFailure::Expired(None)),
            &expect![[r#"
            TLS connection to the issuer failed @ issuer_url
            No request was sent to https://accounts.example.com/.well-known/openid-configuration, because the server's certificate has expired. The cluster's API server would fail in the same way. Correct the issuer's certificate, or `issuer_url`.
        "#]],
        );
        check(
            failed(Peer::Proxy, TlsFailure::NotTrusted),
            &expect![[r#"
            TLS connection to the proxy failed @ 
            No request was sent to https://accounts.example.com/.well-known/openid-configuration, because the proxy's certificate is not trusted: no trusted CA has signed it. Set the CA's certificate of the proxy as the provider's `ca_certificate`, or correct the proxy's address (`proxy_url`, the kubeconfig's proxy-url, or HTTPS_PROXY).
        "#]],
        );
    }

    #[test]
    fn a_placeholder_is_never_suggested() {
        check(
            openid::Error::OtherIssuer {
                url: "https://login.microsoftonline.com/x/v2.0/.well-known/openid-configuration".to_owned(),
                requested: "https://login.microsoftonline.com/x/v2.0".to_owned(),
                found: "https://login.microsoftonline.com/{tenantid}/v2.0".to_owned(),
            },
            &expect![[r#"
                issuer_url is that of several tenants @ issuer_url
                The document at https://login.microsoftonline.com/x/v2.0/.well-known/openid-configuration is that of the issuer "https://login.microsoftonline.com/{tenantid}/v2.0", not of "https://login.microsoftonline.com/x/v2.0". The braces are a placeholder: no token has this issuer, but that of its own tenant. Set issuer_url to the issuer of your tenant, such as https://login.microsoftonline.com/TENANT_ID/v2.0, here and in cks_cluster_oidc.
            "#]],
        );
    }

    #[test]
    fn the_issuers_own_url_is_named_and_a_slash_is_mentioned() {
        let other = |found: &str| openid::Error::OtherIssuer {
            url: URL.to_owned(),
            requested: "https://accounts.example.com/".to_owned(),
            found: found.to_owned(),
        };
        check(
            other("https://accounts.example.com"),
            &expect![[r#"
                issuer_url differs from the issuer's own URL @ issuer_url
                The document at https://accounts.example.com/.well-known/openid-configuration is that of the issuer "https://accounts.example.com", not of "https://accounts.example.com/". Only the slash at the end differs, and it is significant. Kubernetes compares the two byte for byte and would reject every token. Set issuer_url = "https://accounts.example.com", here and in cks_cluster_oidc, if that is the intended issuer.
            "#]],
        );
        check(
            other("https://login.example.com/"),
            &expect![[r#"
                issuer_url differs from the issuer's own URL @ issuer_url
                The document at https://accounts.example.com/.well-known/openid-configuration is that of the issuer "https://login.example.com/", not of "https://accounts.example.com/". Kubernetes compares the two byte for byte and would reject every token. Set issuer_url = "https://login.example.com/", here and in cks_cluster_oidc, if that is the intended issuer.
            "#]],
        );
    }
}
