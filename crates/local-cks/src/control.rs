//! State of the simulated CoreWeave, and the transitions of clusters.
//!
//! Rule: CREATING → RUNNING; change → UPDATING or UPGRADING → RUNNING, or FAILED or UPGRADE_FAILED where that is switched on;
//! delete → DELETING → deleted. A status ends when the change is in force, not after a fixed time.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use child_processes::Error as ProcessError;
use http::request::Parts;
use serde_json::Value;
use tokio::time::Instant;

use crate::{
    accounts::Account,
    api::schema::Object,
    behaviour::{Behaviour, ChangesEnd},
    endpoints::{proxy::Hosts, routes::Routes},
    faults::{Call, Fault, FaultPlan},
    kubernetes::{Kubernetes, KubernetesError, Upstream, settings::Settings},
    requests::Log,
};

/// The shared state of API, endpoints and handles.
#[derive(Debug)]
pub(crate) struct Control {
    state: Mutex<State>,
    log: Mutex<Log>,
    runtime: tokio::runtime::Handle,
    /// Routes of the proxy.
    pub(crate) hosts: Hosts,
}

/// Mutable state.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) behaviour: Behaviour,
    pub(crate) faults: FaultPlan,
    pub(crate) accounts: Vec<Account>,
    pub(crate) clusters: BTreeMap<String, Stored>,
}

/// One cluster.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    pub(crate) organisation: String,
    /// Canonical fields (`api::schema`), and others that a test has set.
    pub(crate) fields: Object,
    /// The cluster before the last PATCH, and the number of reads that return it.
    pub(crate) stale: Option<(Object, u32)>,
    /// Its real control plane, if it has one.
    pub(crate) kubernetes: Option<Arc<Kubernetes>>,
    /// Its endpoints, which end when it is deleted.
    pub(crate) endpoints: Option<Routes>,
    /// Whether its control plane is still being started: until then no transition ends.
    pub(crate) launching: bool,
    /// Counts changes: only the newest one ends a transition.
    revision: u64,
}

impl Stored {
    pub(crate) fn new(organisation: &str, fields: Object) -> Self {
        Self { organisation: organisation.to_owned(), fields, ..Self::default() }
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.fields.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.fields.insert(name.to_owned(), value.into());
    }

    /// Sets the status of a cluster that was just changed; the number is for [`Control::settle`].
    pub(crate) fn touch(&mut self, status: &str) -> u64 {
        self.set("status", status);
        self.set("updatedAt", now());
        self.revision += 1;
        self.revision
    }

    /// The fields for a read.
    pub(crate) fn read(&mut self) -> Object {
        match &mut self.stale {
            Some((before, reads)) if *reads > 0 => {
                *reads -= 1;
                before.clone()
            }
            _ => self.fields.clone(),
        }
    }
}

