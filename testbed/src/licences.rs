//! The Go modules that a tool consists of, whose licences a release with the tool contains.

use std::{collections::BTreeSet, path::PathBuf};

use crate::{Tool, ToolError, go::go, modules::Module};

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
    /// The modules of the packages in its program, the standard library first.
    ///
    /// # Errors
    /// `go` cannot be run, or cannot list them.
    pub fn go_modules(self) -> Result<Vec<GoModule>, ToolError> {
        let module = Module::of(self);
        let directory = module.directory();
        let packages = module.tools.iter().filter(|built| built.tool == self).map(|built| built.package);
        let arguments = ["list", "-mod=readonly", "-deps", "-f", FORMAT].into_iter().chain(packages);
        let listed = go(module, &directory, &arguments.collect::<Vec<_>>())?;
        let modules: BTreeSet<_> = listed.lines().filter_map(parse).collect();
        let standard = go(module, &directory, &["env", "GOVERSION", "GOROOT"])?;
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
