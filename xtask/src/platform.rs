//! Names of this provider, of platforms and of registries, as Terraform and OpenTofu spell them in mirrors and archives.

use std::{
    env::consts::{ARCH, OS},
    fmt,
    path::{Path, PathBuf},
};

/// Namespace and type of this provider.
pub(crate) const SOURCE: &str = "cks-community/cks";

/// Version of this provider.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The registries that are the two programs' default for [`SOURCE`].
pub(crate) const REGISTRIES: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// An operating system and an architecture, both by Go's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Platform {
    pub(crate) os: String,
    pub(crate) architecture: String,
}

impl Platform {
    /// This machine's.
    pub(crate) fn host() -> Self {
        Self { os: operating_system(OS).to_owned(), architecture: architecture(ARCH).to_owned() }
    }

    /// From `OS_ARCH`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (os, architecture) = text.split_once('_')?;
        Some(Self { os: os.to_owned(), architecture: architecture.to_owned() })
    }

    /// What the name of a program ends with.
    pub(crate) fn program_suffix(&self) -> &'static str {
        if self.os == "windows" { ".exe" } else { "" }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}_{}", self.os, self.architecture)
    }
}

/// The directory of all versions and platforms of a provider in a mirror.
pub(crate) fn directory_in_mirror(mirror: &Path, registry: &str, source: &str) -> PathBuf {
    mirror.join(registry).join(source)
}

/// Go's name of an operating system, for Rust's name.
fn operating_system(rust: &str) -> &str {
    if rust == "macos" { "darwin" } else { rust }
}

/// Go's name of an architecture, for Rust's name.
fn architecture(rust: &str) -> &str {
    match rust {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_have_terraforms_names() {
        assert_eq!((operating_system("linux"), architecture("x86_64")), ("linux", "amd64"));
        assert_eq!((operating_system("macos"), architecture("aarch64")), ("darwin", "arm64"));
    }

    #[test]
    fn a_platform_is_read_as_it_is_written() {
        let windows = Platform::parse("windows_amd64").unwrap();
        assert_eq!((windows.to_string().as_str(), windows.program_suffix()), ("windows_amd64", ".exe"));
        assert_eq!(Platform::parse("linux"), None);
    }
}
