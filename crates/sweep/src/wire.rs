//! The network between provider and world: it takes time, loses, delays and falsifies answers, and tells when the run is killed.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{Method, Request, Response};
use request_pipeline::{Exchange, Network, Unanswered};
use serde_json::{Value, json};
use tokio::{sync::Notify, time::Instant};

use crate::{
    fault::Fault,
    world::{
        CLUSTERS, World,
        answer::Answer,
        coreweave::BLOCKS,
        kubernetes::{KINDS, Place},
    },
};

/// More requests than any run needs: a loop without an end.
pub const MOST_REQUESTS: usize = 3_000;

/// The network of one run.
#[derive(Clone, Debug)]
pub struct Wire(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    world: Arc<Mutex<World>>,
    progress: Mutex<Progress>,
    killed: Notify,
    stopped: Notify,
}

#[derive(Debug)]
struct Progress {
    requests: usize,
    fault: Option<(usize, Fault)>,
    outage: bool,
    contradicts: bool,
    latency: fastrand::Rng,
    started: Instant,
    base: i64,
}

impl Wire {
    /// A network that makes this fault at the request of this number. `seed`: how long each request takes.
    pub fn new(world: &Arc<Mutex<World>>, fault: Option<(usize, Fault)>, seed: u64) -> Self {
        let base = locked(world).now;
        let progress = Progress {
            requests: 0,
            fault,
            outage: false,
            contradicts: false,
            latency: fastrand::Rng::with_seed(seed),
            started: Instant::now(),
            base,
        };
        Self(Arc::new(Inner {
            world: Arc::clone(world),
            progress: Mutex::new(progress),
            killed: Notify::new(),
            stopped: Notify::new(),
        }))
    }

    /// How many requests there were.
    pub fn requests(&self) -> usize {
        self.progress().requests
    }

    /// Ends when the run is killed.
    pub async fn killed(&self) {
        self.0.killed.notified().await;
    }

    /// Ends when the user interrupts the run.
    pub async fn stopped(&self) {
        self.0.stopped.notified().await;
    }

