//! `SHA256SUMS` with its signature, and the manifest: what registries read in addition to the archives.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    archive::{self, Archive},
    hashes,
};
use crate::{failure::Failure, process, repository};

/// The manifest's name in the repository.
const MANIFEST: &str = "terraform-registry-manifest.json";

/// Copies the manifest, and writes the checksums of it and of the archives. Returns both paths.
pub(super) fn write(archives: &[Archive], release: &Path) -> Result<[PathBuf; 2], Failure> {
    let manifest = release.join(format!("{}_manifest.json", archive::prefix()));
    let source = repository::root().join(MANIFEST);
    fs::copy(&source, &manifest).map_err(Failure::io("copy", &source))?;
    let mut lines = Vec::new();
    for path in archives.iter().map(|archive| &archive.path).chain([&manifest]) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let checksum = hashes::sha256(&fs::read(path).map_err(Failure::io("read", path))?);
        lines.push(format!("{checksum}  {name}\n"));
    }
    let sums = release.join(format!("{}_SHA256SUMS", archive::prefix()));
    fs::write(&sums, lines.concat()).map_err(Failure::io("write", &sums))?;
    Ok([manifest, sums])
}

/// Signs a file with this key of GnuPG: a detached signature, binary, as registries read it. Returns its path.
pub(super) fn sign(file: &Path, key: &str) -> Result<PathBuf, Failure> {
    let mut signature = file.as_os_str().to_owned();
    signature.push(".sig");
    let signature = PathBuf::from(signature);
    let mut gpg = Command::new("gpg");
    gpg.args(["--batch", "--yes", "--quiet", "--local-user", key, "--output"]).arg(&signature);
    process::run(gpg.arg("--detach-sign").arg(file))?;
    Ok(signature)
}
