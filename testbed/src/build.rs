//! One `go build` of one module, safe with other processes that build the same tools.

use std::{
    fs::{self, File, TryLockError},
    path::Path,
    process::Command,
};

use crate::{ToolError, cache, modules::Module};

/// Lines of Go's output that an error shows.
const LINES_SHOWN: usize = 15;

/// Builds the module into the cache, unless it exists. `on_wait` is called if another process builds it.
pub(crate) fn build(module: &Module, on_wait: impl FnOnce()) -> Result<(), ToolError> {
    let home = cache::home(module)?;
    let tools = home.parent().expect("the home of a module is a directory in `tools`");
    fs::create_dir_all(tools).map_err(ToolError::io("create", tools))?;

    // Held until this function ends; the operating system drops it with the process, however that ends.
    let lock_path = tools.join(format!("{}.lock", module.folder));
    let lock = File::create(&lock_path).map_err(ToolError::io("create", &lock_path))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            on_wait();
            lock.lock().map_err(ToolError::io("lock", &lock_path))?;
        }
        Err(TryLockError::Error(cause)) => return Err(ToolError::io("lock", &lock_path)(cause)),
    }
    if is_complete(module, &home) {
        return Ok(());
    }

    let partial = tools.join(format!("{}.partial", module.folder));
    clear(&partial)?;
    fs::create_dir(&partial).map_err(ToolError::io("create", &partial))?;
    run_go(module, &partial)?;
    for (tool, built_as) in module.tools {
        let from = partial.join(built_as);
        fs::rename(&from, partial.join(tool.name())).map_err(ToolError::io("rename", &from))?;
    }
    clear(&home)?;
    fs::rename(&partial, &home).map_err(ToolError::io("rename", &partial))
}

/// Whether all programs of the module are in place.
pub(crate) fn is_complete(module: &Module, home: &Path) -> bool {
    module.tools.iter().all(|(tool, _)| home.join(tool.name()).is_file())
}

fn clear(directory: &Path) -> Result<(), ToolError> {
    if directory.exists() {
        fs::remove_dir_all(directory).map_err(ToolError::io("remove", directory))?;
    }
    Ok(())
}

fn run_go(module: &Module, into: &Path) -> Result<(), ToolError> {
    let mut command = Command::new("go");
    command
        .args(module.build_arguments()?)
        .arg("-o")
        // With the trailing slash Go treats it as a directory, also for one program only.
        .arg(into.join(""))
        .arg(module.packages)
        .current_dir(module.directory())
        // Static programs for this machine's platform, independent of the user's Go settings.
        .env("CGO_ENABLED", "0")
        .env("GOWORK", "off")
        // The compiler collects garbage less often: a fifth less of the processors' time, for memory that machines have.
        .env("GOGC", "400")
        .env_remove("GOOS")
        .env_remove("GOARCH");
    let output = command.output().map_err(ToolError::NoGo)?;
    if output.status.success() {
        return Ok(());
    }
    Err(ToolError::Build {
        tools: module.title()?,
        output: last_lines(&String::from_utf8_lossy(&output.stderr), LINES_SHOWN),
        directory: module.directory(),
        command: format!("go build -mod=readonly -o /dev/null {}", module.packages),
    })
}

/// The end of an output, indented, without the lines about downloads, which hide the cause.
fn last_lines(output: &str, count: usize) -> String {
    let lines: Vec<_> = output.lines().filter(|line| !line.starts_with("go: downloading ")).collect();
    let shown = &lines[lines.len().saturating_sub(count)..];
    shown.iter().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_build_shows_the_end_of_its_output_without_downloads() {
        let output = "go: downloading a v1\nfirst\nsecond\nthird\ngo: downloading b v1\n";
        assert_eq!(last_lines(output, 2), "    second\n    third");
        assert_eq!(last_lines("only", 5), "    only");
    }
}
