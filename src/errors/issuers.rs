//! What users read when an OpenID issuer cannot be read. kube-apiserver reads it in the same way, so most of it would also be
//! why nobody can log in; the API server would say so in its own log only.

use tfplugin::Error;

use super::{ClientError, sentence};

impl ClientError for openid::Error {
    fn into_diagnostics(self) -> Error {
        use openid::Error as E;
        let error = self;
        let what = sentence(&error);
        match &error {
            E::Unreachable { .. } => Error::new(
                "Issuer cannot be reached",
                format!(
                    "{what} Check `issuer_url`, the provider's `proxy_url`, and the network. The cluster's API server must reach the issuer as \
                     well."
                ),
            )
            .at("issuer_url"),
            E::Certificate { own_roots: false, .. } => Error::new(
                "Issuer's certificate is not trusted",
                format!(
                    "{what} If a CA of your own has signed it, give that CA's certificate as `ca_certificate`, here and in cks_cluster_oidc; with \
                     the system's roots alone the cluster will not trust it either."
                ),
            )
            .at("issuer_url"),
            E::Certificate { own_roots: true, .. } => Error::new(
                "Issuer's certificate is not trusted",
                format!(
                    "{what} With `ca_certificate` only the certificates in it are trusted, not the system's roots, as Kubernetes does it. Give \
                     the certificate of the CA that signed the issuer's, or leave the attribute out for an issuer that is trusted publicly."
                ),
            )
            .at("ca_certificate"),
            E::Status { .. } | E::TooLong { .. } | E::NotJson { .. } | E::Missing { .. } => Error::new(
                "Not an OpenID issuer",
                format!(
                    "{what} Check `issuer_url`: it is the text in the `iss` claim of the issuer's tokens, and its discovery document is found by \
                     adding /.well-known/openid-configuration to it."
                ),
            )
            .at("issuer_url"),
            E::OtherIssuer { asked, found, .. } => other_issuer(&what, asked, found),
            E::Settings { .. } => Error::new(
                "No client for issuers",
                format!("{what} Check `ca_certificate`, and the provider's `ca_certificate` and `proxy_url`."),
            ),
            E::Cancelled => super::interrupted(),
        }
    }
}

