//! The samples: at least one for each type of the provider, which together set all its attributes.

use local_cks::OpenIdProvider;
use serde_json::{Value, json};

use super::{
    declared::Sort,
    sample::{Sample, raw},
};
use crate::support::{Bed, CLUSTER_ID};

fn timeouts() -> Value {
    json!({"create": "10m", "update": "10m", "delete": "10m"})
}

const CONFIGURATION_ONLY: &[&str] = &["on_existing", "timeouts"];

/// A resource with the attributes that most have in common.
fn resource(
    name: &'static str,
    attributes: Vec<(&'static str, Value)>,
    least: &'static [&'static str],
    import: &'static str,
) -> Sample {
    let common =
        [("cluster_id", json!(CLUSTER_ID)), ("on_existing", json!("fail")), ("timeouts", timeouts())];
    Sample {
        sort: Sort::Resource,
        name,
        variant: "only",
        prelude: String::new(),
        attributes: common.into_iter().chain(attributes).collect(),
        least,
        import: Some(import),
        not_imported: CONFIGURATION_ONLY,
        destroy_with: None,
    }
}

fn data_source(
    name: &'static str,
    attributes: Vec<(&'static str, Value)>,
    least: &'static [&'static str],
) -> Sample {
    Sample {
        sort: Sort::DataSource,
        name,
        variant: "only",
        prelude: String::new(),
        attributes,
        least,
        import: None,
        not_imported: &[],
        destroy_with: None,
    }
}

fn function(name: &'static str, arguments: Vec<(&'static str, Value)>) -> Sample {
    Sample { sort: Sort::Function, ..data_source(name, arguments, &[]) }
}

fn metadata() -> Vec<(&'static str, Value)> {
    vec![
        ("labels", json!({"team": "a", "example.com/tier": "1"})),
        ("annotations", json!({"example.com/owner": "somebody, ${not} interpolated"})),
    ]
}

