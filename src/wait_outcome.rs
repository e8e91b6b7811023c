//! How the wait for a written block ended, in the user's terms.

use tfplugin::{Diagnostic, Error, Schema};

use crate::errors::ClientError as _;

/// How a wait ended. The object exists in each case.
#[derive(Debug)]
pub(crate) enum WaitOutcome {
    /// It is in force.
    InForce,
    /// The user interrupted the wait.
    Interrupted(Diagnostic),
    /// It failed, or took too long.
    Failed(Error),
}

impl WaitOutcome {
    /// Of a resource `R` that was just created (`created`) or changed.
    pub(crate) fn of<R: Schema, T>(
        settled: Result<T, clusters::Error>,
        cluster_id: &str,
        created: bool,
    ) -> Self {
        let error = match settled {
            Ok(_) => return Self::InForce,
            Err(clusters::Error::Api(coreweave::Error::Cancelled)) => {
                return Self::Interrupted(Diagnostic::warning(
                    "Interrupted while waiting",
                    format!(
                        "Cluster {cluster_id} has taken the change and may not have put it in force yet. The state has it; the next plan shows \
                         whether anything is left to do."
                    ),
                ));
            }
            Err(error) => error.into_diagnostics(),
        };
        if !created {
            return Self::Failed(error);
        }
        let resume = format!(
            "The cluster has taken the change, and the state keeps it, marked as tainted. Once the cluster is STATUS_RUNNING, `terraform untaint \
             {}.NAME` keeps it; otherwise the next apply makes it anew.",
            R::NAME
        );
        let messages = error
            .into_messages()
            .into_iter()
            .map(|message| Diagnostic { detail: format!("{}\n\n{resume}", message.detail), ..message });
        Self::Failed(Error::all(messages).unwrap_or_else(|| Error::new("Wait failed", resume.clone())))
    }
}
