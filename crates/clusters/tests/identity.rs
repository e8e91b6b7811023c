//! Which cluster is reached by which route, and when a cluster counts as gone, against scripted servers for both APIs.

use std::{collections::BTreeMap, time::Duration};

use clusters::{
    Access, AccessEntry, Clusters, Common, Doubt, Endpoint, Error, Organisation, Presence, Reach, Remembered,
    Route, Routes, Target,
};
use kubernetes::{Credentials, Mismatch, Namespace, ObjectPlace, Server};
use request_pipeline::LoginUrl;
use scripted_server::{Script, Step, step};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

const ID: &str = "81540112-93fc-4d39-af10-fe6c2f4b8824";
const OTHER_ID: &str = "00000000-93fc-4d39-af10-fe6c2f4b8824";
const LIMIT: Duration = Duration::from_secs(20);

/// Clusters behind a scripted API of CoreWeave's.
fn with_api(script: &Script) -> Clusters {
    let settings = coreweave::Settings::for_tests(script.endpoint());
    let client = coreweave::Client::new(settings).expect("good settings");
    Clusters::new(Access::Ready(client), Routes::default(), Err(Vec::new()))
}

/// A cluster whose Kubernetes an address leads to, without CoreWeave's API.
fn by_address(url: &str, ca_pem: &str) -> Clusters {
    let credentials = Credentials::Token { token: "eyJ-do-not-show".into(), source: "the test".to_owned() };
    let route = Route {
        target: Target::Host { url: LoginUrl::new(url), credentials },
        certificates: Some(ca_pem.to_owned()),
        ..Route::default()
    };
    let common = Common { request_timeout: Duration::from_secs(5), ..Common::default() };
    let by_cluster = BTreeMap::from([(ID.to_owned(), AccessEntry::Known(Box::new(route)))]);
    Clusters::new(Access::MissingToken, Routes { by_cluster, common, ..Routes::default() }, Err(Vec::new()))
}

fn discovery(id: &str) -> Step {
    let issuer = format!("https://oidc.cks.coreweave.com/id/{id}");
    step("GET /.well-known/openid-configuration").json(200, &json!({ "issuer": issuer }))
}

fn get(body: &Value, status: u16) -> Step {
    step(&format!("GET /v1beta1/cks/clusters/{ID}")).json(status, body)
}

fn not_found() -> Step {
    get(&json!({ "code": "not_found", "message": "cluster not found" }), 404)
}

fn list(ids: &[&str]) -> Step {
    let item =
        |id: &&str| json!({ "id": id, "apiServerEndpoint": "ab1cd2-22df2adc.k8s.us-east-04a.coreweave.com" });
    let items: Vec<Value> = ids.iter().map(item).collect();
    step("GET /v1beta1/cks/clusters").json(200, &json!({ "items": items }))
}

fn whoami(organisation: &str) -> Step {
    let principal = json!({ "uid": "u", "orgUid": organisation });
    step("GET /v1beta1/auth/whoami").json(200, &json!({ "principal": principal }))
}

/// Looks for a cluster of the organisation `ab1cd2`.
async fn find(steps: Vec<Step>) -> Result<bool, Error> {
    let script = Script::start(steps).await;
    let remembered: Organisation =
        serde_json::from_value(json!({ "host": "ab1cd2", "uid": null })).expect("an organisation");
    let stopped = CancellationToken::new();
    let found = with_api(&script).during(LIMIT, &stopped).find(ID, Some(&remembered)).await;
    script.finish();
    found.map(|found| matches!(found, Presence::Present(_)))
}

#[tokio::test]
async fn a_cluster_is_gone_only_if_the_list_of_its_organisation_lacks_it_too() {
    assert!(find(vec![get(&json!({ "cluster": { "id": ID } }), 200)]).await.expect("found"));
    for steps in
        [vec![not_found(), whoami("ab1cd2"), list(&[])], vec![not_found(), whoami("5f0e"), list(&[OTHER_ID])]]
    {
        assert!(!find(steps).await.expect("gone"));
    }
    for listed in [&[ID][..], &[OTHER_ID, ID]] {
        let error = find(vec![not_found(), whoami("ab1cd2"), list(listed)]).await.expect_err("listed");
        assert!(matches!(error, Error::Uncertain { why: Doubt::Listed, .. }), "{error:?}");
    }
    let error = find(vec![not_found(), whoami("ffffff"), list(&[])]).await.expect_err("another's token");
    assert!(matches!(error, Error::Uncertain { why: Doubt::OtherOrganisation { .. }, .. }), "{error:?}");
    // A proxy before the API that is restarting, and a list that cannot be read.
    let proxy = get(&json!({ "code": 5, "message": "no healthy upstream" }), 404);
    let no_list = step("GET /v1beta1/cks/clusters").text(403, "", "");
    for steps in [vec![proxy], vec![not_found(), whoami("ab1cd2"), no_list]] {
        let error = find(steps).await.expect_err("uncertain");
        assert!(matches!(error, Error::Api(_)), "{error:?}");
    }
}

