//! The directory of a run, removed when dropped.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

#[derive(Debug)]
pub(crate) struct Directory(PathBuf);

impl Directory {
    /// Makes one in the system's directory for temporary files.
    pub(crate) fn new(prefix: &str) -> io::Result<Self> {
        Ok(Self(tempfile::Builder::new().prefix(prefix).tempdir()?.keep()))
    }

    /// Takes over one that exists.
    pub(crate) const fn existing(path: PathBuf) -> Self {
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn remove(&self) {
        // What was just killed may write its last file in between, so once more. Nobody can be told about a failure.
        let _ = fs::remove_dir_all(&self.0).or_else(|_| fs::remove_dir_all(&self.0));
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        self.remove();
    }
}
