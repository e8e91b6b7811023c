//! The directory of a run, removed when dropped.

use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

#[derive(Debug)]
pub(crate) struct Directory(PathBuf);

impl Directory {
    /// Makes one in the system's directory for temporary files. Only its owner can enter it, whatever the umask: the files of programs
    /// are often readable for everybody, and some are keys.
    pub(crate) fn new(prefix: &str) -> io::Result<Self> {
        let only_owner = Permissions::from_mode(0o700);
        Ok(Self(tempfile::Builder::new().prefix(prefix).permissions(only_owner).tempdir()?.keep()))
    }

    /// Takes over one that exists.
    pub(crate) const fn existing(path: PathBuf) -> Self {
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn remove(&self) {
        // What was just killed may write its last file in between, so once more. There is nowhere to return an error to.
        let _ = fs::remove_dir_all(&self.0).or_else(|_| fs::remove_dir_all(&self.0));
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        self.remove();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_owner_can_enter_a_new_directory() {
        let directory = Directory::new("child-processes-").unwrap();
        let mode = fs::metadata(directory.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
