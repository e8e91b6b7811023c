//! One walk: Terraform and the provider as processes, on a runtime of their own with a paused clock, so that hours pass in an instant and
//! what is killed leaves nothing running. Two runs at the same time share runtime and network, each with its own processes.

use std::{
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};

use serde_json::{Value, json};
use tfplugin::Diagnostic;

use super::Bench;
use crate::{
    fault::Fault,
    history::Route,
    log::Log,
    terraform::{apply::Outcome, process::Process},
    wire::{self, MOST_REQUESTS, Wire},
    world::{CLUSTERS, OTHER_TOKEN, PASSWORD, TOKEN, Walk, address, address_token},
};

/// Longer than all time limits of a run together.
const LONGEST: Duration = Duration::from_hours(6);

/// What one process of Terraform does.
pub(super) struct Work<W> {
    /// What it may write.
    pub(super) rules: Walk,
    /// The provider block.
    pub(super) settings: Value,
    /// What learns of an interrupt, after which nothing further begins.
    pub(super) outcome: Option<Arc<Outcome>>,
    /// Its calls.
    pub(super) calls: W,
}

impl Bench {
    /// Does this at the same time. Returns what kind of request each was.
    pub(super) fn walk<W, F>(&mut self, works: Vec<Work<W>>, fault: Option<(usize, Fault)>) -> Vec<String>
    where
        W: FnOnce(Process, Wire) -> F,
        F: Future<Output = ()>,
    {
        self.seed = self.seed.wrapping_add(1);
        fastrand::seed(self.seed);
        let addresses = self.world.addresses.clone();
        self.world.walks = works.iter().map(|work| work.rules.clone()).collect();
        for walk in &mut self.record.world.walks {
            self.walks += 1;
            walk.number = self.walks;
        }
        let world = Arc::new(Mutex::new(std::mem::take(&mut self.world)));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let Ok(runtime) = runtime else { return Vec::new() };
        let log = Log::default();
        let listening = self.listens.then(|| log.listen());
        let (requests, now, ended) = runtime.block_on(async {
            let wire = Wire::new(&world, fault, self.seed);
            let ended = tokio::select! {
                ended = tokio::time::timeout(LONGEST, at_once(works, &wire, self.seed % 4)) => ended.ok(),
                () = wire.killed() => Some(Vec::new()),
            };
            (wire.requests(), wire.now(), ended)
        });
        drop(runtime);
        drop(listening);
        self.world = std::mem::take(&mut *wire::locked(&world));
        self.world.now = self.world.now.max(now);
        self.world.addresses = addresses;
        for found in std::mem::take(&mut self.world.violations) {
            self.violate(found.promise, found.what);
        }
        if let Some(line) = log.line_with(&self.world.secrets()) {
            self.violate("no secret is logged", line);
        }
        match ended {
            Some(diagnostics) => self.shown.extend(diagnostics),
            None => self.violate("nothing hangs", "a run did not end within six hours"),
        }
        if requests.len() > MOST_REQUESTS {
            self.violate("requests are bounded", format!("{} requests in one run", requests.len()));
        }
        requests
    }

    /// The provider block. `foreign`: with the CoreWeave token of another organisation.
    pub(super) fn settings(&self, foreign: bool) -> Value {
        let token = if foreign { OTHER_TOKEN } else { TOKEN };
        let mut settings = json!({"token": token, "endpoint": "https://api.coreweave.com"});
        let entry = |(index, id): (usize, &&str)| {
            if self.route == Route::Kubeconfig {
                return json!({"cluster_id": id, "kubeconfig": kubeconfig(index, self.skips_verification)});
            }
            let host = format!("https://{}", address(index));
            json!({"cluster_id": id, "host": host, "token": address_token(index)})
        };
        if self.route != Route::Managed {
            settings["kubernetes"] = CLUSTERS.iter().enumerate().map(entry).collect();
        }
        settings
    }
}

/// A kubeconfig of a cluster, with a login in the server's URL.
fn kubeconfig(cluster: usize, skips_verification: bool) -> String {
    let server = format!("https://sweeper:{PASSWORD}@{}", address(cluster));
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": server, "insecure-skip-tls-verify": skips_verification}}],
        "users": [{"name": "c", "user": {"token": address_token(cluster)}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
    });
    config.to_string()
}

/// Starts the processes, then does all works. An interrupt is for all of them. `single_reads`: users have more objects, so that lists serve
/// refreshes after three; here after none to three.
async fn at_once<W, F>(works: Vec<Work<W>>, wire: &Wire, single_reads: u64) -> Vec<Diagnostic>
where
    W: FnOnce(Process, Wire) -> F,
    F: Future<Output = ()>,
{
    let (mut shown, mut processes, mut outcomes, mut jobs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (run, Work { settings, outcome, calls, .. }) in works.into_iter().enumerate() {
        let (process, diagnostics) =
            Process::start(Arc::new(wire.of_run(run)), single_reads, &settings).await;
        shown.extend(diagnostics);
        jobs.push(calls(process.clone(), wire.clone()));
        processes.push(process);
        outcomes.extend(outcome);
    }
    let stopping = async {
        wire.stopped().await;
        for outcome in &outcomes {
            outcome.stopped.store(true, Ordering::Relaxed);
        }
        for process in &processes {
            process.stop().await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = all(jobs) => {}
        () = stopping => {}
    }
    shown
}

/// Ends when all have ended.
async fn all<F: Future<Output = ()>>(mut jobs: Vec<F>) {
    let Some(last) = jobs.pop() else { return };
    tokio::join!(Box::pin(all(jobs)), last);
}
