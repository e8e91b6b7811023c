//! Which entries are rejected, and at which attribute; what unknown values mean.

use clusters::AccessEntry;
use secrecy::ExposeSecret as _;
use tfplugin::attribute::Secret;

use super::*;

fn known(text: &str) -> Value<String> {
    Value::Known(text.to_owned())
}

fn secret(text: &str) -> Value<Secret> {
    Value::Known(SecretString::from(text).into())
}

fn entry() -> KubernetesAccessPartial {
    KubernetesAccessPartial::default()
}

fn list(entries: Vec<KubernetesAccessPartial>) -> AccessList {
    Value::Known(entries.into_iter().map(Value::Known).collect())
}

/// Path and detail of the first message; empty if there is none.
fn complaint(entries: Vec<KubernetesAccessPartial>) -> String {
    match routes(&list(entries), None, Common::default()) {
        Ok(_) => String::new(),
        Err(error) => {
            let message = &error.messages()[0];
            format!("{}: {}", message.path, message.detail)
        }
    }
}

#[track_caller]
fn check(entry: KubernetesAccessPartial, expected: &str) {
    let found = complaint(vec![entry]);
    assert!(
        if expected.is_empty() { found.is_empty() } else { found.contains(expected) },
        "{found:?} for {expected:?}"
    );
}

#[test]
fn an_entry_sets_one_address_and_one_credential() {
    let id = || known("81540112");
    let token = || secret("eyJ");
    check(
        KubernetesAccessPartial { cluster_id: id(), host: known("https://h"), token: token(), ..entry() },
        "",
    );
    check(KubernetesAccessPartial { cluster_id: id(), endpoint: known("managed"), ..entry() }, "");
    check(KubernetesAccessPartial { endpoint: known("unmanaged"), token: token(), ..entry() }, "");
    check(KubernetesAccessPartial { cluster_id: id(), kubeconfig: secret("{}"), ..entry() }, "");
    check(entry(), "kubernetes[0].endpoint: No address");
    check(
        KubernetesAccessPartial { cluster_id: id(), host: known("https://h"), ..entry() },
        "No credentials set",
    );
    check(KubernetesAccessPartial { endpoint: known("unmanaged"), ..entry() }, "No credentials set");
    check(
        KubernetesAccessPartial {
            cluster_id: id(),
            host: known("https://h"),
            endpoint: known("managed"),
            ..entry()
        },
        "kubernetes[0].host: Multiple addresses",
    );
    check(
        KubernetesAccessPartial {
            endpoint: known("unmanaged"),
            token: token(),
            token_file: known("t"),
            ..entry()
        },
        "kubernetes[0].token_file: Multiple credentials",
    );
    check(
        KubernetesAccessPartial { cluster_id: id(), kubeconfig: secret("{}"), token: token(), ..entry() },
        "has its own",
    );
}

/// Users of other providers report: a fallback to localhost or the current context writes to another cluster.
#[test]
fn nothing_falls_back_to_another_cluster() {
    let id = || known("81540112");
    check(
        KubernetesAccessPartial { host: known("https://h"), token: secret("t"), ..entry() },
        "Set cluster_id",
    );
    check(KubernetesAccessPartial { kubeconfig: secret("{}"), ..entry() }, "Set cluster_id");
    check(
        KubernetesAccessPartial { cluster_id: id(), config_path: known("f"), ..entry() },
        "Set config_context",
    );
    check(
        KubernetesAccessPartial { cluster_id: id(), host: known(""), token: secret("t"), ..entry() },
        "It is empty",
    );
    check(
        KubernetesAccessPartial { endpoint: known("unmanaged"), token: secret(""), ..entry() },
        "It is empty",
    );
    let other = || KubernetesAccessPartial { endpoint: known("managed"), ..entry() };
    assert!(
        complaint(vec![other(), other()]).contains("kubernetes[1].cluster_id: There is an entry without")
    );
    let same = || KubernetesAccessPartial { cluster_id: id(), endpoint: known("managed"), ..entry() };
    assert!(
        complaint(vec![same(), same()])
            .contains("kubernetes[1].cluster_id: There is an entry for this cluster")
    );
}

#[test]
fn an_address_gets_no_coreweave_token() {
    let with = |token: &str| KubernetesAccessPartial {
        cluster_id: known("81540112"),
        host: known("https://10.0.0.1:6443"),
        token: secret(token),
        ..entry()
    };
    check(with("eyJ-own"), "");
    check(with("CW-SECRET-do-not-show"), "kubernetes[0].token: It is a CoreWeave API token");
    assert!(!complaint(vec![with("CW-SECRET-do-not-show")]).contains("do-not-show"));
}

#[test]
fn each_endpoint_is_given_only_tokens_that_it_accepts() {
    let with = |endpoint: &str, token: &str| KubernetesAccessPartial {
        endpoint: known(endpoint),
        token: secret(token),
        ..entry()
    };
    check(with("managed", "CW-SECRET-a"), "");
    check(with("unmanaged", "CW-SECRET-a"), "the unmanaged endpoint refuses");
    check(with("managed", "eyJ"), "the managed endpoint takes no other");
    assert!(!complaint(vec![with("unmanaged", "CW-SECRET-a")]).contains("CW-SECRET-a"));
}

fn with_id_token(oidc_token: OidcTokenAccessPartial) -> KubernetesAccessPartial {
    KubernetesAccessPartial { endpoint: known("unmanaged"), oidc_token: Value::Known(oidc_token), ..entry() }
}

