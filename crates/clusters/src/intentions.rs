//! What the plans of this run intend: what one resource needs, or would leave over, another may be about to make or to end.
//!
//! Only forewarnings look at it: it holds what was planned so far, in whichever order that was.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use super::Claim;

/// What is to become of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Intention {
    /// It will be created.
    Make,
    /// It will be destroyed.
    End,
}

/// All intentions of this run.
#[derive(Debug, Default)]
pub(crate) struct Intentions(Mutex<HashSet<(Intention, Claim)>>);

impl Intentions {
    pub(super) fn note(&self, intention: Intention, object: Claim) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert((intention, object));
    }

    pub(super) fn has(&self, intention: Intention, object: Claim) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&(intention, object))
    }
}
