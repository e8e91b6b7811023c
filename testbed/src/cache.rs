//! Cache of built tools: `CACHE/tools/MODULE-KEY/PROGRAM`.
//!
//! The key depends on all inputs of `go build`: the module's files (`go.mod`, `go.sum`, sources), the packages, the files that are left
//! out, Go's version and the flags. After a change the next build has another directory, so that the cache is never stale.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use sha2::{Digest, Sha256};

use crate::{Tool, ToolError, modules::Module};

/// The directory, which is independent of checkouts and `cargo clean`: `CKS_TESTBED_CACHE`, else `terraform-provider-cks` in
/// `XDG_CACHE_HOME` or in `~/.cache`.
///
/// # Errors
/// None of the three variables (the last is `HOME`) is set.
pub fn cache_directory() -> Result<PathBuf, ToolError> {
    directory_from(|name| env::var_os(name)).ok_or(ToolError::NoCacheDirectory)
}

fn directory_from(environment: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let directory = |name: &str| environment(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    directory("CKS_TESTBED_CACHE")
        .or_else(|| Some(directory("XDG_CACHE_HOME")?.join("terraform-provider-cks")))
        .or_else(|| Some(directory("HOME")?.join(".cache/terraform-provider-cks")))
}

/// Path of the tool's program once it is built.
pub(crate) fn cached(tool: Tool) -> Result<PathBuf, ToolError> {
    Ok(home(Module::of(tool))?.join(tool.name()))
}

/// The directory of a module's programs.
pub(crate) fn home(module: &Module) -> Result<PathBuf, ToolError> {
    let go = go_version()?;
    let mut inputs = module.build_arguments()?;
    inputs.extend(module.tools.iter().map(|built| format!("{} from {}", built.tool, built.package)));
    inputs.extend(module.left_out.iter().map(|(dependency, file)| format!("without {dependency}/{file}")));
    let key = key(&module.directory(), go, &inputs)?;
    Ok(cache_directory()?.join("tools").join(format!("{}-{key}", module.folder)))
}

/// Output of `go version`, once per process.
fn go_version() -> Result<&'static str, ToolError> {
    static VERSION: OnceLock<String> = OnceLock::new();
    if let Some(version) = VERSION.get() {
        return Ok(version);
    }
    // Run outside any module, since a `toolchain` line would select another version.
    let output = Command::new("go").arg("version").current_dir("/").output().map_err(ToolError::NoGo)?;
    Ok(VERSION.get_or_init(|| String::from_utf8_lossy(&output.stdout).trim().to_owned()))
}

fn key(sources: &Path, go: &str, arguments: &[String]) -> Result<String, ToolError> {
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    };
    add(go.as_bytes());
    for argument in arguments {
        add(argument.as_bytes());
    }
    for file in files_below(sources)? {
        let relative = file.strip_prefix(sources).unwrap_or(&file);
        add(relative.as_os_str().as_encoded_bytes());
        add(&fs::read(&file).map_err(ToolError::io("read", &file))?);
    }
    let first_bytes = hash.finalize().iter().take(8).fold(0, |key, byte| key << 8 | u64::from(*byte));
    Ok(format!("{first_bytes:016x}"))
}

/// All files of a directory and its subdirectories, in an order that does not depend on the file system.
fn files_below(directory: &Path) -> Result<Vec<PathBuf>, ToolError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).map_err(ToolError::io("read", directory))? {
        let path = entry.map_err(ToolError::io("read", directory))?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(environment: &[(&str, &str)], expected: Option<&str>) {
        let find = |variable: &str| {
            environment.iter().find(|(name, _)| *name == variable).map(|(_, value)| OsString::from(value))
        };
        assert_eq!(directory_from(find), expected.map(PathBuf::from));
    }

    #[test]
    fn the_cache_is_outside_the_repository_and_can_be_moved() {
        check(&[("HOME", "/home/a")], Some("/home/a/.cache/terraform-provider-cks"));
        check(&[("HOME", "/home/a"), ("XDG_CACHE_HOME", "/var/c")], Some("/var/c/terraform-provider-cks"));
        check(&[("HOME", "/home/a"), ("XDG_CACHE_HOME", "")], Some("/home/a/.cache/terraform-provider-cks"));
        check(&[("HOME", "/home/a"), ("CKS_TESTBED_CACHE", "/big")], Some("/big"));
        check(&[], None);
    }

    #[test]
    fn the_key_changes_with_each_input_of_the_build() {
        let module = tempfile::tempdir().unwrap();
        let flags = |flags: &[&str]| flags.iter().map(|&flag| flag.to_owned()).collect::<Vec<_>>();
        fs::write(module.path().join("go.mod"), "module a").unwrap();
        fs::create_dir(module.path().join("stub")).unwrap();
        fs::write(module.path().join("stub/stub.go"), "package stub").unwrap();
        let key_now = |go: &str, arguments: &[&str]| key(module.path(), go, &flags(arguments)).unwrap();

        let first = key_now("go1.26.8", &["build"]);
        assert_eq!(key_now("go1.26.8", &["build"]), first);
        assert_ne!(key_now("go1.26.9", &["build"]), first);
        assert_ne!(key_now("go1.26.8", &["build", "-trimpath"]), first);
        fs::write(module.path().join("stub/stub.go"), "package stub // changed").unwrap();
        let with_other_source = key_now("go1.26.8", &["build"]);
        assert_ne!(with_other_source, first);
        fs::rename(module.path().join("stub/stub.go"), module.path().join("stub/other.go")).unwrap();
        assert_ne!(key_now("go1.26.8", &["build"]), with_other_source);
    }
}
