//! What becomes of the states of hashicorp/kubernetes, made from its documented schemas: types without `_v1` as version 2 stores them, those
//! with it as versions 2 and 3 do.

use serde_json::{Value as Json, json};
use tfplugin::{Schema, Value, testing::Host, value::Data};

use super::Cks;
use crate::resources::{
    cluster_oidc::ClusterOidc, namespace::Namespace, rbac_binding::RbacBinding, rbac_role::RbacRole,
    service_account::ServiceAccount, service_account_token::ServiceAccountToken,
};

const REGISTRY: &str = "registry.terraform.io/hashicorp/kubernetes";

/// A state with this metadata and these members.
fn state(namespace: Option<&str>, members: &Json) -> Json {
    let mut state = json!({
        "id": "x",
        "metadata": [{
            "annotations": {"note": "n"}, "labels": {}, "name": "it", "generate_name": "", "generation": 0,
            "resource_version": "12", "uid": "0a1b",
        }],
    });
    if let Some(namespace) = namespace {
        state["metadata"][0]["namespace"] = json!(namespace);
    }
    state.as_object_mut().expect("an object").extend(members.as_object().expect("an object").clone());
    state
}

fn rule() -> Json {
    json!({"rule": [{"api_groups": [""], "resources": ["pods"], "verbs": ["get"], "resource_names": null, "non_resource_urls": []}]})
}

fn bound(role: &str, subjects: &Json) -> Json {
    json!({"role_ref": [{"api_group": "rbac.authorization.k8s.io", "kind": role, "name": "edit"}], "subject": subjects})
}

async fn moved<R: Schema>(
    provider: &str,
    type_name: &str,
    state: &Json,
) -> Result<(Value, Vec<String>), Vec<String>> {
    let host = Host::<Cks>::unconfigured();
    let moved = host.move_from::<R>((provider, type_name), 0, &state.to_string()).await;
    moved.map(|(stored, warnings)| {
        assert!(stored.identity.is_null() && stored.private.is_empty(), "the cluster is not known yet");
        assert!(stored.state.member("cluster_id").is_null() && stored.state.member("id").is_null());
        assert_eq!(stored.state.member("uid").as_str(), Some("0a1b"));
        assert_eq!(stored.state.member("annotations").member("note").as_str(), Some("n"));
        assert!(stored.state.member("labels").is_null(), "none is null");
        (stored.state, warnings)
    })
}

/// The texts of a list or set, sorted.
fn sorted(value: &Value) -> Vec<&str> {
    let Value::Known(Data::Sequence(elements)) = value else { return Vec::new() };
    let mut texts: Vec<_> = elements.iter().filter_map(Value::as_str).collect();
    texts.sort_unstable();
    texts
}

#[tokio::test]
async fn every_address_and_type_of_the_provider_is_known() {
    for provider in [REGISTRY, "registry.opentofu.org/hashicorp/kubernetes", "kubernetes"] {
        for suffix in ["", "_v1"] {
            for (kind, namespace) in [("cluster_role", None), ("role", Some("team"))] {
                let type_name = format!("kubernetes_{kind}{suffix}");
                let (role, warnings) = moved::<RbacRole>(provider, &type_name, &state(namespace, &rule()))
                    .await
                    .expect(&type_name);
                assert_eq!(role.member("namespace").as_str(), namespace, "{type_name}");
                assert_eq!((role.member("name").as_str(), warnings.len()), (Some("it"), 0));
                let Value::Known(Data::Sequence(rules)) = role.member("rules") else { panic!("{role:?}") };
                assert_eq!(
                    (sorted(rules[0].member("verbs")), sorted(rules[0].member("api_groups"))),
                    (vec!["get"], vec![""])
                );
                assert!(rules[0].member("resource_names").is_null());
            }
            for (kind, namespace, role) in
                [("cluster_role_binding", None, "ClusterRole"), ("role_binding", Some("team"), "Role")]
            {
                let type_name = format!("kubernetes_{kind}{suffix}");
                let subjects = json!([
                    {"api_group": "rbac.authorization.k8s.io", "kind": "User", "name": "ada", "namespace": "default"},
                    {"api_group": "rbac.authorization.k8s.io", "kind": "Group", "name": "team", "namespace": "default"},
                    {"api_group": "", "kind": "ServiceAccount", "name": "ci", "namespace": "ops"},
                    {"api_group": "", "kind": "ServiceAccount", "name": "web", "namespace": null},
                ]);
                let binding =
                    moved::<RbacBinding>(provider, &type_name, &state(namespace, &bound(role, &subjects)))
                        .await;
                let (binding, _) = binding.expect(&type_name);
                let attribute = if role == "Role" { "role" } else { "cluster_role" };
                assert_eq!(binding.member(attribute).as_str(), Some("edit"));
                assert_eq!(sorted(binding.member("users")), ["ada"]);
                assert_eq!(sorted(binding.member("groups")), ["team"]);
                assert_eq!(sorted(binding.member("service_accounts")), ["default:web", "ops:ci"]);
            }
            let type_name = format!("kubernetes_namespace{suffix}");
            let (_, warnings) =
                moved::<Namespace>(provider, &type_name, &state(None, &json!({}))).await.expect(&type_name);
            assert_eq!(warnings, [""; 0]);
            let type_name = format!("kubernetes_service_account{suffix}");
            let members =
                json!({"automount_service_account_token": true, "image_pull_secret": [], "secret": []});
            let (account, warnings) =
                moved::<ServiceAccount>(provider, &type_name, &state(Some("team"), &members))
                    .await
                    .expect(&type_name);
            assert_eq!(account.member("automount_service_account_token"), &Value::Known(Data::Bool(true)));
            assert_eq!(warnings, [""; 0]);
        }
    }
}

