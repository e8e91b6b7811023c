//! Carries out histories: a world, two states, and the walks of Terraform between them.

mod reread;
mod walk;

use std::{
    collections::BTreeSet,
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, atomic::Ordering},
};

use serde_json::json;

use self::walk::Work;
use crate::{
    check,
    fault::Fault,
    history::{Part, Pinned, Route, Run, Step},
    record::Record,
    terraform::{
        Instance, Shown, State,
        apply::{Outcome, apply},
        locked,
        plan::{Action, Options, Plan, moved, plan},
        process::Process,
    },
    things::{self, Spot, Things, configuration, spot_of},
    wire::Wire,
    world::{CLUSTERS, Walk},
};

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
    /// For each state: whether others changed what is in it since it was last refreshed as a whole.
    disturbed: [bool; 2],
    seed: u64,
    /// How many walks there were.
    walks: u64,
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
#[derive(Clone, Debug, Default)]
pub struct Went {
    /// Requests of the plan, each by its kind.
    pub plan_requests: Vec<String>,
    /// Requests of the apply.
    pub apply_requests: Vec<String>,
    /// Whether nothing was to do.
    pub empty: bool,
    /// Whether there was an error, or the run was killed or interrupted.
    pub failed: bool,
    /// Whether the plan destroys a namespace with declared things inside, to create it again or not. They go with it, as a warning says, and
    /// the next plan makes them again.
    pub empties_a_namespace: bool,
}

impl Bench {
    /// An empty state, and nothing on the clusters.
    pub fn new(route: Route, seed: u64) -> Self {
        let mut record = Record::new();
        if route == Route::HiddenIssuer {
            record.world.hide_issuers();
        }
        Self {
            record,
            route,
            declared_keys: BTreeSet::new(),
            listens: false,
            skips_verification: false,
            disturbed: [false; 2],
            seed,
            walks: 0,
            saved: None,
        }
    }

