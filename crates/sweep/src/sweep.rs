//! One history: its steps, the last one with a fault, a recovery, and the checks; or all faults at all requests of the last step.

use crate::{
    bench::{Bench, Went},
    check::{asks_the_user, at_the_end},
    fault::Fault,
    history::{History, Part, Pinned, Run, Step},
    things::{self, Thing},
    world::Violation,
};

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
        format!("{found}  cargo run -p sweep --example replay -- '{history}'\n")
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
    let mut start = Bench::new(history.route, history.seed);
    start.world.log = Some(Vec::new());
    let (mut bench, last) = prefix_from(start, history);
    if let Some(last) = last {
        finish(&mut bench, last, history.fault, &history.steps);
    }
    let shown = bench.shown.iter().map(|it| format!("{:?}: {}: {}", it.severity, it.summary, it.detail));
    let found = bench.violations.iter().map(|it| format!("broken: {}: {}", it.promise, it.what));
    let lines: Vec<_> = bench.world.log.iter().flatten().cloned().chain(shown).chain(found).collect();
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
    for (part, requests) in [(Part::Plan, went.plan_requests.len()), (Part::Apply, went.apply_requests.len())]
    {
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
pub(crate) fn prefix(history: &History) -> (Bench, Option<&Step>) {
    prefix_from(Bench::new(history.route, history.seed), history)
}

fn prefix_from(mut bench: Bench, history: &History) -> (Bench, Option<&Step>) {
    let Some((last, before)) = history.steps.split_last() else { return (bench, None) };
    for step in before {
        bench.step(step, None);
    }
    (bench, Some(last))
}

/// The last step with its fault, the recovery, and the checks.
pub(crate) fn finish(bench: &mut Bench, last: &Step, fault: Option<Pinned>, steps: &[Step]) -> Went {
    let shown_before = bench.shown.len();
    // Formatting every line takes its time.
    bench.listens = fault.is_none_or(|pinned| pinned.request % 8 == 0);
    let went = bench.step(last, fault);
    let plain = fault.is_none_or(|pinned| matches!(pinned.fault, Fault::SlowBefore | Fault::SlowAfter));
    let foreign = last.runs().iter().any(|run| run.foreign);
    if plain && went.failed && !foreign && bench.is_undisturbed(last.runs()) && bench.is_at_its_place() {
        let errors = bench.errors(shown_before);
        if !errors.is_empty() && !asks_the_user(&bench.shown) {
            bench.violate("an undisturbed apply succeeds", format!("{errors:?}"));
        }
    }
    let others = fault.is_some_and(|pinned| pinned.fault.is_elsewhere());
    let is_done = !went.failed
        && !others
        && last.runs().iter().all(Run::is_whole)
        && bench.is_undisturbed(last.runs())
        && bench.is_at_its_place()
        && !went.empties_a_namespace;
    if steps.iter().filter(|step| **step == Step::Swap).count() % 2 == 1 {
        bench.step(&Step::Swap, None);
    }
    let wanted = steps.iter().rev().map(Step::runs).find(|runs| !runs.is_empty()).unwrap_or_default();
    let converged: Vec<_> = wanted
        .iter()
        .filter(|run| recover(bench, run, is_done && !last.runs().is_empty()))
        .map(|run| usize::from(run.state))
        .collect();
    if wanted.is_empty() {
        return went;
    }
    let later = bench.world.now + 5_000;
    bench.world.advance(later);
    at_the_end(bench, &converged);
    went
}

/// Applies again without faults, as a user does who reads the messages. Returns whether a plan is empty in the end. `is_done`: it must be
/// at once, since a run has said that it made all of it.
fn recover(bench: &mut Bench, wanted: &Run, is_done: bool) -> bool {
    // As long as an id is unknown at plan, the plan shows an update.
    let known =
        |(address, thing): (&String, &Thing)| (address.clone(), Thing { late: false, ..thing.clone() });
    let things = wanted.things.iter().map(known).collect();
    let (state, older, by_data) = (wanted.state, wanted.older, wanted.by_data);
    let run = Run { things, state, older, by_data, moved: wanted.moved.clone(), ..Run::default() };
    if is_done && !bench.plan(std::slice::from_ref(&run), None).0.empty {
        let what = format!("the next plan of {:?} is not empty", run.things);
        bench.violate("what an apply says it did, it did", what);
    }
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
    let (went, _) = bench.plan(std::slice::from_ref(run), None);
    went.empty && !went.failed
}
