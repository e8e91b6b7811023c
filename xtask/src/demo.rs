//! `cargo xtask demo`: builds what the demonstration needs, in parallel, then becomes the program of the demonstration.
//!
//! That program is a crate of its own, `xtask/demo`, so that no other command waits for its dependencies.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Instant,
};

use ::testbed::Tool;
use lexopt::{Arg, Parser};

use crate::{
    failure::Failure,
    install, process,
    provider::{self, Profile},
    testbed::progress,
};

const HELP: &str = "\
Usage: cargo xtask demo [--keep]

Shows the provider's whole job on this machine: one apply opens a cluster to people (OIDC), a pipeline (a token) and robots (a
webhook); they log in with the real kubectl and kubelogin; the token is rotated; other clients change things without Terraform,
Terraform shows and repairs that, and takes everything away again. Nothing leaves the machine.
  --keep   then apply once more and leave everything running until Ctrl-C, with what to paste into a shell of your own

Terraform or OpenTofu is the one that TERRAFORM or TOFU names, else the first on PATH, else one that is built here.
";

/// Package and binary of the demonstration.
const PROGRAM: &str = "demo";

/// Programs of the demonstration, with any Terraform.
const TOOLS: [Tool; 6] = [
    Tool::Etcd,
    Tool::KubeApiserver,
    Tool::KubeControllerManager,
    Tool::Kubectl,
    Tool::Kubelogin,
    Tool::OpenIdProvider,
];

pub(crate) fn run(mut arguments: Parser) -> Result<(), Failure> {
    let mut keep = false;
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("keep") => keep = true,
            Arg::Short('h') | Arg::Long("help") => {
                print!("{HELP}");
                return Ok(());
            }
            other => return Err(other.unexpected().into()),
        }
    }

    let begun = Instant::now();
    let installed = installed_terraform()?;
    let [provider, demo] = build(installed.is_none())?;
    let terraform = match installed {
        Some(path) => path,
        None => Tool::Terraform.path()?,
    };
    let directory = directory(&provider)?;
    eprintln!("everything is built after {} s", begun.elapsed().as_secs());
    let mut command = Command::new(demo);
    command.arg("--directory").arg(&directory);
    command.arg("--terraform").arg(terraform);
    if keep {
        command.arg("--keep");
    }
    let failure = process::replace_with(&mut command);
    // Only if the program cannot be started: otherwise it removes the directory at its end.
    fs::remove_dir_all(&directory).map_err(Failure::io("remove", &directory))?;
    Err(failure)
}

/// The installed Terraform or OpenTofu of this machine, if any.
fn installed_terraform() -> Result<Option<PathBuf>, Failure> {
    for (variable, tool) in [("TERRAFORM", Tool::Terraform), ("TOFU", Tool::OpenTofu)] {
        if env::var_os(variable).is_some_and(|value| !value.is_empty()) {
            return Ok(Some(tool.path()?));
        }
    }
    Ok(["terraform", "tofu"].into_iter().find_map(process::on_path))
}

/// Runs Go's and cargo's builds in parallel; returns the paths of the provider and of the demonstration's program.
fn build(with_terraform: bool) -> Result<[PathBuf; 2], Failure> {
    let mut tools = TOOLS.to_vec();
    if with_terraform {
        tools.push(Tool::Terraform);
    }
    thread::scope(|scope| {
        let go = scope.spawn(|| ::testbed::ensure(&tools, &progress));
        let cargo = provider::build_programs([provider::NAME, PROGRAM], Profile::Dev);
        if cargo.is_err() {
            eprintln!("cargo failed; waiting for the Go builds, which the next run can use");
        }
        let go = go.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        go?;
        cargo
    })
}

/// A new temporary directory with the provider in a mirror, and settings with which Terraform uses it.
fn directory(provider: &Path) -> Result<PathBuf, Failure> {
    let place = "a temporary directory";
    let directory = tempfile::Builder::new()
        .prefix("cks-demo-")
        .tempdir()
        .map_err(Failure::io("create", Path::new(place)))?;
    let mirror = directory.path().join("mirror");
    install::put_all(provider, &mirror)?;
    let settings = directory.path().join("terraform.rc");
    fs::write(&settings, install::settings(&mirror)).map_err(Failure::io("write", &settings))?;
    Ok(directory.keep())
}
