//! The network between provider and world: it takes time, loses, delays and falsifies answers, and tells when the run is killed.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{Method, Request, Response, Uri};
use request_pipeline::{Connecting, Exchange, Network, NetworkConnection, Unanswered};
use serde_json::{Value, json};
use tokio::{sync::Notify, time::Instant};

use crate::{
    fault::Fault,
    world::{
        CLUSTERS, Leads, World,
        answer::Answer,
        coreweave::BLOCKS,
        kubernetes::{KINDS, Place, uid_of},
    },
};

/// More requests than any run needs: a loop without an end.
pub const MOST_REQUESTS: usize = 3_000;

/// The network of one run, or of two at the same time.
#[derive(Clone, Debug)]
pub struct Wire {
    inner: Arc<Inner>,
    /// Which of the runs.
    run: usize,
}

#[derive(Debug)]
struct Inner {
    world: Arc<Mutex<World>>,
    progress: Mutex<Progress>,
    killed: Notify,
    stopped: Notify,
}

#[derive(Debug)]
struct Progress {
    /// What kind of request each was.
    requests: Vec<String>,
    fault: Option<(usize, Fault)>,
    outage: bool,
    contradicts: bool,
    latency: fastrand::Rng,
    started: Instant,
    base: i64,
    /// How often addresses began to lead elsewhere. All connections from before are closed.
    swaps: usize,
}

/// A connection to the server of a cluster, wherever its address leads by now.
#[derive(Debug)]
struct WireConnection {
    wire: Wire,
    leads: Leads,
    certificate: Vec<u8>,
    /// The swaps before it.
    swaps: usize,
}

impl Wire {
    /// A network that makes this fault at the request of this number. `seed`: how long each request takes.
    pub fn new(world: &Arc<Mutex<World>>, fault: Option<(usize, Fault)>, seed: u64) -> Self {
        let base = locked(world).now;
        let progress = Progress {
            requests: Vec::new(),
            fault,
            outage: false,
            contradicts: false,
            latency: fastrand::Rng::with_seed(seed),
            started: Instant::now(),
            base,
            swaps: 0,
        };
        let inner = Inner {
            world: Arc::clone(world),
            progress: Mutex::new(progress),
            killed: Notify::new(),
            stopped: Notify::new(),
        };
        Self { inner: Arc::new(inner), run: 0 }
    }

    /// The same network for another run at the same time.
    #[must_use]
    pub fn of_run(&self, run: usize) -> Self {
        Self { inner: Arc::clone(&self.inner), run }
    }

    /// What kind of request each was, in their order.
    pub fn requests(&self) -> Vec<String> {
        self.progress().requests.clone()
    }

    /// Ends when the run is killed.
    pub async fn killed(&self) {
        self.inner.killed.notified().await;
    }

    /// Ends when the user interrupts the run.
    pub async fn stopped(&self) {
        self.inner.stopped.notified().await;
    }

    /// Another client does this to an object.
    pub fn interfere(&self, cluster: &str, place: &Place, fault: Fault) {
        self.world().interfere(cluster, place, fault);
    }

    /// Whether there is an object of this uid, and not about to go.
    pub fn has(&self, cluster: &str, place: &Place, uid: &str) -> bool {
        let world = self.world();
        let found = world.object(cluster, place);
        found.is_some_and(|it| uid_of(it) == uid && it["metadata"].get("deletionTimestamp").is_none())
    }