/// The deletion may fail or be taken back: only a cluster that is no longer there ends what is on it.
#[tokio::test]
async fn a_cluster_that_is_being_deleted_is_not_gone_and_its_kubernetes_is_not_asked() {
    for status in ["STATUS_DELETING", "STATUS_DELETED"] {
        let cluster = json!({ "cluster": { "id": ID, "status": status } });
        let script = Script::start(vec![get(&cluster, 200)]).await;
        let stopped = CancellationToken::new();
        let clusters = with_api(&script);
        let found = clusters.during(LIMIT, &stopped).find_kubernetes(ID, Remembered::default()).await;
        script.finish();
        assert!(matches!(found, Ok(Reach::Going(cluster)) if cluster.id == ID), "{status}");
    }
}

#[tokio::test]
async fn a_host_that_another_api_names_is_noted_once_and_proves_nothing() {
    let credentials = Credentials::Token { token: "eyJ-do-not-show".into(), source: "the test".to_owned() };
    let unmanaged = Route { target: Target::Unmanaged(credentials), ..Route::default() };
    for (named, host, is_coreweaves) in [
        ("evil.example.com", "api.evil.example.com", false),
        ("ab1cd2-test.k8s.rno2a.coreweave.com", "", true),
        // All on this machine.
        ("localhost", "", false),
    ] {
        let cluster = get(&json!({ "cluster": { "id": ID, "apiServerEndpoint": named } }), 200);
        let script = Script::start([cluster]).await;
        let routes =
            Routes { default: Some(AccessEntry::Known(Box::new(unmanaged.clone()))), ..Routes::default() };
        let settings = coreweave::Settings::for_tests(script.endpoint());
        let client = coreweave::Client::new(settings).expect("good settings");
        let clusters = Clusters::new(Access::Ready(client), routes, Err(Vec::new()));
        assert_eq!(clusters.take_foreign_host(), None);
        let stopped = CancellationToken::new();
        let operation = clusters.during(LIMIT, &stopped);
        let kubernetes = operation.kubernetes(ID).await.expect("nothing is sent yet");
        let server = &kubernetes.client().connection().server;
        assert_eq!(matches!(server, Server::Endpoint(_)), is_coreweaves, "{server:?}");
        let noted = clusters.take_foreign_host();
        assert_eq!(noted.as_ref().map_or("", |noted| noted.host.as_str()), host);
        assert!(
            noted.is_none_or(|noted| noted.api == script.endpoint().trim_end_matches('/')
                && noted.api_source == "the default")
        );
        operation
            .endpoint(Endpoint::Managed, kubernetes.cluster().expect("the API led here"))
            .expect("a URL");
        assert_eq!(clusters.take_foreign_host(), None, "once");
        script.finish();
    }
}

#[tokio::test]
async fn a_route_by_address_needs_neither_coreweaves_api_nor_its_token() {
    let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "team", "uid": "u-1", "resourceVersion": "7" } });
    let script =
        Script::start_tls([discovery(ID), step("GET /api/v1/namespaces/team").json(200, &namespace)]).await;
    let clusters = by_address(script.endpoint(), script.ca_pem());
    let stopped = CancellationToken::new();
    let operation = clusters.during(LIMIT, &stopped);
    assert!(operation.is_by_address(ID).expect("it is known"));
    let kubernetes = operation.kubernetes(ID).await.expect("no request is needed");
    let found = kubernetes.find::<Namespace>(&ObjectPlace::cluster("team")).await.expect("read");
    assert_eq!(found.expect("found").uid, "u-1");
    script.finish();
}

#[tokio::test]
async fn a_plan_refuses_an_address_of_another_cluster_and_tries_one_out_of_reach_once() {
    let stopped = CancellationToken::new();
    let script = Script::start_tls([discovery(OTHER_ID)]).await;
    let clusters = by_address(script.endpoint(), script.ca_pem());
    for _ in 0..2 {
        let error = clusters
            .during(LIMIT, &stopped)
            .expect_right_cluster(ID, None)
            .await
            .expect_err("another cluster");
        let Error::Kubernetes(error) = error else { panic!("{error:?}") };
        let kubernetes::Error::OtherCluster { mismatch, .. } = *error else { panic!("{error:?}") };
        assert_eq!(*mismatch, Mismatch::Issuer { found: OTHER_ID.to_owned() });
    }
    script.finish();

    // Silent, as a host behind a firewall.
    let script = Script::start_tls([step("GET /.well-known/openid-configuration")]).await;
    let clusters = by_address(script.endpoint(), script.ca_pem());
    for _ in 0..2 {
        let operation = clusters.during(Duration::from_millis(500), &stopped);
        let outcome = operation.expect_right_cluster(ID, None).await;
        assert!(!outcome.expect("the plan goes on"));
    }
    script.finish();

    // A caller that may not read the issuer: the first plan says so, once.
    let forbidden = step("GET /.well-known/openid-configuration").text(403, "", "");
    let script = Script::start_tls([forbidden]).await;
    let clusters = by_address(script.endpoint(), script.ca_pem());
    for (prior, expected) in [(Some(Remembered::default()), false), (None, true), (None, false)] {
        let operation = clusters.during(LIMIT, &stopped);
        let outcome = operation.expect_right_cluster(ID, prior).await;
        assert_eq!(outcome.expect("the plan goes on"), expected, "{prior:?}");
    }
    script.finish();
}