fn with_metadata(mut attributes: Vec<(&'static str, Value)>) -> Vec<(&'static str, Value)> {
    attributes.extend(metadata());
    attributes
}

/// All samples. The issuer must be running.
pub(crate) fn all(bed: &Bed, issuer: &OpenIdProvider) -> Vec<Sample> {
    let objects = objects().into_iter().chain(bindings()).chain(roles()).chain(tokens("prelude"));
    let data_sources = data_sources(issuer).into_iter().chain(kubeconfigs(bed)).chain(reviews(bed));
    let others = ephemeral(bed).into_iter().chain(lists()).chain(actions()).chain(functions());
    blocks(bed).into_iter().chain(objects).chain(data_sources).chain(others).collect()
}

/// The filters of lists: those of blocks, and those of the four kinds of objects.
fn filters() -> [Vec<(&'static str, Value)>; 4] {
    let cluster = vec![("cluster_id", json!(CLUSTER_ID))];
    let objects =
        [&cluster[..], &[("label_selector", json!("team=a")), ("include_system", json!(true))]].concat();
    let namespaced = [&objects[..], &[("namespace", json!("default"))]].concat();
    let bindings = [
        ("role", json!("view")),
        ("user", json!("oidc:ada@example.com")),
        ("group", json!("oidc:platform")),
        ("service_account", json!("default:default")),
    ];
    let bindings = [&namespaced[..], &bindings].concat();
    [cluster, objects, namespaced, bindings]
}

fn lists() -> Vec<Sample> {
    let [blocks, objects, namespaced, bindings] = filters();
    let list =
        |name, attributes: &Vec<_>| Sample { sort: Sort::List, ..data_source(name, attributes.clone(), &[]) };
    vec![
        list("cks_cluster_authn_webhook", &blocks),
        list("cks_cluster_authz_webhook", &blocks),
        list("cks_cluster_oidc", &blocks),
        list("cks_namespace", &objects),
        list("cks_rbac_binding", &bindings),
        list("cks_rbac_role", &namespaced),
        list("cks_service_account", &namespaced),
    ]
}

fn blocks(bed: &Bed) -> Vec<Sample> {
    let certificate = json!(bed.local.ca_pem());
    let webhook = |name| {
        let attributes = vec![
            ("server", json!("https://hook.example.com/review")),
            ("ca_certificate", certificate.clone()),
        ];
        resource(name, attributes, &["cluster_id", "server"], "{cluster_id}")
    };
    let oidc = vec![
        ("issuer_url", json!("https://accounts.example.com")),
        ("client_id", json!("kubernetes")),
        ("username_claim", json!("sub")),
        ("username_prefix", json!("oidc:")),
        ("groups_claim", json!("groups")),
        ("groups_prefix", json!("oidc:")),
        ("required_claim", json!("department=platform")),
        ("signing_algorithms", json!(["RS256"])),
        ("ca_certificate", certificate.clone()),
        ("admin_group_binding", json!("oidc:admins")),
    ];
    vec![
        resource("cks_cluster_oidc", oidc, &["cluster_id", "issuer_url", "client_id"], "{cluster_id}"),
        webhook("cks_cluster_authn_webhook"),
        webhook("cks_cluster_authz_webhook"),
    ]
}

fn objects() -> Vec<Sample> {
    let namespace = vec![("name", json!("sample")), ("deletion_protection", json!(true))];
    let account = vec![
        ("namespace", json!("default")),
        ("name", json!("sample")),
        ("automount_service_account_token", json!(false)),
    ];
    vec![
        Sample {
            destroy_with: Some(("deletion_protection", json!(false))),
            ..resource(
                "cks_namespace",
                with_metadata(namespace),
                &["cluster_id", "name"],
                "{cluster_id}/{name}",
            )
        },
        resource(
            "cks_service_account",
            with_metadata(account),
            &["cluster_id", "namespace", "name"],
            "{cluster_id}/{namespace}/{name}",
        ),
    ]
}

/// A binding for the whole cluster, and one in a namespace by a Role of that namespace.
fn bindings() -> Vec<Sample> {
    let role = r#"
resource "cks_rbac_role" "prelude" {
  cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
  namespace  = "default"
  name       = "prelude"
  rules      = [{ verbs = ["get"], api_groups = [""], resources = ["pods"] }]
}
"#;
    let subjects = || {
        vec![
            ("users", json!(["oidc:ada@example.com"])),
            ("groups", json!(["oidc:platform"])),
            ("service_accounts", json!(["default:default"])),
        ]
    };
    let mut cluster = vec![("name", json!("sample")), ("cluster_role", json!("view"))];
    cluster.extend(subjects());
    let mut namespaced = vec![
        ("name", json!("sample")),
        ("namespace", json!("default")),
        ("role", raw("cks_rbac_role.prelude.name")),
    ];
    namespaced.extend(subjects());
    let least = &["cluster_id", "name", "cluster_role", "groups"];
    let least_namespaced = &["cluster_id", "name", "namespace", "role", "groups"];
    let name = "cks_rbac_binding";
    vec![
        Sample { variant: "cluster", ..resource(name, with_metadata(cluster), least, "{cluster_id}/{name}") },
        Sample {
            variant: "namespaced",
            prelude: role.to_owned(),
            ..resource(name, with_metadata(namespaced), least_namespaced, "{cluster_id}/{namespace}/{name}")
        },
    ]
}

fn roles() -> Vec<Sample> {
    let rule = json!({
        "verbs": ["get", "list"], "api_groups": ["", "apps"], "resources": ["pods"], "resource_names": ["one"],
    });
    let url = json!({"verbs": ["get"], "non_resource_urls": ["/healthz"]});
    let cluster = vec![("name", json!("sample")), ("rules", json!([rule.clone(), url]))];
    let namespaced =
        vec![("name", json!("sample")), ("namespace", json!("default")), ("rules", json!([rule]))];
    let least = &["cluster_id", "name", "rules"];
    let least_namespaced = &["cluster_id", "name", "namespace", "rules"];
    let name = "cks_rbac_role";
    vec![
        Sample { variant: "cluster", ..resource(name, with_metadata(cluster), least, "{cluster_id}/{name}") },
        Sample {
            variant: "namespaced",
            ..resource(name, with_metadata(namespaced), least_namespaced, "{cluster_id}/{namespace}/{name}")
        },
    ]
}

/// The prelude has the ServiceAccount, under this name.
fn tokens(account: &str) -> Vec<Sample> {
    let attributes = vec![
        ("cluster_id", json!(CLUSTER_ID)),
        ("namespace", json!("default")),
        ("service_account", json!("default")),
        ("duration", json!("24h")),
        ("audiences", json!(["https://kubernetes.default.svc", "vault"])),
        ("rotation_triggers", json!({"release": "1"})),
        ("revocable", json!(true)),
        ("rotate_before", json!("1h")),
        ("on_rotation", json!("revoke")),
        ("service_account_uid", raw(&format!("cks_service_account.{account}.uid"))),
        ("timeouts", timeouts()),
    ];
    let prelude = format!(
        "resource \"cks_service_account\" {account:?} {{\n  cluster_id = {CLUSTER_ID:?}\n  namespace = \"default\"\n  name = {account:?}\n}}\n"
    );
    let mut attributes = attributes;
    attributes[2].1 = raw(&format!("cks_service_account.{account}.name"));
    vec![Sample {
        prelude,
        attributes,
        import: None,
        ..resource(
            "cks_service_account_token",
            Vec::new(),
            &["cluster_id", "namespace", "service_account"],
            "",
        )
    }]
}

fn data_sources(issuer: &OpenIdProvider) -> Vec<Sample> {
    let by_name = vec![("name", json!("example")), ("zone", json!("US-EAST-04A"))];
    let all = vec![("zone", json!("US-EAST-04A")), ("name_regex", json!("^exam"))];
    let [_, _, mut namespaced, bindings] = filters();
    namespaced.push(("include_tokens", json!(false)));
    let discovery =
        vec![("issuer_url", json!(issuer.issuer_url())), ("ca_certificate", json!(issuer.ca_pem()))];
    vec![
        Sample { variant: "by_id", ..data_source("cks_cluster", vec![("id", json!(CLUSTER_ID))], &["id"]) },
        Sample { variant: "by_name", ..data_source("cks_cluster", by_name, &["name"]) },
        data_source("cks_clusters", all, &[]),
        data_source("cks_rbac_bindings", bindings, &[]),
        data_source("cks_service_accounts", namespaced, &[]),
        data_source("cks_oidc_discovery", discovery, &["issuer_url", "ca_certificate"]),
    ]
}

fn kubeconfigs(bed: &Bed) -> Vec<Sample> {
    let common = || {
        vec![
            ("cluster_id", json!(CLUSTER_ID)),
            ("endpoint", json!("unmanaged")),
            ("name", json!("sample")),
            ("namespace", json!("team")),
            ("ca_certificate", json!(bed.local.ca_pem())),
            ("proxy_url", json!("http://proxy.example.com:3128")),
        ]
    };
    let with = |name: &'static str, value: Value| {
        let mut attributes = common();
        attributes.push((name, value));
        attributes
    };
    let oidc = json!({
        "issuer_url": "https://accounts.example.com",
        "client_id": "kubernetes",
        "ca_certificate": bed.local.ca_pem(),
        "client_secret": "hunter2-is-a-secret",
        "extra_scopes": ["email", "groups"],
        "grant_type": "authcode",
        "pkce": true,
        "command": "kubelogin",
        "api_version": "client.authentication.k8s.io/v1beta1",
        "extra_args": ["--skip-open-browser"],
    });
    let exec = json!({
        "api_version": "client.authentication.k8s.io/v1",
        "command": "login",
        "args": ["--to", "here"],
        "env": {"REGION": "east"},
        "install_hint": "Ask for it.",
    });
    let at_host =
        with("token", json!("a.secret.of-kubernetes")).into_iter().filter(|(name, _)| *name != "endpoint");
    let host =
        [("host", json!("https://10.16.0.4:6443")), ("tls_server_name", json!("kubernetes.default.svc"))];
    let at_host = at_host.chain(host).collect();
    let name = "cks_kubeconfig";
    vec![
        Sample { variant: "oidc", ..data_source(name, with("oidc", oidc), &["cluster_id", "oidc"]) },
        Sample {
            variant: "token",
            ..data_source(name, with("token", json!("a.secret.of-kubernetes")), &["cluster_id", "token"])
        },
        Sample { variant: "exec", ..data_source(name, with("exec", exec), &["cluster_id", "exec"]) },
        Sample {
            variant: "host",
            ..data_source(name, at_host, &["cluster_id", "host", "tls_server_name", "token"])
        },
    ]
}

/// The kubeconfigs once more, and a token of a ServiceAccount whose uid the plan does not know.
fn ephemeral(bed: &Bed) -> Vec<Sample> {
    let [token] = tokens("ephemeral").try_into().expect("one sample");
    let of_token = |(name, _): &(&str, Value)| {
        !["rotation_triggers", "rotate_before", "on_rotation", "timeouts"].contains(name)
    };
    let token = Sample {
        sort: Sort::Ephemeral,
        attributes: token.attributes.iter().filter(|attribute| of_token(attribute)).cloned().collect(),
        least: &["cluster_id", "namespace", "service_account", "service_account_uid"],
        ..token
    };
    let kubeconfigs = kubeconfigs(bed).into_iter();
    let kubeconfigs = kubeconfigs.map(|sample| Sample { sort: Sort::Ephemeral, ..sample });
    kubeconfigs.chain([token]).collect()
}

fn actions() -> Vec<Sample> {
    let attributes = vec![
        ("cluster_id", json!(CLUSTER_ID)),
        ("namespace", json!("default")),
        ("service_account", json!("default")),
    ];
    let least = &["cluster_id", "namespace", "service_account"];
    vec![Sample { sort: Sort::Action, ..data_source("cks_revoke_service_account_tokens", attributes, least) }]
}

/// A token of a ServiceAccount, if the bed has a Kubernetes.
fn token(bed: &Bed) -> String {
    if bed.cluster().kubernetes_url().is_none() {
        return "a.token.of-nobody".to_owned();
    }
    let path = "/api/v1/namespaces/default/serviceaccounts/default/token";
    let (status, response) = bed.kubernetes(
        "POST",
        path,
        Some(json!({"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1"})),
    );
    assert_eq!(status, 201, "{response}");
    response.pointer("/status/token").and_then(Value::as_str).expect("a token").to_owned()
}

fn reviews(bed: &Bed) -> Vec<Sample> {
    let access = vec![
        ("cluster_id", json!(CLUSTER_ID)),
        ("user", json!("oidc:ada@example.com")),
        ("groups", json!(["oidc:platform"])),
        ("verb", json!("get")),
        ("resource", json!("deployments")),
        ("api_group", json!("apps")),
        ("subresource", json!("scale")),
        ("namespace", json!("default")),
        ("name", json!("web")),
    ];
    let url = vec![
        ("cluster_id", json!(CLUSTER_ID)),
        ("verb", json!("get")),
        ("non_resource_url", json!("/healthz")),
    ];
    let name = "cks_subject_access_review";
    vec![
        Sample { variant: "resource", ..data_source(name, access, &["cluster_id", "verb", "resource"]) },
        Sample { variant: "url", ..data_source(name, url, &["cluster_id", "verb", "non_resource_url"]) },
        data_source(
            "cks_self_subject_review",
            vec![
                ("cluster_id", json!(CLUSTER_ID)),
                ("token", json!(token(bed))),
                ("endpoint", json!("unmanaged")),
            ],
            &["cluster_id"],
        ),
    ]
}

fn functions() -> Vec<Sample> {
    vec![
        function(
            "unmanaged_endpoint",
            vec![("api_server_endpoint", json!("abc123-abcd1234.k8s.us-east-04a.coreweave.com"))],
        ),
        function(
            "oidc_username",
            vec![
                ("issuer_url", json!("https://accounts.example.com")),
                ("username_claim", json!("email")),
                ("username_prefix", Value::Null),
                ("value", json!("ada@example.com")),
            ],
        ),
        function("oidc_group", vec![("groups_prefix", json!("oidc:")), ("value", json!("platform"))]),
    ]
}
