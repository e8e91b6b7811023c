//! What is taken from the cluster, and what to do where it has nothing to give.

use coreweave::Ca;

use super::*;

const PEM: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

fn cluster(oidc: Option<Oidc>) -> Cluster {
    Cluster { id: "81540112".to_owned(), oidc, ..Cluster::default() }
}

fn trusting(username_claim: &str) -> Cluster {
    cluster(Some(Oidc {
        issuer_url: "https://accounts.example.com".to_owned(),
        client_id: "kubernetes".to_owned(),
        username_claim: username_claim.to_owned(),
        groups_claim: "groups".to_owned(),
        ca: Ca::from_pem(PEM),
        ..Oidc::default()
    }))
}

#[test]
fn nothing_given_is_all_taken_from_the_cluster() {
    let login = resolve(&OidcInput::default(), &trusting("email")).expect("a login");
    assert_eq!(login.issuer_url, "https://accounts.example.com");
    assert_eq!(login.client_id, "kubernetes");
    assert_eq!(login.ca_pem.as_deref(), Some(PEM));
    assert_eq!(login.scopes, ["email"]);
}

#[test]
fn what_is_given_counts_and_empty_texts_count_as_not_given() {
    let input = OidcInput {
        issuer_url: Some(String::new()),
        client_id: Some("other".to_owned()),
        ca_certificate: Some("PEM".to_owned()),
        client_secret: Some("".into()),
        extra_scopes: Some(Vec::new()),
        ..OidcInput::default()
    };
    let login = resolve(&input, &trusting("email")).expect("a login");
    assert_eq!(login.issuer_url, "https://accounts.example.com");
    assert_eq!(login.client_id, "other");
    assert_eq!(login.ca_pem.as_deref(), Some("PEM"));
    assert!(login.client_secret.is_none());
    assert_eq!(login.scopes, [""; 0]);
}

#[test]
fn certificates_of_one_issuer_are_not_used_for_another() {
    let input =
        OidcInput { issuer_url: Some("https://login.example.com".to_owned()), ..OidcInput::default() };
    let login = resolve(&input, &trusting("email")).expect("a login");
    assert_eq!((login.client_id.as_str(), login.ca_pem), ("kubernetes", None));
}

#[test]
fn the_scope_is_the_standard_one_of_the_user_s_claim() {
    #[track_caller]
    fn check(claim: &str, scopes: &[&str]) {
        let login = resolve(&OidcInput::default(), &trusting(claim)).expect("a login");
        assert_eq!(login.scopes, scopes, "{claim:?}");
    }
    check("email", &["email"]);
    check("preferred_username", &["profile"]);
    check("phone_number", &["phone"]);
    check("sub", &[]);
    check("", &[]);
    check("https://example.com/name", &[]);
}

#[test]
fn a_cluster_without_an_issuer_requires_issuer_and_client() {
    let error = resolve(&OidcInput::default(), &cluster(None)).expect_err("there is no issuer");
    let message = &error.messages()[0];
    assert_eq!(message.path.to_string(), "oidc.issuer_url");
    assert!(message.detail.contains("cluster_id = cks_cluster_oidc.NAME.id"), "{}", message.detail);

    let mut input =
        OidcInput { issuer_url: Some("https://login.example.com".to_owned()), ..OidcInput::default() };
    let error = resolve(&input, &cluster(None)).expect_err("there is no client");
    assert_eq!(error.messages()[0].path.to_string(), "oidc.client_id");

    input.client_id = Some("kubernetes".to_owned());
    let login = resolve(&input, &cluster(None)).expect("a login");
    assert_eq!((login.issuer_url.as_str(), login.scopes.len()), ("https://login.example.com", 0));
}

#[test]
fn unreadable_certificates_are_an_error_unless_others_are_configured() {
    let mut cluster = trusting("email");
    if let Some(oidc) = &mut cluster.oidc {
        oidc.ca = Ca::from_base64("@@@");
    }
    let error = resolve(&OidcInput::default(), &cluster).expect_err("they are unreadable");
    assert_eq!(error.messages()[0].path.to_string(), "oidc.ca_certificate");
    let input = OidcInput { ca_certificate: Some(PEM.to_owned()), ..OidcInput::default() };
    assert!(resolve(&input, &cluster).is_ok());
}
