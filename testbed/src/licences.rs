//! The Go modules that a tool consists of, whose licences a release with the tool contains.

use std::{collections::BTreeSet, path::PathBuf, process::Command};

use crate::{Tool, ToolError, modules::Module};

/// A Go module in a program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GoModule {
    /// Its path, such as `k8s.io/client-go`; `go` for the standard library.
    pub path: String,
    /// Its version; empty for programs of our own.
    pub version: String,
    /// Its sources.
    pub directory: PathBuf,
}

/// One line for each package with a module.
const FORMAT: &str = "{{with .Module}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}";

impl Tool {
    /// The modules of the packages in its program (and in those that are built with it), the standard library first.
    ///
    /// # Errors
    /// `go` cannot be run, or cannot list them.
    pub fn go_modules(self) -> Result<Vec<GoModule>, ToolError> {
        let module = Module::of(self);
        let listed = go(module, &["list", "-mod=readonly", "-deps", "-f", FORMAT, module.packages])?;
        let modules: BTreeSet<_> = listed.lines().filter_map(parse).collect();
        let standard = go(module, &["env", "GOVERSION", "GOROOT"])?;
        let mut lines = standard.lines();
        let mut line = || lines.next().unwrap_or_default().to_owned();
        let (version, directory) = (line(), line().into());
        let standard = GoModule { path: "go".to_owned(), version, directory };
        Ok(std::iter::once(standard).chain(modules).collect())
    }
}

fn parse(line: &str) -> Option<GoModule> {
    let mut parts = line.split('\t');
    let (path, version, directory) = (parts.next()?, parts.next()?, parts.next()?);
    Some(GoModule { path: path.to_owned(), version: version.to_owned(), directory: directory.into() })
}

fn go(module: &Module, arguments: &[&str]) -> Result<String, ToolError> {
    let mut command = Command::new("go");
    // The platform and settings of the build.
    command.args(arguments).current_dir(module.directory()).env("CGO_ENABLED", "0").env("GOWORK", "off");
    let output = command.env_remove("GOOS").env_remove("GOARCH").output().map_err(ToolError::NoGo)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(ToolError::Build {
        tools: module.title()?,
        output: String::from_utf8_lossy(&output.stderr).trim_end().to_owned(),
        directory: module.directory(),
        command: format!("go {}", arguments.join(" ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_go_list_is_a_module() {
        let module = parse("k8s.io/api\tv0.37.0\t/go/pkg/mod/k8s.io/api@v0.37.0").unwrap();
        assert_eq!((module.path.as_str(), module.version.as_str()), ("k8s.io/api", "v0.37.0"));
        assert_eq!(parse(""), None, "packages of the standard library");
    }
}
