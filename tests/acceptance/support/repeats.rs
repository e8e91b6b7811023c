//! What a slow machine makes the provider send again.

use std::time::Duration;

/// How many reads may be repeated in a step that took so long: a read of a cluster serves for five seconds, as do a list and a role that
/// many bindings bind, and no step has more than two of each.
pub(crate) fn repeated_reads(took: Duration) -> usize {
    const OF_EACH: usize = 2;
    OF_EACH * usize::try_from(took.as_secs() / 5).unwrap_or(usize::MAX / OF_EACH)
}
