//! All faults at all requests of the last step of a history, each followed by a recovery and the checks.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use proptest::{
    strategy::{Strategy as _, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use crate::{
    bench::{Bench, Went},
    check::{asks_the_user, at_the_end},
    fault::Fault,
    generate,
    history::{History, Part, Pinned, Run, Step},
    terraform::locked,
    things::{self, Thing},
    world::Violation,
};

/// How many smaller histories are tried for one finding.
const SHRINKS: usize = 40;

/// How many applies may pass until a plan is empty.
const APPLIES: usize = 2;

/// A history that breaks promises.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The history, with its one fault.
    pub history: History,
    /// What must not be.
    pub violations: Vec<Violation>,
}

impl Broken {
    /// What was found, and how to run it again.
    pub fn report(&self) -> String {
        let found =
            self.violations.iter().map(|violation| format!("  {}: {}\n", violation.promise, violation.what));
        let found: String = found.collect();
        let history = self.history.text();
        format!(
            "{found}  CKS_SWEEP_REPLAY='{history}' cargo test -p sweep --test sweep replay -- --nocapture\n"
        )
    }
}

/// Runs a history with its one fault, and returns what must not be.
pub fn replay(history: &History) -> Vec<Violation> {
    let (mut bench, last) = prefix(history);
    let Some(last) = last else { return bench.violations.clone() };
    finish(&mut bench, last, history.fault, &history.steps);
    bench.violations.clone()
}

/// Runs a history with its one fault, and tells what happened: messages and requests.
pub fn explain(history: &History) -> String {
    let (mut bench, last) = prefix(history);
    if let Some(last) = last {
        finish(&mut bench, last, history.fault, &history.steps);
    }
    let shown = bench.shown.iter().map(|it| format!("{:?}: {}: {}", it.severity, it.summary, it.detail));
    let found = bench.violations.iter().map(|it| format!("broken: {}: {}", it.promise, it.what));
    let lines: Vec<_> = bench.world.log.iter().cloned().chain(shown).chain(found).collect();
    lines.join("\n")
}

/// Runs a history without faults, and with each of these at each request of its last step. Returns how many runs there were, and the
/// runs that break promises.
pub fn all_faults(history: &History, faults: &[Fault]) -> (usize, Vec<Broken>) {
    let (start, last) = prefix(history);
    let Some(last) = last else { return (0, Vec::new()) };
    let mut broken = Vec::new();
    let mut runs = 1;
    let mut note = |bench: Bench, fault| {
        if !bench.violations.is_empty() {
            let history = History { fault, ..history.clone() };
            broken.push(Broken { history, violations: bench.violations.clone() });
        }
    };
    let mut plain = start.clone();
    let went = finish(&mut plain, last, None, &history.steps);
    let failed_already = !plain.violations.is_empty();
    note(plain, None);
    if failed_already {
        return (runs, broken);
    }
    for (part, requests) in [(Part::Plan, went.plan_requests), (Part::Apply, went.apply_requests)] {
        for request in 0..requests {
            for &fault in faults {
                let pinned = Some(Pinned { part, request, fault });
                let mut bench = start.clone();
                finish(&mut bench, last, pinned, &history.steps);
                runs += 1;
                note(bench, pinned);
            }
        }
    }
    (runs, broken)
}

/// All steps but the last.
fn prefix(history: &History) -> (Bench, Option<&Step>) {
    let mut bench = Bench::new(history.route, history.seed);
    let Some((last, before)) = history.steps.split_last() else { return (bench, None) };
    for step in before {
        bench.step(step, None);
    }
    (bench, Some(last))
}

/// The last step with its fault, the recovery, and the checks.
fn finish(bench: &mut Bench, last: &Step, fault: Option<Pinned>, steps: &[Step]) -> Went {
    let shown_before = bench.shown.len();
    // Formatting every line takes its time.
    bench.listens = fault.is_none_or(|pinned| pinned.request % 8 == 0);
    let went = bench.step(last, fault);
    let plain = fault.is_none_or(|pinned| matches!(pinned.fault, Fault::SlowBefore | Fault::SlowAfter));
    if plain && went.failed && bench.is_at_its_place() {
        let errors = bench.errors(shown_before);
        if !errors.is_empty() && !asks_the_user(&bench.shown) {
            bench.violate("an undisturbed apply succeeds", format!("{errors:?}"));
        }
    }
    if steps.iter().filter(|step| **step == Step::Swap).count() % 2 == 1 {
        bench.step(&Step::Swap, None);
    }
    let wanted = steps.iter().rev().find_map(|step| match step {
        Step::Apply(run) | Step::Save(run) => Some(run),
        _ => None,
    });
    let Some(wanted) = wanted else { return went };
    let converged = recover(bench, wanted);
    let later = bench.world.now + 5_000;
    bench.world.advance(later);
    at_the_end(bench, converged.then_some(usize::from(wanted.state)));
    went
}

