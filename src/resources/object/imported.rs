//! Labels and annotations that came with an import: nobody declared them here, so nobody's leaving them out removes them.

use std::collections::BTreeSet;

use clusters::Clusters;
use kubernetes::Owned;
use serde::{Deserialize, Serialize};
use tfplugin::Context;

use super::metadata::Metadata;

const NOTE: &str = "imported";

/// Keys that an import found.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Imported {
    labels: BTreeSet<String>,
    annotations: BTreeSet<String>,
}

/// Remembers what an import found.
pub(super) fn keep(labels: &Metadata, annotations: &Metadata, context: &Context<Clusters>) {
    let keys = |entries: &Metadata| entries.iter().flatten().map(|(key, _)| key.clone()).collect();
    context.set_private_state(NOTE, &Imported { labels: keys(labels), annotations: keys(annotations) });
}

/// Takes out of `before` what an import found and the plan leaves out, so that it is not removed. Gives those keys; they are
/// forgotten then, for the state has them no more.
pub(super) fn leave<K>(before: &mut Owned<K>, after: &Owned<K>, context: &Context<Clusters>) -> Vec<String> {
    let Some(mut imported) = context.private_state::<Imported>(NOTE) else { return Vec::new() };
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
    context.set_private_state(NOTE, &imported);
    left
}
