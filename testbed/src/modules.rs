//! The Go modules of this directory: the tools of each, and the flags of their builds. Versions are in their `go.mod`.

use std::{fs, path::PathBuf};

use crate::{Tool, ToolError};

/// One Go module.
#[derive(Debug)]
pub(crate) struct Module {
    /// Folder next to this crate's `Cargo.toml`.
    pub(crate) folder: &'static str,
    /// What messages call it, together with the version of its first tool.
    title: &'static str,
    /// Its tools.
    pub(crate) tools: &'static [Built],
    /// Files of dependencies that are not compiled: the dependency, and the path of a file in it.
    pub(crate) left_out: &'static [(&'static str, &'static str)],
    /// Duration of a first build on two cores, including downloads.
    pub(crate) minutes: u32,
}

/// A tool of a Go module.
#[derive(Debug)]
pub(crate) struct Built {
    /// The tool.
    pub(crate) tool: Tool,
    /// Its package: one of the `tool` lines of `go.mod`, or of our own.
    pub(crate) package: &'static str,
    /// The Go module whose version is the tool's version; none for programs of our own.
    source: Option<&'static str>,
    /// Linker flags in addition to `-s -w`, for all programs of its module; `{version}`, `{major}` and `{minor}` are filled in from
    /// `go.mod`.
    linker_flags: &'static str,
}

/// Every module, in the order of the builds.
pub(crate) const MODULES: [Module; 13] = [
    // One module, because the others consist of Kubernetes' packages for the most part, or kube-apiserver of theirs: each package
    // is compiled once.
    Module {
        folder: "kubernetes",
        title: "Kubernetes",
        tools: &[
            kubernetes(Tool::KubeApiserver, "k8s.io/kubernetes/cmd/kube-apiserver"),
            kubernetes(Tool::KubeControllerManager, "./controllers"),
            kubernetes(Tool::Kubectl, "k8s.io/kubernetes/cmd/kubectl"),
            built(Tool::Etcd, "go.etcd.io/etcd/server/v3", "go.etcd.io/etcd/server/v3", ""),
            built(Tool::Kubelogin, KUBELOGIN, KUBELOGIN, "-X main.version=v{version}"),
        ],
        // A helper for tests, the only one that imports the imitations of all clients.
        left_out: &[("k8s.io/apiserver", "pkg/admission/plugin/policy/generic/policy_test_context.go")],
        minutes: 5,
    },
    Module {
        folder: "openid-provider",
        title: "openid-provider",
        tools: &[Built {
            tool: Tool::OpenIdProvider,
            package: "openid-provider",
            source: None,
            linker_flags: "",
        }],
        left_out: &[],
        minutes: 1,
    },
    terraform("terraform", &[terraform_as(Tool::Terraform)], 3),
    open_tofu("opentofu", &[open_tofu_as(Tool::OpenTofu)]),
    Module {
        folder: "tfplugindocs",
        title: "tfplugindocs",
        tools: &[built(
            Tool::Tfplugindocs,
            "github.com/hashicorp/terraform-plugin-docs/cmd/tfplugindocs",
            "github.com/hashicorp/terraform-plugin-docs",
            "-X github.com/hashicorp/terraform-plugin-docs/cmd/tfplugindocs/build.version={version}",
        )],
        left_out: &[],
        minutes: 1,
    },
    Module {
        folder: "actionlint",
        title: "actionlint",
        tools: &[built(
            Tool::Actionlint,
            "github.com/rhysd/actionlint/cmd/actionlint",
            "github.com/rhysd/actionlint",
            "",
        )],
        left_out: &[],
        minutes: 1,
    },
    Module {
        folder: "hashicorp-kubernetes",
        title: "hashicorp/kubernetes",
        tools: &[built(Tool::HashicorpKubernetes, HASHICORP_KUBERNETES, HASHICORP_KUBERNETES, "")],
        left_out: &[],
        minutes: 2,
    },
    terraform("terraform-1.5", &[terraform_as(Tool::Terraform1_5)], 4),
    terraform("terraform-1.8", &[terraform_as(Tool::Terraform1_8)], 4),
    terraform("terraform-1.14", &[terraform_as(Tool::Terraform1_14)], 4),
    open_tofu("tofu-1.8", &[open_tofu_as(Tool::OpenTofu1_8)]),
    open_tofu("tofu-1.10", &[open_tofu_as(Tool::OpenTofu1_10)]),
    open_tofu("tofu-1.11", &[open_tofu_as(Tool::OpenTofu1_11)]),
];

const HASHICORP_KUBERNETES: &str = "github.com/hashicorp/terraform-provider-kubernetes";
const KUBELOGIN: &str = "github.com/int128/kubelogin";
const TERRAFORM: &str = "github.com/hashicorp/terraform";

const fn built(tool: Tool, package: &'static str, source: &'static str, linker_flags: &'static str) -> Built {
    Built { tool, package, source: Some(source), linker_flags }
}

/// A program of Kubernetes. Without the flags it reports v0.0.0-master as its version.
const fn kubernetes(tool: Tool, package: &'static str) -> Built {
    let flags = "-X k8s.io/component-base/version.gitVersion=v{version} \
                 -X k8s.io/component-base/version.gitMajor={major} \
                 -X k8s.io/component-base/version.gitMinor={minor} \
                 -X k8s.io/component-base/version.gitTreeState=clean";
    built(tool, package, "k8s.io/kubernetes", flags)
}

