//! The same requests lead to the same responses and the same errors, whatever the form.

use std::time::Duration;

use local_cks::{Behaviour, ClusterSpec, Enums, ErrorStyle, LocalCks, Role, WhileUpdating, ZeroValues};
use serde_json::{Value, json};

use crate::caller::{Caller, Form};

const ID: &str = "81540112-93fc-4d39-af10-fe6c2f4b8824";
const LIMIT: Duration = Duration::from_secs(10);

/// One step: who calls what with which request; status, and for an error code and violations or name of the thing.
struct Step {
    role: Option<Role>,
    procedure: &'static str,
    request: Value,
    status: u16,
    expected: Value,
}

fn step(procedure: &'static str, request: Value, status: u16, expected: Value) -> Step {
    Step { role: Some(Role::Admin), procedure, request, status, expected }
}

fn new_cluster(name: &str) -> Value {
    json!({"name": name, "zone": "RNO2A", "vpcId": "d0584354-6fc2-465b-b2df-aa0722f919a1", "version": "v1.36",
        "network": {"podCidrName": "p", "serviceCidrName": "s", "internalLbCidrNames": ["l"],
            "serviceNodePortRange": {"start": 30000, "end": 32767}},
        "authzWebhook": {"server": "https://authz.test"}, "additionalServerSans": ["a.test"],
        "tailscale": {"clientId": "t"}, "kubelet": {"containerLogMaxSize": "10Mi"}, "auditPolicy": "e30="})
}

fn violation(field: &str, description: &str) -> Value {
    json!({"code": "invalid_argument", "fieldViolations": [{"field": field, "description": description}]})
}

/// What a caller sees of an error: its code with its details, or the cluster.
fn seen(body: &Value) -> Value {
    let Some(code) = body.get("code") else { return body.clone() };
    let mut seen = json!({ "code": code });
    for detail in body["details"].as_array().into_iter().flatten() {
        for (name, value) in detail["debug"].as_object().unwrap() {
            seen[name] = value.clone();
        }
    }
    seen
}

/// Replaces random ids and times by "any".
fn replace_random_values(mut body: Value) -> Value {
    let clusters = match &mut body {
        body if body.get("items").is_some() => body["items"].as_array_mut().unwrap().iter_mut().collect(),
        body if body.get("cluster").is_some() => vec![&mut body["cluster"]],
        _ => vec![],
    };
    for cluster in clusters {
        for (name, value) in cluster.as_object_mut().unwrap() {
            let is_random =
                matches!(name.as_str(), "createdAt" | "updatedAt") || (name == "id" && *value != ID);
            if is_random || (name == "vpcId" && value != "d0584354-6fc2-465b-b2df-aa0722f919a1") {
                *value = json!("any");
            }
        }
    }
    if let Some(items) = body.get_mut("items").and_then(Value::as_array_mut) {
        items.sort_by_key(|cluster| cluster["name"].to_string());
    }
    body
}

