//! Writes, and dry runs of writes.

use super::FIELD_MANAGER;

/// Whether a write takes effect, or is a dry run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The write takes effect.
    Write,
    /// The server checks everything, admission and escalation included, and stores nothing.
    DryRun,
}

impl Mode {
    pub(crate) fn query(self) -> String {
        let dry_run = if self == Self::DryRun { "dryRun=All&" } else { "" };
        format!("?{dry_run}fieldManager={FIELD_MANAGER}")
    }
}
