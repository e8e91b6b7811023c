//! Requests against a scripted Kubernetes: repetitions, unexpected responses, and secrets.

use std::time::Duration;

use request_pipeline::{Backoff, Call, LoginUrl, Proxy, TlsFailure, testing::quick_backoff};
use serde_json::json;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    Client, Connection, Credentials, Error, ExpectedCluster, Namespace, Object, ObjectPlace, Session,
    change::Owned,
    mode::Mode,
    testing::{
        NAMESPACE, Rejection as _, Reply, Script, ScriptedKubernetes as _, Step, TOKEN, call, namespace,
        step, token_file,
    },
};

fn get() -> Step {
    step(&format!("GET {NAMESPACE}"))
}

fn found() -> Step {
    get().json(200, &namespace(&json!({})))
}

async fn find(session: &Session) -> Result<Option<Object<Namespace>>, Error> {
    session.find(&ObjectPlace::cluster("team")).await
}

async fn find_with(steps: impl IntoIterator<Item = Step>) -> Result<Option<Object<Namespace>>, Error> {
    let script = Script::start_tls(steps).await;
    let found = find(&script.session()).await;
    script.finish();
    found
}

fn session(connection: Connection) -> Session {
    Session::new(Client::new(connection), call(), ExpectedCluster::default())
}

#[tokio::test]
async fn every_request_has_credentials_user_agent_and_accept() {
    let script = Script::start_tls([found()]).await;
    find(&script.session()).await.expect("read").expect("found");
    let headers = script.finish().concat().to_ascii_lowercase();
    for expected in
        ["authorization: bearer eyj-do-not-show", "user-agent: cks-test/1", "accept: application/json"]
    {
        assert!(headers.contains(expected), "{headers}");
    }
}

