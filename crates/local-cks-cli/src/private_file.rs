//! Files that only their owner can read.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use crate::failure::Failure;

/// Writes one in one step.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    // One that an earlier run left could have another mode.
    let _ = fs::remove_file(&partial);
    let opened = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&partial);
    let written = opened.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(Failure::file("write", &partial))?;
    fs::rename(&partial, path).map_err(Failure::file("write", path))
}
