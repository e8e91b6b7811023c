//! One `go build` of one module, safe with other processes that build the same tools.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::Path,
    process::{Command, Output},
};

use crate::{ToolError, cache, modules::Module, sources};

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
    if module.left_out.is_empty() {
        run_go(module, &module.directory(), &partial)?;
    } else {
        let sources = tools.join(format!("{}.sources", module.folder));
        clear(&sources)?;
        sources::copy(module, &sources)?;
        // Where that fails they stay, for the command that the error names; the next build replaces them.
        run_go(module, &sources, &partial)?;
        clear(&sources)?;
    }
    for built in module.tools {
        let from = partial.join(built.file());
        fs::rename(&from, partial.join(built.tool.name())).map_err(ToolError::io("rename", &from))?;
    }
    clear(&home)?;
    fs::rename(&partial, &home).map_err(ToolError::io("rename", &partial))
}

/// Whether all programs of the module are in place.
pub(crate) fn is_complete(module: &Module, home: &Path) -> bool {
    module.tools.iter().all(|built| home.join(built.tool.name()).is_file())
}

fn clear(directory: &Path) -> Result<(), ToolError> {
    if directory.exists() {
        fs::remove_dir_all(directory).map_err(ToolError::io("remove", directory))?;
    }
    Ok(())
}

fn run_go(module: &Module, directory: &Path, into: &Path) -> Result<(), ToolError> {
    let mut arguments = module.build_arguments()?;
    // With the trailing slash Go treats it as a directory, also for one program only.
    arguments.extend(["-o".to_owned(), into.join("").display().to_string()]);
    arguments.extend(module.packages().map(str::to_owned));
    // With what other programs leave of the processors: cargo, whose builds wait for one another, or the steps of the demonstration.
    let output = match go(directory, Command::new("nice").args(["-n", "10", "go"]).args(&arguments)) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
            go(directory, Command::new("go").args(&arguments))
        }
        output => output,
    };
    let output = output.map_err(ToolError::NoGo)?;
    if output.status.success() {
        return Ok(());
    }
    Err(ToolError::Build {
        title: module.title()?,
        output: last_lines(&String::from_utf8_lossy(&output.stderr), LINES_SHOWN),
        directory: directory.to_owned(),
        command: format!(
            "go build -mod=readonly -o /dev/null {}",
            module.packages().collect::<Vec<_>>().join(" ")
        ),
    })
}

fn go(directory: &Path, command: &mut Command) -> io::Result<Output> {
    command
        .current_dir(directory)
        // Static programs for this machine's platform, independent of the user's Go settings.
        .env("CGO_ENABLED", "0")
        .env("GOWORK", "off")
        // The compiler collects garbage less often: a fifth less of the processors' time, for memory that machines have.
        .env("GOGC", "400")
        .env_remove("GOOS")
        .env_remove("GOARCH")
        .output()
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
