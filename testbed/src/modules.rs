//! The Go modules of this directory: the tools of each, and the flags of their builds. Versions are in their `go.mod`.

use std::{fs, path::PathBuf};

use crate::{Tool, ToolError};

/// One Go module, with the commands to build in the `tool` lines of its `go.mod`.
#[derive(Debug)]
pub(crate) struct Module {
    /// Folder next to this crate's `Cargo.toml`.
    pub(crate) folder: &'static str,
    /// Its tools, with their file names from `go build`: the last element of the package's path.
    pub(crate) tools: &'static [(Tool, &'static str)],
    /// The pattern of packages to build: `tool` means the `tool` lines.
    pub(crate) packages: &'static str,
    /// The Go module whose version is the tools' version; none for programs of our own.
    source: Option<&'static str>,
    /// Linker flags in addition to `-s -w`; `{version}`, `{major}` and `{minor}` are filled in from `go.mod`.
    linker_flags: &'static str,
    /// Duration of a first build on two cores, including downloads.
    pub(crate) minutes: u32,
}

/// Every module, in the order of the builds.
pub(crate) const MODULES: [Module; 15] = [
    Module {
        folder: "etcd",
        tools: &[(Tool::Etcd, "server")],
        packages: "tool",
        source: Some("go.etcd.io/etcd/server/v3"),
        linker_flags: "",
        minutes: 1,
    },
    Module {
        folder: "kubernetes",
        tools: &[
            (Tool::KubeApiserver, "kube-apiserver"),
            (Tool::KubeControllerManager, "kube-controller-manager"),
            (Tool::Kubectl, "kubectl"),
        ],
        packages: "tool",
        source: Some("k8s.io/kubernetes"),
        // Without these the programs report v0.0.0-master as their version.
        linker_flags: "-X k8s.io/component-base/version.gitVersion=v{version} \
                       -X k8s.io/component-base/version.gitMajor={major} \
                       -X k8s.io/component-base/version.gitMinor={minor} \
                       -X k8s.io/component-base/version.gitTreeState=clean",
        minutes: 5,
    },
    Module {
        folder: "openid-provider",
        tools: &[(Tool::OpenIdProvider, "openid-provider")],
        packages: ".",
        source: None,
        linker_flags: "",
        minutes: 1,
    },
    Module {
        folder: "terraform",
        tools: &[(Tool::Terraform, "terraform")],
        packages: "tool",
        source: Some("github.com/hashicorp/terraform"),
        linker_flags: TERRAFORM,
        minutes: 3,
    },
    Module {
        folder: "opentofu",
        tools: &[(Tool::OpenTofu, "tofu")],
        packages: "tool",
        source: Some("github.com/opentofu/opentofu"),
        linker_flags: OPEN_TOFU,
        minutes: 4,
    },
    Module {
        folder: "tfplugindocs",
        tools: &[(Tool::Tfplugindocs, "tfplugindocs")],
        packages: "tool",
        source: Some("github.com/hashicorp/terraform-plugin-docs"),
        linker_flags: "-X github.com/hashicorp/terraform-plugin-docs/cmd/tfplugindocs/build.version={version}",
        minutes: 1,
    },
    Module {
        folder: "actionlint",
        tools: &[(Tool::Actionlint, "actionlint")],
        packages: "tool",
        source: Some("github.com/rhysd/actionlint"),
        linker_flags: "",
        minutes: 1,
    },
    Module {
        folder: "kubelogin",
        tools: &[(Tool::Kubelogin, "kubelogin")],
        packages: "tool",
        source: Some("github.com/int128/kubelogin"),
        linker_flags: "-X main.version=v{version}",
        minutes: 1,
    },
    Module {
        folder: "hashicorp-kubernetes",
        tools: &[(Tool::HashicorpKubernetes, "terraform-provider-kubernetes")],
        packages: "tool",
        source: Some("github.com/hashicorp/terraform-provider-kubernetes"),
        linker_flags: "",
        minutes: 3,
    },
    terraform("terraform-1.5", &[(Tool::Terraform1_5, "terraform")]),
    terraform("terraform-1.8", &[(Tool::Terraform1_8, "terraform")]),
    terraform("terraform-1.14", &[(Tool::Terraform1_14, "terraform")]),
    open_tofu("tofu-1.8", &[(Tool::OpenTofu1_8, "tofu")]),
    open_tofu("tofu-1.10", &[(Tool::OpenTofu1_10, "tofu")]),
    open_tofu("tofu-1.11", &[(Tool::OpenTofu1_11, "tofu")]),
];

/// Without these the programs report a development version, which some features need, and which warns.
const TERRAFORM: &str = "-X github.com/hashicorp/terraform/version.dev=no";
const OPEN_TOFU: &str = "-X github.com/opentofu/opentofu/version.dev=no";

