//! All faults at all requests of the last step of a history, each followed by a recovery and the checks.

use crate::{
    bench::{Bench, Went},
    check::{asks_the_user, at_the_end},
    fault::Fault,
    history::{History, Part, Pinned, Run, Step},
    things,
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

/// Runs a history with its one fault, and returns what must not be.
pub fn replay(history: &History) -> Vec<Violation> {
    let (mut bench, last) = prefix(history);
    let Some(last) = last else { return bench.violations };
    finish(&mut bench, last, history.fault, &history.steps);
    bench.violations
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
            broken.push(Broken { history, violations: bench.violations });
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
    let went = bench.step(last, fault);
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
    at_the_end(bench, converged);
    went
}

/// Applies again without faults, as a user does who reads the messages. Returns whether a plan is empty in the end.
fn recover(bench: &mut Bench, wanted: &Run) -> bool {
    let run = Run { no_refresh: false, replace: Vec::new(), ..wanted.clone() };
    if applied(bench, &run) {
        return true;
    }
    // A message with an import block is followed: what is there was made by a run that could not record it, or by somebody else.
    let missing = run.things.iter().filter(|(address, _)| !bench.states[usize::from(run.state)].contains_key(*address));
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
        let errors: Vec<_> = bench.shown.iter().rev().take(2).map(|it| it.summary.clone()).collect();
        bench.violate("two applies are enough", format!("the plan is not empty; last messages: {errors:?}"));
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
