//! Tells everything that happens in one history: `cargo run -p sweep --example replay -- '{"steps": …}'`, as a finding prints it.

use std::process::ExitCode;

use sweep::{history::History, sweep::explain};

fn main() -> ExitCode {
    let given = std::env::args().nth(1).unwrap_or_default();
    match History::read(&given) {
        Ok(history) => {
            println!("{}", explain(&history));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!(
                "The argument is not a history: {error}. Copy it as a whole from the output of a sweep, in single quotes."
            );
            ExitCode::FAILURE
        }
    }
}
