//! Generated histories. `CKS_SWEEP_HISTORIES` and `CKS_SWEEP_FIRST` say how many, and beginning with which; `CKS_SWEEP_PAIRS` says how many
//! pairs of a request and a fault are tried with each: a number, or `all`.

use sweep::many::{Effort, sweep};

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn pairs() -> Option<usize> {
    match std::env::var("CKS_SWEEP_PAIRS").as_deref() {
        Ok("all") => None,
        _ => usize::try_from(number("CKS_SWEEP_PAIRS", 2)).ok(),
    }
}

#[test]
fn no_promise_is_broken() {
    let effort = Effort {
        histories: number("CKS_SWEEP_HISTORIES", 1_200),
        first: number("CKS_SWEEP_FIRST", 0),
        pairs: pairs(),
    };
    let found = sweep(effort);
    println!("{} runs, {} kinds of request with a fault", found.runs, found.met.len());
    let reports: Vec<_> = found.broken.iter().map(sweep::sweep::Broken::report).collect();
    assert!(reports.is_empty(), "\n{}", reports.join("\n"));
}
