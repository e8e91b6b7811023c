//! Section `start`: how long each provider takes until its handshake and its schema, and the size of its binary.

use std::{fs, process::Command};

use protocol_host::Startup;

use crate::{
    failure::Failure,
    results::{Results, Starts},
    rounds::Programs,
    statistics::as_float,
};

/// Starts of each provider in each round: one is over in milliseconds.
const STARTS: usize = 10;

/// Starts the providers in turn.
pub(crate) async fn run(programs: &Programs, results: &mut Results) -> Result<(), Failure> {
    for contender in programs.contenders() {
        let program = programs.provider(contender).unwrap_or(&programs.cks);
        let size = fs::metadata(program).map_err(Failure::io("read", program))?.len();
        let binary = as_float(usize::try_from(size).unwrap_or(usize::MAX)) / 1e6;
        results.starts.push(Starts {
            contender,
            handshake: Vec::new(),
            schema: Vec::new(),
            processor: Vec::new(),
            binary,
        });
    }
    for _ in 0..results.rounds * STARTS {
        for starts in &mut results.starts {
            let mut command = Command::new(programs.provider(starts.contender).unwrap_or(&programs.cks));
            command.env_clear();
            let startup = Startup::measure(command).await;
            starts.handshake.push(startup.handshake.as_secs_f64() * 1e3);
            starts.schema.push(startup.schema.as_secs_f64() * 1e3);
            starts.processor.extend(startup.processor.map(|time| time.as_secs_f64() * 1e3));
        }
    }
    Ok(())
}
