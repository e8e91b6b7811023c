//! `cargo xtask bench`: builds what the measurement needs, then becomes its program.
//!
//! That program is a crate of its own, `xtask/bench`, so that no other command waits for its dependencies.

use std::process::Command;

use ::testbed::Tool;
use lexopt::{Arg, Parser, ValueExt as _};

use crate::{
    failure::Failure,
    process,
    provider::{self, Profile},
    repository,
    testbed::ensure_while,
};

const HELP: &str = "\
Usage: cargo xtask bench [--rounds N] [--objects N] [--write] [SECTION…]

Measures the provider (release build), hashicorp/kubernetes if CKS_BENCH_KUBERNETES_PROVIDER names its binary, and
Terraform alone, with the same work in interleaved rounds on local CKS: time, processor time, memory, requests, connections. Prints
figures, and which goals are reached; no verdict about time if the machine was busy meanwhile. Nothing leaves the machine.
  --rounds N    rounds of each section (default: 3)
  --objects N   bindings of the sections `bindings` and `distance` (default: 1000)
  --write       also write the tables to docs/performance.md and the picture docs/performance.svg

Sections (default: all)
  start         until handshake and schema; size of the binary
  bindings      apply, plans, destroy of bindings
  distance      the same, with 40 ms of round trip for each request
  tokens        of 100 tokens of ServiceAccounts
  namespaces    of 200 namespaces
  clusters-2    of 100 bindings in each of 2 clusters
  clusters-20   of 50 bindings in each of 20 clusters
";

/// Package and binary of the measurement.
const PROGRAM: &str = "bench";

const TOOLS: [Tool; 4] = [Tool::Etcd, Tool::KubeApiserver, Tool::KubeControllerManager, Tool::Terraform];

/// Checked before minutes of building; `xtask/bench/src/section.rs` has what they are.
const SECTIONS: [&str; 7] =
    ["start", "bindings", "distance", "tokens", "namespaces", "clusters-2", "clusters-20"];

pub(crate) fn run(mut arguments: Parser) -> Result<(), Failure> {
    let mut passed_on = Vec::new();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long(name @ ("rounds" | "objects")) => {
                let name = format!("--{name}");
                let number: u32 = arguments.value()?.parse()?;
                if number == 0 {
                    return Err(Failure::new(format!("{name} is at least 1")));
                }
                passed_on.extend([name, number.to_string()]);
            }
            Arg::Long("write") => {
                let docs = repository::root().join("docs");
                passed_on.extend(["--write".to_owned(), docs.display().to_string()]);
            }
            Arg::Value(name) => {
                let name = name.string()?;
                if !SECTIONS.contains(&name.as_str()) {
                    let all = SECTIONS.join(", ");
                    return Err(Failure::new(format!("there is no section {name}; there are {all}")));
                }
                passed_on.push(name);
            }
            Arg::Short('h') | Arg::Long("help") => {
                print!("{HELP}");
                return Ok(());
            }
            other => return Err(other.unexpected().into()),
        }
    }

    // Two builds: in one, the provider would get the features that the measurement requires of shared dependencies.
    let [provider, bench] = ensure_while(&TOOLS, || {
        let provider = provider::build(Profile::Release)?;
        let [bench] = provider::build_programs([(PROGRAM, PROGRAM)], Profile::Release)?;
        Ok([provider, bench])
    })?;
    let mut command = Command::new(bench);
    command.arg("--provider").arg(provider).arg("--terraform").arg(Tool::Terraform.path()?);
    Err(process::replace_with(command.args(passed_on)))
}
