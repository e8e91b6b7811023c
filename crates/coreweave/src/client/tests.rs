//! Reads against a scripted API.

use std::time::Duration;

use request_pipeline::{Backoff, BearerToken, TokenFile};
use serde_json::json;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    HostError,
    settings::Pace,
    status::Status,
    testing::{ApiReply as _, ID, Reply, Script, ScriptedApi as _, Step, call, cluster, get, settings, step},
};

fn list() -> Step {
    step("GET /v1beta1/cks/clusters")
}

fn whoami() -> Step {
    step("GET /v1beta1/auth/whoami")
}

fn running() -> Step {
    get().cluster("STATUS_RUNNING", &json!(null))
}

async fn find(steps: impl IntoIterator<Item = Step>) -> Result<Option<Cluster>, Error> {
    let script = Script::start(steps).await;
    let found = script.client().find_cluster(ID, &call()).await;
    script.finish();
    found
}

#[tokio::test]
async fn every_request_has_credentials_user_agent_and_accept() {
    let script = Script::start([running()]).await;
    script.client().find_cluster(ID, &call()).await.expect("found");
    let headers = script.finish().concat().to_ascii_lowercase();
    for expected in
        ["authorization: bearer cw-secret-do-not-show", "user-agent: cks-test/1", "accept: application/json"]
    {
        assert!(headers.contains(expected), "{headers}");
    }
}

#[tokio::test]
async fn a_cluster_is_found_by_its_id() {
    let found = find([running()]).await.expect("read").expect("found");
    assert_eq!((found.id.as_str(), found.status), (ID, Status::Running));
}

