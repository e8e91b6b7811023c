//! A program for a platform, built so that commit and toolchain alone decide on its bytes.
//!
//! No path of the machine is in it: compilers get other names for the repository, cargo's home and the target directory.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    static_program,
    target::{Linker, Target},
    tools,
};
use crate::{failure::Failure, process, provider, repository};

/// What separates flags in `CARGO_ENCODED_RUSTFLAGS`.
const SEPARATOR: &str = "\u{1f}";

/// The repository's public name.
const REPOSITORY: &str = "/terraform-provider-cks";

/// The time that compilers get, 1980: with the commit's, a new commit would compile C that it does not change.
const EPOCH: &str = "315532800";

/// Builds this program of a package, and returns its path.
pub(super) fn build(target: &Target, package: &str, program: &str) -> Result<PathBuf, Failure> {
    tools::standard_library(&target.triple)?;
    let mut cargo = match target.linker {
        Linker::Own => {
            let mut cargo = repository::cargo();
            cargo.arg("build");
            cargo
        }
        Linker::Zig => {
            let zig = tools::zig()?;
            let mut cargo = Command::new(zig.cargo_zigbuild);
            cargo.current_dir(repository::root()).arg("zigbuild").env("CARGO_ZIGBUILD_ZIG_PATH", zig.zig);
            cargo
        }
    };
    cargo.args(["--locked", "--release", "--message-format", "json-render-diagnostics"]);
    cargo.args(["--package", package, "--bin", program, "--target", &target.triple]);
    let names = public_names()?;
    let flags: Vec<_> = names.iter().map(|(from, to)| format!("--remap-path-prefix={from}={to}")).collect();
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join(SEPARATOR));
    // For aws-lc's C code, which names its files in errors.
    let flags: Vec<_> = names.iter().map(|(from, to)| format!("-ffile-prefix-map={from}={to}")).collect();
    cargo.env("TARGET_CFLAGS", flags.join(" "));
    cargo.env("SOURCE_DATE_EPOCH", EPOCH);
    // Where local-cks would look for the sources of tools: it is installed with them.
    cargo.env("CKS_TESTBED_MODULES", format!("{REPOSITORY}/testbed"));
    // Some of aws-lc is assembled with NASM for Windows; this takes what its authors assembled.
    cargo.env("AWS_LC_SYS_PREBUILT_NASM", "1");
    let [program] = provider::executables(&mut cargo, [program])?;
    if target.is_static() {
        static_program::check(&program)?;
    }
    check_for_paths(&program, &names)?;
    Ok(program)
}

/// The time of the commit, for the bill of materials, or that of `SOURCE_DATE_EPOCH`, for sources without git.
pub(super) fn epoch() -> Result<u64, Failure> {
    let text = match env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => text,
        Err(_) => process::read(Command::new("git").current_dir(repository::root()).args([
            "log",
            "-1",
            "--format=%ct",
        ]))
        .map_err(|failure| {
            Failure::new(format!(
                "{failure}\nWithout git, set SOURCE_DATE_EPOCH to the commit's time in seconds"
            ))
        })?,
    };
    let text = text.trim();
    text.parse()
        .map_err(|_| Failure::new(format!("SOURCE_DATE_EPOCH is {text:?}: set it to a time in seconds")))
}

/// Directories of this machine, and the names that take their place. The last that fits is used.
fn public_names() -> Result<[(String, &'static str); 3], Failure> {
    let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo_home = cargo_home
        .or_else(|| {
            Some(PathBuf::from(env::var_os("HOME").or_else(|| env::var_os("USERPROFILE"))?).join(".cargo"))
        })
        .ok_or_else(|| Failure::new("neither CARGO_HOME nor HOME is set"))?;
    let metadata = cargo_metadata::MetadataCommand::new()
        .current_dir(repository::root())
        .no_deps()
        .exec()
        .map_err(|error| Failure::new(format!("`cargo metadata`: {error}")))?;
    let text = |path: &Path| path.display().to_string();
    Ok([
        (text(&cargo_home), "/cargo"),
        (text(repository::root()), REPOSITORY),
        (metadata.target_directory.into_string(), "/target"),
    ])
}

/// A program with a path of this machine would be another one in another directory.
fn check_for_paths(program: &Path, names: &[(String, &'static str)]) -> Result<(), Failure> {
    let bytes = fs::read(program).map_err(Failure::io("read", program))?;
    match names.iter().find(|(path, _)| contains(&bytes, path.as_bytes())) {
        None => Ok(()),
        Some((path, _)) => Err(Failure::new(format!(
            "{} contains {path}, so that it differs on each machine: see which compiler does not get its other name",
            program.display()
        ))),
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_with_a_path_of_this_machine_is_rejected() {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("program");
        let names = [("/home/a".to_owned(), "/cargo"), ("/home/b".to_owned(), "/target")];
        fs::write(&program, b"\0/cargo/registry/lib.rs\0").unwrap();
        check_for_paths(&program, &names).unwrap();
        fs::write(&program, b"\0/home/b/debug/out.rs\0").unwrap();
        let error = check_for_paths(&program, &names).unwrap_err().to_string();
        assert!(error.contains("contains /home/b, "), "{error}");
    }
}
