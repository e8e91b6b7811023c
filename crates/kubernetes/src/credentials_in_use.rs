//! The credentials that requests have at a time, so that what one caller was answered is not told to another.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

/// The credentials that requests have at a time. A plugin's, and those of a kubeconfig, change with the connection; the token of a file
/// changes with the file.
#[derive(Clone, Debug)]
pub(super) struct CredentialsInUse {
    connection: Arc<()>,
    token: Option<SecretString>,
}

impl CredentialsInUse {
    /// Those of a connection, which is known by its mark, with this token.
    pub(super) fn new(mark: &Arc<()>, token: Option<SecretString>) -> Self {
        Self { connection: Arc::clone(mark), token }
    }

    /// Whether both are the same.
    pub(super) fn are(&self, others: &Self) -> bool {
        let is_same_token = match (&self.token, &others.token) {
            (Some(one), Some(other)) => one.expose_secret() == other.expose_secret(),
            (one, other) => one.is_none() && other.is_none(),
        };
        Arc::ptr_eq(&self.connection, &others.connection) && is_same_token
    }
}
