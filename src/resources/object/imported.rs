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

/// Keys that an import found.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Imported {
    labels: BTreeSet<String>,
    annotations: BTreeSet<String>,
}

/// Remembers what an import found.
pub(super) fn keep(labels: &Metadata, annotations: &Metadata, context: &Context<Clusters>) {
    let keys = |entries: &Metadata| entries.iter().flatten().map(|(key, _)| key.clone()).collect();
    context.set_private_state(KEY, &Imported { labels: keys(labels), annotations: keys(annotations) });
}

/// Removes from `before` what an import found and the plan leaves out, so that the cluster keeps it. Returns those keys, and forgets them,
/// since the state no longer has them.
pub(super) fn leave<K>(before: &mut Owned<K>, after: &Owned<K>, context: &Context<Clusters>) -> Vec<String> {
    let Some(mut imported) = context.private_state::<Imported>(KEY) else { return Vec::new() };
    let mut left = Vec::new();
    for (name, keys, before, after) in [
        ("label", &mut imported.labels, &mut before.labels, &after.labels),
        ("annotation", &mut imported.annotations, &mut before.annotations, &after.annotations),
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
    context.set_private_state(KEY, &imported);
    left
}
