//! Many bindings on one cluster: requests, time, and memory of a plan and an apply.
//!
//! `CKS_TEST_BINDINGS` sets their number (default: 100). The figures are printed: `cargo test --test acceptance scale -- --nocapture`.

use std::{
    collections::BTreeMap,
    fs,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};

use local_cks::by_method;

use crate::{
    on_terraform,
    support::{Bed, CLUSTER_ID, Host, Run},
};

on_terraform!(many_bindings_cost_one_read_each_in_a_plan);

fn number_of_bindings() -> usize {
    std::env::var("CKS_TEST_BINDINGS").ok().and_then(|count| count.parse().ok()).unwrap_or(100)
}

fn many_bindings_cost_one_read_each_in_a_plan(host: &Host) {
    let count = number_of_bindings();
    let bed = Bed::with_kubernetes(host);
    bed.write(
        "main.tf",
        &format!(
            "resource \"cks_rbac_binding\" \"many\" {{\n  count = {count}\n  cluster_id = {CLUSTER_ID:?}\n  name = \"many-${{count.index}}\"\n  \
             cluster_role = \"view\"\n  groups = [\"oidc:team-${{count.index}}\"]\n}}\n"
        ),
    );
    let applied = measured(&bed, "apply", count, |bed| bed.apply_with(&["-parallelism=10"]).succeeded());
    // A dry run in the plan, the write, and then reviews until it is in force, for five seconds at most.
    assert!(applied["POST"] >= 2 * count && applied["POST"] <= 8 * count, "{applied:?}");
    let planned = measured(&bed, "plan", count, |bed| bed.plan().expect_empty());
    assert!(planned["GET"] <= count + 5, "more than a read for each binding: {planned:?}");
    assert_eq!(planned.keys().collect::<Vec<_>>(), ["GET"], "a plan without changes only reads");
    let destroyed = measured(&bed, "destroy", count, |bed| bed.destroy().succeeded());
    assert_eq!(destroyed.get("DELETE"), Some(&count), "{destroyed:?}");
}

/// Runs it, prints time and memory, and returns the requests by method.
fn measured(bed: &Bed, name: &str, count: usize, work: impl FnOnce(&Bed) -> Run) -> BTreeMap<String, usize> {
    bed.local.clear_requests();
    let (done, peak) = (AtomicBool::new(false), AtomicU64::new(0));
    let begun = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                peak.fetch_max(providers_peak_kib(bed), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        work(bed);
        done.store(true, Ordering::Relaxed);
    });
    let requests = by_method(&bed.local.requests());
    eprintln!(
        "{name} of {count} bindings: {:.1} s, requests {requests:?}, the provider's peak memory {} KiB",
        begun.elapsed().as_secs_f64(),
        peak.load(Ordering::Relaxed)
    );
    requests
}

/// The largest `VmHWM` among the provider's processes that run from this bed, where there is a `/proc`.
fn providers_peak_kib(bed: &Bed) -> u64 {
    let program = bed.path("plugins/terraform-provider-cks").display().to_string();
    let of_ours = |directory: &fs::DirEntry| {
        let command = fs::read(directory.path().join("cmdline")).unwrap_or_default();
        command.starts_with(program.as_bytes())
    };
    let peak = |directory: fs::DirEntry| {
        let status = fs::read_to_string(directory.path().join("status")).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter(of_ours)
        .filter_map(peak)
        .max()
        .unwrap_or_default()
}
