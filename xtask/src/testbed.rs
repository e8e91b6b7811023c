//! `cargo xtask testbed`: the real tools that tests and demonstration need, built once and cached.

use std::{panic::resume_unwind, thread};

use ::testbed::Tool;
use lexopt::{Arg, Parser};

use crate::failure::Failure;

const HELP: &str = "\
Usage: cargo xtask testbed [TOOL…]

Builds the real tools that tests and demonstration need, or the named ones only, and prints where they are. Older versions of
Terraform and OpenTofu, such as terraform-1.5, are built only if they are named, or by `cargo xtask matrix`.
They are kept in $CKS_TESTBED_CACHE, else in terraform-provider-cks below $XDG_CACHE_HOME or ~/.cache, and built again
only when their go.mod, go.sum or sources, or Go itself, change. Removing that directory is always safe.

Programs of your own are used instead when named: KUBEBUILDER_ASSETS=DIRECTORY (etcd, kube-apiserver,
kubectl, kube-controller-manager), TERRAFORM=FILE, TOFU=FILE, KUBELOGIN=FILE.
";

pub(crate) fn run(mut arguments: Parser) -> Result<(), Failure> {
    let mut tools = Vec::new();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => {
                print!("{HELP}");
                return Ok(());
            }
            Arg::Value(name) => tools.push(named(&name.to_string_lossy())?),
            other => return Err(other.unexpected().into()),
        }
    }
    if tools.is_empty() {
        tools.extend(Tool::ALL);
    }
    ::testbed::ensure(&tools, &progress)?;
    for tool in tools {
        println!("{:<24}{}", tool.name(), tool.path()?.display());
    }
    Ok(())
}

/// Builds the tools while cargo builds what this function builds. The tools are built in any case: the next run can use them.
pub(crate) fn ensure_while<T>(
    tools: &[Tool],
    cargo: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    thread::scope(|scope| {
        let go = scope.spawn(|| ::testbed::ensure(tools, &progress));
        let built = cargo();
        if built.is_err() {
            eprintln!("cargo failed; waiting for the Go builds, which the next run can use");
        }
        let go = go.join().unwrap_or_else(|panic| resume_unwind(panic));
        built.and_then(|built| go.map(|()| built).map_err(Failure::from))
    })
}

/// The tool of that name.
pub(crate) fn named(name: &str) -> Result<Tool, Failure> {
    let all = || Tool::ALL.into_iter().chain(Tool::OLDER);
    all().find(|tool| tool.name() == name).ok_or_else(|| {
        let names: Vec<_> = all().map(Tool::name).collect();
        Failure::new(format!("there is no tool {name}; there are {}", names.join(", ")))
    })
}

/// Output for lines about running builds: the error stream, like cargo's own.
pub(crate) fn progress(line: &str) {
    eprintln!("{line}");
}
