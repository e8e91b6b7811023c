//! The three clients send by one pipeline: what holds for one holds for all. Each is tried with the same scripted server.

use std::time::Duration;

use coreweave::Pace;
use kubernetes::{Connection, ExpectedCluster, Namespace, ObjectPlace, Session};
use openid::RetryLimit;
use request_pipeline::{Call, Proxy, testing::quick_backoff};
use scripted_server::{Reply, Script, Step, step};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The clients of the provider.
#[derive(Clone, Copy, Debug)]
enum Client {
    CoreWeave,
    Kubernetes,
    OpenId,
}

const CLIENTS: [Client; 3] = [Client::CoreWeave, Client::Kubernetes, Client::OpenId];

/// How a read ended, without what only one client's errors have.
#[derive(Debug, PartialEq)]
enum End {
    Cancelled,
    GaveUp { attempts: u32, cause: String },
    Rejected,
}

impl Client {
    /// A read as this client sends it.
    fn get(self) -> Step {
        step(match self {
            Self::CoreWeave => "GET /v1beta1/cks/clusters",
            Self::Kubernetes => "GET /api/v1/namespaces/team",
            Self::OpenId => "GET /.well-known/openid-configuration",
        })
    }

    /// A server with these responses to reads. Only Kubernetes is never read without TLS.
    async fn server(self, responses: Vec<Step>) -> Script {
        match self {
            Self::Kubernetes => Script::start_tls(responses).await,
            Self::CoreWeave | Self::OpenId => Script::start(responses).await,
        }
    }

    /// Reads once.
    async fn read(self, script: &Script, call: &Call) -> End {
        match self {
            Self::CoreWeave => coreweave_read(script, call).await,
            Self::Kubernetes => kubernetes_read(script, call).await,
            Self::OpenId => openid_read(script, call).await,
        }
    }

    /// Reads within this time, with exactly these responses.
    async fn read_through(self, responses: Vec<Step>, limit: Duration) -> End {
        let script = self.server(responses).await;
        let end = self.read(&script, &Call::within(limit, CancellationToken::new())).await;
        script.finish();
        end
    }
}

async fn coreweave_read(script: &Script, call: &Call) -> End {
    let settings = coreweave::Settings {
        request_timeout: Duration::from_secs(20),
        pace: Pace { backoff: quick_backoff(), ..Pace::default() },
        ..coreweave::Settings::for_tests(script.endpoint())
    };
    let client = coreweave::Client::new(settings).expect("good settings");
    match client.clusters(call).await.expect_err("no script has a success") {
        coreweave::Error::Cancelled { .. } => End::Cancelled,
        coreweave::Error::Unavailable { attempts, cause, .. } => End::GaveUp { attempts, cause },
        _ => End::Rejected,
    }
}

async fn kubernetes_read(script: &Script, call: &Call) -> End {
    let connection = Connection {
        request_timeout: Duration::from_secs(20),
        ..Connection::for_tests(script.endpoint(), script.ca_pem())
    };
    let session = Session::new(kubernetes::Client::new(connection), call.clone(), ExpectedCluster::default());
    match session.find::<Namespace>(&ObjectPlace::cluster("team")).await.expect_err("no script has a success")
    {
        kubernetes::Error::Cancelled { .. } => End::Cancelled,
        kubernetes::Error::Unreachable { attempts, cause, .. } => End::GaveUp { attempts, cause },
        _ => End::Rejected,
    }
}

async fn openid_read(script: &Script, call: &Call) -> End {
    let limit = call.deadline.saturating_duration_since(Instant::now());
    let client = openid::Client {
        request_timeout: Duration::from_secs(20),
        proxy: Proxy::ENVIRONMENT,
        extra_roots_pem: None,
        user_agent: "cks-test/1".to_owned(),
        retry_limit: RetryLimit { limit, backoff: quick_backoff() },
    };
    let issuer_url = script.endpoint();
    match client.discover(issuer_url, None, &call.cancelled).await.expect_err("no script has a success") {
        openid::Error::Cancelled => End::Cancelled,
        openid::Error::Unreachable(openid::NoResponse { attempts, cause, .. }) => {
            End::GaveUp { attempts, cause }
        }
        _ => End::Rejected,
    }
}

