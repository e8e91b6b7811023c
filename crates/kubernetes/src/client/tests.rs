//! Sources of credentials, and when they are renewed.

use std::{collections::BTreeMap, path::Path};

use request_pipeline::{Backoff, testing::quick_backoff};
use serde_json::{Value, json};

use super::*;
use crate::{
    Exec, ExpectedCluster, Namespace, ObjectPlace, Session,
    testing::{
        NAMESPACE, Rejection as _, Script, ScriptedKubernetes as _, Step, TOKEN, call, namespace, step,
        token_file,
    },
};

#[test]
fn a_token_that_is_not_valid_in_a_header_is_none() {
    assert!(bearer_header(&"eyJ.a-b_c".into()).is_some_and(|header| header.is_sensitive()));
    for wrong in ["", "eyJ\n", "eyJ a", " eyJ", "eyJ\u{e9}"] {
        assert!(bearer_header(&wrong.into()).is_none(), "{wrong:?}");
    }
}

fn found() -> Step {
    step(&format!("GET {NAMESPACE}")).json(200, &namespace(&json!({})))
}

fn refused() -> Step {
    step(&format!("GET {NAMESPACE}")).refusal(401, "Unauthorized", None)
}

fn client(script: &Script, credentials: Credentials) -> Client {
    Client::new(Connection { credentials, ..script.connection() })
}

async fn ask(client: &Client) -> Result<(), Error> {
    let session = Session::new(client.clone(), call(), ExpectedCluster::default());
    session.find::<Namespace>(&ObjectPlace::cluster("team")).await.map(|found| assert!(found.is_some()))
}

/// The token of each request.
fn tokens(headers: &[String]) -> Vec<String> {
    let token = |head: &String| {
        let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with("authorization: bearer "));
        line.unwrap_or_default().rsplit(' ').next().unwrap_or_default().to_owned()
    };
    headers.iter().map(token).collect()
}

#[tokio::test]
async fn a_token_that_is_not_valid_in_a_header_is_rejected_without_being_sent_or_shown() {
    let script = Script::start_tls([]).await;
    let token = format!("{TOKEN}\n");
    let client = client(&script, Credentials::Token { token: token.into(), source: "the test".to_owned() });
    let error = ask(&client).await.expect_err("refused");
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("the token from the test") && shown.contains("a line break"), "{shown}");
    assert!(!shown.contains(TOKEN), "{shown}");
    script.finish();
}

/// Users of other providers report: a projected token changes while a long apply runs.
#[tokio::test]
async fn a_token_file_is_read_for_each_request() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("token");
    let script = Script::start_tls([found(), found()]).await;
    let client = client(&script, token_file(&file));
    for token in ["first\n", "second"] {
        std::fs::write(&file, token).expect("ours");
        ask(&client).await.expect("found");
    }
    std::fs::write(&file, "\n").expect("ours");
    assert!(ask(&client).await.expect_err("empty").to_string().contains("is empty"));
    std::fs::remove_file(&file).expect("ours");
    let error = ask(&client).await.expect_err("gone").to_string();
    assert!(error.contains("cannot be read") && error.contains(&file.display().to_string()), "{error}");
    assert_eq!(tokens(&script.finish()), ["first", "second"]);
}

#[tokio::test]
async fn a_token_that_is_rejected_is_replaced_once_by_another_one_in_its_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("token");
    let write = |token: &'static str| {
        let file = file.clone();
        move || std::fs::write(&file, token).expect("ours")
    };
    write("first")();
    let script = Script::start_tls([
        refused().meanwhile(write("second")),
        found(),
        // Rejected as well, and not replaced.
        refused(),
        refused().meanwhile(write("third")),
        refused().meanwhile(write("fourth")),
    ])
    .await;
    let client = client(&script, token_file(&file));
    ask(&client).await.expect("found with the second");
    ask(&client).await.expect_err("it is not replaced");
    let error = ask(&client).await.expect_err("the third is refused too");
    assert!(matches!(error, Error::Unauthorized { .. }), "{error:?}");
    assert_eq!(tokens(&script.finish()), ["first", "second", "second", "second", "third"]);
}

/// A source that counts, and whose tokens can be used for this long.
#[derive(Debug)]
struct Counting {
    fetched: std::sync::atomic::AtomicU32,
    renew_after: Option<Duration>,
    may_change: bool,
    rejected: std::sync::Mutex<Vec<String>>,
}

impl Counting {
    fn new(renew_after: Option<Duration>, may_change: bool) -> Arc<Self> {
        let (fetched, rejected) = (std::sync::atomic::AtomicU32::new(0), std::sync::Mutex::default());
        Arc::new(Self { fetched, renew_after, may_change, rejected })
    }

    fn fetched(&self) -> u32 {
        self.fetched.load(Ordering::Relaxed)
    }
}

impl std::fmt::Display for Counting {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("the token of the test")
    }
}

