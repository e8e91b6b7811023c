//! What the commands send to a running local-cks: one JSON line each way over a Unix socket in its directory.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A request.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Request {
    /// What runs.
    Status,
    /// Injects a fault, in the syntax of `local-cks fault`.
    Fault(String),
    /// Removes all pending faults.
    ClearFaults,
    /// The log of requests.
    Requests,
    /// Empties that log.
    ClearRequests,
    /// Stops. The connection closes once everything has ended.
    Stop,
    /// An ID token of a user.
    IdToken {
        /// Name of the user.
        user: String,
        /// The token's audience.
        client_id: String,
    },
    /// Logs a user in at the page that a program would open in a browser.
    LogIn {
        /// Name of the user.
        user: String,
        /// URL of the page.
        page: String,
    },
}

/// A response.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Response {
    /// The result.
    Done(Value),
    /// Why not.
    Failed(String),
}