/// Users of other providers report: a run fails because the API server is busy or restarts.
#[tokio::test]
async fn temporary_failures_are_repeated() {
    for passing in [
        get().refusal(429, "TooManyRequests", None),
        get().text(500, "", ""),
        get().text(502, "", "<html></html>"),
        get().text(503, "", "no healthy upstream"),
        get().text(504, "", ""),
        get().reply(Reply::Reset),
        get().reply(Reply::CutShort("{".into())),
        get().text(200, "", r#"{"metadata":{"name":"#),
        get().text(200, "", ""),
    ] {
        assert!(find_with([passing, found()]).await.expect("read").is_some());
    }
}

#[tokio::test]
async fn retry_after_is_honoured_and_one_beyond_the_limit_is_an_error_at_once() {
    let started = Instant::now();
    find_with([get().text(429, "Retry-After: 1\r\n", ""), found()]).await.expect("read");
    assert!(started.elapsed() >= Duration::from_secs(1), "{:?}", started.elapsed());
    let error = find_with([get().text(429, "Retry-After: 3600\r\n", "quota")]).await.expect_err("gives up");
    let Error::Unreachable { attempts: 1, reached: true, cause, .. } = error else { panic!("{error:?}") };
    assert_eq!(cause, "HTTP 429: quota, with Retry-After: 3600 s");
}

#[tokio::test]
async fn rejections_are_not_repeated() {
    for (status, reason) in [
        (400, "BadRequest"),
        (401, "Unauthorized"),
        (403, "Forbidden"),
        (409, "Conflict"),
        (422, "Invalid"),
        (501, ""),
    ] {
        find_with([get().refusal(status, reason, None)]).await.expect_err(reason);
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_an_html_page_is_an_error() {
    for strange in [
        get().text(302, "location: https://login.example.com/\r\n", ""),
        get().text(200, "content-type: text/html\r\n", "<html><title>Sign in</title></html>"),
        get().json(200, &json!({})),
        get().json(200, &json!([1])),
    ] {
        let error = find_with([strange]).await.expect_err("strange");
        assert!(matches!(error, Error::Unexpected { status: 200 | 302, .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_repeated() {
    let script = Script::start_tls([get(), found()]).await;
    let connection = Connection { request_timeout: Duration::from_secs(1), ..script.connection() };
    assert!(find(&session(connection)).await.expect("read").is_some());
    script.finish();
}

#[tokio::test]
async fn a_refused_connection_has_a_short_limit_unless_it_succeeded_before() {
    let script = Script::start_tls([found()]).await;
    let limit = Duration::from_millis(300);
    let connection =
        || Connection { backoff: Backoff { connect_limit: limit, ..quick_backoff() }, ..script.connection() };
    let (fresh, proven) = (Client::new(connection()), Client::new(connection()));
    find(&Session::new(proven.clone(), call(), ExpectedCluster::default())).await.expect("read");
    script.stop().await;
    let gives_up = async |client: Client, limit: Duration, proven: bool| {
        let short = Call::within(Duration::from_millis(900), CancellationToken::new());
        let error =
            find(&Session::new(client, short, ExpectedCluster::default())).await.expect_err("refused");
        let Error::Unreachable { lasted, reached, cause, server, .. } = &error else { panic!("{error:?}") };
        assert!(*lasted + quick_backoff().longest * 2 > limit, "{lasted:?} for {limit:?}");
        assert_eq!(*reached, proven);
        assert!(cause.starts_with("tcp connect error: Connection refused"), "{cause}");
        assert!(server.starts_with("https://127.0.0.1:"), "{server}");
    };
    tokio::join!(gives_up(fresh, limit, false), gives_up(proven, Duration::from_millis(900), true),);
}

#[tokio::test]
async fn no_request_is_sent_to_a_server_of_another_ca() {
    let (script, other) = (Script::start_tls([]).await, Script::start_tls([]).await);
    let connection = Connection { certificates: Some(other.ca_pem().to_owned()), ..script.connection() };
    // Both CAs have the same name, so that only the signature differs.
    let error = find(&session(connection)).await.expect_err("not trusted");
    assert!(
        matches!(&error, Error::Tls { problem, .. } if problem.failure == TlsFailure::NotTrusted),
        "{error:?}"
    );
    script.finish();
    let script = Script::start_tls([found()]).await;
    let connection = Connection {
        certificates: Some(other.ca_pem().to_owned()),
        extra_roots: Some(script.ca_pem().to_owned()),
        ..script.connection()
    };
    assert!(find(&session(connection)).await.expect("trusted in addition").is_some());
    script.finish();
}

#[tokio::test]
async fn the_certificate_must_be_for_the_configured_name() {
    let named = |script: &Script, name: &str| Connection {
        tls_server_name: Some(name.to_owned()),
        ..script.connection()
    };
    let script = Script::start_tls([found()]).await;
    find(&session(named(&script, "localhost"))).await.expect("a name of the certificate");
    script.finish();
    let script = Script::start_tls([]).await;
    let error = find(&session(named(&script, "other.example.com"))).await.expect_err("another name");
    assert!(error.to_string().contains("for another name than \"other.example.com\""), "{error}");
    script.finish();
}

#[tokio::test]
async fn a_deadline_ends_a_request_that_hangs() {
    let script = Script::start_tls([get()]).await;
    let short = Call::within(Duration::from_millis(400), CancellationToken::new());
    let error = find(&Session::new(Client::new(script.connection()), short, ExpectedCluster::default()))
        .await
        .expect_err("too late");
    script.finish();
    assert!(matches!(error, Error::Unreachable { attempts: 1, .. }), "{error:?}");
}

#[tokio::test]
async fn a_cancelled_operation_sends_nothing() {
    let script = Script::start_tls([]).await;
    let session = script.session();
    session.call().cancelled.cancel();
    assert!(matches!(find(&session).await, Err(Error::Cancelled { .. })));
    script.finish();
}

#[tokio::test]
async fn a_read_ends_at_once_when_it_is_cancelled() {
    let script = Script::start_tls([get()]).await;
    let session = script.session();
    let stop = async {
        script.until_all_asked().await;
        session.call().cancelled.cancel();
    };
    let (found, ()) = tokio::join!(find(&session), stop);
    assert!(matches!(found, Err(Error::Cancelled { .. })));
}

/// Without its response it would be unknown what exists.
#[tokio::test]
async fn a_write_that_was_sent_waits_for_its_response_when_it_is_cancelled() {
    let script =
        Script::start_tls([step("POST /api/v1/namespaces?fieldManager=terraform-provider-cks")
            .json(201, &namespace(&json!({})))])
        .await;
    let session = script.session();
    let stop = async {
        script.until_all_asked().await;
        session.call().cancelled.cancel();
    };
    let (place, owned) = (ObjectPlace::cluster("team"), Owned::<Namespace>::default());
    let (made, ()) = tokio::join!(session.create(&place, &owned, Mode::Write), stop);
    assert_eq!(made.expect("made").uid, "u-1");
    script.finish();
}

#[tokio::test]
async fn warnings_are_kept_once_each_and_without_the_token() {
    let warning = format!("warning: 299 - \"old\"\r\nwarning: 299 - \"{TOKEN} seen\"\r\n");
    let body = namespace(&json!({})).to_string();
    let script =
        Script::start_tls([get().text(200, &warning, &body), get().text(200, &warning, &body)]).await;
    let session = script.session();
    for _ in 0..2 {
        find(&session).await.expect("read");
    }
    assert_eq!(session.take_warnings(), ["old", "[token] seen"]);
    assert!(session.take_warnings().is_empty(), "returned once");
    script.finish();
}

#[tokio::test]
async fn a_server_that_repeats_the_token_does_not_leak_it() {
    let echo = format!("bad header: Bearer {TOKEN}");
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("token");
    std::fs::write(&file, format!("{TOKEN}\n")).expect("ours");
    for credentials in
        [Credentials::Token { token: TOKEN.into(), source: "the test".to_owned() }, token_file(&file)]
    {
        for status in [200, 400, 401, 403, 404, 409, 422, 418] {
            let script = Script::start_tls([get().text(status, "", &echo)]).await;
            let connection = Connection { credentials: credentials.clone(), ..script.connection() };
            let error = find(&session(connection)).await.expect_err("refused");
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains(TOKEN) && shown.contains("[token]"), "{shown}");
            script.finish();
        }
    }
}

#[tokio::test]
async fn a_proxy_receives_its_own_login_and_not_the_callers() {
    let proxy = Script::start([step("CONNECT kube.example.com:6443").text(407, "", "")]).await;
    let login = proxy.endpoint().replace("http://", "http://user:pa%40ss@");
    let script = Script::start_tls([]).await;
    let connection = Connection {
        server: crate::Server::Endpoint(LoginUrl::new("https://kube.example.com:6443")),
        proxy: Proxy::given(&login).expect("a proxy"),
        backoff: Backoff { connect_limit: Duration::ZERO, ..quick_backoff() },
        ..script.connection()
    };
    let error = find(&session(connection)).await.expect_err("refused");
    let Error::Unreachable { reached: false, cause, .. } = &error else { panic!("{error:?}") };
    assert!(cause.starts_with("by the proxy http://127.0.0.1:"), "{cause}");
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("pa%40ss") && !shown.contains("pa@ss"), "{shown}");
    let headers = proxy.finish().concat().to_ascii_lowercase();
    assert!(headers.contains("proxy-authorization: basic dxnlcjpwyubzcw=="), "{headers}");
    assert!(!headers.contains("bearer"), "{headers}");
}
