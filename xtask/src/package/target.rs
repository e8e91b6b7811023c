//! What a release can be built for, and how.

use std::process::Command;

use crate::{failure::Failure, platform::Platform, process};

/// A platform of a release, with Rust's name of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) platform: Platform,
    pub(super) triple: String,
    pub(super) linker: Linker,
}

/// What compiles C and links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Linker {
    /// Zig, which does both for every platform of [`CROSS`], the same on every machine.
    Zig,
    /// The machine's own: Apple's SDK, for one, is on Apple's machines only.
    Own,
}

/// What any machine can build for: operating system, architecture, Rust's name. Those for Linux are static (musl).
const CROSS: [(&str, &str, &str); 3] = [
    ("linux", "amd64", "x86_64-unknown-linux-musl"),
    ("linux", "arm64", "aarch64-unknown-linux-musl"),
    ("windows", "amd64", "x86_64-pc-windows-gnu"),
];

impl Target {
    /// What this machine can build for: [`CROSS`], and itself.
    pub(super) fn all() -> Result<Vec<Self>, Failure> {
        let mut all: Vec<_> = CROSS
            .into_iter()
            .map(|(os, architecture, triple)| Self {
                platform: Platform { os: os.to_owned(), architecture: architecture.to_owned() },
                triple: triple.to_owned(),
                linker: Linker::Zig,
            })
            .collect();
        let platform = Platform::host();
        if all.iter().all(|target| target.platform != platform) {
            all.push(Self { platform, triple: host_triple()?, linker: Linker::Own });
        }
        Ok(all)
    }

    /// That of this name, `OS_ARCH`, or `host`.
    pub(super) fn named(name: &str) -> Result<Self, Failure> {
        let platform = if name == "host" { Some(Platform::host()) } else { Platform::parse(name) };
        let all = Self::all()?;
        let names: Vec<_> = all.iter().map(|target| target.platform.to_string()).collect();
        all.into_iter().find(|target| Some(&target.platform) == platform.as_ref()).ok_or_else(|| {
            Failure::new(format!(
                "{name} cannot be built here; this machine builds {}. darwin and freebsd are built on machines of their own, \
                 by .github/workflows/release.yml",
                names.join(", ")
            ))
        })
    }

    /// Whether its program needs nothing of the machine that it runs on.
    pub(super) fn is_static(&self) -> bool {
        self.triple.ends_with("-musl")
    }
}

/// Rust's name of this machine's platform.
fn host_triple() -> Result<String, Failure> {
    let shown = process::read(Command::new("rustc").arg("-vV"))?;
    let host = shown.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| Failure::new(format!("`rustc -vV` names no host, but:\n{shown}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_one_of_the_targets() {
        let host = Target::named("host").unwrap();
        assert_eq!(Target::named(&host.platform.to_string()).unwrap(), host);
        assert!(Target::all().unwrap().contains(&host));
    }

    #[test]
    fn linux_is_static_and_windows_is_not() {
        let is_static = |name: &str| Target::named(name).unwrap().is_static();
        assert_eq!(["linux_amd64", "linux_arm64", "windows_amd64"].map(is_static), [true, true, false]);
    }

    #[test]
    fn what_cannot_be_built_here_is_an_error_with_the_place_where_it_is_built() {
        let error = Target::named("solaris_amd64").unwrap_err().to_string();
        assert!(
            error.contains("solaris_amd64 cannot be built here") && error.contains("release.yml"),
            "{error}"
        );
    }
}
