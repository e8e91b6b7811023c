//! The one request pipeline: deadline, cancelling, the grace period of a write, retries, `Retry-After`, which statuses may pass, which
//! proxy applies, and redaction.
//!
//! It depends on no API and sends no request itself: a client passes an attempt ([`send_once`], [`repeat`]).

mod attempt;
mod call;
mod network;
mod proxy;
mod redact;
mod retry;
#[cfg(feature = "testing")]
pub mod testing;

pub use self::{
    attempt::{Answer, Effect, Repeated, may_pass, repeat, send_once},
    call::{Call, Cancelled},
    network::{Exchange, Network, Unanswered},
    proxy::{Proxy, ProxyChoice, ProxyError, is_loopback, is_supported as is_supported_proxy},
    redact::{Redactor, chain, shortened},
    retry::{Backoff, Ended, GaveUp, Problem, Retry, jittered, retry_after},
};
