//! Carries out histories: a world, two states, and the walks of Terraform between them. Each walk is a runtime of its own with a paused
//! clock, so that hours pass in an instant and a killed run leaves nothing running.

use std::{
    collections::BTreeSet,
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    check,
    fault::Fault,
    history::{Part, Pinned, Route, Run, Step},
    log::Log,
    record::Record,
    terraform::{
        Instance, Shown, State,
        apply::{Outcome, apply},
        locked,
        plan::{Action, Options, Plan, plan},
        process::Process,
    },
    things::{self, Spot, Things, configuration, spot_of},
    wire::{self, MOST_REQUESTS, Wire},
    world::{CLUSTERS, PASSWORD, TOKEN, Walk, address, address_token},
};

/// Longer than all time limits of a run together.
const LONGEST: Duration = Duration::from_hours(6);

/// A world and the states of Terraform.
#[derive(Clone, Debug)]
pub struct Bench {
    record: Record,
    /// How clusters are reached.
    route: Route,
    /// Label keys that were ever declared.
    declared_keys: BTreeSet<String>,
    /// Whether what the provider logs is searched for secrets.
    pub listens: bool,
    /// Whether kubeconfigs have `insecure-skip-tls-verify`.
    pub skips_verification: bool,
    disturbed: bool,
    seed: u64,
    saved: Option<(Run, Plan, State)>,
}

impl Deref for Bench {
    type Target = Record;

    fn deref(&self) -> &Record {
        &self.record
    }
}

impl DerefMut for Bench {
    fn deref_mut(&mut self) -> &mut Record {
        &mut self.record
    }
}

/// How a step went.
#[derive(Clone, Copy, Debug, Default)]
pub struct Went {
    /// Requests of the plan.
    pub plan_requests: usize,
    /// Requests of the apply.
    pub apply_requests: usize,
    /// Whether nothing was to do.
    pub empty: bool,
    /// Whether there was an error, or the run was killed or interrupted.
    pub failed: bool,
}

impl Bench {
    /// An empty state, and nothing on the clusters.
    pub fn new(route: Route, seed: u64) -> Self {
        Self {
            record: Record::default(),
            route,
            declared_keys: BTreeSet::new(),
            listens: false,
            skips_verification: false,
            disturbed: false,
            seed,
            saved: None,
        }
    }

    /// Does one step, with a fault or without.
    pub fn step(&mut self, step: &Step, fault: Option<Pinned>) -> Went {
        match step {
            Step::Apply(run) => {
                let (mut went, planned) = self.plan(run, fault);
                // Terraform writes what a refresh found, also if nothing is to do.
                if let Some(planned) = planned.as_ref().filter(|_| went.empty) {
                    self.states[usize::from(run.state)].clone_from(&planned.prior);
                }
                if let Some(planned) = planned.filter(|_| !went.empty) {
                    let applied = self.apply(run, &planned, fault);
                    went.apply_requests = applied.apply_requests;
                    went.failed |= applied.failed;
                }
                went
            }
            Step::Save(run) => {
                let (went, planned) = self.plan(run, fault);
                let state = self.states[usize::from(run.state)].clone();
                self.saved = planned.map(|planned| (run.clone(), planned, state));
                went
            }
            Step::ApplySaved => match self.saved.take() {
                // Terraform refuses a plan that was made from another state.
                Some((run, planned, state)) if state == self.states[usize::from(run.state)] => {
                    self.apply(&run, &planned, fault)
                }
                _ => Went::default(),
            },
            Step::Import { address, thing } => self.import(address, thing),
            Step::Forget { address } => {
                let forgotten = self.states[0].remove(address);
                self.forgotten.extend(forgotten.iter().flat_map(names));
                Went::default()
            }
            Step::Outside { thing, how } => {
                self.disturbed = true;
                match thing.spot() {
                    Spot::Object(cluster, place) => self.world.interfere(cluster, &place, *how),
                    Spot::Block(cluster, block) => {
                        let strange = if block == "oidc" {
                            json!({"issuerUrl": "https://stranger.example.com", "clientId": "stranger"})
                        } else {
                            json!({"server": "https://stranger.example.com"})
                        };
                        let now = self.world.now;
                        self.world.coreweave.set_block(
                            cluster,
                            block,
                            (*how == Fault::Edited).then_some(strange),
                            now,
                        );
                    }
                    Spot::Token => {}
                }
                Went::default()
            }
            Step::Swap => {
                for cluster in self.world.addresses.values_mut() {
                    *cluster = (*cluster + 1) % CLUSTERS.len();
                }
                Went::default()
            }
            Step::Copy => {
                self.world.copy();
                Went::default()
            }
            Step::Wait { hours } => {
                let later = self.world.now + i64::from(*hours) * 3_600_000;
                self.world.advance(later);
                Went::default()
            }
        }
    }

