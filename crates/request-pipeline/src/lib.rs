//! What every request to either API obeys: a time limit, the user's wish to stop, patience with failures that may pass.
//!
//! Knows neither CoreWeave nor Kubernetes, and makes no request itself.

mod call;
mod redact;
mod retry;
#[cfg(feature = "testing")]
pub mod testing;

pub use self::{
    call::{Call, Cancelled},
    redact::{chain, redacted, shortened},
    retry::{Backoff, Ended, GaveUp, Problem, Retry, jittered, retry_after},
};
