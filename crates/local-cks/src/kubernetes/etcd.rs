//! The etcd of a run, with a prefix for each cluster.

use child_processes::{Process, Processes, Program};

use super::{
    KubernetesError, READY_WITHIN,
    ports::{free_port, lost_the_race},
};
use crate::{programs, tools::Tool};

/// Attempts to find a port that stays free.
const ATTEMPTS: u32 = 5;

/// A running etcd.
#[derive(Debug)]
pub(crate) struct Etcd {
    pub(crate) url: String,
    _process: Process,
}

impl Etcd {
    /// Starts etcd and waits until it is healthy. Nothing is synced to disk, since the data is not needed after the run.
    pub(crate) async fn start(processes: &Processes) -> Result<Self, KubernetesError> {
        let program = Tool::Etcd.path()?;
        let mut attempt = 1;
        loop {
            let url = format!("http://127.0.0.1:{}", free_port());
            let peer = format!("http://127.0.0.1:{}", free_port());
            let arguments = [
                format!(
                    "--data-dir={}",
                    processes.directory().join("etcd").join(attempt.to_string()).display()
                ),
                format!("--listen-client-urls={url}"),
                format!("--advertise-client-urls={url}"),
                format!("--listen-peer-urls={peer}"),
                format!("--initial-advertise-peer-urls={peer}"),
                format!("--initial-cluster=default={peer}"),
                "--unsafe-no-fsync".to_owned(),
                "--log-level=warn".to_owned(),
            ];
            let log = processes.directory().join("etcd.log");
            let command = programs::command(processes, &program, arguments);
            let process = processes.start(Program::from(command).logged_to(log))?;
            let client = reqwest::Client::builder().no_proxy().build().map_err(KubernetesError::Client)?;
            let health = format!("{url}/health");
            let ready = process
                .wait_until_ready(READY_WITHIN, || async {
                    let answer = client.get(&health).send().await.ok()?.text().await.ok()?;
                    answer.contains("\"true\"").then_some(())
                })
                .await;
            let port_was_taken = match &ready {
                // By another etcd, which answered.
                Ok(()) => process.status().is_some(),
                Err(_) => lost_the_race(&process.printed().stdout),
            };
            if port_was_taken && attempt < ATTEMPTS {
                attempt += 1;
                continue;
            }
            ready?;
            return Ok(Self { url, _process: process });
        }
    }
}