/// Longer than a busy machine takes by chance.
const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn every_client_repeats_after_the_same_statuses() {
    for client in CLIENTS {
        for status in [400, 403, 404, 408, 409, 410, 418, 422, 425, 429, 500, 501, 502, 503, 504, 505] {
            let mut responses = vec![client.get().text(status, "", "")];
            if [429, 500, 502, 503, 504].contains(&status) {
                responses.push(client.get().text(403, "", ""));
            }
            assert_eq!(client.read_through(responses, LONG).await, End::Rejected, "{client:?}, {status}");
        }
    }
}

#[tokio::test]
async fn every_client_repeats_after_a_broken_connection_and_a_truncated_response() {
    for client in CLIENTS {
        for broken in [Reply::Reset, Reply::CutShort("{".to_owned())] {
            let responses = vec![client.get().reply(broken), client.get().text(403, "", "")];
            assert_eq!(client.read_through(responses, LONG).await, End::Rejected, "{client:?}");
        }
    }
}

#[tokio::test]
async fn every_client_honours_retry_after_for_every_retried_status() {
    for client in CLIENTS {
        for status in [429, 500, 502, 503, 504] {
            let responses = vec![client.get().text(status, "Retry-After: 3600\r\n", "")];
            let cause = format!("HTTP {status}, with Retry-After: 3600 s");
            let expected = End::GaveUp { attempts: 1, cause };
            assert_eq!(client.read_through(responses, LONG).await, expected, "{client:?}");
        }
    }
    let waits = async |client: Client| {
        let started = Instant::now();
        let busy = client.get().text(502, "Retry-After: 1\r\n", "");
        let end = client.read_through(vec![busy, client.get().text(403, "", "")], LONG).await;
        assert_eq!(end, End::Rejected, "{client:?}");
        assert!(started.elapsed() >= Duration::from_secs(1), "{client:?}: {:?}", started.elapsed());
    };
    tokio::join!(waits(CLIENTS[0]), waits(CLIENTS[1]), waits(CLIENTS[2]));
}

#[tokio::test]
async fn every_client_keeps_the_cause_when_the_deadline_ends_the_last_attempt() {
    let keeps = async |client: Client| {
        let responses = vec![client.get().text(503, "", ""), client.get()];
        let expected = End::GaveUp { attempts: 2, cause: "HTTP 503".to_owned() };
        assert_eq!(client.read_through(responses, Duration::from_secs(2)).await, expected, "{client:?}");
    };
    tokio::join!(keeps(CLIENTS[0]), keeps(CLIENTS[1]), keeps(CLIENTS[2]));
}

#[tokio::test]
async fn every_client_names_a_server_that_stays_silent() {
    let names = async |client: Client| {
        let expected = End::GaveUp { attempts: 1, cause: "no answer within 1 s".to_owned() };
        let silent = vec![client.get()];
        assert_eq!(client.read_through(silent, Duration::from_millis(1500)).await, expected, "{client:?}");
    };
    tokio::join!(names(CLIENTS[0]), names(CLIENTS[1]), names(CLIENTS[2]));
}

#[tokio::test]
async fn every_client_ends_a_read_when_it_is_cancelled() {
    for client in CLIENTS {
        let script = client.server(vec![client.get()]).await;
        let call = Call::within(LONG, CancellationToken::new());
        let cancel = async {
            script.until_all_asked().await;
            call.cancelled.cancel();
        };
        let (end, ()) = tokio::join!(client.read(&script, &call), cancel);
        assert_eq!(end, End::Cancelled, "{client:?}");
        script.finish();
    }
}
