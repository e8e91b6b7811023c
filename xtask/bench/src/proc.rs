//! What Linux reports of processes below `/proc`: processor time, peak memory, children. Elsewhere there is none of it, and the figures
//! are unknown.

use std::{fs, path::PathBuf};

/// Ticks in a second in `/proc`: `USER_HZ`, which is 100 on every architecture that has these programs.
const TICKS: f64 = 100.0;

/// Processor time of a process in seconds, user and system.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Cpu {
    /// Its own.
    pub(crate) own: f64,
    /// Of its children that have ended and were waited for, with theirs.
    pub(crate) ended_children: f64,
}

/// Processor time of a process, also of one that has ended and was not waited for yet.
pub(crate) fn cpu(process: u32) -> Option<Cpu> {
    parse_stat(&fs::read_to_string(format!("/proc/{process}/stat")).ok()?)
}

/// Processor time of a process and everything that it started.
pub(crate) fn cpu_of_tree(process: u32) -> Option<f64> {
    let Cpu { own, ended_children } = cpu(process)?;
    // One that ended in between is in neither sum, for a moment.
    let running: f64 = children(process).into_iter().filter_map(cpu_of_tree).sum();
    Some(own + ended_children + running)
}

/// Processor time of the whole machine since it was started, waiting excluded.
pub(crate) fn cpu_of_machine() -> Option<f64> {
    parse_machine(&fs::read_to_string("/proc/stat").ok()?)
}

/// Running children of a process.
pub(crate) fn children(process: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists.flat_map(|list| parse_children(&list)).collect()
}

/// File of the program that a process runs.
pub(crate) fn program(process: u32) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{process}/exe")).ok()
}

/// Largest memory that a process had so far, in MB (10^6 bytes).
pub(crate) fn peak_memory(process: u32) -> Option<f64> {
    parse_peak(&fs::read_to_string(format!("/proc/{process}/status")).ok()?)
}

fn parse_stat(text: &str) -> Option<Cpu> {
    // The name, in parentheses, may contain anything.
    let (_, rest) = text.rsplit_once(')')?;
    let field = |index| rest.split_whitespace().nth(index)?.parse::<f64>().ok();
    // Numbers 14 to 17 of proc(5); the first one here is number 3.
    let [user, system, childrens_user, childrens_system] =
        [field(11)?, field(12)?, field(13)?, field(14)?].map(|ticks| ticks / TICKS);
    Some(Cpu { own: user + system, ended_children: childrens_user + childrens_system })
}

fn parse_machine(text: &str) -> Option<f64> {
    let fields: Vec<f64> = text
        .lines()
        .find_map(|line| line.strip_prefix("cpu "))?
        .split_whitespace()
        .map_while(|field| field.parse().ok())
        .collect();
    // user nice system idle iowait irq softirq steal, of which two are waiting. What follows is counted in the first ones already.
    let working = fields.iter().take(8).enumerate().filter(|(index, _)| !matches!(index, 3 | 4));
    (fields.len() >= 4).then(|| working.map(|(_, ticks)| ticks / TICKS).sum())
}

fn parse_children(text: &str) -> Vec<u32> {
    text.split_whitespace().filter_map(|id| id.parse().ok()).collect()
}

fn parse_peak(text: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_behind_any_name() {
        let stat = "27 (a) b 1 (c) S 1 27 27 0 -1 4194560 7502 92042 0 117 150 50 74 26 20 0 1 0 3823127";
        assert_eq!(parse_stat(stat), Some(Cpu { own: 2.0, ended_children: 1.0 }));
        assert_eq!(parse_stat("27 (cut"), None);
    }

    #[test]
    fn waiting_is_no_work_of_the_machine() {
        let stat = "cpu  100 100 100 9999 9999 100 50 50 7 7\ncpu0 1 1 1 1\n";
        assert_eq!(parse_machine(stat), Some(5.0));
        assert_eq!(parse_machine("cpu0 1 1 1 1\n"), None);
    }

    #[test]
    fn peak_memory_is_in_mb() {
        assert_eq!(parse_peak("Name:\tx\nVmPeak:\t 9 kB\nVmHWM:\t   15625 kB\n"), Some(16.0));
        assert_eq!(parse_peak("Name:\tx\n"), None);
    }

    #[test]
    fn children_are_a_list_of_ids() {
        assert_eq!(parse_children("12 345 \n"), [12, 345]);
        assert!(parse_children("").is_empty());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_child_and_its_time_are_found_while_it_runs_and_after_it() {
        let mut child =
            std::process::Command::new("cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
        let (own, id) = (std::process::id(), child.id());
        assert!(children(own).contains(&id) && cpu(id).is_some() && peak_memory(id).is_some());
        assert!(program(own).is_some());
        assert!(cpu_of_tree(own).unwrap() <= cpu_of_machine().unwrap());
        drop(child.stdin.take());
        child.wait().unwrap();
        assert!(!children(own).contains(&id) && cpu(id).is_none());
    }
}