impl Control {
    pub(crate) fn new(runtime: tokio::runtime::Handle) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), log: Mutex::default(), runtime, hosts: Hosts::default() })
    }

    /// The state. A panic elsewhere while it was locked does no harm: every change is one assignment.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn runtime(&self) -> &tokio::runtime::Handle {
        &self.runtime
    }

    pub(crate) fn behaviour(&self) -> Behaviour {
        self.state().behaviour.clone()
    }

    pub(crate) fn take_fault(&self, call: Call, request: &Parts) -> Option<Fault> {
        let path = request.uri.path_and_query().map_or("", http::uri::PathAndQuery::as_str);
        self.state().faults.take(call, &request.method, path)
    }

    /// Log of requests.
    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Applies a change in the background, and ends the transition once it is in force.
    pub(crate) fn settle(self: &Arc<Self>, id: &str, revision: u64) {
        let (control, id) = (Arc::clone(self), id.to_owned());
        self.runtime.spawn(async move {
            let started = Instant::now();
            let least = control.least(&id);
            let in_force = control.reconcile(&id).await;
            tokio::time::sleep_until(started + least).await;
            let mut state = control.state();
            let end = state.behaviour.changes_end;
            let is_last = |cluster: &&mut Stored| cluster.revision == revision && !cluster.launching;
            let Some(cluster) = state.clusters.get_mut(&id).filter(is_last) else {
                return;
            };
            let status = match (end, cluster.text("status")) {
                (_, "STATUS_DELETING" | "STATUS_DELETED") | (ChangesEnd::Never, _) => return,
                (ChangesEnd::Running, _) if in_force => "STATUS_RUNNING",
                (ChangesEnd::Running, _) => "STATUS_ERROR",
                (ChangesEnd::Failed, "STATUS_UPGRADING") => "STATUS_UPGRADE_FAILED",
                (ChangesEnd::Failed, _) => "STATUS_FAILED",
            };
            cluster.set("status", status);
            cluster.set("updatedAt", now());
        });
    }

    /// Minimum time of the cluster's transition.
    fn least(&self, id: &str) -> Duration {
        let state = self.state();
        match state.clusters.get(id).map(|cluster| cluster.text("status")) {
            Some("STATUS_CREATING") => state.behaviour.creating_for,
            _ => state.behaviour.updating_for,
        }
    }

    /// Gives a new cluster its control plane and endpoints, and ends its transition; without them it is FAILED.
    pub(crate) fn launched(self: &Arc<Self>, id: &str, launched: Option<(Arc<Kubernetes>, Routes)>) {
        let mut state = self.state();
        let Some(cluster) = state.clusters.get_mut(id) else {
            drop(state);
            // It was deleted meanwhile.
            if let Some((kubernetes, _)) = launched {
                self.end(kubernetes);
            }
            return;
        };
        cluster.launching = false;
        if let Some((kubernetes, endpoints)) = launched {
            cluster.kubernetes = Some(kubernetes);
            cluster.endpoints = Some(endpoints);
            let revision = cluster.revision;
            drop(state);
            self.settle(id, revision);
        } else if cluster.text("status") != "STATUS_DELETING" {
            cluster.touch("STATUS_FAILED");
        }
    }

    /// Deletes a DELETING cluster after its minimum time.
    pub(crate) fn remove_later(self: &Arc<Self>, id: &str) {
        let (control, id) = (Arc::clone(self), id.to_owned());
        self.runtime.spawn(async move {
            let least = control.behaviour().deleting_for;
            tokio::time::sleep(least).await;
            control.forget(&id);
        });
    }

    /// Deletes a cluster at once, with its control plane.
    pub(crate) fn forget(&self, id: &str) {
        let cluster = self.state().clusters.remove(id);
        if let Some(kubernetes) = cluster.and_then(|cluster| cluster.kubernetes) {
            self.end(kubernetes);
        }
    }

    fn end(&self, kubernetes: Arc<Kubernetes>) {
        self.runtime.spawn(async move { kubernetes.end().await });
    }

    /// The kube-apiserver of a cluster.
    pub(crate) fn upstream(&self, id: &str) -> Option<Upstream> {
        self.kubernetes(id).map(|kubernetes| kubernetes.upstream())
    }

    pub(crate) fn kubernetes(&self, id: &str) -> Option<Arc<Kubernetes>> {
        self.state().clusters.get(id)?.kubernetes.clone()
    }

    /// Applies the stored settings to the real control plane; `false` if it rejects them.
    async fn reconcile(&self, id: &str) -> bool {
        let Some(kubernetes) = self.kubernetes(id) else {
            return true;
        };
        let wanted = || {
            let state = self.state();
            let cluster = state.clusters.get(id)?;
            Some(Settings::of(&cluster.fields, state.behaviour.admin_group))
        };
        match kubernetes.apply(wanted).await {
            Ok(()) => true,
            // Stopped meanwhile.
            Err(KubernetesError::Process(ProcessError::Closed { .. })) => false,
            Err(error) => {
                tracing::warn!(cluster = id, %error, "the real control plane rejects these settings");
                false
            }
        }
    }
}

/// The time in the API's format: RFC 3339, UTC, milliseconds.
pub(crate) fn now() -> String {
    format!("{:.3}", jiff::Timestamp::now())
}