    /// A plan.
    pub fn plan(&mut self, run: &Run, fault: Option<Pinned>) -> (Went, Option<Plan>) {
        self.declared_keys.extend(things::declared_keys(&run.things));
        let state = self.states[usize::from(run.state)].clone();
        let fault =
            fault.filter(|pinned| pinned.part == Part::Plan).map(|pinned| (pinned.request, pinned.fault));
        self.disturbed = disturbs(fault) || self.disturbed && run.no_refresh;
        let walk = Walk { reads_only: true, ..Walk::default() };
        let settings = self.settings();
        let configuration = configuration(&run.things);
        let options = Options { no_refresh: run.no_refresh, replace: run.replace.iter().cloned().collect() };
        let shown = Arc::new(Mutex::new(Shown::default()));
        let result = Arc::new(Mutex::new(None));
        let (given, kept, found) = (state.clone(), Arc::clone(&shown), Arc::clone(&result));
        let requests = self.walk(
            walk,
            fault,
            None,
            async move |process| {
                let mut own = Shown::default();
                *locked(&found) = plan(&process, &given, &configuration, &options, &mut own).await;
                *locked(&kept) = own;
            },
            &settings,
        );
        let planned = locked(&result).take();
        let shown = std::mem::take(&mut *locked(&shown));
        self.note(shown);
        let went = Went {
            plan_requests: requests,
            apply_requests: 0,
            empty: planned.as_ref().is_some_and(Plan::is_empty),
            failed: planned.is_none(),
        };
        if let Some(planned) = &planned {
            check::after_refresh(self, &state, planned, fault.map(|(_, fault)| fault));
        }
        (went, planned)
    }

    /// The apply of a plan.
    fn apply(&mut self, run: &Run, planned: &Plan, fault: Option<Pinned>) -> Went {
        let fault =
            fault.filter(|pinned| pinned.part == Part::Apply).map(|pinned| (pinned.request, pinned.fault));
        let destroyed = |action| matches!(action, Action::Destroy | Action::Replace);
        let destroying = planned
            .changes
            .values()
            .filter(|change| destroyed(change.action))
            .filter_map(|change| change.prior.as_ref());
        let walk = Walk {
            reads_only: false,
            known: planned.prior.values().flat_map(known).collect(),
            adopting: run
                .things
                .values()
                .filter(|thing| thing.adopt)
                .map(|thing| thing.spot().key())
                .collect(),
            destroying: destroying.flat_map(known).collect(),
            token_ids: planned
                .prior
                .values()
                .filter(|it| it.type_name.ends_with("_token"))
                .flat_map(text_of("id"))
                .collect(),
            declared_keys: self.declared_keys.clone(),
        };
        let outcome = Arc::new(Outcome::default());
        locked(&outcome.state).clone_from(&planned.prior);
        let (settings, keeps_private) = (self.settings(), !run.older);
        let (plan, kept) = (planned.clone(), Arc::clone(&outcome));
        let requests = self.walk(
            walk,
            fault,
            Some(&outcome),
            async move |process| {
                apply(&process, &plan, keeps_private, &kept).await;
            },
            &settings,
        );
        let state = std::mem::take(&mut *locked(&outcome.state));
        self.states[usize::from(run.state)] = state;
        let shown = std::mem::take(&mut *locked(&outcome.shown));
        let interrupted = outcome.stopped.load(Ordering::Relaxed)
            || matches!(fault, Some((_, Fault::KilledBefore | Fault::KilledAfter)));
        let failed = shown.has_errors() || !shown.broken.is_empty() || interrupted;
        self.note(shown);
        self.disturbed |= disturbs(fault);
        let undisturbed = !failed && !self.disturbed && self.is_at_its_place();
        check::after_apply(self, undisturbed);
        Went { plan_requests: 0, apply_requests: requests, empty: false, failed }
    }

    fn import(&mut self, address: &str, thing: &things::Thing) -> Went {
        let (Some(id), false) = (things::import_id(thing), self.states[0].contains_key(address)) else {
            return Went::default();
        };
        let things = Things::from([(address.to_owned(), thing.clone())]);
        let declared = configuration(&things).remove(address);
        let Some(declared) = declared else { return Went::default() };
        let result = Arc::new(Mutex::new((None, Shown::default())));
        let (kept, type_name) = (Arc::clone(&result), declared.type_name);
        let walk = Walk { reads_only: true, ..Walk::default() };
        let settings = self.settings();
        let requests = self.walk(
            walk,
            None,
            None,
            async move |process| {
                let imported = process.import(type_name, &id).await;
                let mut shown = Shown { diagnostics: imported.diagnostics, ..Shown::default() };
                if shown.has_errors() || imported.value.is_null() {
                    *locked(&kept) = (None, shown);
                    return;
                }
                let read = process.read(type_name, &imported.value, &imported.private).await;
                let gone = read.failed() || read.value.is_null();
                shown.diagnostics.extend(read.diagnostics);
                let instance = (!gone).then(|| Instance {
                    type_name,
                    value: read.value,
                    private: read.private,
                    tainted: false,
                    needs: BTreeSet::new(),
                });
                *locked(&kept) = (instance, shown);
            },
            &settings,
        );
        let (instance, shown) = std::mem::take(&mut *locked(&result));
        let failed = instance.is_none();
        if let Some(instance) = instance {
            self.states[0].insert(address.to_owned(), instance);
        }
        self.note(shown);
        Went { plan_requests: requests, failed, ..Went::default() }
    }

