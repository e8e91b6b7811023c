//! What a history has led to so far: the world, the states, what users were shown, and what must not be.

use std::collections::BTreeSet;

use tfplugin::{Diagnostic, Severity};

use crate::{
    terraform::State,
    world::{Violation, World},
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
}

impl Record {
    /// Two clusters, and nothing in any state.
    pub fn new() -> Self {
        Self { world: World::new(), ..Self::default() }
    }

    /// Notes what must not be.
    pub fn violate(&mut self, promise: &'static str, what: impl Into<String>) {
        self.violations.push(Violation { promise, what: what.into() });
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