fn id_token() -> OidcTokenAccessPartial {
    OidcTokenAccessPartial::default()
}

#[test]
fn an_id_token_has_one_source_and_counts_as_credentials() {
    let env = || OidcTokenAccessPartial { env: known("TOKEN"), ..id_token() };
    let file = || OidcTokenAccessPartial { file: known("/run/token"), ..id_token() };
    let github = |audience: Value<String>| OidcTokenAccessPartial {
        github_actions: Value::Known(true),
        audience,
        ..id_token()
    };
    for allowed in [env(), file(), github(Value::Null), github(known("kubernetes"))] {
        check(with_id_token(allowed.clone()), "");
        check(
            KubernetesAccessPartial {
                cluster_id: known("81540112"),
                host: known("https://h"),
                endpoint: Value::Null,
                ..with_id_token(allowed.clone())
            },
            "",
        );
        let managed =
            KubernetesAccessPartial { endpoint: known("managed"), ..with_id_token(allowed.clone()) };
        check(managed, "kubernetes[0].oidc_token: The managed endpoint accepts CoreWeave API tokens only");
        let token = KubernetesAccessPartial { token: secret("eyJ"), ..with_id_token(allowed.clone()) };
        check(token, "kubernetes[0].oidc_token: Multiple credentials");
        let certificate =
            KubernetesAccessPartial { client_certificate: known("PEM"), ..with_id_token(allowed.clone()) };
        check(certificate, "kubernetes[0].client_certificate: Multiple credentials");
    }
    check(with_id_token(id_token()), "kubernetes[0].oidc_token: No source");
    let off = OidcTokenAccessPartial { github_actions: Value::Known(false), ..id_token() };
    check(with_id_token(off), "kubernetes[0].oidc_token: No source");
    check(
        with_id_token(OidcTokenAccessPartial { file: known("/run/token"), ..env() }),
        "kubernetes[0].oidc_token: Multiple sources",
    );
    check(
        with_id_token(OidcTokenAccessPartial { audience: known("kubernetes"), ..file() }),
        "kubernetes[0].oidc_token.audience: It has no effect",
    );
    check(with_id_token(github(known(""))), "kubernetes[0].oidc_token.audience: It is empty");
    check(
        with_id_token(OidcTokenAccessPartial { file: known("~/token"), ..id_token() }),
        "kubernetes[0].oidc_token.file: Terraform does not replace `~`",
    );
}

#[test]
fn an_unknown_part_of_an_id_token_is_no_mistake() {
    let part =
        OidcTokenAccessPartial { audience: Value::Unknown, github_actions: Value::Unknown, ..id_token() };
    let routes = routes(&list(vec![with_id_token(part)]), None, Common::default()).expect("no complaint");
    let Some(AccessEntry::Unknown(attributes)) = &routes.default else { panic!("{routes:?}") };
    assert_eq!(attributes, &["kubernetes[0].oidc_token"]);
}

#[test]
fn an_unknown_value_is_not_an_error_and_affects_only_its_own_cluster() {
    let unknown = KubernetesAccessPartial {
        cluster_id: known("a"),
        host: Value::Unknown,
        token: Value::Unknown,
        ..entry()
    };
    let routes = routes(&list(vec![unknown]), None, Common::default()).expect("no complaint");
    let Some(AccessEntry::Unknown(attributes)) = routes.by_cluster.get("a") else { panic!("{routes:?}") };
    assert_eq!(attributes, &["kubernetes[0].host", "kubernetes[0].token"]);
    assert!(routes.unknown_cluster.is_empty());
}

#[test]
fn an_entry_with_an_unknown_cluster_id_may_be_for_any() {
    let entries = vec![
        KubernetesAccessPartial {
            cluster_id: Value::Unknown,
            host: known("https://h"),
            token: secret("t"),
            ..entry()
        },
        KubernetesAccessPartial { cluster_id: known("a"), endpoint: known("managed"), ..entry() },
    ];
    let routes = routes(&list(entries), None, Common::default()).expect("no complaint");
    assert_eq!(routes.unknown_cluster, ["kubernetes[0].cluster_id"]);
    assert!(matches!(routes.by_cluster.get("a"), Some(AccessEntry::Known(_))));
}

#[test]
fn a_path_with_a_tilde_gets_a_hint() {
    let id = || known("81540112");
    let file = KubernetesAccessPartial {
        cluster_id: id(),
        config_path: known("~/.kube/config"),
        config_context: known("c"),
        ..entry()
    };
    check(file, "kubernetes[0].config_path: Terraform does not replace `~`");
    let token = KubernetesAccessPartial {
        cluster_id: id(),
        host: known("https://h"),
        token_file: known("~/token"),
        ..entry()
    };
    check(token, "pathexpand");
}

#[test]
fn a_key_belongs_to_its_certificate() {
    let authority = local_cks::Authority::new("example").expect("a certificate");
    let identity = || authority.client("ada", &[]).expect("a certificate");
    let (one, other) = (identity(), identity());
    let with = |key: &SecretString| KubernetesAccessPartial {
        cluster_id: known("81540112"),
        host: known("https://h"),
        client_certificate: known(&one.certificate),
        client_key: secret(key.expose_secret()),
        ..entry()
    };
    check(with(&one.key), "");
    check(with(&other.key), "kubernetes[0].client_key: The client key is the key of another certificate.");
    check(
        with(&"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIHs\n-----END ENCRYPTED PRIVATE KEY-----\n".into()),
        "openssl pkey",
    );
}
