//! The process: its start by a person or by a host, handshake, connections, logs, and end.
//!
//! A provider's `main` consists of one call of [`run`]:
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! use tfplugin::serve::{self, ServeOptions};
//! # use tfplugin::{Error, Offers, Provider, Schema, provider::Configuration};
//! # /// A shop.
//! # #[derive(Clone, Debug, Schema)]
//! # struct Shop {}
//! # impl Provider for Shop {
//! #     type Data = ();
//! #     async fn configure(_: ShopPartial, _: Configuration) -> Result<(), Error> { Ok(()) }
//! #     fn offers() -> Offers<()> { Offers::new() }
//! # }
//!
//! fn main() -> ExitCode {
//!     serve::run::<Shop>(&ServeOptions {
//!         name: "shop",
//!         source: "example/shop",
//!         version: env!("CARGO_PKG_VERSION"),
//!         description: "Manages a shop.",
//!         log_target: env!("CARGO_CRATE_NAME"),
//!         log_crates: &[],
//!     })
//! }
//! ```
//!
//! # Start and end
//!
//! A host (Terraform, OpenTofu) starts the binary without arguments, with a magic cookie in its environment.
//! The binary listens on a socket, prints one line with the address, and serves gRPC there until the host
//! ends it (go-plugin's server.go and client.go). A host's connections use TLS with certificates that both
//! sides create for one run. The module is independent of what a provider does; that is the service's part.
//!
//! | end | what still runs gets |
//! |---|---|
//! | the host requests it, as after each command | 1.5 seconds |
//! | SIGTERM; SIGHUP, unless it is ignored as by `nohup`; Ctrl-C with `--debug` | 5 seconds |
//! | the host has crashed or was killed | 30 seconds, so that a create can finish and clean up |
//!
//! What runs are calls: connections and streams that a host keeps open without one do not delay the end.
//!
//! # Logs
//!
//! Use `tracing`. Events become lines that Terraform shows with its own, each with the request's id:
//!
//! | variable | sets the level of |
//! |---|---|
//! | `TF_LOG_PROVIDER_SHOP`, `TF_LOG_PROVIDER`, `TF_LOG`: the first that is set | the provider's crate, and `log_crates` |
//! | `TF_LOG_SDK`, else as the provider | this framework |
//! | `TF_LOG_SDK_PROTO`, else as the framework | the protocol part of this framework |
//!
//! Other crates log warnings and errors only, except at `TRACE`. Values of attributes are never logged by the
//! framework.
//!
//! # Debuggers
//!
//! With `--debug` a person starts the binary, in a debugger for example. It prints a
//! `TF_REATTACH_PROVIDERS` setting; Terraform and OpenTofu use this process while the variable is set.

mod calls;
mod command_line;
mod connection;
mod debug;
mod environment;
mod goplugin;
mod handshake;
mod health;
mod listener;
pub mod logging;
mod orphan;
mod server;
mod signals;
mod tls;

use std::{
    ffi::OsString,
    io::{self, Write as _},
    panic::AssertUnwindSafe,
    process::ExitCode,
};

use tfplugin_proto::tfplugin6::provider_server;

use self::{command_line::Invocation, server::ServeError, signals::Mode};
use crate::{panic, process::Process, provider::Provider, rpc::Service};

/// Properties of the provider that the process shows: in `--help`, in logs, and to debuggers.
#[derive(Clone, Copy, Debug)]
pub struct ServeOptions {
    /// The provider's local name, such as `cks`: the prefix of its types, and part of `TF_LOG_PROVIDER_CKS`. The
    /// binary's file name is `terraform-provider-` and this name.
    pub name: &'static str,
    /// The source address without a registry's host, such as `cks-community/cks`.
    pub source: &'static str,
    /// The provider's version, without a leading `v`.
    pub version: &'static str,
    /// One sentence about the provider, for a person who starts the binary by hand.
    pub description: &'static str,
    /// First segment of the provider's own `tracing` targets: `env!("CARGO_CRATE_NAME")`. Other crates log
    /// warnings and errors only.
    pub log_target: &'static str,
    /// Further crates of the provider's own, such as its API client: their events have the provider's level.
    pub log_crates: &'static [&'static str],
}

/// The whole of `main`: reads the command line and the environment, and serves the provider if a host started
/// it. Starts its own Tokio runtime, installs the process-wide `tracing` subscriber, panic hook, and rustls
/// crypto provider, and returns when the process has to end.
///
/// The exit code is 0 after an orderly end, 1 if a person started it without arguments or if serving failed,
/// and 2 for an invalid command line or a panic outside of a call. (A panic in a call becomes an error.)
pub fn run<P: Provider>(options: &ServeOptions) -> ExitCode {
    run_service(options, Service::<P>::new)
}

/// [`run`] for a service that is written on the protocol's messages: this crate's own tests and tools.
#[doc(hidden)]
pub fn run_service<S, F>(options: &ServeOptions, service: F) -> ExitCode
where
    S: provider_server::Provider,
    F: FnOnce(Process) -> S,
{
    run_with_arguments(options, std::env::args_os().skip(1), service)
}

fn run_with_arguments<S, F>(
    options: &ServeOptions,
    arguments: impl Iterator<Item = OsString>,
    service: F,
) -> ExitCode
where
    S: provider_server::Provider,
    F: FnOnce(Process) -> S,
{
    match Invocation::parse(arguments) {
        Ok(Invocation::Help) => {
            print(&command_line::help(options));
            ExitCode::SUCCESS
        }
        Ok(Invocation::Version) => {
            print(&command_line::version(options));
            ExitCode::SUCCESS
        }
        Ok(Invocation::Debug) => start(options, Mode::Debug, service),
        Ok(Invocation::Plain) if environment::started_by_host() => start(options, Mode::Plugin, service),
        Ok(Invocation::Plain) => {
            print_error(&command_line::notice(options));
            ExitCode::from(1)
        }
        Err(error) => {
            print_error(&command_line::complaint(options, &error));
            ExitCode::from(2)
        }
    }
}

fn start<S, F>(options: &ServeOptions, mode: Mode, service: F) -> ExitCode
where
    S: provider_server::Provider,
    F: FnOnce(Process) -> S,
{
    logging::install(options);
    panic::install_hook();
    // The hook has logged the panic; here it is known to end the process.
    match std::panic::catch_unwind(AssertUnwindSafe(|| serve(options, mode, service))) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            print_error(&format!("{}\n", ErrorChain(&error)));
            ExitCode::from(1)
        }
        Err(payload) => {
            print_error(&panic::crash_message(&*payload));
            ExitCode::from(2)
        }
    }
}

fn serve<S, F>(options: &ServeOptions, mode: Mode, service: F) -> Result<(), ServeError>
where
    S: provider_server::Provider,
    F: FnOnce(Process) -> S,
{
    tls::install_crypto_provider();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        // Calls wait for the network nearly all the time; each further thread costs start-up time.
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(ServeError::Runtime)?;
    let result = runtime.block_on(server::serve(options, mode, service));
    // Whatever still runs has had its time.
    runtime.shutdown_background();
    result
}

/// An error and its causes on one line.
struct ErrorChain<'a>(&'a dyn std::error::Error);

impl std::fmt::Display for ErrorChain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

// A closed pipe is no reason to panic.
fn print(text: &str) {
    let mut stdout = io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

fn print_error(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
