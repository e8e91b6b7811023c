//! What a release needs in addition to Rust, in pinned versions, in the cache of the test bed's tools.
//!
//! Zig and cargo-zigbuild are programs in packages of PyPI; cargo-cyclonedx is built from crates.io.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{failure::Failure, pinned, process, repository};

/// The versions and checksums of the packages of PyPI.
const REQUIREMENTS: &str = "xtask/src/package/requirements.txt";

/// Version of cargo-cyclonedx.
const CYCLONEDX: &str = "0.5.9";

/// Zig, and what makes it cargo's linker.
#[derive(Debug)]
pub(super) struct Zig {
    pub(super) cargo_zigbuild: PathBuf,
    pub(super) zig: PathBuf,
}

/// Installs them if needed.
pub(super) fn zig() -> Result<Zig, Failure> {
    let requirements = repository::root().join(REQUIREMENTS);
    let text = fs::read_to_string(&requirements).map_err(Failure::io("read", &requirements))?;
    let directory = pinned::installed(&directory_name(&text), |directory| {
        eprintln!("installing Zig and cargo-zigbuild from PyPI into {}", directory.display());
        let mut pip = Command::new(python());
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
        pip.args(["--root-user-action", "ignore", "--only-binary", ":all:", "--require-hashes"]);
        process::run(pip.arg("--requirement").arg(&requirements).arg("--target").arg(directory)).map_err(
            |failure| {
                Failure::new(format!(
                    "{failure}\nPython 3 with pip is needed: `python3 -m pip --version` shows it"
                ))
            },
        )
    })?;
    let suffix = env::consts::EXE_SUFFIX;
    Ok(Zig {
        cargo_zigbuild: directory.join(format!("bin/cargo-zigbuild{suffix}")),
        zig: directory.join(format!("ziglang/zig{suffix}")),
    })
}

/// Path of cargo-cyclonedx, built if needed.
pub(super) fn cyclonedx() -> Result<PathBuf, Failure> {
    pinned::from_crates_io("cargo-cyclonedx", CYCLONEDX, "cargo-cyclonedx")
}

/// The standard library for another platform, added if needed.
pub(super) fn standard_library(triple: &str) -> Result<(), Failure> {
    let sysroot = process::read(Command::new("rustc").args(["--print", "sysroot"]))?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(triple).join("lib").is_dir() {
        return Ok(());
    }
    process::run(Command::new("rustup").args(["target", "add", triple]))
        .map_err(|failure| Failure::new(format!("{failure}\nRust's standard library for {triple} is needed")))
}

/// The name of the packages' directory: the names and versions in it, such as `cargo-zigbuild-0.24.1-ziglang-0.17.1`.
fn directory_name(requirements: &str) -> String {
    let packages = requirements.lines().filter_map(|line| line.split_whitespace().next()?.split_once("=="));
    packages.map(|(name, version)| format!("{name}-{version}")).collect::<Vec<_>>().join("-")
}

fn python() -> &'static str {
    if cfg!(windows) { "python" } else { "python3" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_is_named_after_packages_and_versions() {
        let requirements = "# A comment.\na==1.2 \\\n    --hash=sha256:00\nb==3 --hash=sha256:01\n";
        assert_eq!(directory_name(requirements), "a-1.2-b-3");
    }
}
