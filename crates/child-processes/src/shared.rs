//! What a process handle and the owner of all processes share.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{child::Child, directory::Directory, watchdog::Watchdog};

/// What the handles of the programs need of their owner.
#[derive(Debug)]
pub(crate) struct Shared {
    children: Mutex<Children>,
    pub(crate) watchdog: Arc<Watchdog>,
    pub(crate) directory: Directory,
}

#[derive(Debug, Default)]
pub(crate) struct Children {
    /// By process id.
    pub(crate) running: BTreeMap<u32, Arc<Child>>,
    /// No more are started: the end has come.
    pub(crate) closed: bool,
}

impl Shared {
    pub(crate) fn new(watchdog: Watchdog, directory: Directory) -> Self {
        Self { children: Mutex::default(), watchdog: Arc::new(watchdog), directory }
    }

    /// Ends the program with this id and all of its group, unless that is done already.
    pub(crate) fn end(&self, id: u32) {
        let child = self.children().running.remove(&id);
        if let Some(child) = child {
            child.end();
        }
    }

    /// The programs, locked.
    pub(crate) fn children(&self) -> MutexGuard<'_, Children> {
        self.children.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
