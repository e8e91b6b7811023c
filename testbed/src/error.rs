//! Errors of builds and paths of tools; each message ends with what to do.

use std::{io, path::PathBuf};

use crate::Tool;

/// Why a tool cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ToolError {
    /// It is not built yet.
    #[error("{tool} is not built yet ({path} does not exist): run `cargo xtask testbed`", path = path.display())]
    NotBuilt {
        /// The tool.
        tool: Tool,
        /// Its path once it is built.
        path: PathBuf,
    },
    /// An environment variable sets a program that does not exist.
    #[error("{variable} is set, but {path} does not exist: correct the variable, or unset it to use the test bed's own {tool}", path = path.display())]
    NoSuchOverride {
        /// The tool.
        tool: Tool,
        /// The environment variable.
        variable: &'static str,
        /// Its path.
        path: PathBuf,
    },
    /// Neither `CKS_TESTBED_CACHE`, `XDG_CACHE_HOME` nor `HOME` is set.
    #[error("there is no place to keep the test bed's tools: set HOME, or CKS_TESTBED_CACHE to a directory")]
    NoCacheDirectory,
    /// `go` cannot be run.
    #[error("cannot run `go`: install Go 1.26 or newer (https://go.dev/dl) and put it on PATH")]
    NoGo(#[source] io::Error),
    /// Go failed.
    #[error(
        "building {title} with Go failed; the end of its output:\n{output}\n\
         Modules are downloaded from Go's module proxy: check network and proxy settings (`go env GOPROXY`) and free \
         disk space (about 6 GB), then run `cargo xtask testbed` again, or in {directory}: {command}",
        directory = directory.display()
    )]
    Build {
        /// What is built, with its version.
        title: String,
        /// Last lines of Go's output.
        output: String,
        /// Directory of the module.
        directory: PathBuf,
        /// The command, to repeat it by hand.
        command: String,
    },
    /// A `go.mod` of the test bed does not require the module of its tool.
    #[error("{path} requires no version of {module}: add it with `go get {module}@VERSION`", path = path.display())]
    NoVersion {
        /// The `go.mod`.
        path: PathBuf,
        /// The missing Go module.
        module: &'static str,
    },
    /// A dependency has no file of the name that is left out of its build.
    #[error("{dependency} has no file {file} any more: correct `left_out` in testbed/src/modules.rs")]
    NothingToLeaveOut {
        /// The Go module.
        dependency: &'static str,
        /// The path of the file in it.
        file: &'static str,
    },
    /// The cache or the sources cannot be read or written.
    #[error("cannot {action} {path}", path = path.display())]
    Io {
        /// The operation: "read", "create", ….
        action: &'static str,
        /// Its path.
        path: PathBuf,
        /// Its error.
        #[source]
        cause: io::Error,
    },
}

impl ToolError {
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |cause| Self::Io { action, path, cause }
    }
}
