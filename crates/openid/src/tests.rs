//! The client against a server on a real socket. Certificates are tested with real ones: `tests/acceptance/data_sources/oidc_discovery.rs`.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use request_pipeline::{Backoff, Proxy};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use super::{Client, Error, Issuer, KeysError, NoResponse, RetryLimit, transport::LONGEST_BODY};

const DOCUMENT: &str = "/.well-known/openid-configuration";

/// A server with a response for each path, which records requests.
struct Site {
    url: String,
    heads: Arc<Mutex<Vec<String>>>,
    server: JoinHandle<()>,
}

impl Site {
    /// `answer`: the whole response for the server's own URL, the path and the number of the request (from 0).
    async fn start(answer: impl Fn(&str, &str, usize) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (own, seen) = (url.clone(), Arc::clone(&heads));
        let server = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let head = read_head(&mut stream).await;
                let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                let number = {
                    let mut seen = seen.lock().expect("no panic inside");
                    seen.push(head);
                    seen.len() - 1
                };
                let _ = stream.write_all(answer(&own, &path, number).as_bytes()).await;
            }
        });
        Self { url, heads, server }
    }

    async fn discover(&self, issuer_url: &str) -> Result<Issuer, Error> {
        client().discover(issuer_url, None, &CancellationToken::new()).await
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("no panic inside").clone()
    }

    fn requests(&self) -> Vec<String> {
        let path = |head: &String| head.split(' ').nth(1).unwrap_or_default().to_owned();
        self.heads().iter().map(path).collect()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") && stream.read_buf(&mut bytes).await.is_ok_and(|read| read > 0) {}
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(super) fn client() -> Client {
    Client {
        request_timeout: Duration::from_secs(5),
        proxy: Proxy::ENVIRONMENT,
        extra_roots_pem: None,
        user_agent: "cks-test/1".to_owned(),
        retry_limit: retry_limit(Duration::from_secs(10)),
    }
}

/// A hundred times as fast.
fn retry_limit(limit: Duration) -> RetryLimit {
    let backoff = Backoff {
        first: Duration::from_millis(2),
        longest: Duration::from_millis(20),
        connect_limit: Duration::from_millis(100),
    };
    RetryLimit { limit, backoff }
}

fn http(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

fn ok(body: &Value) -> String {
    http(200, "content-type: application/json\r\n", &body.to_string())
}

fn document(issuer_url: &str, keys_url: &str) -> Value {
    json!({ "issuer": issuer_url, "jwks_uri": keys_url, "scopes_supported": ["openid"] })
}

/// Responses of a valid issuer without a path.
fn sound(own: &str, path: &str) -> String {
    match path {
        DOCUMENT => ok(&document(own, &format!("{own}/keys"))),
        "/keys" => ok(&json!({ "keys": [{ "kid": "one", "kty": "RSA", "n": "AQAB", "e": "AQAB" }] })),
        _ => http(404, "", "no such page"),
    }
}

/// The error for an issuer with this response as its document.
async fn refusal(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Error {
    let site =
        Site::start(move |own, path, _| if path == DOCUMENT { answer(own) } else { sound(own, path) }).await;
    site.discover(&site.url).await.expect_err("it should be refused")
}

#[tokio::test]
async fn a_document_and_the_ids_of_its_keys_are_read_without_any_credential() {
    let site = Site::start(|own, path, _| sound(own, path)).await;
    let issuer = site.discover(&site.url).await.expect("a sound issuer");
    assert_eq!(issuer.key_ids, BTreeSet::from(["one".to_owned()]));
    assert_eq!(issuer.document.texts("scopes_supported"), Some(BTreeSet::from(["openid".to_owned()])));
    assert_eq!(site.requests(), [DOCUMENT, "/keys"]);
    for head in site.heads() {
        let head = head.to_ascii_lowercase();
        assert!(head.contains("user-agent: cks-test/1\r\n") && head.contains("accept: application/json\r\n"));
        assert!(!head.contains("authorization") && !head.contains("cookie"), "{head}");
    }
}

#[tokio::test]
async fn a_slash_at_the_end_is_part_of_the_issuer_and_not_doubled_in_the_url() {
    let site = Site::start(|own, path, _| match path {
        "/tenant/.well-known/openid-configuration" => {
            ok(&document(&format!("{own}/tenant/"), &format!("{own}/keys")))
        }
        other => sound(own, other),
    })
    .await;
    site.discover(&format!("{}/tenant/", site.url)).await.expect("the same text");
    let without_slash = format!("{}/tenant", site.url);
    let error = site.discover(&without_slash).await.expect_err("a slash counts");
    assert!(
        matches!(&error, Error::OtherIssuer { requested: named, found, .. } if *named == without_slash && *found == format!("{without_slash}/")),
        "{error:?}"
    );
}

#[tokio::test]
async fn other_responses_have_their_own_errors() {
    let error = refusal(|_| http(404, "", "no such page")).await;
    assert!(matches!(error, Error::Status { status: 404, location: None, .. }), "{error:?}");
    let error = refusal(|_| http(200, "", "<html>\n  <title>Sign in</title>")).await;
    assert!(
        matches!(&error, Error::NotJson { beginning, .. } if beginning == "\"<html> <title>Sign in</title>\""),
        "{error:?}"
    );
    let error = refusal(|_| ok(&json!(["issuer"]))).await;
    assert!(matches!(error, Error::NotJson { .. }), "{error:?}");
    let error = refusal(|_| ok(&json!({ "hello": "world" }))).await;
    assert!(matches!(error, Error::Missing { member: "issuer", .. }), "{error:?}");
    let error = refusal(|own| ok(&json!({ "issuer": own }))).await;
    assert!(matches!(error, Error::Missing { member: "jwks_uri", .. }), "{error:?}");
    let error = refusal(|own| ok(&document(own, &format!("{own}{DOCUMENT}")))).await;
    assert!(matches!(error, Error::Keys { problem: KeysError::NoList, .. }), "{error:?}");
    let error = refusal(|own| ok(&json!({ "issuer": own, "jwks_uri": own, "token_endpoint": 7 }))).await;
    assert!(matches!(error, Error::WrongType { member: "token_endpoint", .. }), "{error:?}");
    let error = refusal(|own| ok(&document(own, &format!("{own}/elsewhere")))).await;
    assert!(
        matches!(&error, Error::Status { url, status: 404, .. } if url.ends_with("/elsewhere")),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_endless_body_is_read_up_to_the_limit() {
    let error = refusal(|_| http(200, "", &"x".repeat(LONGEST_BODY + 1))).await;
    assert!(matches!(error, Error::TooLong { longest: LONGEST_BODY, .. }), "{error:?}");
}

/// Responses as bytes, since a compressed body is no text.
async fn serving(body: Vec<u8>, encoding: &'static str) -> Result<Issuer, Error> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let server = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            read_head(&mut stream).await;
            let length = body.len();
            let head = format!(
                "HTTP/1.1 200 X\r\ncontent-encoding: {encoding}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
            );
            let _ = stream.write_all(&[head.as_bytes(), &body].concat()).await;
        }
    });
    let found = client().discover(&url, None, &CancellationToken::new()).await;
    server.abort();
    found
}

#[tokio::test]
async fn a_body_that_is_compressed_unasked_is_read_or_refused_in_words_and_never_printed() {
    let compressed = |plain: &[u8]| {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut writer, plain).expect("a buffer");
        writer.finish().expect("a buffer")
    };
    // As Go reads it: the document is that of another issuer.
    let other = compressed(json!({ "issuer": "https://other.example.com" }).to_string().as_bytes());
    let error = serving(other.clone(), "gzip").await.expect_err("another issuer");
    assert!(matches!(error, Error::OtherIssuer { .. }), "{error:?}");
    for (body, encoding, expected) in [
        (b"\x1f\x8b\x08\x00broken".to_vec(), "gzip", "gzip, malformed"),
        (compressed(&vec![b' '; LONGEST_BODY + 1]), "gzip", "gzip, too long"),
        (b"\x0b\x02\x80hunter2\x03".to_vec(), "br", "br"),
    ] {
        let error = serving(body, encoding).await.expect_err("refused");
        assert!(matches!(&error, Error::Compressed { encoding, .. } if encoding == expected), "{error:?}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    let error = serving(other, "identity").await.expect_err("no JSON");
    let Error::NotJson { beginning, .. } = &error else { panic!("{error:?}") };
    assert!(beginning.ends_with("bytes that are not text"), "{beginning}");
}

#[tokio::test]
async fn redirects_are_followed_up_to_a_limit() {
    let site = Site::start(|own, path, number| match (path, number) {
        (DOCUMENT, 0) => http(301, &format!("location: {own}{DOCUMENT}?again\r\n"), ""),
        (path, _) => sound(own, path.trim_end_matches("?again")),
    })
    .await;
    site.discover(&site.url).await.expect("it has only moved");

    let site =
        Site::start(|own, _, _| http(302, &format!("location: {own}/round?state=secret\r\n"), "")).await;
    let error = site.discover(&site.url).await.expect_err("no end");
    assert!(
        matches!(&error, Error::Status { status: 302, location: Some(location), .. } if location.ends_with("/round")),
        "{error:?}"
    );
    assert_eq!(site.requests().len(), 10);
}

#[tokio::test]
async fn temporary_failures_are_repeated_and_then_named() {
    let site = Site::start(|own, path, number| match number {
        0 => http(503, "", "later"),
        1 => http(200, "", "").replace("content-length: 0", "content-length: 10"),
        _ => sound(own, path),
    })
    .await;
    site.discover(&site.url).await.expect("the third attempt succeeds");

    let site = Site::start(|_, _, _| http(503, "", "later")).await;
    let impatient = Client { retry_limit: retry_limit(Duration::from_millis(300)), ..client() };
    let stopped = CancellationToken::new();
    let error = impatient.discover(&site.url, None, &stopped).await.expect_err("it never passes");
    assert!(
        matches!(&error, Error::Unreachable(NoResponse { attempts: 2.., cause, .. }) if cause == "HTTP 503"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_refused_connection_is_named_as_the_cause() {
    // Bound, so that no other process gets the port, but not listening.
    let refusing = TcpSocket::new_v4().expect("a socket");
    refusing.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
    let url = format!("http://{}", refusing.local_addr().expect("bound"));
    let error = client().discover(&url, None, &CancellationToken::new()).await.expect_err("no listener");
    assert!(
        matches!(&error, Error::Unreachable(NoResponse { attempts: 2.., cause, .. }) if cause.contains("refused")),
        "{error:?}"
    );
}

#[tokio::test]
async fn cancelling_ends_a_request_at_once() {
    let stopped = CancellationToken::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let (reader, stop) = (client(), stopped.clone());
    let reading = tokio::spawn(async move { reader.discover(&url, None, &stop).await });
    let (_silent, _) = listener.accept().await.expect("it connects");
    stopped.cancel();
    assert_eq!(reading.await.expect("no panic"), Err(Error::Cancelled));
}

#[tokio::test]
async fn invalid_settings_are_rejected_without_showing_a_password() {
    let broken = Client { user_agent: "a\nb".to_owned(), ..client() };
    let stopped = CancellationToken::new();
    let error = broken.discover("http://127.0.0.1:1", None, &stopped).await.expect_err("refused");
    assert!(matches!(&error, Error::Settings { problem } if problem.contains("user agent")), "{error:?}");
    let proxy = Proxy::given("http://user:hunter2@proxy:3128").expect("a proxy");
    let with_proxy = Client { proxy, ..client() };
    let shown = format!("{with_proxy:?}");
    assert!(shown.contains("proxy:3128") && !shown.contains("hunter2"), "{shown}");
}