fn other_issuer(what: &str, asked: &str, found: &str) -> Error {
    let slash = if asked.trim_end_matches('/') == found.trim_end_matches('/') {
        " Only the slash at the end differs, and it counts."
    } else {
        ""
    };
    Error::new(
        "The issuer calls itself something else",
        format!(
            "{what}{slash} Kubernetes compares the two byte for byte and would refuse every token. Write issuer_url = {found:?} if that is who \
             you mean, here and in cks_cluster_oidc."
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
    fn an_issuer_out_of_reach_is_named_with_the_cause() {
        check(
            openid::Error::Unreachable {
                url: URL.to_owned(),
                attempts: 3,
                cause: "Connection refused (os error 111)".to_owned(),
            },
            &expect![[r#"
                Issuer cannot be reached @ issuer_url
                No answer from https://accounts.example.com/.well-known/openid-configuration in 3 attempts: Connection refused (os error 111). Check `issuer_url`, the provider's `proxy_url`, and the network. The cluster's API server must reach the issuer as well.
            "#]],
        );
    }

    #[test]
    fn a_certificate_that_is_not_trusted_leads_to_ca_certificate() {
        let untrusted = |own_roots| openid::Error::Certificate {
            url: URL.to_owned(),
            cause: "UnknownIssuer".to_owned(),
            own_roots,
        };
        check(
            untrusted(false),
            &expect![[r#"
            Issuer's certificate is not trusted @ issuer_url
            The certificate of https://accounts.example.com/.well-known/openid-configuration is not trusted: UnknownIssuer. If a CA of your own has signed it, give that CA's certificate as `ca_certificate`, here and in cks_cluster_oidc; with the system's roots alone the cluster will not trust it either.
        "#]],
        );
        check(
            untrusted(true),
            &expect![[r#"
            Issuer's certificate is not trusted @ ca_certificate
            The certificate of https://accounts.example.com/.well-known/openid-configuration is not trusted: UnknownIssuer. With `ca_certificate` only the certificates in it are trusted, not the system's roots, as Kubernetes does it. Give the certificate of the CA that signed the issuer's, or leave the attribute out for an issuer that is trusted publicly.
        "#]],
        );
    }

    #[test]
    fn what_is_no_issuer_is_said_with_what_it_answers() {
        check(
            openid::Error::Status { url: URL.to_owned(), status: 404, location: None },
            &expect![[r#"
                Not an OpenID issuer @ issuer_url
                No document at https://accounts.example.com/.well-known/openid-configuration: HTTP 404. Check `issuer_url`: it is the text in the `iss` claim of the issuer's tokens, and its discovery document is found by adding /.well-known/openid-configuration to it.
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
                No document at https://accounts.example.com/.well-known/openid-configuration: HTTP 302, a redirect to http://accounts.example.com/login. Check `issuer_url`: it is the text in the `iss` claim of the issuer's tokens, and its discovery document is found by adding /.well-known/openid-configuration to it.
            "#]],
        );
        check(
            openid::Error::NotJson { url: URL.to_owned(), beginning: "<html>".to_owned() },
            &expect![[r#"
                Not an OpenID issuer @ issuer_url
                The answer of https://accounts.example.com/.well-known/openid-configuration is no JSON object: "<html>". Check `issuer_url`: it is the text in the `iss` claim of the issuer's tokens, and its discovery document is found by adding /.well-known/openid-configuration to it.
            "#]],
        );
        check(
            openid::Error::Missing { url: URL.to_owned(), member: "jwks_uri" },
            &expect![[r#"
            Not an OpenID issuer @ issuer_url
            The answer of https://accounts.example.com/.well-known/openid-configuration has no usable `jwks_uri`. Check `issuer_url`: it is the text in the `iss` claim of the issuer's tokens, and its discovery document is found by adding /.well-known/openid-configuration to it.
        "#]],
        );
        check(
            openid::Error::TooLong { url: URL.to_owned(), longest: 1 << 20 },
            &expect![[r#"
            Not an OpenID issuer @ issuer_url
            The answer of https://accounts.example.com/.well-known/openid-configuration is longer than 1048576 bytes. Check `issuer_url`: it is the text in the `iss` claim of the issuer's tokens, and its discovery document is found by adding /.well-known/openid-configuration to it.
        "#]],
        );
    }

    #[test]
    fn another_name_of_the_issuer_is_given_and_the_slash_is_mentioned() {
        let other = |found: &str| openid::Error::OtherIssuer {
            url: URL.to_owned(),
            asked: "https://accounts.example.com/".to_owned(),
            found: found.to_owned(),
        };
        check(
            other("https://accounts.example.com"),
            &expect![[r#"
                The issuer calls itself something else @ issuer_url
                The document at https://accounts.example.com/.well-known/openid-configuration is that of the issuer "https://accounts.example.com", not of "https://accounts.example.com/". Only the slash at the end differs, and it counts. Kubernetes compares the two byte for byte and would refuse every token. Write issuer_url = "https://accounts.example.com" if that is who you mean, here and in cks_cluster_oidc.
            "#]],
        );
        check(
            other("https://login.example.com/"),
            &expect![[r#"
                The issuer calls itself something else @ issuer_url
                The document at https://accounts.example.com/.well-known/openid-configuration is that of the issuer "https://login.example.com/", not of "https://accounts.example.com/". Kubernetes compares the two byte for byte and would refuse every token. Write issuer_url = "https://login.example.com/" if that is who you mean, here and in cks_cluster_oidc.
            "#]],
        );
    }
}
