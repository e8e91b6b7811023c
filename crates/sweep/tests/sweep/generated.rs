//! Generated histories. `CKS_SWEEP_HISTORIES`, `CKS_SWEEP_FIRST` and `CKS_SWEEP_FAULTS` say how many, beginning with which, and how many
//! faults are tried with each.

use sweep::{
    history::History,
    sweep::{Effort, explain, sweep},
};

/// Promises that some generated history breaks. What breaks one of them first is no finding. A promise leaves the list with the last such
/// history.
const OPEN: &[&str] = &[];

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn no_promise_is_broken() {
    let effort = Effort {
        histories: number("CKS_SWEEP_HISTORIES", 60),
        first: number("CKS_SWEEP_FIRST", 0),
        faults: usize::try_from(number("CKS_SWEEP_FAULTS", 24)).ok(),
        open: OPEN,
    };
    let found = sweep(effort);
    println!("{} histories", found.runs);
    let reports: Vec<_> = found.broken.iter().map(sweep::sweep::Broken::report).collect();
    assert!(reports.is_empty(), "\n{}", reports.join("\n"));
}

/// Tells what happens in the history of the variable `CKS_SWEEP_REPLAY`.
#[test]
fn replay() {
    let Ok(text) = std::env::var("CKS_SWEEP_REPLAY") else { return };
    println!("{}", explain(&History::read(&text).expect("a history")));
}
