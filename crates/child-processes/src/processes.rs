//! The owner of programs, and of the directory they work in.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    child::Child,
    command::{CommandLine, Program},
    directory::Directory,
    error::Error,
    interrupts,
    process::Process,
    shared::Shared,
    watchdog::Watchdog,
};

/// Programs, and the directory they work in. Dropping it ends the programs and removes the directory, as does the watchdog when this
/// program is killed.
#[derive(Debug)]
pub struct Processes {
    shared: Arc<Shared>,
}

impl Processes {
    /// With a new temporary directory whose name begins with this prefix.
    pub fn new(prefix: &str) -> Result<Self, Error> {
        Self::with(Directory::new(prefix).map_err(Error::Directory)?)
    }

    /// With this directory, which is removed at the end, and also when this fails.
    pub fn in_directory(directory: impl Into<PathBuf>) -> Result<Self, Error> {
        Self::with(Directory::existing(directory.into()))
    }

    fn with(directory: Directory) -> Result<Self, Error> {
        let watchdog = Watchdog::start(directory.path()).map_err(Error::Watchdog)?;
        Ok(Self { shared: Arc::new(Shared::new(watchdog, directory)) })
    }

    /// Where files of these programs belong.
    pub fn directory(&self) -> &Path {
        self.shared.directory.path()
    }

    /// Starts a program in a process group of its own, with nothing to read. It ends at SIGINT even if this program ignores that.
    pub fn start(&self, program: impl Into<Program>) -> Result<Process, Error> {
        interrupts::make_children_interruptible().map_err(Error::Interrupts)?;
        let program = program.into();
        let mut children = self.shared.children();
        if children.closed {
            return Err(Error::Closed { command: CommandLine::of(&program.command) });
        }
        let child = Arc::new(Child::start(program, Arc::clone(&self.shared.watchdog))?);
        let process = Process { child: Arc::clone(&child), owner: Arc::clone(&self.shared) };
        children.running.insert(process.id(), child);
        Ok(process)
    }

    /// Ends all programs and the watchdog, and removes the directory. Nothing can be started any more.
    pub fn end(&self) {
        let running = {
            let mut children = self.shared.children();
            children.closed = true;
            std::mem::take(&mut children.running)
        };
        for child in running.values() {
            child.end();
        }
        self.shared.watchdog.quit();
        self.shared.directory.remove();
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        self.end();
    }
}
