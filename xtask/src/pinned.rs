//! Programs that a command needs in addition to Rust, in pinned versions, in the cache of the test bed's tools.

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
};

use crate::{failure::Failure, process, repository};

/// Path of a program from crates.io, built if needed. Unoptimised, that takes a fraction of the time.
pub(crate) fn from_crates_io(package: &str, version: &str, program: &str) -> Result<PathBuf, Failure> {
    let directory = installed(&format!("{package}-{version}"), |directory| {
        eprintln!("building {package} {version}, about two minutes, into {}", directory.display());
        let mut cargo = repository::cargo();
        cargo.args(["install", "--debug", "--locked", "--quiet", "--root"]).arg(directory);
        process::run(cargo.arg(format!("{package}@{version}")))
    })?;
    Ok(directory.join(format!("bin/{program}{}", env::consts::EXE_SUFFIX)))
}

/// The directory of this name in the cache, filled by `install` if it is not there yet. Processes wait for each other.
pub(crate) fn installed(
    name: &str,
    install: impl FnOnce(&Path) -> Result<(), Failure>,
) -> Result<PathBuf, Failure> {
    let cache = ::testbed::cache_directory()?;
    fs::create_dir_all(&cache).map_err(Failure::io("create", &cache))?;
    let directory = cache.join(name);
    let lock_path = cache.join(format!("{name}.lock"));
    // Held until this function ends, or the process.
    let lock = File::create(&lock_path).map_err(Failure::io("create", &lock_path))?;
    lock.lock().map_err(Failure::io("lock", &lock_path))?;
    if directory.is_dir() {
        return Ok(directory);
    }
    let partial = cache.join(format!("{name}.partial"));
    if partial.is_dir() {
        fs::remove_dir_all(&partial).map_err(Failure::io("remove", &partial))?;
    }
    install(&partial)?;
    fs::rename(&partial, &directory).map_err(Failure::io("rename", &partial))?;
    Ok(directory)
}
