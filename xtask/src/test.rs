//! `cargo xtask test`: every test, with the real tools. A test that cannot run fails with the cause.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs,
    path::PathBuf,
    thread,
    time::Instant,
};

use ::testbed::Tool;
use lexopt::{Arg, Parser, ValueExt};

use crate::{
    failure::Failure,
    package, process, repository,
    testbed::{ensure_while, named},
};

const HELP: &str = "\
Usage: cargo xtask test [--allow-missing TOOL]… [SUBJECT | ARGUMENTS OF cargo test]

Builds the test bed's tools and the workspace in parallel, then runs every test and prints the ten slowest.
  cargo xtask test objects         only the acceptance tests of tests/acceptance/objects
  cargo xtask test objects::drift  only those of tests/acceptance/objects/drift.rs
  cargo xtask test -p coreweave    what `cargo test -p coreweave` runs
  --allow-missing TOOL             do without a tool that cannot be built here; tests that need it report it and pass
";

/// Variable with the machine's own Terraform, for the tests that run a second version.
const OWN_TERRAFORM: &str = "CKS_TEST_OWN_TERRAFORM";

/// Variable with the file to which acceptance tests append their durations: a line with milliseconds and name for each.
const DURATIONS: &str = "CKS_TEST_DURATIONS";

/// Acceptance tests mostly wait for other programs: with four times as many threads as cores, 48 of them took
/// a little more than half as long.
const THREADS_PER_CORE: usize = 4;

/// The subject whose tests package a release. Its build takes longer than a test may.
const RELEASE: &str = "release::";

/// Number of the slowest tests that are printed.
const SLOWEST: usize = 10;

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
    let rest: Vec<OsString> = arguments.raw_args()?.collect();

    let start = Instant::now();
    let mut tests = repository::cargo();
    if let Some(subject) = rest.first().and_then(|first| subject(first)) {
        // One acceptance test runs local-cks, which is another package's.
        build(
            &allowed,
            &["--package", "terraform-provider-cks", "--package", "local-cks-cli", "--tests", "--bins"],
        )?;
        if subject.starts_with(RELEASE) {
            package::build_for_tests()?;
        }
        tests.args(["test", "--test", "acceptance", "--", &subject]).args(rest.iter().skip(1));
    } else {
        build(&allowed, &["--workspace", "--all-targets"])?;
        package::build_for_tests()?;
        tests.args(["test", "--workspace"]).args(&rest);
    }
    eprintln!("everything is built after {} s; running the tests", start.elapsed().as_secs());
    tests.env(::testbed::ALLOW_MISSING, allowed.iter().map(|tool| tool.name()).collect::<Vec<_>>().join(","));
    if env::var_os("RUST_TEST_THREADS").is_none() {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        tests.env("RUST_TEST_THREADS", (cores * THREADS_PER_CORE).to_string());
    }
    match own_terraform() {
        Some(terraform) => {
            eprintln!("this machine's own Terraform is tested too: {}", terraform.display());
            tests.env(OWN_TERRAFORM, terraform);
        }
        None => eprintln!("no Terraform of this machine's own on PATH: tests use the test bed's only"),
    }
    let durations = repository::root().join("target/acceptance-durations");
    // Missing at the first run.
    let _ = fs::remove_file(&durations);
    tests.env(DURATIONS, &durations);
    let passed = process::run(&mut tests);
    let durations = fs::read_to_string(&durations).unwrap_or_default();
    for line in slowest(&durations) {
        eprintln!("{line}");
    }
    eprintln!("{} acceptance tests, {} s in all", durations.lines().count(), start.elapsed().as_secs());
    passed
}

/// The prefix of the acceptance tests that a first argument such as `objects` or `objects::drift` names, if it names any.
fn subject(argument: &OsStr) -> Option<String> {
    let name = argument.to_str()?;
    let is_name =
        |part: &str| !part.is_empty() && part.chars().all(|sign| sign.is_ascii_lowercase() || sign == '_');
    if !name.split("::").all(is_name) {
        return None;
    }
    let file = repository::root().join("tests/acceptance").join(name.replace("::", "/")).with_extension("rs");
    file.is_file().then(|| format!("{name}::"))
}

/// The slowest tests of a file of durations, longest first.
fn slowest(durations: &str) -> Vec<String> {
    let pair = |line: &str| {
        let (milliseconds, name) = line.split_once(' ')?;
        Some((milliseconds.parse::<u32>().ok()?, name.to_owned()))
    };
    let mut all: Vec<_> = durations.lines().filter_map(pair).collect();
    all.sort_unstable_by(|one, other| other.cmp(one));
    let shown =
        |(milliseconds, name): (u32, String)| format!("{:6.1} s  {name}", f64::from(milliseconds) / 1000.0);
    all.into_iter().take(SLOWEST).map(shown).collect()
}

/// Whether an argument is for this command; the first other one starts cargo's.
fn is_ours(argument: Option<&OsStr>) -> bool {
    argument.and_then(OsStr::to_str).is_some_and(|argument| {
        ["--allow-missing", "--help", "-h"].contains(&argument) || argument.starts_with("--allow-missing=")
    })
}

/// Runs the Go builds and cargo's in parallel.
fn build(allowed: &[Tool], targets: &[&str]) -> Result<(), Failure> {
    let tools: Vec<_> = Tool::ALL.into_iter().filter(|tool| !allowed.contains(tool)).collect();
    for tool in allowed {
        eprintln!("not building {tool}: tests that need it are not run (--allow-missing)");
    }
    ensure_while(&tools, || process::run(repository::cargo().arg("build").args(targets)))
}

/// The machine's own Terraform on `PATH`, if any.
pub(crate) fn own_terraform() -> Option<PathBuf> {
    if let Some(named) = env::var_os(OWN_TERRAFORM).filter(|value| !value.is_empty()) {
        return Some(named.into());
    }
    process::on_path("terraform")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_folders_and_files_of_acceptance_tests() {
        let subject = |text: &str| subject(OsStr::new(text));
        assert_eq!(subject("objects").as_deref(), Some("objects::"));
        assert_eq!(subject("objects::drift").as_deref(), Some("objects::drift::"));
        for other in ["--test", "-p", "no_such_subject", "../main", ""] {
            assert_eq!(subject(other), None, "{other}");
        }
    }

    #[test]
    fn the_slowest_are_first() {
        let durations: Vec<String> = (0..12).map(|each| format!("{} test{each}", each * 1000)).collect();
        let slowest = slowest(&durations.join("\n"));
        assert_eq!(slowest.len(), SLOWEST);
        assert_eq!(slowest.first().map(String::as_str), Some("  11.0 s  test11"));
    }
}
