//! A scripted API for tests: a real socket that expects exactly these requests, in this order.
//!
//! A request that does not come, comes too often, or is another one fails the test when the script ends.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use super::{Client, Pace, Settings};
use crate::requests::{Backoff, Call};

pub(super) const ID: &str = "81540112-93fc-4d39-af10-fe6c2f4b8824";

/// One expected request and what it is answered.
pub(super) struct Step {
    request: String,
    body: Option<Value>,
    reply: Reply,
}

pub(super) enum Reply {
    /// A whole answer.
    Http { status: u16, headers: String, body: String },
    /// The connection breaks after the request was read.
    Reset,
    /// The body ends before the length that was announced.
    CutShort(String),
    /// No answer at all, as long as the client holds on.
    Silence,
}

/// A cluster's own GET.
pub(super) fn get() -> Step {
    step(&format!("GET /v1beta1/cks/clusters/{ID}"))
}

/// A cluster's own PATCH, with exactly this body.
pub(super) fn patch(body: Value) -> Step {
    Step { body: Some(body), ..step(&format!("PATCH /v1beta1/cks/clusters/{ID}")) }
}

pub(super) fn step(request: &str) -> Step {
    Step { request: request.to_owned(), body: None, reply: Reply::Silence }
}

impl Step {
    pub(super) fn json(self, status: u16, body: &Value) -> Self {
        self.text(status, "content-type: application/json\r\n", &body.to_string())
    }

    /// The cluster with this status and OIDC block.
    pub(super) fn cluster(self, status: &str, oidc: &Value) -> Self {
        self.json(200, &json!({ "cluster": cluster(status, oidc) }))
    }

    /// A refusal in Connect's form.
    pub(super) fn error(self, status: u16, code: &str, message: &str) -> Self {
        self.json(status, &json!({ "code": code, "message": message }))
    }

    /// `headers`: each ended by CRLF.
    pub(super) fn text(self, status: u16, headers: &str, body: &str) -> Self {
        self.reply(Reply::Http { status, headers: headers.to_owned(), body: body.to_owned() })
    }

    pub(super) fn reply(self, reply: Reply) -> Self {
        Self { reply, ..self }
    }
}

pub(super) fn cluster(status: &str, oidc: &Value) -> Value {
    json!({ "id": ID, "name": "demo", "version": "v1.35", "status": status, "oidc": oidc })
}

/// The running script.
pub(super) struct Script {
    endpoint: String,
    progress: Arc<Mutex<Progress>>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct Progress {
    left: Vec<Step>,
    wrong: Vec<String>,
    headers: Vec<String>,
}

impl Script {
    pub(super) async fn start(steps: impl IntoIterator<Item = Step>) -> Self {
        let mut left: Vec<Step> = steps.into_iter().collect();
        left.reverse();
        let progress = Arc::new(Mutex::new(Progress { left, ..Progress::default() }));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = format!("http://{}/", listener.local_addr().expect("bound"));
        let shared = Arc::clone(&progress);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { endpoint, progress, server }
    }

    pub(super) fn settings(&self) -> Settings {
        Settings { endpoint: self.endpoint.parse().expect("a URL"), ..settings() }
    }

    pub(super) fn client(&self) -> Client {
        Client::new(self.settings()).expect("good settings")
    }

    /// Until every expected request has come.
    pub(super) async fn until_all_asked(&self) {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
        while !self.progress.lock().expect("no panic inside").left.is_empty() {
            assert!(tokio::time::Instant::now() < deadline, "the requests did not come");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Nobody listens any more.
    pub(super) async fn stop(self) {
        self.server.abort();
        assert!(self.server.await.expect_err("it never ends by itself").is_cancelled());
    }

    /// Fails unless exactly the expected requests came; gives their header sections.
    #[track_caller]
    pub(super) fn finish(self) -> Vec<String> {
        self.server.abort();
        let mut progress = self.progress.lock().expect("no panic inside");
        let left: Vec<&str> = progress.left.iter().rev().map(|step| step.request.as_str()).collect();
        assert!(progress.wrong.is_empty(), "wrong requests: {:#?}", progress.wrong);
        assert!(left.is_empty(), "requests that never came: {left:#?}");
        std::mem::take(&mut progress.headers)
    }
}

pub(super) fn settings() -> Settings {
    Settings {
        endpoint: "https://api.coreweave.com".parse().expect("a URL"),
        token: "CW-SECRET-do-not-show".into(),
        token_source: "the provider's `token`".into(),
        request_timeout: Duration::from_secs(5),
        proxy: None,
        extra_roots_pem: None,
        user_agent: "cks-test/1".into(),
        pace: quick(),
    }
}

/// A hundred times as fast, with limits that a busy machine does not reach by chance.
pub(super) fn quick() -> Pace {
    Pace {
        backoff: Backoff {
            first: Duration::from_millis(2),
            longest: Duration::from_millis(20),
            connect_limit: Duration::from_secs(10),
        },
        first_poll: Duration::from_millis(2),
        longest_poll: Duration::from_millis(20),
        read_limit: Duration::from_secs(10),
    }
}

pub(super) fn call() -> Call {
    Call::within(Duration::from_secs(20), CancellationToken::new())
}

async fn serve(mut stream: TcpStream, progress: Arc<Mutex<Progress>>) {
    let Some((head, body)) = read_request(&mut stream).await else {
        return;
    };
    let request: String = head.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let reply = expect(&mut progress.lock().expect("no panic inside"), &request, head, &body);
    match reply {
        Reply::Http { status, headers, body } => {
            let head = format!(
                "HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all((head + &body).as_bytes()).await;
        }
        Reply::CutShort(body) => {
            let head = format!("HTTP/1.1 200 X\r\ncontent-length: {}\r\n\r\n", body.len() + 10);
            let _ = stream.write_all((head + &body).as_bytes()).await;
        }
        Reply::Reset => stream.set_zero_linger().expect("a socket"),
        Reply::Silence => {
            let _ = stream.read_u8().await;
        }
    }
}

fn expect(progress: &mut Progress, request: &str, head: String, body: &str) -> Reply {
    progress.headers.push(head);
    let fits = progress.left.last().is_some_and(|step| {
        step.request == request
            && step
                .body
                .as_ref()
                .is_none_or(|expected| serde_json::from_str(body).ok().as_ref() == Some(expected))
    });
    if let (true, Some(step)) = (fits, progress.left.pop_if(|_| fits)) {
        return step.reply;
    }
    let expected = progress.left.last().map(|step| format!("{} {:?}", step.request, step.body));
    progress.wrong.push(format!("{request} {body}, expected {expected:?}"));
    Reply::Http { status: 418, headers: String::new(), body: "not in the script".into() }
}

/// Headers and body; `None` when the client went away.
async fn read_request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.to_ascii_lowercase().lines().find_map(|line| {
                line.strip_prefix("content-length:").and_then(|length| length.trim().parse::<usize>().ok())
            });
            if body.len() >= length.unwrap_or_default() {
                return Some((head.to_owned(), body.to_owned()));
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