/// The module of a version of Terraform.
const fn terraform(folder: &'static str, tools: &'static [Built], minutes: u32) -> Module {
    Module { folder, title: "Terraform", tools, left_out: &[], minutes }
}

/// Terraform. Without the flag it reports a development version, which some features need, and which warns.
const fn terraform_as(tool: Tool) -> Built {
    built(tool, TERRAFORM, TERRAFORM, "-X github.com/hashicorp/terraform/version.dev=no")
}

/// The module of a version of OpenTofu.
const fn open_tofu(folder: &'static str, tools: &'static [Built]) -> Module {
    Module { folder, title: "OpenTofu", tools, left_out: &[], minutes: 4 }
}

/// OpenTofu, with the same flag.
const fn open_tofu_as(tool: Tool) -> Built {
    let package = "github.com/opentofu/opentofu/cmd/tofu";
    built(tool, package, "github.com/opentofu/opentofu", "-X github.com/opentofu/opentofu/version.dev=no")
}

/// The directory of the modules. A program of a release gets another one, since it must not contain a path of the machine.
const DIRECTORY: &str = match option_env!("CKS_TESTBED_MODULES") {
    Some(directory) => directory,
    None => env!("CARGO_MANIFEST_DIR"),
};

impl Built {
    /// Its file name from `go build`: the last part of the package's path that is not a version.
    pub(crate) fn file(&self) -> &'static str {
        let is_version =
            |part: &str| part.strip_prefix('v').is_some_and(|number| number.parse::<u32>().is_ok());
        self.package.rsplit('/').find(|part| !is_version(part)).unwrap_or(self.package)
    }
}

impl Module {
    /// The module that builds a tool.
    pub(crate) fn of(tool: Tool) -> &'static Self {
        MODULES
            .iter()
            .find(|module| module.tools.iter().any(|built| built.tool == tool))
            .expect("the table names every tool: a test checks it")
    }

    /// Path of its `go.mod`.
    pub(crate) fn directory(&self) -> PathBuf {
        PathBuf::from(DIRECTORY).join(self.folder)
    }

    /// A tool's version without `v`, or an empty string for programs of our own.
    pub(crate) fn version(&self, tool: Tool) -> Result<String, ToolError> {
        match self.tools.iter().find(|built| built.tool == tool) {
            Some(built) => self.version_of(built),
            None => Ok(String::new()),
        }
    }

    fn version_of(&self, built: &Built) -> Result<String, ToolError> {
        let Some(source) = built.source else {
            return Ok(String::new());
        };
        let path = self.directory().join("go.mod");
        let text = fs::read_to_string(&path).map_err(ToolError::io("read", &path))?;
        required_version(&text, source).ok_or(ToolError::NoVersion { path, module: source })
    }

    /// Its title and the version of its first tool, for messages.
    pub(crate) fn title(&self) -> Result<String, ToolError> {
        let version = self.tools.first().map_or_else(|| Ok(String::new()), |built| self.version_of(built))?;
        Ok(format!("{} {version}", self.title).trim_end().to_owned())
    }

    /// The packages of its tools.
    pub(crate) fn packages(&self) -> impl Iterator<Item = &'static str> {
        self.tools.iter().map(|built| built.package)
    }

    /// The arguments of `go` for its build, except the output path and the packages.
    pub(crate) fn build_arguments(&self) -> Result<Vec<String>, ToolError> {
        let mut linker_flags = vec!["-s -w".to_owned()];
        for built in self.tools {
            let version = self.version_of(built)?;
            let mut parts = version.split('.');
            let major = parts.next().unwrap_or_default();
            let minor = parts.next().unwrap_or_default();
            let flags = built.linker_flags.replace("{version}", &version);
            let flags = flags.replace("{major}", major).replace("{minor}", minor);
            if !flags.is_empty() && !linker_flags.contains(&flags) {
                linker_flags.push(flags);
            }
        }
        let linker_flags = linker_flags.join(" ");
        let fixed = ["build", "-trimpath", "-buildvcs=false", "-mod=readonly", "-ldflags", &linker_flags];
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
    fn the_file_is_named_after_the_package_without_its_version() {
        let file = |tool| {
            let built = Module::of(tool).tools.iter().find(|built| built.tool == tool);
            built.map(Built::file)
        };
        assert_eq!(file(Tool::Etcd), Some("server"));
        assert_eq!(file(Tool::KubeControllerManager), Some("controllers"));
        assert_eq!(file(Tool::OpenIdProvider), Some("openid-provider"));
        assert_eq!(file(Tool::Kubectl), Some("kubectl"));
    }

    #[test]
    fn the_build_sets_the_version_of_kubernetes() {
        let arguments = Module::of(Tool::KubeApiserver).build_arguments().unwrap().join(" ");
        let version = Tool::KubeApiserver.version().unwrap();
        assert!(arguments.contains(&format!("gitVersion=v{version} ")), "{arguments}");
        assert!(!arguments.contains('{'), "{arguments}");
    }
}