#[tokio::test]
async fn what_is_no_such_object_is_refused() {
    for (provider, type_name) in [
        ("registry.terraform.io/other/kubernetes", "kubernetes_role"),
        ("registry.terraform.io/hashicorp/kubernetes-alpha", "kubernetes_role"),
        ("example.com/hashicorp/kubernetes", "kubernetes_role"),
        (REGISTRY, "kubernetes_role_binding"),
        (REGISTRY, "kubernetes_role_v2"),
        (REGISTRY, "kubernetes_namespace"),
    ] {
        let refused = moved::<RbacRole>(provider, type_name, &state(Some("team"), &rule())).await;
        let refused = refused.expect_err(type_name);
        assert!(refused[0].contains("Cannot move from another resource type"), "{refused:?}");
    }
}

#[tokio::test]
async fn a_state_that_is_no_object_is_an_error_with_the_cause() {
    let mut unknown = state(Some("team"), &rule());
    unknown["metadata"][0]["uid"] = json!("");
    for (state, expected) in [
        (unknown, "no name or UID"),
        (json!({"metadata": []}), "no name or UID"),
        (json!({"metadata": {}}), "State cannot be read"),
        (json!({}), "State cannot be read"),
        (
            state(None, &json!({"rule": [], "aggregation_rule": [{}]})),
            "Aggregated ClusterRole cannot be managed",
        ),
    ] {
        let refused = moved::<RbacRole>(REGISTRY, "kubernetes_cluster_role_v1", &state).await;
        let refused = refused.expect_err(expected);
        assert!(refused[0].contains(expected), "{refused:?}");
    }
    let refused =
        moved::<RbacBinding>(REGISTRY, "kubernetes_role_binding", &state(Some("team"), &json!({}))).await;
    assert!(refused.expect_err("no role")[0].contains("Moved RoleBinding has no role_ref"));
}

#[tokio::test]
async fn what_does_not_move_is_said() {
    let members = json!({"image_pull_secret": [{"name": "a"}], "secret": [{"name": "b"}]});
    let mut account = state(Some("team"), &members);
    account["metadata"][0]["generate_name"] = json!("it-");
    let (_, warnings) =
        moved::<ServiceAccount>(REGISTRY, "kubernetes_service_account", &account).await.expect("it moves");
    for (warning, expected) in warnings.iter().zip([
        "generate_name is not moved: Set `name = \"it\"`",
        "image_pull_secret is not moved",
        "secret is not moved",
    ]) {
        assert!(warning.contains(expected), "{warning}");
    }
    assert_eq!(warnings.len(), 3);
    let waits = state(None, &json!({"wait_for_default_service_account": true}));
    let (_, warnings) = moved::<Namespace>(REGISTRY, "kubernetes_namespace", &waits).await.expect("it moves");
    assert!(warnings[0].contains("wait_for_default_service_account is not moved"), "{warnings:?}");
}

/// The same type under another address of this provider keeps its state, its private state and its identity.
#[tokio::test]
async fn the_same_type_of_another_address_of_this_provider_is_upgraded() {
    async fn keeps<R: Schema>(members: &Json, identity: Option<&Json>) {
        let host = Host::<Cks>::unconfigured();
        for address in ["registry.opentofu.org/cks-community/cks", "mirror.example.com/tools/cks", "cks"] {
            let (stored, warnings) =
                host.move_from::<R>((address, R::NAME), 0, &members.to_string()).await.expect(R::NAME);
            for (name, value) in members.as_object().expect("an object") {
                assert_eq!(stored.state.member(name).as_str(), value.as_str(), "{name} of {}", R::NAME);
            }
            assert_eq!((stored.private, warnings), (b"{\"theirs\":1}".to_vec(), Vec::new()));
            assert_eq!(stored.identity.is_null(), identity.is_none(), "{}", R::NAME);
            for (name, value) in identity.into_iter().filter_map(|identity| identity.as_object()).flatten() {
                assert_eq!(stored.identity.member(name).as_str(), value.as_str(), "{}", R::NAME);
            }
        }
    }
    let cluster = "81540112-93fc-4d39-af10-fe6c2f4b8824";
    let block = json!({"id": cluster, "cluster_id": cluster, "issuer_url": "https://a.example.com", "client_id": "k"});
    keeps::<ClusterOidc>(&block, Some(&json!({"cluster_id": cluster}))).await;
    let object = json!({"cluster_id": cluster, "namespace": "team", "name": "it", "uid": "0a1b"});
    keeps::<RbacRole>(&object, Some(&json!({"cluster_id": cluster, "namespace": "team", "name": "it"})))
        .await;
    let token = json!({"cluster_id": cluster, "namespace": "team", "service_account": "ci", "id": "1"});
    keeps::<ServiceAccountToken>(&token, None).await;
}
