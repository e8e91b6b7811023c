//! What every request to either API obeys: a time limit, the user's wish to stop, patience with failures that may pass.
//!
//! Knows neither CoreWeave nor Kubernetes, and makes no request itself.

mod call;
mod retry;
#[cfg(feature = "testing")]
pub mod testing;
mod words;

pub use self::{
    call::{Call, Cancelled},
    retry::{Backoff, Ended, GaveUp, Problem, Retry, jittered, retry_after},
    words::{chain, redacted, shortened},
};
