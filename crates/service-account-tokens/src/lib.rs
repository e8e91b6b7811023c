//! Tokens of ServiceAccounts, each bound to an empty Secret of its own: the token dies with the Secret.
//!
//! The Secret is also the record of its token, for whoever comes after a crash. What becomes of one:
//!
//! ```text
//!        create it            request the token, mark it          its token's time is over
//! nothing ───────▶ pending ─────────────────────────────▶ issued ─────────────────────────▶ expired
//!                     │                                                                        │
//!                     │ LEASE is over: nobody is at work on it any more                        │
//!                     └──────────▶ abandoned ──────────▶ deleted ◀─────────────────────────────┘
//! ```
//!
//! Abandoned and expired ones are deleted by the next operation on a token of the same ServiceAccount, whichever that is
//! ([`clear_leftovers`]). That is safe whatever the clocks say: who is still at work on a Secret that others took away finds it gone
//! before its token is given to anybody, and begins anew ([`issue`]). All times are the server's.

mod claims;
mod errors;
mod issue;
mod leftovers;
mod secrets;

use jiff::Timestamp;

pub use self::{
    errors::Error,
    issue::{IssueRequest, NewToken, SecretRef, issue},
    leftovers::{Earlier, clear_leftovers, revoke},
    secrets::{TokenSecret, list},
};

/// Seconds since 1970 as states and annotations have them.
pub fn rfc3339(seconds: i64) -> String {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

/// The inverse; 0 for what is no time.
pub fn seconds_of(rfc3339: Option<&String>) -> i64 {
    let time = rfc3339.and_then(|text| text.parse::<Timestamp>().ok());
    time.map_or(0, Timestamp::as_second)
}
