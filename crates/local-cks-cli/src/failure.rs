//! Why a command failed: what, why, and what to do, for the terminal.

use std::{io, path::PathBuf};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The arguments are wrong.
    #[error("{0}; try --help")]
    Arguments(String),
    /// A file cannot be read or written.
    #[error("cannot {action} {path}", path = path.display())]
    File {
        /// "read", "write", …
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A configuration that is not valid.
    #[error("{path} is not a valid configuration", path = path.display())]
    Configuration {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: Box<serde_saphyr::Error>,
    },
    /// Programs are missing.
    #[error("{}", missing(names, directory))]
    Programs {
        /// Their names.
        names: Vec<&'static str>,
        /// Where a release archive has them.
        directory: PathBuf,
    },
    /// A port is in use.
    #[error(
        "port {port} of 127.0.0.1 cannot be used for {option}: stop the program that listens there (another local-cks?), or \
         set another port, or none for a free one"
    )]
    Port {
        /// The port.
        port: u16,
        /// The option that set it.
        option: &'static str,
        /// Why.
        source: io::Error,
    },
    /// It runs already.
    #[error(
        "local-cks runs already, with the environment file {path} (process {process}): stop it with `local-cks down \
         --environment {path}`, or set another file with --environment",
        path = path.display()
    )]
    RunsAlready {
        /// The environment file.
        path: PathBuf,
        /// Process id of the other one.
        process: u32,
    },
    /// The environment file has another purpose.
    #[error("{path} exists and was not written by local-cks: set another file with --environment", path = path.display())]
    ForeignFile {
        /// The file.
        path: PathBuf,
    },
    /// No local-cks runs.
    #[error(
        "no local-cks runs with the environment file {path}: start it with `local-cks up`, or set the file of a running one \
         with --environment",
        path = path.display()
    )]
    NotRunning {
        /// The environment file.
        path: PathBuf,
    },
    /// The running program rejects a request.
    #[error("{0}")]
    Rejected(String),
    /// The detached program ended before it was ready.
    #[error("local-cks ended before it was ready ({status}); its output is in {log}", log = log.display())]
    EndedEarly {
        /// How it ended.
        status: std::process::ExitStatus,
        /// Its output.
        log: PathBuf,
    },
    /// It took too long.
    #[error("local-cks was not {what} within {seconds} s: see the output of `local-cks up`")]
    TooSlow {
        /// "ready", "stopped".
        what: &'static str,
        /// The limit.
        seconds: u64,
    },
    /// A signal before it was ready.
    #[error("ended by {0} before it was ready; everything is stopped")]
    Interrupted(&'static str),
    /// Anything of local CKS.
    #[error(transparent)]
    Local(#[from] local_cks::Error),
    /// The directory of the run.
    #[error(transparent)]
    Process(#[from] child_processes::Error),
    /// Something else of the operating system.
    #[error("cannot {0}")]
    System(&'static str, #[source] io::Error),
}

impl Failure {
    /// For `map_err`: a file operation that failed.
    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { action, path, source }
    }

    /// For `map_err`: an operation of the system that failed.
    pub(crate) fn system(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::System(what, source)
    }

    /// Arguments that are wrong, in words.
    pub(crate) fn arguments(text: impl Into<String>) -> Self {
        Self::Arguments(text.into())
    }
}

impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Self {
        Self::Arguments(error.to_string())
    }
}

fn missing(names: &[&str], directory: &std::path::Path) -> String {
    format!(
        "missing programs: {}. Do one of these:\n  \
         - use the release archive, which has them in the folder `programs` beside local-cks (looked for in {})\n  \
         - set KUBEBUILDER_ASSETS to a directory with etcd, kube-apiserver, kube-controller-manager and kubectl, and KUBELOGIN to \
         kubelogin\n  \
         - in a copy of the repository, run `cargo xtask testbed` (needs Go)",
        names.join(", "),
        directory.display()
    )
}
