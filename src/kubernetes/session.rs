//! One operation on a cluster: its client, its time limit, and the warnings that the server gives meanwhile.

use std::sync::{Mutex, PoisonError};

use super::client::Client;
use crate::requests::Call;

/// What the requests of one operation have in common.
#[derive(Debug)]
pub(crate) struct Session {
    client: Client,
    call: Call,
    warnings: Mutex<Vec<String>>,
}

impl Session {
    pub(crate) fn new(client: Client, call: Call) -> Self {
        Self { client, call, warnings: Mutex::default() }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn call(&self) -> &Call {
        &self.call
    }

    /// What the server warned of since this was asked last, each once.
    pub(crate) fn take_warnings(&self) -> Vec<String> {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn note_warnings(&self, found: impl Iterator<Item = String>) {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        for warning in found {
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
    }
}