    /// The time of the world.
    pub fn now(&self) -> i64 {
        let progress = self.progress();
        progress.base + i64::try_from(progress.started.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    async fn carry(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Unanswered> {
        let (fault, outage, contradicts, before, after) = {
            let mut progress = self.progress();
            let number = progress.requests;
            progress.requests += 1;
            let fault = progress.fault.filter(|(at, _)| *at == number).map(|(_, fault)| fault);
            progress.outage |= fault == Some(Fault::Outage);
            progress.contradicts |= fault == Some(Fault::Contradicts);
            let mut latency = || Duration::from_millis(progress.latency.u64(1..25));
            let (before, after) = (latency(), latency());
            (fault, progress.outage || number > MOST_REQUESTS, progress.contradicts, before, after)
        };
        tokio::time::sleep(before).await;
        if outage {
            return Err(Unanswered { cause: "connection refused".to_owned(), connected: false });
        }
        let lost = Err(Unanswered { cause: "connection reset by peer".to_owned(), connected: true });
        let own_form = |status, connect: &str, reason: &str| {
            let is_coreweave = request.uri().host() == Some("api.coreweave.com");
            if is_coreweave {
                Answer::connect(status, connect, "made by the sweep")
            } else {
                Answer::kubernetes(status, reason, "made by the sweep", None)
            }
        };
        let creates = request.method() == Method::POST && !request.uri().path().contains("review");
        let false_answer = match fault {
            _ if contradicts && creates => Some(own_form(409, "already_exists", "AlreadyExists")),
            Some(Fault::LostBefore) => return lost,
            Some(Fault::KilledBefore) => return self.kill().await,
            Some(Fault::Conflict) => Some(own_form(409, "aborted", "Conflict")),
            Some(Fault::Refused) => Some(own_form(403, "permission_denied", "Forbidden")),
            Some(Fault::TooMany) => {
                Some(own_form(429, "resource_exhausted", "TooManyRequests").retry_after(3))
            }
            Some(Fault::Internal) => Some(own_form(500, "internal", "InternalError")),
            Some(Fault::Unavailable) => Some(own_form(503, "unavailable", "ServiceUnavailable")),
            Some(Fault::Page) => Some(Answer::page(200, "Please log in")),
            Some(Fault::NoUpstream) => {
                Some(Answer::json(404, &json!({"code": 5, "message": "no healthy upstream", "details": []})))
            }
            Some(Fault::OtherMissing) => Some(other_missing(&request)),
            Some(Fault::SlowBefore) => {
                tokio::time::sleep(Duration::from_millis(400)).await;
                None
            }
            Some(Fault::Stopped) => {
                self.0.stopped.notify_one();
                None
            }
            Some(fault) if fault.is_another_client() => {
                interfere(&mut self.world(), fault, &request);
                None
            }
            Some(Fault::Swapped) => {
                for cluster in self.world().addresses.values_mut() {
                    *cluster = (*cluster + 1) % CLUSTERS.len();
                }
                None
            }
            _ => None,
        };
        let mut response = if let Some(answer) = false_answer {
            answer.into_response(self.now())
        } else {
            let now = self.now();
            let mut world = self.world();
            world.advance(now);
            world.answer(&request)
        };
        match fault {
            Some(Fault::KilledAfter) => return self.kill().await,
            Some(Fault::SlowAfter) => tokio::time::sleep(Duration::from_millis(400)).await,
            Some(Fault::Truncated) => {
                let body = response.body();
                *response.body_mut() = body.slice(..body.len() / 2);
            }
            _ => {}
        }
        tokio::time::sleep(after).await;
        if fault == Some(Fault::LostAfter) { lost } else { Ok(response) }
    }

    async fn kill<T>(&self) -> T {
        self.0.killed.notify_one();
        std::future::pending().await
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.0.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn world(&self) -> MutexGuard<'_, World> {
        locked(&self.0.world)
    }
}

impl Network for Wire {
    fn exchange(&self, request: Request<Bytes>) -> Exchange<'_> {
        Box::pin(self.carry(request))
    }
}

/// The world, also after a panic: each test has its own.
pub fn locked(world: &Mutex<World>) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

/// "Not found", in the API's own form, about something else than what the request names.
fn other_missing(request: &Request<Bytes>) -> Answer {
    if request.uri().host() == Some("api.coreweave.com") {
        let detail = json!({
            "type": "google.rpc.ResourceInfo", "debug": {"resourceType": "vpc", "resourceName": "vpc-1", "description": "not found"},
        });
        return Answer::json(
            404,
            &json!({"code": "not_found", "message": "vpc vpc-1 not found", "details": [detail]}),
        );
    }
    let message = "customresourcedefinitions.apiextensions.k8s.io \"alpha\" not found";
    let about = ("apiextensions.k8s.io", "customresourcedefinitions", "alpha");
    Answer::kubernetes(404, "NotFound", message, Some(about))
}

/// What another client does to the thing that a request is about.
fn interfere(world: &mut World, fault: Fault, request: &Request<Bytes>) {
    let now = world.now;
    let path = request.uri().path();
    let last = path.rsplit('/').next().unwrap_or_default().to_owned();
    let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
    if request.uri().host() == Some("api.coreweave.com") {
        let mask = body["updateMask"].as_str().unwrap_or("oidc");
        let block = mask.split(['.', ',']).next().unwrap_or("oidc");
        let Some(block) = BLOCKS.into_iter().find(|known| *known == block) else { return };
        let strange = match block {
            "oidc" => json!({"issuerUrl": "https://stranger.example.com", "clientId": "stranger"}),
            _ => json!({"server": "https://stranger.example.com"}),
        };
        world.coreweave.set_block(&last, block, (fault == Fault::Edited).then_some(strange), now);
        return;
    }
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let skip = if parts.first() == Some(&"api") { 2 } else { 3 };
    let rest = parts.get(skip..).unwrap_or_default();
    let named = body["metadata"]["name"].as_str().unwrap_or_default();
    let (namespace, plural, name) = match rest {
        ["namespaces", namespace, plural] => (*namespace, *plural, named),
        ["namespaces", namespace, plural, name, ..] => (*namespace, *plural, *name),
        [plural, name] => ("", *plural, *name),
        [plural] => ("", *plural, named),
        _ => return,
    };
    let Some(kind) = KINDS.into_iter().find(|kind| kind.plural == plural) else { return };
    if name.is_empty() || ["kube-system", "default"].contains(&name) {
        return;
    }
    let host = request.uri().host().unwrap_or_default();
    let managed = (0..CLUSTERS.len()).find(|cluster| world.coreweave_host(*cluster) == host);
    let Some(cluster) = managed.or_else(|| world.addresses.get(host).copied()) else { return };
    world.interfere(CLUSTERS[cluster], &Place::new(kind.plural, namespace, name), fault);
}