#[tokio::test]
async fn only_a_certain_not_found_is_none() {
    assert_eq!(find([get().error(404, "not_found", "cluster not found")]).await, Ok(None));
    let gateway = json!({ "code": 5, "message": "cluster 8154 not found", "details": [] });
    assert_eq!(find([get().json(404, &gateway)]).await, Ok(None));

    for uncertain in [
        // A proxy before the API, and a 404 about another type of resource.
        get().json(404, &json!({ "code": 5, "message": "no healthy upstream" })),
        get().error(404, "not_found", "organization not found"),
        get().text(404, "", "404 page not found"),
        get().text(404, "", "<html><title>Not Found</title></html>"),
        get().json(404, &json!({ "code": 5, "message": "Not Found", "details": [] })),
        get().text(404, "", ""),
        get().error(410, "not_found", "cluster not found"),
    ] {
        let error = find([uncertain]).await.expect_err("uncertain");
        assert!(matches!(error, Error::Unexpected { status: 404 | 410, .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_response_that_is_not_the_cluster_is_an_error() {
    let mut other = cluster("STATUS_RUNNING", &json!(null));
    other["id"] = json!("another");
    for strange in [
        get().json(200, &json!({ "cluster": other })),
        get().json(200, &json!({})),
        get().json(200, &json!([1])),
        get().text(200, "", "<html><title>Sign in</title></html>"),
        get().text(302, "location: https://login.example.com/\r\n", ""),
    ] {
        let error = find([strange]).await.expect_err("strange");
        assert!(matches!(error, Error::Unexpected { status: 200 | 302, .. }), "{error:?}");
    }
}

#[tokio::test]
async fn an_id_cannot_lead_to_another_route() {
    let encoded =
        step("GET /v1beta1/cks/clusters/..%2Fauth%3Fx").error(404, "not_found", "cluster not found");
    let script = Script::start([encoded, list().json(200, &json!({ "items": [] }))]).await;
    assert_eq!(script.client().find_cluster("../auth?x", &call()).await, Ok(None));
    let error = script.client().find_cluster("..", &call()).await.expect_err("no cluster");
    assert!(matches!(error, Error::Unexpected { .. }), "{error:?}");
    script.finish();
}

#[tokio::test]
async fn an_endpoint_s_own_path_is_kept() {
    let script = Script::start([step("GET /gateway/v1beta1/cks/clusters").json(200, &json!({}))]).await;
    let mut settings = script.settings();
    settings.endpoint.set_path("/gateway/");
    assert_eq!(Client::new(settings).expect("good settings").clusters(&call()).await, Ok(Vec::new()));
    script.finish();
}

#[tokio::test]
async fn clusters_are_listed_and_an_empty_list_has_many_forms() {
    let item = cluster("STATUS_CREATING", &json!(null));
    let script = Script::start([
        list().json(200, &json!({ "items": [item, { "id": "2", "unheard": [1] }] })),
        list().json(200, &json!({})),
        list().json(200, &json!({ "items": null })),
        list().json(200, &json!({ "items": [] })),
        list().json(200, &json!({ "items": "none" })),
    ])
    .await;
    let client = script.client();
    let clusters = client.clusters(&call()).await.expect("a list");
    assert_eq!(clusters.iter().map(|cluster| cluster.id.as_str()).collect::<Vec<_>>(), [ID, "2"]);
    for _ in 0..3 {
        assert_eq!(client.clusters(&call()).await, Ok(Vec::new()));
    }
    assert!(client.clusters(&call()).await.is_err());
    script.finish();
}

#[tokio::test]
async fn whoami_returns_the_organisation_or_nothing() {
    let principal = json!({ "principal": { "uid": "u1", "orgUid": "ab1cd2", "groups": ["x"] } });
    let script = Script::start([
        whoami().json(200, &principal),
        whoami().text(404, "", "404 page not found"),
        whoami().error(501, "unimplemented", ""),
        whoami().json(200, &json!({ "principal": {} })),
    ])
    .await;
    let client = script.client();
    let expected = Principal { uid: "u1".into(), org_uid: "ab1cd2".into() };
    assert_eq!(client.whoami(&call()).await, Ok(Some(expected)));
    assert_eq!(client.whoami(&call()).await, Ok(None));
    assert_eq!(client.whoami(&call()).await, Ok(None));
    assert!(matches!(client.whoami(&call()).await, Err(Error::Unexpected { .. })));
    script.finish();
}

#[tokio::test]
async fn temporary_failures_are_repeated() {
    for passing in [
        get().error(429, "resource_exhausted", "slow down"),
        get().text(500, "", ""),
        get().text(502, "", "<html></html>"),
        get().error(503, "unavailable", ""),
        get().text(504, "", ""),
        get().reply(Reply::Reset),
        get().reply(Reply::CutShort("{".into())),
        get().text(200, "", r#"{"cluster":{"id":"#),
        get().text(200, "", ""),
    ] {
        assert!(find([passing, running()]).await.expect("found").is_some());
    }
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_repeated() {
    let script = Script::start([get(), running()]).await;
    let settings = Settings { request_timeout: Duration::from_secs(1), ..script.settings() };
    let found = Client::new(settings).expect("good settings").find_cluster(ID, &call()).await;
    script.finish();
    assert!(found.expect("read").is_some());
}

#[tokio::test]
async fn rejections_are_not_repeated() {
    for (status, code) in
        [(400, "invalid_argument"), (401, "unauthenticated"), (403, "permission_denied"), (501, "x")]
    {
        find([get().error(status, code, "no")]).await.expect_err(code);
    }
}

#[tokio::test]
async fn retry_after_is_honoured_on_429_and_503() {
    let waits = async |status: u16| {
        let started = Instant::now();
        find([get().text(status, "Retry-After: 1\r\n", ""), running()]).await.expect("found");
        assert!(started.elapsed() >= Duration::from_secs(1));
    };
    tokio::join!(waits(429), waits(503));
}

#[tokio::test]
async fn a_retry_after_beyond_the_limit_is_an_error_at_once() {
    let error = find([get().text(429, "Retry-After: 3600\r\n", "quota")]).await.expect_err("gives up");
    let Error::Unavailable { attempts: 1, reached: true, cause, .. } = error else { panic!("{error:?}") };
    assert_eq!(cause, "HTTP 429: quota, with Retry-After: 3600 s");
}

#[tokio::test]
async fn a_refused_connection_has_a_short_limit_unless_it_succeeded_before() {
    let script = Script::start([running()]).await;
    let (connect_limit, read_limit) = (Duration::from_millis(300), Duration::from_millis(900));
    let pace = Pace {
        read_limit,
        backoff: Backoff { connect_limit, ..Pace::for_tests().backoff },
        ..Pace::for_tests()
    };
    let client = || Client::new(Settings { pace, ..script.settings() }).expect("good settings");
    let (fresh, proven) = (client(), client());
    proven.find_cluster(ID, &call()).await.expect("found");
    script.stop().await;
    let gives_up = async |client: Client, limit: Duration, proven: bool| {
        let error = client.find_cluster(ID, &call()).await.expect_err("refused");
        let Error::Unavailable { lasted, reached, cause, tried, .. } = &error else { panic!("{error:?}") };
        // The last pause is skipped.
        assert!(*lasted + Pace::for_tests().backoff.longest * 2 > limit, "{lasted:?} for {limit:?}");
        assert_eq!(*reached, proven);
        assert!(cause.starts_with("tcp connect error: Connection refused"), "{cause}");
        assert!(tried.starts_with("GET http://127.0.0.1:"), "{tried}");
    };
    tokio::join!(gives_up(fresh, connect_limit, false), gives_up(proven, read_limit, true));
}

#[tokio::test]
async fn a_rejected_token_is_named_by_its_source_and_never_shown() {
    let echo = "token CW-SECRET-do-not-show and CW-SECRET-other_1 are invalid";
    let error = find([get().error(401, "unauthenticated", echo)]).await.expect_err("refused");
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("the provider's `token`"), "{shown}");
    assert!(shown.contains("token [token] and [token] are invalid"), "{shown}");
    assert!(!shown.contains("do-not-show") && !shown.contains("other_1"), "{shown}");
}

/// Settings with a token file whose token can be replaced, and the file.
fn with_token_file(script: &Script, directory: &tempfile::TempDir) -> (Client, std::path::PathBuf) {
    let path = directory.path().join("token");
    let source = "the provider's `token_file`".to_owned();
    let file = TokenFile { path: path.clone(), source, refuses_coreweave_token: false };
    let settings = Settings { token: BearerToken::File(file), ..script.settings() };
    (Client::new(settings).expect("good settings"), path)
}

/// The token of a request; empty without one.
fn token_of(head: &str) -> &str {
    let is_it = |line: &&str| line.to_ascii_lowercase().starts_with("authorization: bearer ");
    head.lines().find(is_it).and_then(|line| line.rsplit(' ').next()).unwrap_or_default()
}

/// The token of each request.
fn tokens(headers: &[String]) -> Vec<&str> {
    headers.iter().map(|head| token_of(head)).collect()
}

#[tokio::test]
async fn a_token_file_is_read_for_each_request() {
    let directory = tempfile::tempdir().expect("a directory");
    let script = Script::start([running(), running()]).await;
    let (client, path) = with_token_file(&script, &directory);
    let find = async || client.find_cluster(ID, &call()).await;
    let problem = async || find().await.expect_err("no token").to_string();
    assert!(problem().await.contains("(from the provider's `token_file`) cannot be read"));
    for token in ["CW-SECRET-first\n", "CW-SECRET-second"] {
        std::fs::write(&path, token).expect("ours");
        assert!(find().await.expect("read").is_some());
    }
    std::fs::write(&path, "\n").expect("ours");
    assert!(problem().await.ends_with("is empty"));
    std::fs::write(&path, "CW-SECRET-a\nCW-SECRET-b").expect("ours");
    let problem = problem().await;
    assert!(
        problem.contains("such as a line break") && problem.contains(&path.display().to_string()),
        "{problem}"
    );
    assert!(!problem.contains("CW-SECRET"), "{problem}");
    assert_eq!(tokens(&script.finish()), ["CW-SECRET-first", "CW-SECRET-second"]);
}

#[tokio::test]
async fn a_token_that_is_rejected_is_replaced_once_by_another_one_in_its_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("token");
    let write = |token: &'static str| {
        let path = path.clone();
        move || std::fs::write(&path, token).expect("ours")
    };
    let expired = |step: Step| step.error(401, "unauthenticated", "token CW-SECRET-first expired");
    write("CW-SECRET-first")();
    let change = json!({ "id": ID, "version": "v1.35", "updateMask": "x" });
    let script = Script::start([
        expired(get()).meanwhile(write("CW-SECRET-second")),
        running(),
        // Rejected as well, and not replaced.
        expired(get()),
        // A write that is rejected had no effect, and is sent again too.
        expired(crate::testing::patch(change.clone())).meanwhile(write("CW-SECRET-third")),
        expired(crate::testing::patch(change.clone())).meanwhile(write("CW-SECRET-fourth")),
    ])
    .await;
    let (client, _) = with_token_file(&script, &directory);
    assert!(client.find_cluster(ID, &call()).await.expect("read with the second").is_some());
    let error = client.find_cluster(ID, &call()).await.expect_err("it is not replaced");
    let shown = format!("{error} {error:?}");
    assert!(shown.contains(&path.display().to_string()) && !shown.contains("CW-SECRET-first"), "{shown}");
    let path_of_cluster = super::path_of(ID);
    let write = Request::patch(&path_of_cluster, change);
    let answer = client.transport().attempt(&write, &call()).await.expect("an answer");
    assert!(matches!(answer, crate::http::Answer::Rejected(_)), "{answer:?}");
    let headers = script.finish();
    let numbers: Vec<_> =
        tokens(&headers).iter().map(|token| token.trim_start_matches("CW-SECRET-")).collect();
    assert_eq!(numbers, ["first", "second", "second", "second", "third"]);
}

#[tokio::test]
async fn a_missing_role_is_named() {
    let error = find([get().text(403, "", "")]).await.expect_err("forbidden");
    assert_eq!(error, Error::Forbidden { role: IamRole::Viewer, message: String::new() });
}

#[test]
fn a_host_that_is_not_coreweaves_is_no_endpoint_of_coreweaves_api() {
    let client = |api: &str| {
        Client::new(Settings { endpoint: api.parse().expect("a URL"), ..settings() }).expect("good settings")
    };
    let endpoints = |api: &str, host: &str| {
        let cluster =
            serde_json::from_value(json!({ "id": ID, "apiServerEndpoint": host })).expect("a cluster");
        let cluster = client(api).named(cluster);
        [cluster.managed_endpoint(), cluster.unmanaged_endpoint()]
    };
    let both = |host: &str, is_coreweaves: bool| {
        [format!("https://{host}"), format!("https://api.{host}")]
            .map(|url| Ok(crate::NamedEndpoint { url, is_coreweaves }))
    };
    let own = "ab1cd2-22df2adc.k8s.us-east-04a.coreweave.com";
    let empty = || Err(HostError::Empty);
    for api in ["https://api.coreweave.com", "https://API.coreweave.com./", "http://127.0.0.1:1"] {
        assert_eq!(endpoints(api, own), both(own, true), "{api}");
        assert_eq!(endpoints(api, ""), [empty(), empty()], "{api}");
    }
    let foreign = "kubernetes.example.com";
    let refused = |host: String| Err(HostError::Foreign { host });
    assert_eq!(
        endpoints("https://api.coreweave.com", foreign),
        [refused(foreign.to_owned()), refused(format!("api.{foreign}"))]
    );
    // A CoreWeave of one's own, such as a gateway or a simulation.
    for api in ["http://127.0.0.1:1", "https://gw.example.com"] {
        assert_eq!(endpoints(api, foreign), both(foreign, false), "{api}");
    }
    let foreign_api = |api: &str| client(api).foreign_api().map(|api| (api.url, api.is_loopback));
    assert_eq!(foreign_api("https://api.coreweave.com"), None);
    assert_eq!(foreign_api("http://127.0.0.1:1"), Some(("http://127.0.0.1:1".to_owned(), true)));
    assert_eq!(
        foreign_api("https://gw.example.com/cks"),
        Some(("https://gw.example.com/cks".to_owned(), false))
    );
}

#[tokio::test]
async fn debug_output_of_a_client_contains_no_token() {
    let script = Script::start([]).await;
    let shown = format!("{:?}", script.client());
    assert!(shown.contains("127.0.0.1") && !shown.contains("do-not-show"), "{shown}");
}

#[tokio::test]
async fn a_deadline_ends_a_request_that_hangs() {
    let script = Script::start([get()]).await;
    let short = Call::within(Duration::from_millis(300), CancellationToken::new());
    let error = script.client().find_cluster(ID, &short).await.expect_err("too late");
    script.finish();
    assert!(matches!(error, Error::Unavailable { attempts: 1, .. }), "{error:?}");
}

#[tokio::test]
async fn a_cancelled_call_sends_nothing() {
    let script = Script::start([]).await;
    let call = call();
    call.cancelled.cancel();
    let ended = script.client().clusters(&call).await;
    assert!(matches!(ended, Err(Error::Cancelled { .. })), "{ended:?}");
    script.finish();
}

#[tokio::test]
async fn no_proxy_gets_the_token_in_clear_text() {
    let clusters = || step("GET /v1beta1/cks/clusters").json(200, &json!({}));
    let script = Script::start([clusters()]).await;
    // It would be sent the whole request, with the token.
    let proxy = Script::start([]).await;
    let through = request_pipeline::Proxy::given(proxy.endpoint()).expect("a proxy");
    let client = Client::new(Settings { proxy: through, ..script.settings() }).expect("good settings");
    assert_eq!(client.clusters(&call()).await, Ok(Vec::new()));
    script.finish();
    proxy.finish();
}