impl crate::TokenSource for Counting {
    fn token<'a>(&'a self, rejected: Option<&'a SecretString>) -> crate::Fetching<'a> {
        let number = self.fetched.fetch_add(1, Ordering::Relaxed) + 1;
        let rejected = rejected.map(|token| token.expose_secret().to_owned());
        self.rejected.lock().expect("no panic inside").extend(rejected);
        let token = FetchedToken {
            token: format!("t-{number}").into(),
            renew_at: self.renew_after.map(|time| Instant::now() + time),
            may_change: self.may_change,
        };
        Box::pin(async move { Ok(token) })
    }
}

#[tokio::test]
async fn a_token_is_fetched_once_for_all_requests_and_again_when_it_is_time() {
    for (renew_after, expected) in [(None, 1), (Some(Duration::from_mins(5)), 1), (Some(Duration::ZERO), 2)] {
        let script = Script::start_tls([found(), found()]).await;
        let source = Counting::new(renew_after, true);
        let client = client(&script, Credentials::Fetched(Arc::<Counting>::clone(&source)));
        for _ in 0..2 {
            ask(&client).await.expect("found");
        }
        assert_eq!(source.fetched(), expected, "{renew_after:?}");
        assert_eq!(tokens(&script.finish()), ["t-1".to_owned(), format!("t-{expected}")]);
    }
}

#[tokio::test]
async fn a_fetched_token_is_fetched_once_more_when_it_is_rejected_if_there_may_be_another() {
    let script = Script::start_tls([refused(), found(), refused(), refused()]).await;
    let source = Counting::new(None, true);
    let client = client(&script, Credentials::Fetched(Arc::<Counting>::clone(&source)));
    ask(&client).await.expect("found with the second");
    let error = ask(&client).await.expect_err("the third is refused too");
    let Error::Unauthorized { credentials, .. } = &error else { panic!("{error:?}") };
    assert_eq!(credentials, "the token of the test");
    assert_eq!(tokens(&script.finish()), ["t-1", "t-2", "t-2", "t-3"]);
    assert_eq!(*source.rejected.lock().expect("no panic inside"), ["t-1", "t-2"]);

    let script = Script::start_tls([refused()]).await;
    let source = Counting::new(None, false);
    let client = self::client(&script, Credentials::Fetched(source));
    assert!(matches!(ask(&client).await, Err(Error::Unauthorized { .. })));
    script.finish();
}

/// A plugin that counts its runs in this directory, and prints this credential with their number as `RUN`.
fn plugin(directory: &Path, status: &Value) -> Credentials {
    let credential =
        json!({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status});
    let runs = directory.join("runs").display().to_string();
    let script =
        format!("echo >> {runs}; n=$(($(wc -l < {runs}))); printf %s '{credential}' | sed \"s/RUN/$n/\"");
    Credentials::Exec(Exec {
        api_version: "client.authentication.k8s.io/v1".to_owned(),
        command: "/bin/sh".to_owned(),
        args: vec!["-c".to_owned(), script],
        env: BTreeMap::new(),
        cluster: None,
        install_hint: None,
    })
}

fn runs(directory: &Path) -> usize {
    std::fs::read_to_string(directory.join("runs")).map_or(0, |text| text.lines().count())
}

#[tokio::test]
async fn a_plugin_runs_once_for_all_requests() {
    let directory = tempfile::tempdir().expect("a directory");
    let script = Script::start_tls([found(), found(), found()]).await;
    let client = client(&script, plugin(directory.path(), &json!({"token": "t-RUN"})));
    let (first, second) = tokio::join!(ask(&client), ask(&client));
    first.and(second).expect("found");
    ask(&client).await.expect("found");
    assert_eq!(runs(directory.path()), 1);
    assert_eq!(tokens(&script.finish()), ["t-1", "t-1", "t-1"]);
}

#[tokio::test]
async fn a_plugin_runs_again_when_its_credential_is_about_to_expire_and_not_before() {
    for (expires, expected) in [("2020-01-01T00:00:00Z", 2), ("2999-01-01T00:00:00Z", 1)] {
        let directory = tempfile::tempdir().expect("a directory");
        let status = json!({"token": "t-RUN", "expirationTimestamp": expires});
        let script = Script::start_tls([found(), found()]).await;
        let client = client(&script, plugin(directory.path(), &status));
        for _ in 0..2 {
            ask(&client).await.expect("found");
        }
        assert_eq!(runs(directory.path()), expected, "{expires}");
        assert_eq!(tokens(&script.finish())[1], format!("t-{expected}"));
    }
}

