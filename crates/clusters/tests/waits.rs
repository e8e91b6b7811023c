//! Every session with a cluster's Kubernetes looks at the cluster's status after half a minute of failures, whichever way led to it: a
//! terminal one ends the wait, and the error has it. On a paused clock.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use clusters::{
    Access, ClusterKubernetes, Clusters, Common, Endpoint, EndpointOverride, Error, Operation, Reach,
    Remembered, Routes,
};
use http::{Request, Response, Uri};
use kubernetes::{Namespace, ObjectPlace};
use request_pipeline::{BearerToken, Connecting, Exchange, Network, NetworkConnection};
use serde_json::json;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const ID: &str = "81540112-93fc-4d39-af10-fe6c2f4b8824";

/// CoreWeave's API has one cluster in this state, and its Kubernetes answers 503 to everything.
#[derive(Debug)]
struct Down(&'static str);

impl Network for Down {
    fn exchange(&self, request: Request<Bytes>) -> Exchange<'_> {
        let is_coreweave = request.uri().host() == Some("api.coreweave.com");
        let (status, body) = if is_coreweave {
            let host = "ab1cd2-22df2adc.k8s.us-east-04a.coreweave.com";
            let cluster = json!({"id": ID, "name": "c", "status": self.0, "apiServerEndpoint": host});
            (200, json!({ "cluster": cluster }).to_string())
        } else {
            (503, "no healthy upstream".to_owned())
        };
        let response = Response::builder().status(status).body(Bytes::from(body)).expect("a response");
        Box::pin(std::future::ready(Ok(response)))
    }

    fn connect(&self, _: &Uri) -> Connecting<'_> {
        let connection: Arc<dyn NetworkConnection> = Arc::new(Self(self.0));
        Box::pin(std::future::ready(Ok(connection)))
    }
}

impl NetworkConnection for Down {
    fn certificate(&self) -> &[u8] {
        b"a certificate"
    }

    fn is_open(&self) -> bool {
        true
    }

    fn exchange(&self, request: Request<Bytes>) -> Exchange<'_> {
        Network::exchange(self, request)
    }
}

fn clusters(status: &'static str) -> Clusters {
    let network: Arc<dyn Network> = Arc::new(Down(status));
    let settings = coreweave::Settings {
        network: Some(Arc::clone(&network)),
        ..coreweave::Settings::for_tests("https://api.coreweave.com")
    };
    let client = coreweave::Client::new(settings).expect("good settings");
    let token = BearerToken::Value { token: "CW-SECRET-do-not-show".into(), source: "the test".to_owned() };
    let common =
        Common { request_timeout: Duration::from_secs(10), network: Some(network), ..Common::default() };
    let routes = Routes { coreweave_token: Some(token), common, ..Routes::default() };
    Clusters::new(Access::Ready(client), routes, Err(Vec::new()))
}

/// How an operation comes to a session.
#[derive(Clone, Copy, Debug)]
enum Way {
    ForTheFirstTime,
    WithAState,
    OfWhatMayBeGone,
    ByAnotherEndpoint,
}

async fn session(way: Way, operation: Operation<'_>) -> Result<ClusterKubernetes, Error> {
    let remembered = Remembered { cluster_uid: Some("u-1"), ..Remembered::default() };
    match way {
        Way::ForTheFirstTime => operation.kubernetes(ID).await,
        Way::WithAState => operation.expect_kubernetes(ID, remembered).await,
        Way::OfWhatMayBeGone => match operation.find_kubernetes(ID, remembered).await? {
            Reach::Present(kubernetes) => Ok(*kubernetes),
            Reach::Going(_) | Reach::Gone(_) => panic!("it is there"),
        },
        Way::ByAnotherEndpoint => {
            let token = Some(("eyJ-own".into(), "the test".to_owned()));
            let own = EndpointOverride { endpoint: Endpoint::Unmanaged, token };
            operation.kubernetes_by(ID, own).await
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_session_ends_with_the_status_of_a_cluster_that_will_not_come_back() {
    let stopped = CancellationToken::new();
    for way in [Way::ForTheFirstTime, Way::WithAState, Way::OfWhatMayBeGone, Way::ByAnotherEndpoint] {
        for (status, is_terminal) in
            [("STATUS_ERROR", true), ("STATUS_FAILED", true), ("STATUS_UPGRADING", false)]
        {
            let clusters = clusters(status);
            let operation = clusters.during(Duration::from_mins(20), &stopped);
            let kubernetes = session(way, operation).await.expect("no request to Kubernetes is needed");
            let started = Instant::now();
            let place = ObjectPlace::cluster("team");
            let error = kubernetes.find::<Namespace>(&place).await.expect_err("it is down");
            let kubernetes::Error::Unreachable { explained, action, cause, .. } = &error else {
                panic!("{way:?} {status}: {error:?}")
            };
            assert!(cause.contains("503") && action.to_string().contains("Namespace team"), "{error}");
            let expected = format!("cluster {ID} is {status}");
            assert_eq!(explained.as_deref(), Some(expected.as_str()), "{way:?}");
            let lasted = started.elapsed();
            assert_eq!(lasted < Duration::from_secs(45), is_terminal, "{way:?} {status}: {lasted:?}");
            assert!(kubernetes.rescue().call().watch.is_some(), "{way:?}: a cleanup has it too");
        }
    }
}
