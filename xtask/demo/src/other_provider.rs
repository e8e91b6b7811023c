//! hashicorp/kubernetes, which one of the later steps needs: it is compiled while the steps before run.

use std::{path::Path, process::Command, time::Duration};

use child_processes::{Process, Processes, Program};

use crate::{failure::Failure, story::Story};

/// Longer than the build takes, also on a slow machine.
const BUILT_WITHIN: Duration = Duration::from_mins(30);

/// The build. It ends with the demonstration.
pub(crate) struct OtherProvider {
    build: Process,
}

impl OtherProvider {
    /// Begins to build it into the mirror.
    pub(crate) fn build(processes: &Processes, xtask: &Path) -> Result<Self, Failure> {
        let mirror = processes.directory().join("mirror");
        let mut command = Command::new(xtask);
        command.args(["demo", "--other-provider"]).arg(mirror);
        // Removed with the rest, also when the build is ended early.
        command.env("GOTMPDIR", processes.directory());
        let program = Program::from(command).logged_to(processes.directory().join("other-provider.txt"));
        let build = processes.start(program).map_err(Failure::of("building hashicorp/kubernetes"))?;
        Ok(Self { build })
    }

    /// Waits until it is in the mirror.
    pub(crate) async fn built(self, story: &Story) -> Result<(), Failure> {
        if self.build.status().is_none() {
            story.explain("hashicorp/kubernetes is still being compiled; later runs find it in the cache.");
        }
        let status = self.build.finish_async(BUILT_WITHIN).await;
        let status = status.map_err(Failure::of("building hashicorp/kubernetes"))?;
        if status.success() {
            return Ok(());
        }
        let printed = self.build.printed();
        Err(Failure::new(format!("building hashicorp/kubernetes: {status}\n{}", printed.stdout.trim_end())))
    }
}