#[tokio::test]
async fn a_plugin_runs_once_more_when_its_credential_is_rejected() {
    let directory = tempfile::tempdir().expect("a directory");
    let script = Script::start_tls([found(), refused(), found(), refused(), refused()]).await;
    let client = client(&script, plugin(directory.path(), &json!({"token": "t-RUN"})));
    ask(&client).await.expect("found");
    ask(&client).await.expect("found with the second");
    let error = ask(&client).await.expect_err("the third is refused too");
    assert!(matches!(error, Error::Unauthorized { .. }), "{error:?}");
    assert_eq!(tokens(&script.finish()), ["t-1", "t-1", "t-2", "t-2", "t-3"]);
}

#[tokio::test]
async fn rejected_credentials_are_followed_by_a_request_without_any() {
    let version = step("GET /version").json(200, &json!({"gitVersion": "v1.36.1"}));
    let script = Script::start_tls([refused(), version]).await;
    let client = Client::new(Connection { answers_anonymous: true, ..script.connection() });
    let Err(Error::Unauthorized { anonymous, .. }) = ask(&client).await else { panic!("it is refused") };
    assert_eq!(anonymous, Some(crate::Anonymous::Kubernetes { version: "v1.36.1".to_owned() }));
    let headers = script.finish();
    assert!(headers[0].contains("uthorization: ") && !headers[1].contains("uthorization: "), "{headers:?}");
}

#[tokio::test]
async fn a_failing_plugin_does_not_run_once_for_each_request_that_waits() {
    let directory = tempfile::tempdir().expect("a directory");
    let script = Script::start_tls([]).await;
    // An expiry only: no credential.
    let client = client(&script, plugin(directory.path(), &json!({})));
    let results = tokio::join!(ask(&client), ask(&client), ask(&client));
    for result in [results.0, results.1, results.2] {
        assert!(matches!(result, Err(Error::Unusable { .. })), "{result:?}");
    }
    assert_eq!(runs(directory.path()), 1);
    // A later request runs it again.
    assert!(ask(&client).await.is_err());
    assert_eq!(runs(directory.path()), 2);
    script.finish();
}

#[tokio::test]
async fn a_wait_for_a_plugin_ends_when_cancelled_or_at_the_deadline() {
    let script = Script::start_tls([]).await;
    let Credentials::Exec(exec) = plugin(Path::new("/"), &json!({})) else { panic!("a plugin") };
    let sleeping = Exec { args: vec!["-c".to_owned(), "exec sleep 30".to_owned()], ..exec };
    let client = client(&script, Credentials::Exec(sleeping));
    let short = Call::within(Duration::from_millis(200), tokio_util::sync::CancellationToken::new());
    let find = async |call: Call| {
        Session::new(client.clone(), call, ExpectedCluster::default())
            .find::<Namespace>(&ObjectPlace::cluster("team"))
            .await
    };
    let error = find(short).await.expect_err("too late").to_string();
    assert!(error.contains("did not come in time"), "{error}");
    let cancelled = call();
    let stop = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        cancelled.cancelled.cancel();
    };
    let (found, ()) = tokio::join!(find(cancelled.clone()), stop);
    assert!(matches!(found, Err(Error::Cancelled { .. })));
    script.finish();
}

#[tokio::test]
async fn a_kubeconfig_file_is_read_again_when_its_token_is_rejected() {
    let discovery = || step("GET /.well-known/openid-configuration");
    let steps = [
        discovery().refusal(401, "Unauthorized", None),
        discovery().refusal(403, "Forbidden", None),
        found(),
    ];
    let script = Script::start_tls(steps).await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("config");
    let write = |token: &str| {
        let text = json!({
            "clusters": [{"name": "c", "cluster": {"server": script.endpoint()}}],
            "users": [{"name": "u", "user": {"token": token}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        });
        std::fs::write(&path, text.to_string()).expect("ours");
    };
    write("old");
    let client = Client::new(Connection {
        server: Server::KubeconfigFile { path: path.clone(), context: "x".to_owned() },
        credentials: Credentials::OfKubeconfig,
        ..script.connection()
    });
    client.connected(&call()).await.map(|_| ()).expect("it is whole");
    write("new");
    ask(&client).await.expect("found");
    assert_eq!(tokens(&script.finish()), ["old", "new", "new"]);
}

#[tokio::test]
async fn a_login_in_the_servers_address_is_in_no_error_and_no_log() {
    let script = Script::start_tls([]).await;
    let connection = Connection {
        server: Server::Url(LoginUrl::new("https://ada:hunter2@127.0.0.1:1")),
        backoff: Backoff { connect_limit: Duration::from_millis(50), ..quick_backoff() },
        ..script.connection()
    };
    let client = Client::new(connection);
    // What logs name the server by.
    assert_eq!(client.connected(&call()).await.expect("it is whole").server, "https://127.0.0.1:1");
    let error = ask(&client).await.expect_err("nobody listens");
    let shown = format!("{error} {error:?} {client:?}");
    assert!(shown.contains("https://127.0.0.1:1") && !shown.contains("hunter2"), "{shown}");
}
