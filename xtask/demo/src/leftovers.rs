//! Check that nothing is left: processes, listeners and files are recorded, and searched for after the end.
//!
//! Processes are found in `/proc`, so on Linux only; elsewhere only listeners and files are checked.

use std::{
    collections::BTreeMap,
    fs,
    net::{TcpStream, ToSocketAddrs as _},
    path::{Path, PathBuf},
    process,
};

/// Processes, listeners and files before the end.
#[derive(Debug)]
pub(crate) struct Leftovers {
    processes: Vec<Process>,
    urls: Vec<String>,
    files: Vec<PathBuf>,
}

impl Leftovers {
    /// Records the processes below this one, the listeners at the URLs, and files or directories.
    pub(crate) fn note(urls: Vec<String>, files: Vec<PathBuf>) -> Self {
        Self { processes: descendants(process::id()), urls, files }
    }

    /// The names of the running programs, each once, except the watchdog shells.
    pub(crate) fn programs(&self) -> Vec<&str> {
        let names = self.processes.iter().map(|process| process.name.as_str());
        let mut names: Vec<_> = names.filter(|name| !name.ends_with("sh")).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Recorded processes that still run, and others that run a program in the recorded files or directories.
    pub(crate) fn processes(&self) -> Vec<String> {
        let now = all();
        let of_ours = |process: &&Process| {
            self.processes.contains(process)
                || self.files.iter().any(|place| process.program.starts_with(place))
        };
        now.iter().filter(of_ours).map(|process| format!("{} {}", process.id, process.name)).collect()
    }

    /// URLs that still have a listener.
    pub(crate) fn listeners(&self) -> Vec<String> {
        self.urls.iter().filter(|url| listens(url)).cloned().collect()
    }

    /// Files and directories that still exist.
    pub(crate) fn files(&self) -> Vec<&Path> {
        self.files.iter().map(PathBuf::as_path).filter(|path| path.exists()).collect()
    }
}

/// A process, identified by its id and start time.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Process {
    id: u32,
    parent: u32,
    started: u64,
    name: String,
    program: PathBuf,
}

fn all() -> Vec<Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| process_of(&entry.path())).collect()
}

/// One directory of `/proc`; `None` if it is not a process, has just ended, or is a zombie.
fn process_of(directory: &Path) -> Option<Process> {
    let id = directory.file_name()?.to_str()?.parse().ok()?;
    let stat = fs::read_to_string(directory.join("stat")).ok()?;
    // `PID (NAME) STATE PARENT …`, and the start time is the 22nd field; the name may contain any character.
    let fields: Vec<_> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    if *fields.first()? == "Z" {
        return None;
    }
    let program = fs::read_link(directory.join("exe")).unwrap_or_default();
    let name = program.file_name()?.to_string_lossy().into_owned();
    Some(Process {
        id,
        parent: fields.get(1)?.parse().ok()?,
        started: fields.get(19)?.parse().ok()?,
        name,
        program,
    })
}

fn descendants(root: u32) -> Vec<Process> {
    let mut children: BTreeMap<u32, Vec<Process>> = BTreeMap::new();
    for process in all() {
        children.entry(process.parent).or_default().push(process);
    }
    let mut found = children.remove(&root).unwrap_or_default();
    let mut next = 0;
    while let Some(process) = found.get(next) {
        let more = children.remove(&process.id).unwrap_or_default();
        found.extend(more);
        next += 1;
    }
    found
}

fn listens(url: &str) -> bool {
    let authority = url.split("://").last().and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let addresses = authority.to_socket_addrs().into_iter().flatten();
    addresses.into_iter().any(|address| TcpStream::connect(address).is_ok())
}

#[cfg(test)]
mod tests {
    use std::{
        net::TcpListener,
        process::Command,
        thread,
        time::{Duration, Instant},
    };

    use child_processes::Processes;

    use super::*;

    #[test]
    fn remaining_processes_are_found() {
        let processes = Processes::new("cks-demo-test-").unwrap();
        let mut command = Command::new("sleep");
        command.arg("60");
        let child = processes.start(command).unwrap();
        let noted = Leftovers { processes: descendants(process::id()), urls: Vec::new(), files: Vec::new() };
        let found = noted.processes();
        processes.end();
        let line = format!("{} sleep", child.id());
        if Path::new("/proc/self/stat").exists() {
            assert!(found.contains(&line), "{found:?}");
        }
        assert!(!noted.processes().contains(&line));
    }

    #[test]
    fn remaining_listeners_are_found() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}/path", listener.local_addr().unwrap());
        assert!(listens(&url));
        drop(listener);
        // A child of another test keeps the socket open until its `exec`.
        let deadline = Instant::now() + Duration::from_secs(10);
        while listens(&url) {
            assert!(Instant::now() < deadline, "it listens still");
            thread::yield_now();
        }
    }
}
