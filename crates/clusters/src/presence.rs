//! What a state's end rests on: evidence that the thing is gone, which only clients and this crate make.

use coreweave::{Cluster, ClusterMember};

/// Evidence that a cluster, or something on it, does not exist any more, or is irrevocably being deleted. A state ends with it, and with
/// nothing else.
#[derive(Debug)]
#[must_use = "a state ends with this evidence"]
pub struct Gone(());

/// Outcome of a search that a state depends on.
#[derive(Debug)]
pub enum Presence<T> {
    /// It exists.
    Present(T),
    /// It does not.
    Gone(Gone),
}

impl<T> Presence<T> {
    /// As the state that a refresh returns: `None` ends it.
    pub fn into_state(self) -> Option<T> {
        match self {
            Self::Present(found) => Some(found),
            Self::Gone(_) => None,
        }
    }
}

impl<B: ClusterMember> Presence<B> {
    /// The block of a cluster that was read: a cluster without it is the evidence that it was cleared.
    pub fn of_block(cluster: &Cluster) -> Self {
        B::of(cluster).map_or(Self::Gone(Gone(())), Self::Present)
    }
}

impl Gone {
    /// For a cluster that the list of the right organisation lacks too.
    pub(super) fn with_its_cluster() -> Self {
        Self(())
    }
}

impl From<kubernetes::Gone> for Gone {
    fn from(_: kubernetes::Gone) -> Self {
        Self(())
    }
}

impl<T> From<kubernetes::Presence<T>> for Presence<T> {
    fn from(presence: kubernetes::Presence<T>) -> Self {
        match presence {
            kubernetes::Presence::Present(found) => Self::Present(found),
            kubernetes::Presence::Gone(gone) => Self::Gone(gone.into()),
        }
    }
}
