//! A program that uses local CKS and ends before its time leaves nothing behind: interrupted, by a panic, and also killed, when it
//! cannot do anything any more.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use local_cks::{OpenIdProvider, User};

const VICTIM: &str = "LOCAL_CKS_TEST_VICTIM";

/// How many processes have this directory in their command line.
fn processes_of(directory: &Path) -> usize {
    let mark = directory.display().to_string();
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let commands = entries.filter_map(|entry| std::fs::read_to_string(entry.path().join("cmdline")).ok());
    commands.filter(|command| command.contains(&mark)).count()
}

#[tokio::test]
async fn a_program_that_ends_early_leaves_no_process_and_no_file() {
    if std::env::var_os(VICTIM).is_some() {
        let provider = OpenIdProvider::start(vec![User::new("alice")]).await.unwrap();
        println!("\ndirectory {}", provider.ca_file().parent().unwrap().display());
        let mut word = String::new();
        std::io::stdin().read_line(&mut word).unwrap();
        panic!("told to");
    }
    local_cks::make_children_interruptible().unwrap();
    for end in ["panic", "-KILL", "-INT"] {
        let name = "a_program_that_ends_early_leaves_no_process_and_no_file";
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(VICTIM, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
        let mut lines = lines.map_while(Result::ok);
        let directory = lines.find_map(|line| line.strip_prefix("directory ").map(PathBuf::from)).unwrap();
        assert!(processes_of(&directory) >= 2, "the provider and its watchdog");
        let mut stdin = victim.stdin.take().unwrap();
        if end == "panic" {
            stdin.write_all(b"panic\n").unwrap();
        } else {
            assert!(Command::new("kill").args([end, &victim.id().to_string()]).status().unwrap().success());
        }
        let deadline = Instant::now() + Duration::from_secs(30);
        let status = loop {
            if let Some(status) = victim.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > deadline {
                victim.kill().unwrap();
                panic!("the program did not end at {end}");
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        assert!(!status.success());
        while processes_of(&directory) > 0 || directory.exists() {
            assert!(Instant::now() < deadline, "{end} left something behind");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn children_end_at_an_interrupt_also_where_their_parent_ignores_it() {
    const PARENT: &str = "LOCAL_CKS_TEST_IGNORING_PARENT";
    if std::env::var_os(PARENT).is_some() {
        local_cks::make_children_interruptible().unwrap();
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        let deadline = Instant::now() + Duration::from_secs(20);
        while child.try_wait().unwrap().is_none() {
            if Instant::now() > deadline {
                child.kill().unwrap();
                panic!("the child ignores SIGINT");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        return;
    }
    let name = "children_end_at_an_interrupt_also_where_their_parent_ignores_it";
    let parent = Command::new("sh")
        .args(["-c", "trap '' INT; exec \"$0\" --exact \"$1\""])
        .arg(std::env::current_exe().unwrap())
        .arg(name)
        .env(PARENT, "1")
        .output()
        .unwrap();
    assert!(parent.status.success(), "{}", String::from_utf8_lossy(&parent.stdout));
}