    /// The time of the world.
    pub fn now(&self) -> i64 {
        let progress = self.progress();
        progress.base + i64::try_from(progress.started.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    /// Lets addresses lead elsewhere from the request on that is next, if that is the fault.
    fn swap_if_due(&self) {
        let is_due = {
            let mut progress = self.progress();
            let due = match progress.fault {
                Some((at, Fault::Swapped)) => progress.swaps == 0 && progress.requests.len() >= at,
                // And back.
                Some((at, Fault::Astray)) => {
                    progress.swaps < 2 && progress.requests.len() >= at + progress.swaps
                }
                _ => false,
            };
            progress.swaps += usize::from(due);
            due
        };
        if is_due {
            for cluster in self.world().addresses.values_mut() {
                *cluster = (*cluster + 1) % CLUSTERS.len();
            }
        }
    }

    async fn carry(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Unanswered> {
        let (fault, outage, contradicts, before, after) = {
            let mut progress = self.progress();
            let number = progress.requests.len();
            progress.requests.push(kind_of(&request));
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
            Some(Fault::Unauthorized) => Some(own_form(401, "unauthenticated", "Unauthorized")),
            Some(Fault::Login) => Some(Answer::page(401, "Authorization Required")),
            Some(Fault::Blocked) => Some(Answer::page(403, "Access denied")),
            Some(Fault::NoSuchPage) => Some(Answer::page(404, "404 Not Found")),
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
                self.inner.stopped.notify_one();
                None
            }
            Some(fault) if fault.is_another_client() => {
                interfere(&mut self.world(), fault, &request);
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
            world.run = self.run;
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
        self.inner.killed.notify_one();
        std::future::pending().await
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.inner.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn world(&self) -> MutexGuard<'_, World> {
        locked(&self.inner.world)
    }
}

impl Network for Wire {
    fn exchange(&self, request: Request<Bytes>) -> Exchange<'_> {
        self.swap_if_due();
        Box::pin(self.carry(request))
    }

    fn connect(&self, server: &Uri) -> Connecting<'_> {
        self.swap_if_due();
        let host = server.host().unwrap_or_default();
        let leads = self.world().leads(host);
        let progress = self.progress();
        let opened = match leads {
            Some(leads) if !progress.outage => Ok(WireConnection {
                wire: self.clone(),
                leads,
                certificate: format!("the certificate of {}", CLUSTERS[leads.0]).into_bytes(),
                swaps: progress.swaps,
            }),
            _ => Err(Unanswered { cause: "connection refused".to_owned(), connected: false }),
        };
        Box::pin(async { opened.map(|opened| Arc::new(opened) as Arc<dyn NetworkConnection>) })
    }
}

impl NetworkConnection for WireConnection {
    fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    fn is_open(&self) -> bool {
        self.wire.swap_if_due();
        self.swaps == self.wire.progress().swaps
    }

    fn exchange(&self, mut request: Request<Bytes>) -> Exchange<'_> {
        if self.swaps != self.wire.progress().swaps {
            let cause = "connection reset by peer".to_owned();
            return Box::pin(async { Err(Unanswered { cause, connected: true }) });
        }
        request.extensions_mut().insert(self.leads);
        Box::pin(self.wire.carry(request))
    }
}

/// The world, also after a panic: each test has its own.
pub fn locked(world: &Mutex<World>) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What distinguishes requests for faults: method, kind of thing, whether one is named, subresource, and whether it is a dry run.
fn kind_of(request: &Request<Bytes>) -> String {
    let parts: Vec<&str> = request.uri().path().trim_matches('/').split('/').collect();
    let is_plural = |part: &&str| *part == "clusters" || KINDS.into_iter().any(|kind| kind.plural == *part);
    let last = parts.iter().rposition(is_plural).unwrap_or(parts.len().saturating_sub(1));
    let what = match parts.get(last..).unwrap_or_default() {
        [plural] => (*plural).to_owned(),
        [plural, _] => format!("{plural}/NAME"),
        [plural, _, rest @ ..] => format!("{plural}/NAME/{}", rest.join("/")),
        [] => String::new(),
    };
    let dry = request.uri().query().is_some_and(|query| query.contains("dryRun"));
    format!("{} {what}{}", request.method(), if dry { " (dry run)" } else { "" })
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
    let leads = request.extensions().get().copied().or_else(|| world.leads(host));
    let Some(Leads(cluster)) = leads else { return };
    world.interfere(CLUSTERS[cluster], &Place::new(kind.plural, namespace, name), fault);
}
