//! The measurement of `cargo xtask bench`: the provider, hashicorp/kubernetes if a variable names its binary, and Terraform's floor do
//! the same work on local CKS, in interleaved rounds.
//!
//! `cargo xtask bench` builds what this needs and starts it. Everything that it starts ends with it: at the end, at the first failure,
//! at Ctrl-C, and at a panic.

mod contender;
mod failure;
mod goals;
mod machine;
mod options;
mod proc;
mod report;
mod results;
mod rounds;
mod section;
mod startup;
mod statistics;
mod terraform;

use std::{
    process::{Command, ExitCode},
    time::Instant,
};

use child_processes::{EndSignals, Processes};
use protocol_host::has_in_schema;

use crate::{
    contender::PeerTypes, failure::Failure, machine::Watch, options::Options, results::Results,
    rounds::Programs, section::Section,
};

fn main() -> ExitCode {
    match Options::from_command_line().and_then(|options| measure_and_report(&options)) {
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

fn measure_and_report(options: &Options) -> Result<(), Failure> {
    let mut programs = Programs {
        terraform: options.terraform.clone(),
        cks: options.provider.clone(),
        kubernetes: options.kubernetes.clone(),
        peer_types: PeerTypes::default(),
        processes: Processes::new("cks-bench-").map_err(Failure::of("making a directory"))?,
    };
    let runtime = tokio::runtime::Runtime::new().map_err(Failure::of("starting a runtime"))?;
    let results = runtime.block_on(async {
        let mut signals = EndSignals::new().map_err(Failure::of("listening for signals"))?;
        if let Some(peer) = &options.kubernetes
            && !has_in_schema(Command::new(peer), PeerTypes::VERSIONED).await
        {
            programs.peer_types = PeerTypes::Plain;
        }
        // A signal drops the future, which stops everything that runs.
        tokio::select! {
            results = measure(options, &programs) => results,
            name = signals.next() => Err(Failure::Interrupted(name)),
        }
    })?;
    print!("{}", report::terminal::render(&results));
    if let Some(directory) = &options.write {
        report::write(&results, directory)?;
    }
    Ok(())
}

async fn measure(options: &Options, programs: &Programs) -> Result<Results, Failure> {
    let begun = Instant::now();
    let mut results = Results {
        bindings: options.objects,
        rounds: options.rounds,
        cores: machine::cores(),
        terraform: terraform::version(&options.terraform)?,
        peer: options.peer_version.clone(),
        ..Results::default()
    };
    let watch = Watch::start();
    for section in &options.sections {
        let say = |text: &str| eprintln!("{:>5} s  {text}", begun.elapsed().as_secs());
        match section {
            Section::Start => {
                say("starts");
                startup::run(programs, &mut results).await?;
            }
            section => rounds::run(*section, programs, &mut results, &say).await?,
        }
    }
    results.disturbances = machine::disturbances(watch.others(), results.floors().collect::<Vec<_>>());
    eprintln!("{:>5} s  done", begun.elapsed().as_secs());
    Ok(results)
}
