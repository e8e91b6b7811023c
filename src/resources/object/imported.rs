//! Labels and annotations that came with an import. No configuration declared them, so that a configuration without them does not remove
//! them.

use std::collections::BTreeSet;

use clusters::Clusters;
use kubernetes::Owned;
use serde::{Deserialize, Serialize};
use tfplugin::Context;

use super::metadata::Metadata;

/// Key in the private state.
const KEY: &str = "imported";

/// Keys that an import found, and that no configuration has declared since.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Imported {
    labels: BTreeSet<String>,
    annotations: BTreeSet<String>,
}

impl Imported {
    /// What an import found.
    pub(super) fn of(labels: &Metadata, annotations: &Metadata) -> Self {
        let keys = |entries: &Metadata| entries.iter().flatten().map(|(key, _)| key.clone()).collect();
        Self { labels: keys(labels), annotations: keys(annotations) }
    }

    /// What the state remembers; nothing of an object that was not imported.
    pub(super) fn remembered(context: &Context<Clusters>) -> Self {
        context.private_state(KEY).unwrap_or_default()
    }

    /// Keeps it with the state of the object.
    pub(super) fn keep(&self, context: &Context<Clusters>) {
        context.set_private_state(KEY, self);
    }

    /// Removes from `before` what an import found and the plan leaves out, so that the cluster keeps it. Returns those keys, and forgets
    /// them: once the update has succeeded the state no longer has them.
    pub(super) fn leave<K>(&mut self, before: &mut Owned<K>, after: &Owned<K>) -> Vec<String> {
        let mut left = Vec::new();
        for (name, keys, before, after) in [
            ("label", &mut self.labels, &mut before.labels, &after.labels),
            ("annotation", &mut self.annotations, &mut before.annotations, &after.annotations),
        ] {
            let dropped: Vec<_> = keys
                .iter()
                .filter(|key| before.contains_key(*key) && !after.contains_key(*key))
                .cloned()
                .collect();
            for key in dropped {
                before.remove(&key);
                keys.remove(&key);
                left.push(format!("{name} {key:?}"));
            }
        }
        left
    }
}