    /// Does one step, with a fault or without.
    pub fn step(&mut self, step: &Step, fault: Option<Pinned>) -> Went {
        match step {
            Step::Apply(run) => self.runs(std::slice::from_ref(run), fault),
            Step::Together(runs) => self.runs(runs, fault),
            Step::Save(run) => {
                let (went, planned) = self.plan(std::slice::from_ref(run), fault);
                let state = self.states[usize::from(run.state)].clone();
                let planned = planned.into_iter().next().flatten();
                self.saved = planned.map(|planned| (run.clone(), planned, state));
                went
            }
            Step::ApplySaved => match self.saved.take() {
                // Terraform refuses a plan that was made from another state.
                Some((run, planned, state)) if state == self.states[usize::from(run.state)] => {
                    self.apply(&[(run, planned)], fault)
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
                self.disturbed = [true; 2];
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

    /// Runs of Terraform, each with a state of its own: plans at the same time, then applies at the same time.
    fn runs(&mut self, runs: &[Run], fault: Option<Pinned>) -> Went {
        let (mut went, planned) = self.plan(runs, fault);
        let mut changes = Vec::new();
        for (run, planned) in runs.iter().zip(planned) {
            match planned {
                // Terraform writes what a refresh found, also if nothing is to do.
                Some(planned) if planned.is_empty() => {
                    self.states[usize::from(run.state)] = planned.prior;
                }
                Some(planned) => changes.push((run.clone(), planned)),
                None => {}
            }
        }
        if !changes.is_empty() {
            let applied = self.apply(&changes, fault);
            went.apply_requests = applied.apply_requests;
            went.failed |= applied.failed;
        }
        went
    }

    /// Plans.
    pub fn plan(&mut self, runs: &[Run], fault: Option<Pinned>) -> (Went, Vec<Option<Plan>>) {
        for run in runs {
            self.declared_keys.extend(things::declared_keys(&run.things));
        }
        let fault =
            fault.filter(|pinned| pinned.part == Part::Plan).map(|pinned| (pinned.request, pinned.fault));
        let terminating = self.world.is_terminating();
        let mut works = Vec::new();
        let mut results = Vec::new();
        for run in runs {
            let result = Arc::new(Mutex::new((None, Shown::default())));
            let (given, kept) = (self.states[usize::from(run.state)].clone(), Arc::clone(&result));
            let (configuration, options) = (configuration(&run.things, run.by_data), options(run));
            let work = async move |process: Process, _| {
                let mut shown = Shown::default();
                let planned = plan(&process, &given, &configuration, &options, &mut shown).await;
                *locked(&kept) = (planned, shown);
            };
            let rules = Walk { reads_only: true, ..Walk::default() };
            works.push(Work { rules, settings: self.settings(run.foreign), outcome: None, calls: work });
            results.push(result);
        }
        let requests = self.walk(works, fault);
        if runs.iter().any(|run| !run.imports.is_empty()) {
            self.note_import(fault);
        }
        let mut all = Vec::new();
        for (run, result) in runs.iter().zip(results) {
            let (planned, shown) = std::mem::take(&mut *locked(&result));
            self.note(shown);
            if let Some(planned) = &planned {
                let before = moved(self.states[usize::from(run.state)].clone(), &run.moved);
                check::after_refresh(self, &before, planned, fault.map(|(_, fault)| fault));
            }
            let in_part = planned.is_none() || run.no_refresh || !run.target.is_empty();
            self.disturbed[usize::from(run.state)] &= in_part || terminating;
            all.push(planned);
        }
        self.disturb(fault);
        self.judge_unproved(is_kill(fault));
        let went = Went {
            plan_requests: requests,
            apply_requests: Vec::new(),
            empty: all.iter().all(|planned| planned.as_ref().is_some_and(Plan::is_empty)),
            failed: all.iter().any(Option::is_none),
            empties_a_namespace: runs.iter().zip(&all).any(|(run, planned)| {
                planned.as_ref().is_some_and(|planned| empties_a_namespace(planned, &run.things))
            }),
        };
        (went, all)
    }

    /// The applies of plans.
    fn apply(&mut self, runs: &[(Run, Plan)], fault: Option<Pinned>) -> Went {
        let fault =
            fault.filter(|pinned| pinned.part == Part::Apply).map(|pinned| (pinned.request, pinned.fault));
        let mut works = Vec::new();
        let mut outcomes = Vec::new();
        let outdated = Arc::new(Mutex::new(Vec::new()));
        for (run, planned) in runs {
            let outcome = Arc::new(Outcome::default());
            locked(&outcome.state).clone_from(&planned.prior);
            let (planned, kept, keeps_private) = (planned.clone(), Arc::clone(&outcome), !run.older);
            let rules = rules(run, &planned, &self.declared_keys);
            let (rereads, found) = (run.rereads && fault.is_none(), Arc::clone(&outdated));
            let work = async move |process: Process, wire: Wire| {
                if rereads {
                    reread::before(&process, &planned.prior).await;
                }
                apply(&process, &planned, keeps_private, &kept).await;
                if rereads {
                    let state = locked(&kept.state).clone();
                    let wrong = reread::after(&process, &planned.prior, &state, &wire).await;
                    locked(&found).extend(wrong);
                }
            };
            let settings = self.settings(run.foreign);
            works.push(Work { rules, settings, outcome: Some(Arc::clone(&outcome)), calls: work });
            outcomes.push(outcome);
        }
        let requests = self.walk(works, fault);
        for what in std::mem::take(&mut *locked(&outdated)) {
            self.violate("a refresh is of after what this run wrote, and of the last five seconds", what);
        }
        if fault.is_none() && runs.iter().any(|(run, _)| run.rereads) {
            self.disturbed = [true; 2];
        }
        let mut failed = is_kill(fault);
        for ((run, _), outcome) in runs.iter().zip(outcomes) {
            let state = std::mem::take(&mut *locked(&outcome.state));
            self.states[usize::from(run.state)] = state;
            let shown = std::mem::take(&mut *locked(&outcome.shown));
            let interrupted = outcome.stopped.load(Ordering::Relaxed);
            failed |= shown.has_errors() || !shown.broken.is_empty() || interrupted;
            self.note(shown);
        }
        self.judge_unproved(is_kill(fault));
        if is_kill(fault) {
            self.forget_unbound();
        }
        self.disturb(fault);
        // No plan with `-target` can name what it leaves out and a namespace takes along.
        let names_all = |(run, planned): &(Run, Plan)| {
            run.target.is_empty() || planned.destroyed().all(|change| change.type_name != "cks_namespace")
        };
        let sound = !failed && runs.iter().all(names_all) && self.is_at_its_place();
        let undisturbed = self.disturbed.map(|disturbed| sound && !disturbed);
        check::after_apply(self, undisturbed);
        Went { apply_requests: requests, failed, ..Went::default() }
    }

    /// A token without a Secret that was issued just before the run was killed is nowhere but in the server: it can only expire.
    fn forget_unbound(&mut self) {
        let tokens = self.world.kubernetes.values().flat_map(|kubernetes| &kubernetes.tokens);
        let unbound: Vec<_> =
            tokens.filter(|token| token.secret.is_none()).map(|token| token.text.clone()).collect();
        let states = self.states.iter().flat_map(State::values);
        let kept: BTreeSet<_> = states.filter_map(text_of("token")).collect();
        self.forgotten.extend(unbound.into_iter().filter(|token| !kept.contains(token)));
    }

    /// Whether nobody else changed what is in the states of these runs since they were last refreshed.
    pub(crate) fn is_undisturbed(&self, runs: &[Run]) -> bool {
        runs.iter().all(|run| !self.disturbed[usize::from(run.state)])
    }

    /// Notes that others change the clusters, or that an address leads to another.
    fn disturb(&mut self, fault: Option<(usize, Fault)>) {
        if fault.is_some_and(|(_, fault)| fault.is_elsewhere()) {
            self.disturbed = [true; 2];
        }
    }

    fn import(&mut self, address: &str, thing: &things::Thing) -> Went {
        let (Some(id), false) = (things::import_id(thing), self.states[0].contains_key(address)) else {
            return Went::default();
        };
        let things = Things::from([(address.to_owned(), thing.clone())]);
        let declared = configuration(&things, false).remove(address);
        let Some(declared) = declared else { return Went::default() };
        let result = Arc::new(Mutex::new((None, Shown::default())));
        let (kept, type_name) = (Arc::clone(&result), declared.type_name);
        let work = async move |process: Process, _| {
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
        };
        let rules = Walk { reads_only: true, ..Walk::default() };
        let requests =
            self.walk(vec![Work { rules, settings: self.settings(false), outcome: None, calls: work }], None);
        self.note_import(None);
        let (instance, shown) = std::mem::take(&mut *locked(&result));
        let failed = instance.is_none();
        if let Some(instance) = instance {
            self.states[0].insert(address.to_owned(), instance);
        }
        self.note(shown);
        self.judge_unproved(false);
        Went { plan_requests: requests, failed, ..Went::default() }
    }

    /// An import from an address that leads to another cluster, which nothing tells.
    fn note_import(&mut self, fault: Option<(usize, Fault)>) {
        let is_moving = fault.is_some_and(|(_, fault)| [Fault::Swapped, Fault::Astray].contains(&fault));
        if self.route == Route::HiddenIssuer && (is_moving || !self.is_at_its_place()) {
            self.world.unproved.push("an import".to_owned());
        }
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
}

/// Whether a plan destroys a namespace that declared things are in.
fn empties_a_namespace(planned: &Plan, things: &Things) -> bool {
    let destroyed = planned.destroyed().filter_map(|change| change.prior.as_ref());
    let mut spots = destroyed.map(|prior| spot_of(prior.type_name, &prior.value));
    spots.any(|spot| things.values().any(|thing| thing.is_inside(&spot)))
}

fn is_kill(fault: Option<(usize, Fault)>) -> bool {
    matches!(fault, Some((_, Fault::KilledBefore | Fault::KilledAfter)))
}

/// How a run plans.
fn options(run: &Run) -> Options {
    let id = |address: &String| Some((address.clone(), things::import_id(run.things.get(address)?)?));
    Options {
        no_refresh: run.no_refresh,
        replace: run.replace.iter().cloned().collect(),
        target: run.target.clone(),
        imports: run.imports.iter().filter_map(id).collect(),
        moved: run.moved.clone(),
    }
}

/// What the apply of a plan may write.
fn rules(run: &Run, planned: &Plan, declared_keys: &BTreeSet<String>) -> Walk {
    let with_prior = |is_meant: fn(Action) -> bool| {
        let changes = planned.changes.values().filter(move |change| is_meant(change.action));
        changes.filter_map(|change| change.prior.as_ref())
    };
    let destroying = with_prior(|action| matches!(action, Action::Destroy | Action::Replace));
    // What the plan keeps, and what targets leave out, is not to be touched either.
    let changing = || with_prior(|action| action != Action::Keep);
    Walk {
        known: changing().flat_map(known).collect(),
        adopting: run.things.values().filter(|it| it.adopt).map(|it| it.spot().key()).collect(),
        destroying: destroying.flat_map(known).collect(),
        token_ids: changing().filter(|it| it.type_name.ends_with("_token")).flat_map(text_of("id")).collect(),
        declared_keys: declared_keys.clone(),
        ..Walk::default()
    }
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

/// A text of an object.
fn text_of(name: &'static str) -> impl Fn(&Instance) -> Option<String> {
    move |instance| instance.value.member(name).as_str().map(str::to_owned)
}