    /// One process of Terraform with one of the provider. Returns the number of requests.
    fn walk<W, F>(
        &mut self,
        walk: Walk,
        fault: Option<(usize, Fault)>,
        outcome: Option<&Arc<Outcome>>,
        work: W,
        settings: &Value,
    ) -> usize
    where
        W: FnOnce(Process) -> F,
        F: Future<Output = ()>,
    {
        self.seed = self.seed.wrapping_add(1);
        fastrand::seed(self.seed);
        let addresses = self.world.addresses.clone();
        self.world.walk = walk;
        for kubernetes in self.world.kubernetes.values_mut() {
            kubernetes.walk_number += 1;
        }
        let world = Arc::new(Mutex::new(std::mem::take(&mut self.world)));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let Ok(runtime) = runtime else { return 0 };
        let log = Log::default();
        let listening = self.listens.then(|| log.listen());
        let (requests, now, hung, diagnostics) = runtime.block_on(async {
            let wire = Wire::new(&world, fault, self.seed);
            let run = async {
                let (process, diagnostics) = Process::start(Arc::new(wire.clone()), settings).await;
                let stopping = async {
                    wire.stopped().await;
                    if let Some(outcome) = outcome {
                        outcome.stopped.store(true, Ordering::Relaxed);
                    }
                    process.stop().await;
                    std::future::pending::<()>().await;
                };
                tokio::select! {
                    () = work(process.clone()) => {}
                    () = stopping => {}
                }
                diagnostics
            };
            let ended = tokio::select! {
                ended = tokio::time::timeout(LONGEST, run) => ended.ok(),
                () = wire.killed() => Some(Vec::new()),
            };
            (wire.requests(), wire.now(), ended.is_none(), ended.unwrap_or_default())
        });
        drop(runtime);
        drop(listening);
        self.world = std::mem::take(&mut *wire::locked(&world));
        self.world.now = self.world.now.max(now);
        self.world.addresses = addresses;
        let mut found = std::mem::take(&mut self.world.violations);
        self.violations.append(&mut found);
        self.shown.extend(diagnostics);
        if let Some(line) = log.line_with(&self.world.secrets()) {
            self.violate("no secret is logged", line);
        }
        if hung {
            self.violate("nothing hangs", "a run did not end within six hours");
        }
        if requests > MOST_REQUESTS {
            self.violate("requests are bounded", format!("{requests} requests in one run"));
        }
        requests
    }

    fn note(&mut self, shown: Shown) {
        for diagnostic in &shown.diagnostics {
            check::message(self, diagnostic);
        }
        for broken in shown.broken {
            self.violate("core's rules are kept", broken);
        }
        for address in shown.late {
            self.violate("an unknown id never destroys", address);
        }
        self.shown.extend(shown.diagnostics);
    }

    fn settings(&self) -> Value {
        let mut settings = json!({"token": TOKEN, "endpoint": "https://api.coreweave.com"});
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

/// What a walk may touch because of this object: its uid, or its block.
fn known(instance: &Instance) -> Vec<String> {
    let spot = spot_of(instance.type_name, &instance.value);
    let uid = instance.value.member("uid").as_str().map(str::to_owned);
    match spot {
        Spot::Block(..) => vec![spot.key()],
        _ => uid.into_iter().collect(),
    }
}

/// By what an object, a block or a token is recognised.
fn names(instance: &Instance) -> Vec<String> {
    let token = instance.value.member("token").as_str().map(str::to_owned);
    known(instance).into_iter().chain(token).collect()
}

/// Whether others change the cluster, or the cluster is another.
fn disturbs(fault: Option<(usize, Fault)>) -> bool {
    fault.is_some_and(|(_, fault)| {
        fault.is_another_client() || [Fault::Swapped, Fault::Astray].contains(&fault)
    })
}

/// A text of an object.
fn text_of(name: &'static str) -> impl Fn(&Instance) -> Option<String> {
    move |instance| instance.value.member(name).as_str().map(str::to_owned)
}
