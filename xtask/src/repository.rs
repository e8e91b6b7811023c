//! Where this repository is, and its source files.

use std::{fs, path::Path, process::Command};

use cargo_metadata::{MetadataCommand, Package};

use crate::{failure::Failure, process};

/// The directory of the root package.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a directory of the repository")
}

/// The `cargo` that runs this program, so that the toolchain of `cargo +NAME` is kept.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// The packages of the workspace, without their dependencies.
pub(crate) fn packages() -> Result<Vec<Package>, Failure> {
    let metadata = MetadataCommand::new().current_dir(root()).no_deps().exec();
    let metadata = metadata.map_err(|error| Failure::new(format!("cargo metadata: {error}")))?;
    Ok(metadata.packages)
}

/// A hand-written source file.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// Its path below the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// All Rust and Go files that are in git or not ignored, sorted by path.
pub(crate) fn sources() -> Result<Vec<Source>, Failure> {
    files(&["*.rs", "*.go"])
}

/// All hand-written documentation, its templates, and examples.
pub(crate) fn prose() -> Result<Vec<Source>, Failure> {
    files(&["*.md", "*.tmpl", "*.tf"])
}

fn files(patterns: &[&str]) -> Result<Vec<Source>, Failure> {
    let mut git = Command::new("git");
    git.current_dir(root()).args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--deduplicate",
    ]);
    let listed = process::read(git.arg("--").args(patterns))?;
    let mut sources = Vec::new();
    for path in listed.split_terminator('\0') {
        let file = root().join(path);
        // Deleted in the work tree, still in the index.
        if file.is_file() {
            let text = fs::read_to_string(&file).map_err(Failure::io("read", &file))?;
            sources.push(Source { path: path.to_owned(), text });
        }
    }
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(sources)
}
