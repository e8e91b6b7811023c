//! local-cks: CoreWeave Kubernetes Service on one machine, for tests of modules that use it.
//!
//! `up` starts it and runs until it is stopped; the other commands find the running one by its environment file.

#[macro_use]
mod say;
mod certificates;
mod client;
mod commands;
mod configuration;
mod control;
mod detach;
mod environment;
mod failure;
mod fault;
mod files;
mod options;
mod private_file;
mod programs;
mod protocol;
mod requests;
mod running;
mod up;

use std::{
    ffi::OsString,
    os::unix::process::CommandExt as _,
    process::{Command, ExitCode},
    time::Instant,
};

use child_processes::with_causes;
use lexopt::{Arg, Parser};

use crate::{failure::Failure, options::Options};

const HELP: &str = "\
Usage: local-cks COMMAND [--help]

CoreWeave Kubernetes Service on this machine, for tests of Terraform and OpenTofu modules.

  up        start it, with clusters, an OpenID provider and an environment file
  wait      return once it is ready
  status    show what runs
  fault     inject a fault into the next requests
  requests  show the requests that it received
  id-token  write an ID token of a user to a file
  open      the browser of kubelogin: log a user in, or open a page
  down      stop it
";

/// Variables of the environment file that this program itself must not use: they would lead to an earlier local-cks.
const OF_ENVIRONMENT: [&str; 5] = ["HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE"];

fn main() -> ExitCode {
    let since = Instant::now();
    // What local CKS has no caller to tell, such as a cluster that does not start.
    tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_writer(std::io::stderr).init();
    match dispatch(Parser::from_env(), since) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Interrupted(signal)) => {
            eprintln!("{}", Failure::Interrupted(signal));
            ExitCode::from(130)
        }
        Err(failure) => {
            eprintln!("error: {}", with_causes(&failure));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(mut arguments: Parser, since: Instant) -> Result<(), Failure> {
    let command = match arguments.next()? {
        None | Some(Arg::Short('h') | Arg::Long("help")) => {
            print!("{HELP}");
            return Ok(());
        }
        Some(Arg::Short('V') | Arg::Long("version")) => {
            println!("local-cks {}", env!("CARGO_PKG_VERSION"));
            return Ok(());
        }
        Some(Arg::Value(command)) => command,
        Some(other) => return Err(other.unexpected().into()),
    };
    match command.to_str() {
        Some("up") => up(arguments, since),
        Some("wait") => commands::wait(arguments),
        Some("status") => commands::status(arguments),
        Some("fault") => commands::inject(arguments),
        Some("requests") => commands::requests(arguments),
        Some("id-token") => commands::id_token(arguments),
        Some("open") => commands::open(arguments),
        Some("down") => commands::down(arguments),
        Some("help") => {
            print!("{HELP}");
            Ok(())
        }
        _ => Err(Failure::arguments(format!("there is no command {}", command.display()))),
    }
}

fn up(arguments: Parser, since: Instant) -> Result<(), Failure> {
    // In a shell with the variables of another local-cks, which may have ended: its proxy and certificates are not this machine's.
    if std::env::var_os(environment::CONTROL).is_some() {
        let mut again = Command::new(std::env::current_exe().map_err(Failure::system("find this program"))?);
        again.args(std::env::args_os().skip(1).collect::<Vec<OsString>>()).env_remove(environment::CONTROL);
        for name in OF_ENVIRONMENT {
            again.env_remove(name);
        }
        return Err(Failure::System("start again without the variables of another local-cks", again.exec()));
    }
    let Some(options) = Options::parse(arguments)? else {
        print!("{}", options::HELP);
        return Ok(());
    };
    if options.detached {
        detach::leave_session()?;
    }
    let runtime = tokio::runtime::Runtime::new().map_err(Failure::system("start a runtime"))?;
    if options.detach {
        runtime.block_on(detach::run(&options))
    } else {
        runtime.block_on(up::run(options, since))
    }
}
