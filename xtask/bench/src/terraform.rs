//! One run of Terraform, measured: its duration, the processor time of Terraform and of the providers that it started, and the memory of
//! the largest of those.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use child_processes::{Processes, Program};

use crate::{failure::Failure, proc};

/// How long an interrupted Terraform may take to end.
const ENDS_WITHIN: Duration = Duration::from_secs(15);

/// Longer than any run takes, also on a busy machine.
const LIMIT: Duration = Duration::from_mins(15);

/// Between two looks at the memory of the providers, whose peak only grows.
const LOOKS_EVERY: Duration = Duration::from_millis(20);

/// Terraform in a directory.
#[derive(Debug)]
pub(crate) struct Terraform<'a> {
    pub(crate) program: &'a Path,
    pub(crate) directory: PathBuf,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) processes: &'a Processes,
}

/// What a run cost; `None` where the machine does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Cost {
    /// Duration in seconds.
    pub(crate) wall: f64,
    /// Processor time of Terraform in seconds.
    pub(crate) terraform: Option<f64>,
    /// Processor time of its providers in seconds.
    pub(crate) provider: Option<f64>,
    /// Peak memory of the largest provider in MB.
    pub(crate) peak: Option<f64>,
}

impl Terraform<'_> {
    /// Runs a command that must succeed, with more variables.
    pub(crate) async fn run(&self, arguments: &[&str], more: &[(&str, String)]) -> Result<Cost, Failure> {
        let mut command = Command::new(self.program);
        // Nothing of the user's own: no proxy, no log, no other settings.
        command
            .args(arguments)
            .args(["-no-color", "-input=false"])
            .current_dir(&self.directory)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("HOME", &self.directory)
            .env("TMPDIR", &self.directory)
            .envs([("TF_IN_AUTOMATION", "1"), ("CHECKPOINT_DISABLE", "1")])
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .envs(more.iter().map(|(name, value)| (name, value)));
        let log = self.directory.join("output.txt");
        let program = Program::from(command).logged_to(log).interrupted_first(ENDS_WITHIN);
        let begun = Instant::now();
        let process = self.processes.start(program).map_err(Failure::of("running Terraform"))?;
        let mut memory = Memory::default();
        let ended = async {
            let mut looks = tokio::time::interval(LOOKS_EVERY);
            let end = process.wait_async();
            tokio::pin!(end);
            loop {
                tokio::select! {
                    status = &mut end => break status,
                    _ = looks.tick() => memory.look(process.id()),
                }
            }
        };
        let too_slow = || Failure::new(format!("terraform {}: longer than {LIMIT:?}", arguments.join(" ")));
        let status = tokio::time::timeout(LIMIT, ended).await.map_err(|_| too_slow())?;
        let wall = begun.elapsed().as_secs_f64();
        // It has ended and is not waited for yet: now its times, and those of the providers that it waited for, are complete.
        let cpu = proc::cpu(process.id());
        process.finish_async(ENDS_WITHIN).await.map_err(Failure::of("running Terraform"))?;
        if !status.success() {
            let output = process.printed().stdout;
            return Err(Failure::new(format!(
                "terraform {}: {status}\n{}",
                arguments.join(" "),
                end_of(&output)
            )));
        }
        Ok(Cost {
            wall,
            terraform: cpu.map(|cpu| cpu.own),
            provider: cpu.map(|cpu| cpu.ended_children),
            peak: memory.largest(),
        })
    }
}

/// Version of a Terraform, such as `1.16.0`.
pub(crate) fn version(program: &Path) -> Result<String, Failure> {
    let mut command = Command::new(program);
    let printed = command.args(["version", "-json"]).env("CHECKPOINT_DISABLE", "1").output();
    let printed = printed.map_err(Failure::io("start", program))?;
    let printed: serde_json::Value = serde_json::from_slice(&printed.stdout).unwrap_or_default();
    let version = printed["terraform_version"].as_str();
    version.map(str::to_owned).ok_or_else(|| Failure::new(format!("{} has no version", program.display())))
}

/// Peak memory of each provider that Terraform started, in MB.
#[derive(Debug, Default)]
struct Memory(BTreeMap<u32, f64>);

impl Memory {
    fn look(&mut self, terraform: u32) {
        let own = proc::program(terraform);
        for child in proc::children(terraform) {
            // One that is not the provider yet, between fork and exec, still has Terraform's memory.
            if proc::program(child) != own
                && let Some(peak) = proc::peak_memory(child)
            {
                self.0.insert(child, peak);
            }
        }
    }

    fn largest(&self) -> Option<f64> {
        self.0.values().copied().max_by(f64::total_cmp)
    }
}

/// The last lines of an output: a thousand resources write thousands.
fn end_of(output: &str) -> String {
    const LINES: usize = 40;
    let lines: Vec<_> = output.trim_end().lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(processes: &Processes) -> Terraform<'_> {
        let directory = processes.directory().to_owned();
        Terraform { program: Path::new("/bin/sh"), directory, environment: Vec::new(), processes }
    }

    /// As Terraform starts a provider, waits for it, and works itself.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn time_and_memory_of_a_child_are_the_providers() {
        let processes = Processes::new("cks-bench-test-").unwrap();
        let work = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done";
        let script = format!("awk 'BEGIN {{ while (i < 5000000) i++ }}'; {work}");
        let cost = shell(&processes).run(&["-c", &script], &[]).await.unwrap();
        let (own, provider) = (cost.terraform.unwrap(), cost.provider.unwrap());
        assert!(own > 0.0 && provider > 0.0 && own + provider <= cost.wall * 1.5 + 0.05, "{cost:?}");
        assert!(cost.peak.is_some_and(|peak| peak > 0.1), "{cost:?}");
    }

    #[tokio::test]
    async fn a_failed_run_is_shown_with_the_end_of_its_output() {
        let processes = Processes::new("cks-bench-test-").unwrap();
        let failed = shell(&processes).run(&["-c", "echo first; seq 40; exit 3"], &[]).await;
        let message = failed.unwrap_err().to_string();
        assert!(message.contains("exit status: 3\n1\n2\n") && message.ends_with("\n40"), "{message}");
    }
}
