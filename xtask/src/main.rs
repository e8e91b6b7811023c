//! The commands of this repository: `cargo xtask COMMAND`. One file per command, the same ones locally and in CI.

mod bench;
mod demo;
mod docs;
mod failure;
mod install;
mod local_cks;
mod matrix;
mod package;
mod pinned;
mod platform;
mod process;
mod provider;
mod repository;
mod test;
mod testbed;
mod tidy;

use std::process::ExitCode;

use lexopt::{Arg, Parser};

use crate::failure::Failure;

/// A command: its name, its description, and its function, which gets the arguments after the name.
struct Command {
    name: &'static str,
    about: &'static str,
    run: fn(Parser) -> Result<(), Failure>,
}

const COMMANDS: [Command; 10] = [
    Command {
        name: "demo",
        about: "show the provider's main job end to end on this machine, step by step",
        run: demo::run,
    },
    Command {
        name: "test",
        about: "build everything and run every test: unit, property, protocol, acceptance",
        run: test::run,
    },
    Command {
        name: "matrix",
        about: "run a part of the tests on older versions of Terraform and OpenTofu",
        run: matrix::run,
    },
    Command {
        name: "bench",
        about: "measure time, memory and requests in parallel with hashicorp/kubernetes and Terraform alone",
        run: bench::run,
    },
    Command {
        name: "install",
        about: "put the provider where `terraform init` and `tofu init` find it without a registry",
        run: install::run,
    },
    Command {
        name: "package",
        about: "build the files of a release, and mirrors to install it from",
        run: package::run,
    },
    Command {
        name: "package-local-cks",
        about: "build the release archive of local-cks, with all programs that it runs",
        run: local_cks::run,
    },
    Command {
        name: "docs",
        about: "write the registry's documentation from schema, examples and templates",
        run: docs::run,
    },
    Command {
        name: "tidy",
        about: "check what compilers do not: dependencies' directions, file lengths, generated files, one TLS stack",
        run: tidy::run,
    },
    Command {
        name: "testbed",
        about: "build the real tools that tests and demonstration need: Kubernetes, Terraform, OpenTofu, …",
        run: testbed::run,
    },
];

fn main() -> ExitCode {
    match dispatch(Parser::from_env()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(mut arguments: Parser) -> Result<(), Failure> {
    match arguments.next()? {
        None | Some(Arg::Short('h') | Arg::Long("help")) => {
            print!("{}", overview());
            Ok(())
        }
        Some(Arg::Value(name)) => match COMMANDS.iter().find(|command| name == command.name) {
            Some(command) => (command.run)(arguments),
            None => Err(Failure::new(format!("there is no command {}\n\n{}", name.display(), overview()))),
        },
        Some(other) => Err(other.unexpected().into()),
    }
}

fn overview() -> String {
    let commands =
        COMMANDS.each_ref().map(|Command { name, about, .. }| format!("  {name:<18}{about}")).join("\n");
    format!("Usage: cargo xtask COMMAND [--help]\n\n{commands}\n")
}
