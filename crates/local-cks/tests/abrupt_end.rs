//! A program that uses local CKS leaves neither processes nor files when it ends abruptly: by an interrupt, by a panic, or by SIGKILL,
//! which it cannot handle.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use child_processes::{Processes, Signal};
use local_cks::{OpenIdProvider, User};
use tokio::signal::unix::{SignalKind, signal};

const OWNER: &str = "LOCAL_CKS_TEST_OWNER";
const LIMIT: Duration = Duration::from_secs(30);

/// Number of processes with this directory in their command line.
fn processes_of(directory: &Path) -> usize {
    let mark = directory.display().to_string();
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let commands = entries.filter_map(|entry| std::fs::read_to_string(entry.path().join("cmdline")).ok());
    commands.filter(|command| command.contains(&mark)).count()
}

#[tokio::test]
async fn a_program_that_ends_early_leaves_no_process_and_no_file() {
    if std::env::var_os(OWNER).is_some() {
        let mut panics = signal(SignalKind::terminate()).unwrap();
        let provider = OpenIdProvider::start(vec![User::new("alice")]).await.unwrap();
        println!("\ndirectory {}", provider.ca_file().parent().unwrap().display());
        panics.recv().await;
        panic!("on purpose");
    }
    let processes = Processes::new("local-cks-owner-").unwrap();
    for (end, name) in [(Signal::TERM, "a panic"), (Signal::KILL, "SIGKILL"), (Signal::INT, "SIGINT")] {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "a_program_that_ends_early_leaves_no_process_and_no_file", "--nocapture"])
            .env(OWNER, "1");
        let owner = processes.start(command).unwrap();
        let directory = owner.wait_for_output(LIMIT, |printed| {
            let (line, _) = printed.stdout.split_once("directory ")?.1.split_once('\n')?;
            Some(PathBuf::from(line))
        });
        let directory = directory.unwrap();
        assert!(processes_of(&directory) >= 2, "the provider and its watchdog");
        owner.signal_alone(end);
        let begun = Instant::now();
        // Not `finish`, which would end its remaining processes.
        assert!(!owner.wait(LIMIT).unwrap().success());
        while processes_of(&directory) > 0 || directory.exists() {
            assert!(begun.elapsed() < LIMIT, "{name} left something behind");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
