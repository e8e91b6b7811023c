//! The arguments for each choice, and the redirect URIs that follow from them.

use expect_test::{Expect, expect};

use super::*;

fn example() -> Kubelogin {
    Kubelogin {
        issuer_url: "https://accounts.example.com".to_owned(),
        client_id: "kubernetes".to_owned(),
        ..Kubelogin::default()
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

#[track_caller]
fn check(login: &Kubelogin, expected: &Expect) {
    let exec = login.exec();
    let arguments = exec.args.iter().map(|argument| format!("  {}\n", argument.expose_secret()));
    expected.assert_eq(&format!("{}: {}\n{}", exec.api_version, exec.command, arguments.collect::<String>()));
}

#[test]
fn a_public_client_is_safe_by_pkce() {
    check(
        &Kubelogin { scopes: texts(&["email"]), ..example() },
        &expect![[r#"
        client.authentication.k8s.io/v1beta1: kubectl
          oidc-login
          get-token
          --oidc-issuer-url=https://accounts.example.com
          --oidc-client-id=kubernetes
          --oidc-extra-scope=email
          --oidc-use-pkce
    "#]],
    );
}

#[test]
fn every_choice_is_an_argument() {
    let login = Kubelogin {
        command: Some("kubelogin".to_owned()),
        api_version: Some("client.authentication.k8s.io/v1".to_owned()),
        client_secret: Some("hush".into()),
        scopes: texts(&["openid", "email", "groups"]),
        ca_pem: Some("PEM".to_owned()),
        grant_type: Some("authcode".to_owned()),
        extra_args: texts(&["--listen-address=127.0.0.1:8100"]),
        ..example()
    };
    check(
        &login,
        &expect![[r#"
        client.authentication.k8s.io/v1: kubelogin
          get-token
          --oidc-issuer-url=https://accounts.example.com
          --oidc-client-id=kubernetes
          --oidc-client-secret=hush
          --oidc-extra-scope=email
          --oidc-extra-scope=groups
          --certificate-authority-data=UEVN
          --grant-type=authcode
          --listen-address=127.0.0.1:8100
    "#]],
    );
}

#[test]
fn pkce_is_forced_where_a_code_has_nothing_else_to_protect_it() {
    #[track_caller]
    fn check(login: &Kubelogin, expected: bool) {
        assert_eq!(login.forces_pkce(), expected, "{login:?}");
    }
    let grant = |grant: &str| Kubelogin { grant_type: Some(grant.to_owned()), ..example() };
    let secret = || Kubelogin { client_secret: Some("hush".into()), ..example() };
    check(&example(), true);
    check(&grant("authcode-keyboard"), true);
    check(&grant("device-code"), false);
    check(&secret(), false);
    check(&Kubelogin { pkce: Some(true), ..secret() }, true);
    check(&Kubelogin { pkce: Some(false), ..example() }, false);
}

#[track_caller]
fn check_uris(grant: Option<&str>, extra_args: &[&str], expected: &[&str]) {
    let grant_type = grant.map(str::to_owned);
    let login = Kubelogin { grant_type, extra_args: texts(extra_args), ..example() };
    assert_eq!(login.redirect_uris(), expected, "{grant:?} {extra_args:?}");
}

#[test]
fn the_redirect_uris_are_where_kubelogin_listens() {
    let default = ["http://localhost:8000", "http://localhost:18000"];
    check_uris(None, &[], &default);
    check_uris(Some("authcode"), &["--skip-open-browser", "--v=1"], &default);
    check_uris(None, &["--listen-address=127.0.0.1:9000"], &["http://localhost:9000"]);
    let two = ["http://localhost:1", "http://localhost:2"];
    check_uris(None, &["--listen-address", ":1", "--listen-address=[::1]:2"], &two);
    check_uris(None, &["--listen-address=0.0.0.0:1,0.0.0.0:2"], &two);
    check_uris(None, &["--listen-port=1,2", "--listen-address=0.0.0.0:3"], &two);
    check_uris(None, &["--listen-address=127.0.0.1:0"], &["http://localhost"]);
    let https =
        ["--local-server-cert=a.pem", "--local-server-key=a.key", "--oidc-redirect-url-hostname=login.local"];
    check_uris(None, &https, &["https://login.local:8000", "https://login.local:18000"]);
    check_uris(
        None,
        &["--oidc-redirect-url=http://127.0.0.1:8000/callback"],
        &["http://127.0.0.1:8000/callback"],
    );
}

#[test]
fn a_grant_without_a_browser_on_this_machine_has_no_loopback_redirect() {
    check_uris(Some("authcode-keyboard"), &[], &["urn:ietf:wg:oauth:2.0:oob"]);
    let shown = "https://login.example.com/shown";
    check_uris(Some("authcode-keyboard"), &["--oidc-redirect-url-authcode-keyboard", shown], &[shown]);
    check_uris(Some("device-code"), &[], &[]);
    check_uris(Some("password"), &[], &[]);
    check_uris(None, &["--username=ada"], &[]);
    check_uris(None, &["--grant-type=device-code"], &[]);
}
