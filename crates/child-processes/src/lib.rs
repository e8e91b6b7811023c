//! Child processes that end with their owner, for tests and the demonstration.
//!
//! Each program runs in a process group of its own: a Ctrl-C at the terminal reaches this program only, and what a program started
//! is ended with it. [`Processes`] owns programs and the directory they work in. Dropping it, or one [`Process`], ends them, panics
//! included; a small shell, the watchdog, does the same when this program is killed and cannot do anything any more. A program that
//! leaves its process group (`setsid`) is out of reach.
//!
//! Errors name the program, the first of its arguments, and the last lines it wrote; never its environment, where secrets are. Secrets
//! do not belong in arguments, which every user of the machine can read.
//!
//! ```
//! use std::{process::Command, time::Duration};
//!
//! use child_processes::Processes;
//!
//! # fn main() -> Result<(), child_processes::Error> {
//! let processes = Processes::new("example-")?;
//! let mut command = Command::new("echo");
//! command.arg("hello").current_dir(processes.directory());
//! let echo = processes.start(command)?;
//! echo.succeed(Duration::from_secs(30))?;
//! assert_eq!(echo.printed().stdout, "hello\n");
//! # Ok(())
//! # }
//! ```

mod child;
mod command;
mod directory;
mod end_signals;
mod error;
mod interrupts;
mod observed;
mod process;
mod processes;
mod shared;
mod watchdog;

pub use rustix::process::Signal;

pub use crate::{
    command::{CommandLine, Program, remove_proxy_variables},
    end_signals::EndSignals,
    error::{Error, with_causes},
    process::{Printed, Process},
    processes::Processes,
};
