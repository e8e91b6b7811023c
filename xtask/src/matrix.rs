//! `cargo xtask matrix`: a part of the tests on older versions of Terraform and OpenTofu, which are built for this alone.
//!
//! The part has every type of the provider and every feature of the language. Each program takes the place of the test bed's own Terraform
//! or OpenTofu; the tests heed the table of features, which the documentation shows too.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    process::Command,
};

use ::testbed::{Feature, Release, Tool};
use lexopt::{Arg, Parser};
use serde_json::Value;

use crate::{
    failure::Failure,
    process, repository, test,
    testbed::{named, progress},
};

const HELP: &str = "\
Usage: cargo xtask matrix [HOST]…

Runs a part of the tests, with every type and every feature, on Terraform and OpenTofu of the test bed, on this machine's own
Terraform, and on older versions, which it builds first (minutes each), or on the named ones only: terraform, tofu, own, and
the older ones of `cargo xtask testbed --help`, such as terraform-1.5. Prints a table of the results.
A version that cannot be built here is reported at the end, and is a failure.
";

/// The tests, and what a host needs for them. Those of `versions` check that what a host lacks is absent.
const SUBSET: [(&str, Feature); 14] = [
    ("conformance::", Feature::Basics),
    ("objects::lifecycle::", Feature::Basics),
    ("objects::unknown_again::", Feature::Basics),
    ("provider::installation::", Feature::Basics),
    ("tokens::issue::", Feature::Basics),
    ("versions::", Feature::Basics),
    ("the_minimal_example", Feature::Basics),
    ("the_complete_example_works", Feature::Identity),
    ("lists_and_actions_of_the_complete_example", Feature::Lists),
    ("scenarios::whole_job::", Feature::Functions),
    ("objects::moves::", Feature::Moves),
    ("tokens::ephemeral::", Feature::Ephemeral),
    ("queries::lists::", Feature::Lists),
    ("tokens::revoke_action::", Feature::DestroyActions),
];

/// Which of the test bed's two programs a host takes the place of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Terraform,
    OpenTofu,
}

impl Family {
    /// The variable that sets the program.
    const fn variable(self) -> &'static str {
        match self {
            Self::Terraform => "TERRAFORM",
            Self::OpenTofu => "TOFU",
        }
    }

    /// The ends of the names of its tests.
    const fn suffixes(self) -> [&'static str; 2] {
        match self {
            Self::Terraform => ["::terraform_1_16", "_under_terraform"],
            Self::OpenTofu => ["::opentofu_1_12", "_under_opentofu"],
        }
    }

    fn since(self, feature: Feature) -> Option<Release> {
        match self {
            Self::Terraform => Some(feature.terraform()),
            Self::OpenTofu => feature.open_tofu(),
        }
    }
}

/// A program of the matrix.
#[derive(Debug)]
struct Host {
    family: Family,
    program: PathBuf,
    version: String,
    release: Release,
}

pub(crate) fn run(mut arguments: Parser) -> Result<(), Failure> {
    let mut names = Vec::new();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Value(name) => names.push(name.to_string_lossy().into_owned()),
            Arg::Short('h') | Arg::Long("help") => {
                print!("{HELP}");
                return Ok(());
            }
            other => return Err(other.unexpected().into()),
        }
    }
    let everything = names.is_empty();
    if everything {
        let built = [Tool::Terraform, Tool::OpenTofu].into_iter().chain(Tool::OLDER);
        names = built.map(|tool| tool.name().to_owned()).collect();
        names.insert(1, "own".to_owned());
    }

    ::testbed::ensure(&Tool::ALL, &progress)?;
    process::run(repository::cargo().args(["test", "--no-run", "--quiet"]).args(TARGETS))?;
    let mut results = Results::default();
    let mut absent = Vec::new();
    for name in names {
        if name == "own" && everything && test::own_terraform().is_none() {
            eprintln!("no Terraform of this machine's own on PATH");
            continue;
        }
        let tested = host(&name).and_then(|host| {
            eprintln!("running the tests on {}", host.version);
            Ok((run_tests(&host)?, host))
        });
        match tested {
            Ok((verdicts, host)) => results.add(&host.version, verdicts),
            Err(failure) => absent.push(format!("{name}: {failure}")),
        }
    }
    print!("{}", results.table());
    let failed = results.failed();
    if failed.is_empty() && absent.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{} tests failed, and {} programs could not be tested:\n{}",
        failed.len(),
        absent.len(),
        failed.into_iter().chain(absent).collect::<Vec<_>>().join("\n")
    )))
}

/// The test programs with the subset.
const TARGETS: [&str; 5] = ["--workspace", "--test", "acceptance", "--test", "examples"];

/// The named program, built if it is the test bed's.
fn host(name: &str) -> Result<Host, Failure> {
    let program = if name == "own" {
        test::own_terraform().ok_or_else(|| Failure::new("there is no terraform on PATH"))?
    } else {
        let tool = named(name)?;
        ::testbed::ensure(&[tool], &progress)?;
        tool.path()?
    };
    let mut command = Command::new(&program);
    // OpenTofu prints what it finds wrong with the user's settings before the JSON.
    command.args(["version", "-json"]).env_remove("TF_CLI_CONFIG_FILE").env("CHECKPOINT_DISABLE", "1");
    let shown = process::read(&mut command)?;
    let shown: Value = serde_json::from_str(&shown)
        .map_err(|error| Failure::new(format!("`{} version -json`: {error}", program.display())))?;
    let number = shown["terraform_version"].as_str().unwrap_or_default();
    let release = Release::parse(number)
        .ok_or_else(|| Failure::new(format!("{}: no version, but {number:?}", program.display())))?;
    let family = if name.starts_with("tofu") { Family::OpenTofu } else { Family::Terraform };
    let title = if family == Family::OpenTofu { "OpenTofu" } else { "Terraform" };
    Ok(Host { family, program, version: format!("{title} {number}"), release })
}