/// A version of Terraform for `cargo xtask matrix`.
const fn terraform(folder: &'static str, tools: &'static [(Tool, &'static str)]) -> Module {
    let source = Some("github.com/hashicorp/terraform");
    Module { folder, tools, packages: "tool", source, linker_flags: TERRAFORM, minutes: 4 }
}

/// A version of OpenTofu for `cargo xtask matrix`.
const fn open_tofu(folder: &'static str, tools: &'static [(Tool, &'static str)]) -> Module {
    let source = Some("github.com/opentofu/opentofu");
    Module { folder, tools, packages: "tool", source, linker_flags: OPEN_TOFU, minutes: 4 }
}

/// The directory of the modules. A program of a release gets another one, since it must not contain a path of the machine.
const DIRECTORY: &str = match option_env!("CKS_TESTBED_MODULES") {
    Some(directory) => directory,
    None => env!("CARGO_MANIFEST_DIR"),
};

impl Module {
    /// The module that builds a tool.
    pub(crate) fn of(tool: Tool) -> &'static Self {
        MODULES
            .iter()
            .find(|module| module.tools.iter().any(|(built, _)| *built == tool))
            .expect("the table names every tool: a test checks it")
    }

    /// Path of its `go.mod`.
    pub(crate) fn directory(&self) -> PathBuf {
        PathBuf::from(DIRECTORY).join(self.folder)
    }

    /// The tools' version without `v`, or an empty string for programs of our own.
    pub(crate) fn version(&self) -> Result<String, ToolError> {
        let Some(source) = self.source else {
            return Ok(String::new());
        };
        let path = self.directory().join("go.mod");
        let text = fs::read_to_string(&path).map_err(ToolError::io("read", &path))?;
        required_version(&text, source).ok_or(ToolError::NoVersion { path, module: source })
    }

    /// The names of its tools and their version, for messages.
    pub(crate) fn title(&self) -> Result<String, ToolError> {
        let names: Vec<_> = self.tools.iter().map(|(tool, _)| tool.name()).collect();
        Ok(format!("{} {}", names.join(", "), self.version()?).trim_end().to_owned())
    }

    /// The arguments of `go` for its build, except the output path.
    pub(crate) fn build_arguments(&self) -> Result<Vec<String>, ToolError> {
        let version = self.version()?;
        let mut parts = version.split('.');
        let major = parts.next().unwrap_or_default();
        let minor = parts.next().unwrap_or_default();
        let linker_flags = self
            .linker_flags
            .replace("{version}", &version)
            .replace("{major}", major)
            .replace("{minor}", minor);
        let linker_flags = format!("-s -w {linker_flags}");
        let fixed =
            ["build", "-trimpath", "-buildvcs=false", "-mod=readonly", "-ldflags", linker_flags.trim_end()];
        Ok(fixed.map(str::to_owned).to_vec())
    }
}

/// The version a `go.mod` requires of a module, without its `v`.
fn required_version(go_mod: &str, module: &str) -> Option<String> {
    go_mod.lines().find_map(|line| {
        let line = line.trim();
        let mut words = line.strip_prefix("require ").unwrap_or(line).split_whitespace();
        (words.next() == Some(module))
            .then(|| words.next())?
            .and_then(|version| version.strip_prefix('v'))
            .map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(go_mod: &str, module: &str, expected: Option<&str>) {
        assert_eq!(required_version(go_mod, module).as_deref(), expected);
    }

    #[test]
    fn the_version_is_the_one_that_go_mod_requires() {
        check("require example.org/a v1.2.3 // indirect\n", "example.org/a", Some("1.2.3"));
        check(
            "require (\n\texample.org/a v1.2.3\n\texample.org/a/b v4.5.6\n)\n",
            "example.org/a/b",
            Some("4.5.6"),
        );
        check("tool example.org/a\n\nrequire example.org/a v1.2.3\n", "example.org/a", Some("1.2.3"));
        check("require example.org/ab v1.2.3\n", "example.org/a", None);
    }

    #[test]
    fn every_tool_has_a_module_that_builds_it() {
        for tool in Tool::ALL.into_iter().chain(Tool::OLDER) {
            let module = Module::of(tool);
            assert!(module.directory().join("go.mod").is_file(), "{tool}: no go.mod in {}", module.folder);
            assert!(module.directory().join("go.sum").is_file(), "{tool}: no go.sum in {}", module.folder);
        }
    }

    #[test]
    fn the_build_sets_the_version_of_kubernetes() {
        let arguments = Module::of(Tool::KubeApiserver).build_arguments().unwrap().join(" ");
        let version = Module::of(Tool::KubeApiserver).version().unwrap();
        assert!(arguments.contains(&format!("gitVersion=v{version} ")), "{arguments}");
        assert!(!arguments.contains('{'), "{arguments}");
    }
}
