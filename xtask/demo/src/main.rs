//! The demonstration: one apply configures access for people, a pipeline and robots; other clients change that, Terraform shows and
//! repairs it; a destroy restores the initial state.
//!
//! `cargo xtask demo` builds what this needs and starts it; `other_provider` says what is built later. Everything that it starts ends with it: at the end, at the first
//! failed check, at Ctrl-C, and at a panic.

mod environment;
mod failure;
mod jwt;
mod keep;
mod kubectl;
mod leftovers;
mod local;
mod other_provider;
mod requests;
mod snapshot;
mod steps;
mod story;
mod terraform;

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use child_processes::{EndSignals, Processes};
use lexopt::{Arg, Parser};

use crate::{failure::Failure, story::Story};

/// Arguments from `cargo xtask demo`.
struct Options {
    /// Directory with `mirror/` and `terraform.rc`, which the demonstration uses and removes.
    directory: PathBuf,
    /// Terraform or OpenTofu.
    terraform: PathBuf,
    /// The program local-cks.
    local_cks: PathBuf,
    /// The program of `cargo xtask`.
    xtask: PathBuf,
    keep: bool,
    /// Colours also where the output is no terminal.
    coloured: bool,
}

fn main() -> ExitCode {
    let outcome = options().and_then(|options| {
        // First, so that it is removed after any failure.
        let processes =
            Processes::in_directory(&options.directory).map_err(Failure::of("taking over the directory"))?;
        let runtime = tokio::runtime::Runtime::new().map_err(Failure::of("starting a runtime"))?;
        runtime.block_on(demonstrate(&options, Arc::new(processes)))
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Interrupted(signal)) => {
            eprintln!("\ninterrupted by {signal}; everything is stopped");
            ExitCode::from(130)
        }
        Err(failure) => {
            eprintln!("\nerror: {failure}\n\nEverything is stopped.");
            ExitCode::FAILURE
        }
    }
}

async fn demonstrate(options: &Options, processes: Arc<Processes>) -> Result<(), Failure> {
    let mut signals = EndSignals::new().map_err(Failure::of("listening for signals"))?;
    let mut story = Story::new(options.coloured);
    // A signal drops the future, which stops everything that runs.
    let environment = tokio::select! {
        environment = steps::run(&mut story, processes, options) => environment?,
        name = signals.next() => return Err(Failure::Interrupted(name)),
    };
    if options.keep {
        tokio::select! {
            explained = keep::explain(&mut story, &environment) => explained?,
            name = signals.next() => return Err(Failure::Interrupted(name)),
        }
        tokio::select! {
            () = environment.local.ended() => {}
            _ = signals.next() => {}
        }
    }
    steps::stop(&mut story, environment).await?;
    story.times();
    Ok(())
}

fn options() -> Result<Options, Failure> {
    let wrong =
        || Failure::new("this program is started by `cargo xtask demo`; see `cargo xtask demo --help`");
    let mut arguments = Parser::from_env();
    let (mut directory, mut terraform, mut local_cks, mut xtask) = (None, None, None, None);
    let (mut keep, mut coloured) = (false, false);
    while let Some(argument) = arguments.next().map_err(|_| wrong())? {
        match argument {
            Arg::Long("directory") => directory = Some(arguments.value().map_err(|_| wrong())?.into()),
            Arg::Long("terraform") => terraform = Some(arguments.value().map_err(|_| wrong())?.into()),
            Arg::Long("local-cks") => local_cks = Some(arguments.value().map_err(|_| wrong())?.into()),
            Arg::Long("xtask") => xtask = Some(arguments.value().map_err(|_| wrong())?.into()),
            Arg::Long("keep") => keep = true,
            Arg::Long("coloured") => coloured = true,
            _ => return Err(wrong()),
        }
    }
    let (directory, terraform) = (directory.ok_or_else(wrong)?, terraform.ok_or_else(wrong)?);
    let (local_cks, xtask) = (local_cks.ok_or_else(wrong)?, xtask.ok_or_else(wrong)?);
    Ok(Options { directory, terraform, local_cks, xtask, keep, coloured })
}
