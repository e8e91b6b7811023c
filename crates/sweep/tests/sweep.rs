//! The sweep itself.

use sweep::sweep::{Effort, sweep};

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn no_promise_is_broken() {
    let effort = Effort { histories: number("CKS_SWEEP_HISTORIES", 100), first: number("CKS_SWEEP_FIRST", 0), faults: Some(40) };
    let started = std::time::Instant::now();
    let found = sweep(effort);
    println!("{} runs in {:?}", found.runs, started.elapsed());
    for broken in &found.broken {
        println!("{}", broken.history.text());
        for violation in &broken.violations {
            println!("    {}: {}", violation.promise, violation.what);
        }
    }
}
