//! Requests for ID tokens against a scripted server.

use std::time::Duration;

use request_pipeline::Proxy;
use scripted_server::{Relay, Reply, Script, Step, Untrusted, Wrong, step};
use serde_json::json;

use super::*;
use crate::{RetryLimit, tests::client};

const CREDENTIAL: &str = "credential-of-the-runner";
/// Claims `{}`.
const TOKEN: &str = "e30.e30.c2ln";

/// A request for the audience `kubernetes` at this server, whose address has a query already, as GitHub's.
fn request_at(endpoint: &str) -> GithubRequest {
    let url = format!("{endpoint}token?api-version=2.0");
    let environment =
        |name: &str| Some(if name == REQUEST_URL { url.clone() } else { format!("{CREDENTIAL}\n") });
    GithubRequest::new(environment, Some("kubernetes & more")).expect("good variables")
}

fn asked() -> Step {
    step("GET /token?api-version=2.0&audience=kubernetes+%26+more")
}

fn issued() -> Step {
    asked().json(200, &json!({ "count": 1, "value": TOKEN }))
}

/// The token or the error, and what was sent.
async fn ask(steps: impl IntoIterator<Item = Step>) -> (Result<String, GithubError>, Vec<String>) {
    let script = Script::start(steps).await;
    let answer = client().github_id_token(&request_at(script.endpoint())).await;
    if let Err(error) = &answer {
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(CREDENTIAL) && !shown.contains("api-version"), "{shown}");
    }
    (answer.map(|token| token.expose_secret().to_owned()), script.finish())
}

#[tokio::test]
async fn the_credential_and_the_audience_are_sent_and_the_token_is_the_value() {
    let (answer, headers) = ask([issued()]).await;
    assert_eq!(answer.as_deref(), Ok(TOKEN));
    let headers = headers.concat().to_ascii_lowercase();
    assert!(headers.contains(&format!("authorization: bearer {CREDENTIAL}\r\n")), "{headers}");
    assert!(headers.contains("user-agent: cks-test/1"), "{headers}");
}

#[tokio::test]
async fn a_transient_failure_is_repeated() {
    for passing in [
        asked().text(503, "", "busy"),
        asked().text(429, "", ""),
        asked().reply(Reply::Reset),
        asked().text(200, "", "{\"value\":"),
    ] {
        assert_eq!(ask([passing, issued()]).await.0.as_deref(), Ok(TOKEN));
    }
    let down = asked().text(503, "Retry-After: 3600\r\n", CREDENTIAL);
    let (answer, _) = ask([down]).await;
    let Err(GithubError::Unreachable(NoResponse { attempts: 1, cause, .. })) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(cause, "HTTP 503: [token], with Retry-After: 3600 s");
}

#[tokio::test]
async fn a_rejection_is_final_and_says_what_the_issuer_said_without_secrets() {
    let long =
        format!("the job of {CREDENTIAL} and {TOKEN} eyJhbGci.eyJpc3Mi.c2ln may not {}", "x ".repeat(500));
    for status in [400, 401, 403, 404, 302] {
        let (answer, _) =
            ask([asked().text(status, "location: https://elsewhere.example.com/\r\n", &long)]).await;
        let Err(GithubError::Rejected { status: found, message, .. }) = &answer else { panic!("{answer:?}") };
        assert_eq!(*found, status);
        assert!(message.starts_with("the job of [token] and") && message.chars().count() <= 301, "{message}");
        assert!(!message.contains("eyJ"), "{message}");
    }
}

#[tokio::test]
async fn a_response_without_an_id_token_is_an_error_that_does_not_show_it() {
    for strange in
        [json!({ "value": "CW-SECRET-hunter2" }), json!({ "value": 7 }), json!({}), json!(["hunter2"])]
    {
        let (answer, _) = ask([asked().json(200, &strange)]).await;
        let error = answer.expect_err("no token");
        assert!(matches!(error, GithubError::NoToken { .. }), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
    let (answer, _) = ask([asked().json(200, &json!({ "value": "x".repeat(LONGEST_BODY) }))]).await;
    assert!(
        matches!(&answer, Err(GithubError::Rejected { message, .. }) if message.contains("64 KiB")),
        "{answer:?}"
    );
}

#[test]
fn a_variable_that_is_missing_or_would_leak_the_credential_is_named() {
    #[track_caller]
    fn check(url: Option<&str>, token: Option<&str>, expected: &[&str]) {
        let environment = |name: &str| (if name == REQUEST_URL { url } else { token }).map(str::to_owned);
        let error = GithubRequest::new(environment, None).expect_err("refused").to_string();
        assert!(expected.iter().all(|part| error.contains(part)), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
    let permission = "`permissions: id-token: write`";
    check(None, None, &[REQUEST_URL, permission]);
    check(Some(""), Some("hunter2"), &[REQUEST_URL, permission]);
    check(Some("https://host"), None, &[REQUEST_TOKEN, permission]);
    check(Some("https://host"), Some(" "), &[REQUEST_TOKEN, permission]);
    check(Some("hunter2"), Some("hunter2"), &[REQUEST_URL, "not a URL"]);
    for unsafe_url in ["http://host.example.com/hunter2", "ftp://host", "data:hunter2"] {
        check(Some(unsafe_url), Some("hunter2"), &[REQUEST_URL, "https"]);
    }
}

#[tokio::test]
async fn a_failure_of_tls_is_final_and_a_proxy_of_the_provider_is_used() {
    let server = Untrusted::start(Wrong::ALL[0]).await;
    let error =
        client().github_id_token(&request_at(&format!("{}/", server.endpoint()))).await.expect_err("refused");
    assert!(matches!(error, GithubError::Tls { .. }), "{error:?}");
    assert_eq!(server.connections(), 1, "no repetition");

    let script = Script::start_tls([issued()]).await;
    let relay = Relay::to(script.endpoint()).await;
    let client = Client {
        proxy: Proxy::given(&relay.url("http")).expect("a proxy"),
        extra_roots_pem: Some(script.ca_pem().to_owned()),
        ..client()
    };
    let request = request_at("https://kube.example.com:1/");
    client.github_id_token(&request).await.expect("a token");
    assert_eq!(relay.targets(), ["kube.example.com:1"]);
    script.finish();
}

#[tokio::test]
async fn an_issuer_that_does_not_respond_is_given_up_soon() {
    let script = Script::start([asked()]).await;
    let limit = RetryLimit { limit: Duration::from_millis(300), ..client().retry_limit };
    let client = Client { retry_limit: limit, ..client() };
    let error = client.github_id_token(&request_at(script.endpoint())).await.expect_err("too late");
    assert!(matches!(error, GithubError::Unreachable(NoResponse { attempts: 1, .. })), "{error:?}");
    script.finish();
}
