//! Tokens of ServiceAccounts, each bound to an empty Secret of its own: deleting the Secret revokes the token.
//!
//! The Secret is also the record of its token after a crash. States of a Secret:
//!
//! ```text
//!        create it            request the token, mark it          its token expires       
//! nothing ───────▶ pending ─────────────────────────────▶ issued ─────────────────────────▶ expired
//!                     │                                                                        │
//!                     │ LEASE has passed: no run uses it                                       │
//!                     └──────────▶ abandoned ──────────▶ deleted ◀─────────────────────────────┘
//! ```
//!
//! Abandoned and expired ones are deleted by the next operation on a token of the same ServiceAccount, whichever that is
//! ([`clear_leftovers`]). That is safe with any clock: a run whose Secret was deleted finds that before it returns the token,
//! and starts again ([`issue`]). All times are the server's.

mod account;
mod claims;
mod errors;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod issue;
mod leftovers;
mod revocation;
mod secrets;

use jiff::Timestamp;

pub use self::{
    account::Account,
    errors::Error,
    issue::{IssueRequest, NewToken, SecretRef, issue},
    leftovers::{Earlier, Others, clear_leftovers, clear_settled_leftovers},
    revocation::{GOING, Revoked, revoke, revoke_one},
    secrets::{ID_LABEL, State, TokenSecret, list, list_in},
};

/// RFC 3339 of seconds since 1970, for states and annotations.
pub fn rfc3339(seconds: i64) -> String {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

/// Seconds since 1970; `None` for a text that is not a time.
pub fn seconds_of(rfc3339: &str) -> Option<i64> {
    rfc3339.parse::<Timestamp>().ok().map(Timestamp::as_second)
}
