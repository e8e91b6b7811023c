//! What a history has led to so far: the world, the states, what users were shown, and what must not be.

use std::collections::BTreeSet;

use tfplugin::{Diagnostic, Severity};

use crate::{
    terraform::State,
    world::{Violation, WRONG_PLACE, World},
};

/// Everything that checks look at.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Both APIs.
    pub world: World,
    /// Two states of two configurations.
    pub states: [State; 2],
    /// What users were shown.
    pub shown: Vec<Diagnostic>,
    /// What must not be.
    pub violations: Vec<Violation>,
    /// Tokens that were in a state.
    pub seen_tokens: BTreeSet<String>,
    /// Uids, blocks and tokens that the user removed from a state.
    pub forgotten: BTreeSet<String>,
    /// Whether something was created or imported in another cluster, that nothing told from the one that was meant, as a warning said.
    /// Nothing that follows is a finding.
    misled: bool,
}

impl Record {
    /// Two clusters, and nothing in any state.
    pub fn new() -> Self {
        Self { world: World::new(), ..Self::default() }
    }

    /// Notes what must not be.
    pub fn violate(&mut self, promise: &'static str, what: impl Into<String>) {
        if self.misled || !self.world.unproved.is_empty() {
            return;
        }
        self.violations.push(Violation { promise, what: what.into() });
    }

    /// Looks, after a run, whether its messages said that nothing tells the cluster in which it created something. What was killed said nothing.
    pub fn judge_unproved(&mut self, killed: bool) {
        let Some(what) = std::mem::take(&mut self.world.unproved).into_iter().next() else { return };
        if killed || self.shown.iter().any(|diagnostic| diagnostic.summary == "Cluster not verified") {
            self.misled = true;
        } else {
            self.violate(WRONG_PLACE, what);
        }
    }

    /// The errors that were shown since there were this many messages.
    pub fn errors(&self, since: usize) -> Vec<String> {
        let shown = self.shown.iter().skip(since);
        let errors = shown.filter(|diagnostic| diagnostic.severity == Severity::Error);
        errors.map(|error| format!("{}: {}", error.summary, error.detail)).collect()
    }

    /// Whether every address leads to its own cluster.
    pub fn is_at_its_place(&self) -> bool {
        self.world.addresses.values().enumerate().all(|(meant, cluster)| meant == *cluster)
    }
}
