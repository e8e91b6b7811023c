//! Outcome of the wait for a written block, with its message.

use tfplugin::{Diagnostic, Error, Schema};

use crate::errors::{ClientError as _, with_note};

/// What wrote a block. After a wait that fails, Terraform taints what was created, and keeps what was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WrittenBy {
    /// The create of a resource.
    Create,
    /// The update of a resource.
    Update,
}

/// Outcome of a wait. The block is written in each case.
#[derive(Debug)]
pub(crate) enum WaitOutcome {
    /// The block is in force.
    InForce,
    /// The user interrupted the wait.
    Interrupted(Diagnostic),
    /// The wait failed or timed out.
    Failed(Error),
}

impl WaitOutcome {
    /// Of a resource `R` whose block was just written.
    pub(crate) fn of<R: Schema>(
        settled: Result<(), clusters::Error>,
        cluster_id: &str,
        written_by: WrittenBy,
    ) -> Self {
        let error = match settled {
            Ok(()) => return Self::InForce,
            Err(clusters::Error::Api(coreweave::Error::Cancelled { what })) => {
                return Self::Interrupted(Diagnostic::warning(
                    "Interrupted while waiting",
                    format!(
                        "Interrupted while {what}. Cluster {cluster_id} accepted the change, which may not be in force yet. The state has \
                         it. Run `terraform plan` to see whether changes are left."
                    ),
                ));
            }
            Err(error) => error.into_diagnostics(),
        };
        if written_by == WrittenBy::Update {
            return Self::Failed(error);
        }
        let resume = format!(
            "The cluster accepted the change, and the state keeps the resource, marked as tainted. Once the cluster is STATUS_RUNNING, run \
             `terraform untaint {}.NAME` to keep it; otherwise the next apply creates it again.",
            R::NAME
        );
        Self::Failed(with_note(error, &resume))
    }
}
