//! Clusters made through the API: each has a control plane of its own, until it is deleted.

use std::{path::Path, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use local_cks::{Behaviour, ChangesEnd, LocalCks, OpenIdProvider, Role, User};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::caller::{Caller, Form};

const LIMIT: Duration = Duration::from_mins(2);

fn new_cluster(name: &str) -> Value {
    json!({"name": name, "zone": "RNO2A", "vpcId": "d0584354-6fc2-465b-b2df-aa0722f919a1", "version": "v1.36",
        "public": true,
        "network": {"podCidrName": "p", "serviceCidrName": "s", "internalLbCidrNames": ["l"]}})
}

async fn create(caller: &Caller, form: Form, name: &str) -> String {
    let (status, body) = caller.call(form, "CreateCluster", &new_cluster(name)).await;
    assert_eq!((status, &body["cluster"]["status"]), (200, &json!("STATUS_CREATING")), "{body}");
    body["cluster"]["id"].as_str().unwrap().to_owned()
}

async fn who(caller: &Caller, host: &str, token: &str) -> (u16, Value) {
    let body = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
    let url = format!("https://{host}/apis/authentication.k8s.io/v1/selfsubjectreviews");
    let response = caller.client.post(url).bearer_auth(token).json(&body).send().await.unwrap();
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    (status, body["status"]["userInfo"].clone())
}

#[tokio::test]
async fn a_cluster_is_created_used_trusted_and_deleted() {
    let form = Form::ConnectBinary;
    let behaviour = Behaviour { deleting_for: Duration::from_secs(1), ..Behaviour::default() };
    let builder = LocalCks::builder().behaviour(behaviour).create_with_kubernetes();
    let alice = User::new("alice").email("alice@example.com");
    let (caller, issuer) = tokio::join!(Caller::of(builder), OpenIdProvider::start(vec![alice]));
    let issuer = issuer.unwrap();

    // Two at once, by two forms: each has Kubernetes of its own.
    let (id, other) = (create(&caller, form, "one").await, create(&caller, Form::Rest, "two").await);
    let cluster = caller.wait(form, &id, "STATUS_RUNNING", LIMIT).await;
    let second = caller.wait(Form::Rest, &other, "STATUS_RUNNING", LIMIT).await;
    let host = cluster["apiServerEndpoint"].as_str().unwrap();
    let admin = caller.local.token(Role::Admin);
    let (status, user) = who(&caller, host, admin.expose_secret()).await;
    assert_eq!((status, user["groups"].to_string().contains("cks:admin")), (201, true), "{user}");
    let handle = |id: &str| caller.local.cluster(id);
    let (process, process_of_other) =
        (handle(&id).kubernetes_process().await, handle(&other).kubernetes_process().await);
    assert!(process.is_some() && process_of_other.is_some() && process != process_of_other);

    // Trust.
    let oidc = json!({"issuerUrl": issuer.issuer_url(), "clientId": "kubernetes", "usernameClaim": "email",
        "ca": STANDARD.encode(issuer.ca_pem())});
    let mask = "oidc.issuerUrl,oidc.clientId,oidc.usernameClaim,oidc.ca";
    let update = json!({"id": id, "updateMask": mask, "oidc": oidc});
    let (status, body) = caller.call(form, "UpdateCluster", &update).await;
    assert_eq!((status, &body["cluster"]["status"]), (200, &json!("STATUS_UPDATING")), "{body}");
    assert_eq!(caller.wait(form, &id, "STATUS_RUNNING", LIMIT).await["oidc"], oidc);
    let token = issuer.id_token("alice", "kubernetes").await.unwrap();
    let unmanaged = format!("api.{host}");
    let (status, user) = who(&caller, &unmanaged, token.expose_secret()).await;
    assert_eq!((status, &user["username"]), (201, &json!("alice@example.com")));

    // The end: the cluster, its hosts and its programs are gone, and those of the other one stay.
    let process = handle(&id).kubernetes_process().await.unwrap();
    let (status, body) = caller.call(form, "DeleteCluster", &json!({ "id": id })).await;
    assert_eq!((status, &body["cluster"]["status"]), (200, &json!("STATUS_DELETING")), "{body}");
    caller.wait(form, &id, "DELETED", LIMIT).await;
    let (_, list) = caller.call(form, "ListClusters", &json!({})).await;
    assert_eq!((list["items"].as_array().unwrap().len(), &list["items"][0]["id"]), (1, &json!(other)));
    for host in [host, &unmanaged] {
        let refused = caller.client.get(format!("https://{host}/version")).send().await.unwrap_err();
        assert!(refused.is_connect(), "{refused:?}");
    }
    let deadline = std::time::Instant::now() + LIMIT;
    while Path::new(&format!("/proc/{process}")).exists() {
        assert!(std::time::Instant::now() < deadline, "kube-apiserver {process} still runs");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let host = second["apiServerEndpoint"].as_str().unwrap();
    assert_eq!(who(&caller, host, admin.expose_secret()).await.0, 201);
    caller.local.stop().await;
}

#[tokio::test]
async fn a_cluster_whose_creation_fails_can_be_deleted_and_made_again() {
    let behaviour = Behaviour { changes_end: ChangesEnd::Failed, ..Behaviour::default() };
    let caller = Caller::of(LocalCks::builder().behaviour(behaviour)).await;
    for form in Form::ALL {
        let id = create(&caller, form, "one").await;
        caller.wait(form, &id, "STATUS_FAILED", LIMIT).await;
        assert_eq!(caller.call(form, "CreateCluster", &new_cluster("one")).await.0, 409);
        assert_eq!(caller.call(form, "DeleteCluster", &json!({ "id": id })).await.0, 200);
        caller.wait(form, &id, "DELETED", LIMIT).await;
    }
}