/// Applies again without faults, as a user does who reads the messages. Returns whether a plan is empty in the end.
fn recover(bench: &mut Bench, wanted: &Run) -> bool {
    // As long as an id is unknown at plan, the plan shows an update.
    let known =
        |(address, thing): (&String, &Thing)| (address.clone(), Thing { late: false, ..thing.clone() });
    let things = wanted.things.iter().map(known).collect();
    let run = Run { no_refresh: false, replace: Vec::new(), things, ..wanted.clone() };
    if applied(bench, &run) {
        return true;
    }
    // A message with an import block is followed: what is there was made by a run that could not record it, or by somebody else.
    let missing =
        run.things.iter().filter(|(address, _)| !bench.states[usize::from(run.state)].contains_key(*address));
    let missing: Vec<_> = missing.map(|(address, thing)| (address.clone(), thing.clone())).collect();
    let asked = asks_the_user(&bench.shown);
    if asked && run.state == 0 {
        for (address, thing) in missing {
            if things::import_id(&thing).is_some() {
                bench.step(&Step::Import { address, thing }, None);
            }
        }
        if applied(bench, &run) {
            return true;
        }
    }
    if !asked {
        let mut errors = bench.errors(0);
        let errors = errors.split_off(errors.len().saturating_sub(2));
        bench.violate("two applies are enough", format!("the plan is not empty; last errors: {errors:?}"));
    }
    false
}

fn applied(bench: &mut Bench, run: &Run) -> bool {
    for _ in 0..APPLIES {
        let went = bench.step(&Step::Apply(run.clone()), None);
        if went.empty && !went.failed {
            return true;
        }
    }
    let (went, _) = bench.plan(run, None);
    went.empty && !went.failed
}

/// How much is tried.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Number of histories that are generated.
    pub histories: u64,
    /// Number of the first one: each number has its own history.
    pub first: u64,
    /// Faults that are tried with each, drawn by chance; without a limit: each fault at each request.
    pub faults: Option<usize>,
    /// Promises that are known to be broken: what breaks one of them first is no finding.
    pub open: &'static [&'static str],
}

/// What a sweep found.
#[derive(Debug, Default)]
pub struct Findings {
    /// Histories that were run, with their faults.
    pub runs: usize,
    /// The smallest history for each kind of finding.
    pub broken: Vec<Broken>,
}

/// Sweeps generated histories with as many threads as there are processors. What breaks a promise is shrunk; each promise and fault is
/// reported once.
pub fn sweep(effort: Effort) -> Findings {
    let next = AtomicU64::new(effort.first);
    let findings = Mutex::new(Findings::default());
    let seen = Mutex::new(BTreeSet::new());
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= effort.first + effort.histories {
                        return;
                    }
                    let (runs, broken) = one(number, effort, &seen);
                    for found in &broken {
                        eprintln!("{}", found.report());
                    }
                    let mut findings = locked(&findings);
                    findings.runs += runs;
                    findings.broken.extend(broken);
                }
            });
        }
    });
    findings.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// What distinguishes findings: the promise, and the fault that breaks it.
type Finding = (&'static str, Option<Fault>);

fn one(number: u64, effort: Effort, seen: &Mutex<BTreeSet<Finding>>) -> (usize, Vec<Broken>) {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let Ok(mut tree) = generate::history().new_tree(&mut runner) else { return (0, Vec::new()) };
    let history = tree.current();
    let (runs, found) = match effort.faults {
        Some(most) => some_faults(&history, most),
        None => all_faults(&history, &Fault::ALL),
    };
    let mut broken = Vec::new();
    for first in found {
        // What follows from the first may be its consequence.
        let Some(promise) = first.violations.first().map(|violation| violation.promise) else { continue };
        if effort.open.contains(&promise) {
            continue;
        }
        let finding = (promise, first.history.fault.map(|pinned| pinned.fault));
        if locked(seen).insert(finding) {
            broken.push(shrunk(&mut tree, first, finding));
        }
    }
    (runs, broken)
}

/// The same finding in the smallest history that proptest reaches.
fn shrunk(tree: &mut impl ValueTree<Value = History>, first: Broken, (promise, fault): Finding) -> Broken {
    let faults: Vec<Fault> = fault.into_iter().collect();
    let mut best = first;
    let mut more = tree.simplify();
    let mut steps = 0;
    while more && steps < SHRINKS {
        steps += 1;
        let (_, found) = all_faults(&tree.current(), &faults);
        let same = found.into_iter().find(|broken| {
            let of_promise = broken.violations.iter().any(|violation| violation.promise == promise);
            of_promise && broken.history.fault.map(|pinned| pinned.fault) == fault
        });
        more = match same {
            Some(smaller) => {
                best = smaller;
                tree.simplify()
            }
            None => tree.complicate(),
        };
    }
    best
}

/// A history without faults, and with this many that are drawn by chance, the same for each seed.
fn some_faults(history: &History, most: usize) -> (usize, Vec<Broken>) {
    let (start, last) = prefix(history);
    let Some(last) = last else { return (0, Vec::new()) };
    let mut broken = Vec::new();
    let mut plain = start.clone();
    let went = finish(&mut plain, last, None, &history.steps);
    if !plain.violations.is_empty() {
        return (1, vec![Broken { history: history.clone(), violations: plain.violations.clone() }]);
    }
    let requests = went.plan_requests + went.apply_requests;
    let mut draw = fastrand::Rng::with_seed(history.seed);
    let all = requests * Fault::ALL.len();
    let drawn = draw.choose_multiple(0..all, most);
    for number in &drawn {
        let (request, fault) = (number / Fault::ALL.len(), Fault::ALL[number % Fault::ALL.len()]);
        let (part, request) = match request.checked_sub(went.plan_requests) {
            None => (Part::Plan, request),
            Some(request) => (Part::Apply, request),
        };
        let pinned = Some(Pinned { part, request, fault });
        let mut bench = start.clone();
        finish(&mut bench, last, pinned, &history.steps);
        if !bench.violations.is_empty() {
            let history = History { fault: pinned, ..history.clone() };
            broken.push(Broken { history, violations: bench.violations.clone() });
        }
    }
    (drawn.len() + 1, broken)
}
