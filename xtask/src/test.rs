//! `cargo xtask test`: every test there is, with the real tools. What cannot run fails and says why.

use std::{env, ffi::OsStr, path::PathBuf, thread, time::Instant};

use ::testbed::Tool;
use lexopt::{Arg, Parser, ValueExt};

use crate::{
    failure::Failure,
    process,
    testbed::{named, progress},
};

const HELP: &str = "\
Usage: cargo xtask test [--allow-missing TOOL]… [ARGUMENTS OF cargo test]

Builds the test bed's tools and all of the workspace side by side, then runs `cargo test --workspace`.
  cargo xtask test oidc            only tests whose name contains `oidc`
  cargo xtask test --test drift    only the tests of tests/drift.rs
  --allow-missing TOOL             do without a tool that cannot be built here; tests that need it say so and pass
";

/// Names the machine's own Terraform for the tests that run a second version.
const OWN_TERRAFORM: &str = "CKS_TEST_OWN_TERRAFORM";

pub(crate) fn run(mut arguments: Parser) -> Result<(), Failure> {
    let mut allowed = Vec::new();
    while is_ours(arguments.raw_args()?.peek()) {
        if let Some(Arg::Long("allow-missing")) = arguments.next()? {
            allowed.push(named(&arguments.value()?.string()?)?);
        } else {
            print!("{HELP}");
            return Ok(());
        }
    }
    let for_cargo = arguments.raw_args()?;

    let start = Instant::now();
    build(&allowed)?;
    eprintln!("everything is built after {} s; running the tests", start.elapsed().as_secs());
    let mut tests = process::cargo();
    tests.args(["test", "--workspace"]).args(for_cargo);
    tests.env(::testbed::ALLOW_MISSING, allowed.iter().map(|tool| tool.name()).collect::<Vec<_>>().join(","));
    match own_terraform() {
        Some(terraform) => {
            eprintln!("this machine's own Terraform is tested too: {}", terraform.display());
            tests.env(OWN_TERRAFORM, terraform);
        }
        None => eprintln!("no Terraform of this machine's own on PATH: tests use the test bed's only"),
    }
    process::run(&mut tests)
}

/// Whether an argument is for this command; the first that is not begins cargo's.
fn is_ours(argument: Option<&OsStr>) -> bool {
    argument.and_then(OsStr::to_str).is_some_and(|argument| {
        ["--allow-missing", "--help", "-h"].contains(&argument) || argument.starts_with("--allow-missing=")
    })
}

/// The Go builds and cargo's, side by side.
fn build(allowed: &[Tool]) -> Result<(), Failure> {
    let tools: Vec<_> = Tool::ALL.into_iter().filter(|tool| !allowed.contains(tool)).collect();
    for tool in allowed {
        eprintln!("not building {tool}: tests that need it will say so (--allow-missing)");
    }
    thread::scope(|scope| {
        let go = scope.spawn(|| ::testbed::ensure(&tools, &progress));
        let cargo = process::run(process::cargo().args(["build", "--workspace", "--all-targets"]));
        if cargo.is_err() {
            eprintln!("cargo failed; waiting for the Go builds, which the next run can use");
        }
        let go = go.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        cargo.and(go.map_err(Failure::from))
    })
}

/// What `terraform` means to this machine's users, if anything.
fn own_terraform() -> Option<PathBuf> {
    if let Some(named) = env::var_os(OWN_TERRAFORM).filter(|value| !value.is_empty()) {
        return Some(named.into());
    }
    process::on_path("terraform")
}
