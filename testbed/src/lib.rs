//! The real programs of the test bed (etcd, kube-apiserver, Terraform, OpenTofu, …): their paths, and how they are built.
//!
//! Each is built by `go build` from a module in this directory, once, into a cache outside the repository. An installed program of the
//! machine is used instead if an environment variable sets it: `KUBEBUILDER_ASSETS` (a directory, as the
//! Kubernetes projects use it), `TERRAFORM`, `TOFU`, `KUBELOGIN`. A program that is released with the tools sets their directory
//! ([`use_directory`]).

mod build;
mod cache;
mod ensure;
mod error;
mod features;
mod go;
mod licences;
mod modules;
mod overrides;
mod sources;

use std::{fmt, path::PathBuf, sync::OnceLock};

pub use cache::cache_directory;
pub use ensure::ensure;
pub use error::ToolError;
pub use features::{Feature, Release};
pub use licences::GoModule;

/// An installed program of the test bed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tool {
    /// The store behind kube-apiserver.
    Etcd,
    /// The Kubernetes API server behind the endpoints of local CKS.
    KubeApiserver,
    /// Those controllers of kube-controller-manager that local CKS runs, unless the environment sets a whole one. Without them `view` and `edit` have no
    /// rules, and objects outlive their owners.
    KubeControllerManager,
    /// The command line of Kubernetes, which uses kubeconfigs.
    Kubectl,
    /// Terraform, newest release.
    Terraform,
    /// OpenTofu, newest release.
    OpenTofu,
    /// The exec credential plugin of kubeconfigs that log in with OIDC.
    Kubelogin,
    /// Writes the registry's documentation from schema, examples and templates.
    Tfplugindocs,
    /// Checks the workflows of GitHub Actions.
    Actionlint,
    /// The provider hashicorp/kubernetes, as one more provider that a token configures.
    HashicorpKubernetes,
    /// An OpenID provider over https whose users, claims and groups the tests choose.
    OpenIdProvider,
    /// Terraform 1.5, the last under an open-source licence.
    Terraform1_5,
    /// Terraform 1.8, the first with functions and moves of providers.
    Terraform1_8,
    /// Terraform 1.14, the first with queries and actions.
    Terraform1_14,
    /// OpenTofu 1.8, before moves between providers.
    OpenTofu1_8,
    /// OpenTofu 1.10, before ephemeral resources.
    OpenTofu1_10,
    /// OpenTofu 1.11, before identities.
    OpenTofu1_11,
}

impl Tool {
    /// The tools of the usual run of the tests, in the order of messages about them.
    pub const ALL: [Self; 11] = [
        Self::Etcd,
        Self::KubeApiserver,
        Self::KubeControllerManager,
        Self::Kubectl,
        Self::OpenIdProvider,
        Self::Terraform,
        Self::OpenTofu,
        Self::Tfplugindocs,
        Self::Actionlint,
        Self::Kubelogin,
        Self::HashicorpKubernetes,
    ];

    /// Older versions of Terraform and OpenTofu, which only `cargo xtask matrix` builds and runs.
    pub const OLDER: [Self; 6] = [
        Self::Terraform1_5,
        Self::Terraform1_8,
        Self::Terraform1_14,
        Self::OpenTofu1_8,
        Self::OpenTofu1_10,
        Self::OpenTofu1_11,
    ];

    /// Name of the program's file, which is also what messages call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::KubeApiserver => "kube-apiserver",
            Self::KubeControllerManager => "kube-controller-manager",
            Self::Kubectl => "kubectl",
            Self::Terraform => "terraform",
            Self::OpenTofu => "tofu",
            Self::Kubelogin => "kubelogin",
            Self::Tfplugindocs => "tfplugindocs",
            Self::Actionlint => "actionlint",
            Self::HashicorpKubernetes => "terraform-provider-kubernetes",
            Self::OpenIdProvider => "openid-provider",
            Self::Terraform1_5 => "terraform-1.5",
            Self::Terraform1_8 => "terraform-1.8",
            Self::Terraform1_14 => "terraform-1.14",
            Self::OpenTofu1_8 => "tofu-1.8",
            Self::OpenTofu1_10 => "tofu-1.10",
            Self::OpenTofu1_11 => "tofu-1.11",
        }
    }

    /// Like [`Tool::path`], for tests: `None` if the tool is missing and that was allowed
    /// (`cargo xtask test --allow-missing TOOL`, or [`ALLOW_MISSING`]). A test that gets `None` prints that and passes.
    ///
    /// # Errors
    /// The tool is missing and that was not allowed.
    pub fn find(self) -> Result<Option<PathBuf>, ToolError> {
        match self.path() {
            Ok(path) => Ok(Some(path)),
            Err(_) if allows(std::env::var(ALLOW_MISSING).ok().as_deref(), self) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Version of the built program, without `v`; empty for programs of our own.
    ///
    /// # Errors
    /// The `go.mod` of its module cannot be read.
    pub fn version(self) -> Result<String, ToolError> {
        modules::Module::of(self).version(self)
    }

    /// Path of the program: that of [`use_directory`], else that in the environment, else the cached build. Builds nothing; see
    /// [`ensure`].
    ///
    /// # Errors
    /// The program is not built yet, or the environment sets one that does not exist.
    pub fn path(self) -> Result<PathBuf, ToolError> {
        let released = DIRECTORY.get().map(|directory| directory.join(self.name()));
        if let Some(released) = released.filter(|path| path.is_file()) {
            return Ok(released);
        }
        if let Some(own) = overrides::find(self, |name| std::env::var_os(name))? {
            return Ok(own);
        }
        let path = cache::cached(self)?;
        if path.is_file() { Ok(path) } else { Err(ToolError::NotBuilt { tool: self, path }) }
    }
}

/// Uses the tools of this directory before all others, in this process. Returns whether it was the first such call, which counts.
pub fn use_directory(directory: impl Into<PathBuf>) -> bool {
    DIRECTORY.set(directory.into()).is_ok()
}

static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();

/// The environment variable with the names of the tools, separated by commas, that may be missing in tests.
pub const ALLOW_MISSING: &str = "CKS_TEST_ALLOW_MISSING";

impl fmt::Display for Tool {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

fn allows(names: Option<&str>, tool: Tool) -> bool {
    names.is_some_and(|names| names.split(',').any(|name| name.trim() == tool.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_tool_that_is_named_may_be_missing() {
        assert!(allows(Some("etcd, tofu"), Tool::OpenTofu));
        assert!(!allows(Some("etcd,tofu"), Tool::Terraform));
        assert!(!allows(Some(""), Tool::Etcd));
        assert!(!allows(None, Tool::Etcd));
    }
}
