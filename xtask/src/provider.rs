//! The provider's binary, built by cargo.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use cargo_metadata::Message;

use crate::{failure::Failure, process, repository};

/// How the provider is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build, with what the tests have optimised for themselves.
    Dev,
    /// Quicker to build: nothing of what the programs consist of is optimised (`profile.dev.package` in Cargo.toml).
    Unoptimised,
    /// Small and quick to start, as users get it.
    Release,
}

/// The name of the package and of its binary.
pub(crate) const NAME: &str = "terraform-provider-cks";

/// Builds the provider with cargo's progress on this terminal, and returns the path of its binary.
pub(crate) fn build(profile: Profile) -> Result<PathBuf, Failure> {
    build_programs([(NAME, NAME)], profile).map(|[provider]| provider)
}

/// Builds the provider as the tests have it. Its dependencies have the features that the whole workspace needs, so that the tests compile
/// none of them once more.
pub(crate) fn build_as_tests_do() -> Result<PathBuf, Failure> {
    build_selected(&["--workspace"], [NAME], Profile::Dev).map(|[provider]| provider)
}

/// Builds programs of the workspace, each after the name of its package, at once: shared dependencies are compiled once.
pub(crate) fn build_programs<const N: usize>(
    programs: [(&str, &str); N],
    profile: Profile,
) -> Result<[PathBuf; N], Failure> {
    let packages = programs.map(|(package, _)| ["--package", package]).concat();
    build_selected(&packages, programs.map(|(_, name)| name), profile)
}

fn build_selected<const N: usize>(
    packages: &[&str],
    names: [&str; N],
    profile: Profile,
) -> Result<[PathBuf; N], Failure> {
    let mut cargo = repository::cargo();
    cargo.args(["build", "--message-format", "json-render-diagnostics"]).args(packages);
    cargo.args(names.map(|name| ["--bin", name]).concat());
    match profile {
        Profile::Dev => {}
        Profile::Unoptimised => {
            cargo.args(["--config", "profile.dev.package.tfplugin.opt-level=0"]);
        }
        Profile::Release => {
            cargo.arg("--release");
        }
    }
    executables(&mut cargo, names)
}

/// Runs a `cargo build` with `--message-format json-render-diagnostics`, and returns the paths of these binaries.
pub(crate) fn executables<const N: usize>(
    cargo: &mut Command,
    names: [&str; N],
) -> Result<[PathBuf; N], Failure> {
    let messages = process::read(cargo.stdin(Stdio::null()))?;
    let mut paths = names.map(|_| PathBuf::new());
    for message in Message::parse_stream(messages.as_bytes()).filter_map(Result::ok) {
        if let Message::CompilerArtifact(artifact) = message
            && let Some(executable) = artifact.executable
            && let Some(index) = names.iter().position(|name| artifact.target.name == *name)
        {
            paths[index] = executable.into();
        }
    }
    match names.iter().zip(&paths).find(|(_, path)| path.as_os_str().is_empty()) {
        None => Ok(paths),
        Some((name, _)) => {
            Err(Failure::new(format!("cargo built no program {name}: see `[package]` in its Cargo.toml")))
        }
    }
}