fn steps() -> Vec<Step> {
    let issuer = json!({"issuerUrl": "https://issuer.test", "clientId": "c",
        "signingAlgorithms": ["SIGNING_ALGORITHM_RS256"]});
    let update = |mask: &str, change: &Value| {
        let mut body = json!({"id": ID, "version": "v1.35", "updateMask": mask});
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    let missing = json!({"id": "1063bce6-6e5b-4b0a-b73a-7e6106b2a77c"});
    let not_found = json!({"code": "not_found", "resourceType": "cluster",
        "resourceName": "1063bce6-6e5b-4b0a-b73a-7e6106b2a77c",
        "description": "cluster 1063bce6-6e5b-4b0a-b73a-7e6106b2a77c not found"});
    let denied = json!({"code": "permission_denied"});
    let as_role = |role, step: Step| Step { role, ..step };
    vec![
        as_role(None, step("ListClusters", json!({}), 401, json!({"code": "unauthenticated"}))),
        as_role(Some(Role::None), step("GetCluster", json!({"id": ID}), 403, denied.clone())),
        as_role(Some(Role::Viewer), step("CreateCluster", new_cluster("new"), 403, denied.clone())),
        as_role(Some(Role::Viewer), step("UpdateCluster", update("public", &json!({})), 403, denied.clone())),
        as_role(Some(Role::Viewer), step("DeleteCluster", json!({"id": ID}), 403, denied)),
        step("GetCluster", missing.clone(), 404, not_found.clone()),
        step("DeleteCluster", missing, 404, not_found),
        step(
            "CreateCluster",
            json!({"name": "new", "zone": "RNO2A", "vpcId": "d0584354-6fc2-465b-b2df-aa0722f919a1",
                "version": "v1.36"}),
            400,
            violation("network", "value is required"),
        ),
        step(
            "UpdateCluster",
            update("public", &json!({"oidc": {"clientId": "c"}})),
            400,
            violation("oidc.issuer_url", "value is empty, which is not a valid URI"),
        ),
        step("UpdateCluster", update("zone", &json!({})), 400, json!({"code": "invalid_argument"})),
        step(
            "UpdateCluster",
            update("version", &json!({"version": "v1.34"})),
            400,
            violation("version", "cannot downgrade a cluster"),
        ),
        step(
            "UpdateCluster",
            update("oidc.issuerUrl,oidc.clientId,oidc.signingAlgorithms", &json!({ "oidc": issuer })),
            200,
            json!("STATUS_UPDATING"),
        ),
        step("UpdateCluster", update("oidc.requiredClaim", &json!({})), 200, json!("STATUS_RUNNING")),
        step("UpdateCluster", update("oidc", &json!({})), 200, json!("STATUS_UPDATING")),
        step(
            "UpdateCluster",
            update(
                "network.serviceNodePortRange.end",
                &json!({
                "network": {"serviceNodePortRange": {"start": 30000, "end": 39534}}}),
            ),
            200,
            json!("STATUS_UPDATING"),
        ),
        step("CreateCluster", new_cluster("new"), 200, json!("STATUS_CREATING")),
        step(
            "CreateCluster",
            new_cluster("new"),
            409,
            json!({"code": "already_exists", "resourceType": "cluster", "resourceName": "new",
                "description": "cluster new already exists in RNO2A"}),
        ),
        step("ListClusters", json!({}), 200, json!(["STATUS_RUNNING", "STATUS_RUNNING"])),
        step("DeleteCluster", json!({"id": ID}), 200, json!("STATUS_DELETING")),
        step("ListClusters", json!({}), 200, json!(["STATUS_RUNNING"])),
    ]
}

/// All responses to the steps, each after the cluster has settled.
async fn responses(form: Form) -> Vec<Value> {
    let spec = ClusterSpec::new("test-timeout").with_id(ID).version("v1.35");
    let caller = Caller::of(LocalCks::builder().cluster(spec)).await;
    let mut responses = Vec::new();
    for step in steps() {
        let (status, body) = caller.call_as(step.role, form, step.procedure, &step.request).await;
        let statuses = |items: &Vec<Value>| items.iter().map(|each| each["status"].clone()).collect();
        let short = match (body.get("items").and_then(Value::as_array), &body["cluster"]) {
            (Some(items), _) => statuses(items),
            (None, Value::Object(cluster)) => cluster["status"].clone(),
            (None, _) => seen(&body),
        };
        let place = format!("{form:?} {} {}", step.procedure, step.request);
        assert_eq!((status, &short), (step.status, &step.expected), "{place}: {body}");
        responses.push(replace_random_values(body));
        for cluster in caller.local.clusters() {
            assert!(cluster.settled(LIMIT).await, "{place}");
        }
    }
    caller.local.stop().await;
    responses
}

#[tokio::test]
async fn the_same_request_has_the_same_response_in_every_form() {
    let by_rest = responses(Form::Rest).await;
    for form in [Form::ConnectJson, Form::ConnectBinary] {
        let of_form = responses(form).await;
        for ((step, expected), found) in steps().iter().zip(&by_rest).zip(&of_form) {
            assert_eq!(found, expected, "{form:?} {} {}", step.procedure, step.request);
        }
    }
}

#[tokio::test]
async fn a_cluster_made_in_one_form_is_read_in_the_others() {
    let caller = Caller::of(LocalCks::builder()).await;
    for form in Form::ALL {
        let name = format!("{form:?}").to_lowercase();
        let (status, body) = caller.call(form, "CreateCluster", &new_cluster(&name)).await;
        assert_eq!((status, &body["cluster"]["status"]), (200, &json!("STATUS_CREATING")), "{body}");
        assert_eq!(body["cluster"].get("apiServerEndpoint"), None, "{body}");
        let id = body["cluster"]["id"].as_str().unwrap().to_owned();
        let cluster = caller.wait(form, &id, "STATUS_RUNNING", LIMIT).await;
        for (name, value) in new_cluster(&name).as_object().unwrap() {
            assert_eq!(cluster[name], *value, "{form:?} {name}");
        }
        assert_eq!(cluster.get("public"), None, "private unless said otherwise");
        for other in Form::ALL {
            let (_, body) = caller.call(other, "GetCluster", &json!({ "id": id })).await;
            assert_eq!(body["cluster"], cluster, "{form:?} {other:?}");
        }
    }
}

#[tokio::test]
async fn only_rest_requires_the_version_and_has_other_formats() {
    let behaviour = Behaviour {
        zero_values: ZeroValues::Emitted,
        enums: Enums::Numbers,
        error_style: ErrorStyle::Html,
        while_updating: WhileUpdating::Queued,
        ..Behaviour::default()
    };
    let spec = ClusterSpec::new("one").with_id(ID);
    let caller = Caller::of(LocalCks::builder().behaviour(behaviour).cluster(spec)).await;
    let request = json!({"id": ID, "updateMask": "auditPolicy", "auditPolicy": "e30="});
    for form in [Form::ConnectJson, Form::ConnectBinary] {
        let (status, body) = caller.call(form, "UpdateCluster", &request).await;
        assert_eq!(status, 200, "{body}");
        assert!(body["cluster"]["status"].is_string(), "{body}");
        assert_eq!(body["cluster"].get("authnWebhook"), None, "{body}");
        let (status, body) = caller.call(form, "GetCluster", &json!({"id": "none"})).await;
        assert_eq!((status, &body["code"]), (404, &json!("not_found")));
    }
    caller.local.set_behaviour(|behaviour| behaviour.error_style = ErrorStyle::Connect);
    let (status, body) = caller.call(Form::Rest, "UpdateCluster", &request).await;
    assert_eq!((status, seen(&body)), (400, violation("version", "value is required")));
}