/// Runs the subset: the result of each test, by its name without the host.
fn run_tests(host: &Host) -> Result<BTreeMap<String, Verdict>, Failure> {
    let mut command = repository::cargo();
    command.args(["test", "--no-fail-fast"]).args(TARGETS).arg("--");
    command.args(filters(host)).env(host.family.variable(), &host.program);
    for other in ["own_terraform", "has_fewer_than"] {
        command.args(["--skip", other]);
    }
    let other = if host.family == Family::Terraform { Family::OpenTofu } else { Family::Terraform };
    for suffix in other.suffixes() {
        command.args(["--skip", suffix]);
    }
    let output = command.output().map_err(|error| Failure::new(format!("cannot start cargo: {error}")))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let verdicts = verdicts(&printed, host.family);
    if !output.status.success() {
        eprintln!("{printed}\n{}", String::from_utf8_lossy(&output.stderr));
        // Such as a test program that was killed: its other tests are not in the output.
        if verdicts.values().all(|verdict| *verdict == Verdict::Passed) {
            return Err(Failure::new(format!(
                "the tests on {}: {}, and none failed",
                host.version, output.status
            )));
        }
    }
    if verdicts.is_empty() {
        return Err(Failure::new(format!("no test ran on {}", host.version)));
    }
    Ok(verdicts)
}

/// The tests that the host can run.
fn filters(host: &Host) -> impl Iterator<Item = &'static str> {
    let has = |feature| host.family.since(feature).is_some_and(|since| since <= host.release);
    SUBSET.into_iter().filter(move |(_, feature)| has(*feature)).map(|(filter, _)| filter)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Passed,
    Failed,
}

/// The lines `test NAME ... ok` of test programs.
fn verdicts(printed: &str, family: Family) -> BTreeMap<String, Verdict> {
    let verdict = |line: &str| {
        let (name, verdict) = line.strip_prefix("test ")?.split_once(" ... ")?;
        let name = family.suffixes().into_iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
        let verdict = if verdict.trim() == "ok" { Verdict::Passed } else { Verdict::Failed };
        Some((name.to_owned(), verdict))
    };
    printed.lines().filter_map(verdict).collect()
}

/// All results, by host.
#[derive(Debug, Default)]
struct Results(Vec<(String, BTreeMap<String, Verdict>)>);

impl Results {
    fn add(&mut self, host: &str, verdicts: BTreeMap<String, Verdict>) {
        self.0.push((host.to_owned(), verdicts));
    }

    fn failed(&self) -> Vec<String> {
        let of_host = |(host, verdicts): &(String, BTreeMap<String, Verdict>)| {
            let failed = verdicts.iter().filter(|(_, verdict)| **verdict == Verdict::Failed);
            failed.map(|(name, _)| format!("{host}: {name}")).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(of_host).collect()
    }

    /// A row for each test, a column for each host.
    fn table(&self) -> String {
        let tests: BTreeSet<_> = self.0.iter().flat_map(|(_, verdicts)| verdicts.keys()).collect();
        let hosts: Vec<_> = self.0.iter().map(|(host, _)| host.as_str()).collect();
        let row = |test: &String| {
            let cells = self.0.iter().map(|(_, verdicts)| match verdicts.get(test) {
                Some(Verdict::Passed) => "passed",
                Some(Verdict::Failed) => "FAILED",
                None => "–",
            });
            format!("| {test} | {} |\n", cells.collect::<Vec<_>>().join(" | "))
        };
        let head = format!("| test | {} |\n|---|{}\n", hosts.join(" | "), "---|".repeat(hosts.len()));
        tests.into_iter().fold(head, |table, test| table + &row(test))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_release(family: Family, version: &str) -> Host {
        let release = Release::parse(version).unwrap();
        Host { family, program: PathBuf::new(), version: version.to_owned(), release }
    }

    #[test]
    fn a_host_runs_the_tests_of_the_features_that_it_has() {
        let runs = |family, version, filter| {
            filters(&of_release(family, version)).any(|other: &str| other == filter)
        };
        assert!(runs(Family::Terraform, "1.5.7", "versions::"));
        assert!(!runs(Family::Terraform, "1.5.7", "objects::moves::"));
        assert!(runs(Family::Terraform, "1.10.0", "tokens::ephemeral::"));
        assert!(!runs(Family::OpenTofu, "1.10.6", "tokens::ephemeral::"));
    }

    #[test]
    fn results_are_a_table_of_tests_and_hosts() {
        let mut results = Results::default();
        let printed = "running 2 tests\ntest a::terraform_1_16 ... ok\ntest b::terraform_1_16 ... FAILED\n";
        results.add("Terraform 1.5.7", verdicts(printed, Family::Terraform));
        results.add("OpenTofu 1.8.8", verdicts("test a::opentofu_1_12 ... ok\n", Family::OpenTofu));
        assert_eq!(results.failed(), ["Terraform 1.5.7: b"]);
        let expected = "\
            | test | Terraform 1.5.7 | OpenTofu 1.8.8 |\n|---|---|---|\n| a | passed | passed |\n| b | FAILED | – |\n";
        assert_eq!(results.table(), expected);
    }

    #[test]
    fn the_subset_names_tests_that_exist() {
        let acceptance = repository::root().join("tests/acceptance");
        for (filter, _) in SUBSET {
            // Names of single tests.
            let Some(name) = filter.strip_suffix("::") else { continue };
            let file = acceptance.join(name.replace("::", "/")).with_extension("rs");
            assert!(file.is_file(), "{filter}: there is no {}", file.display());
        }
    }
}
