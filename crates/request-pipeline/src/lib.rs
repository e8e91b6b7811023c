//! The one request pipeline: deadline, cancelling, the grace period of a write, retries, `Retry-After`, which statuses may pass, which
//! proxy applies, which certificates are trusted, and redaction of texts, errors and URLs.
//!
//! It depends on no API and sends no request itself: a client passes an attempt ([`send_once`], [`repeat`]).

mod attempt;
mod bearer_token;
mod call;
mod login_url;
mod network;
mod proxy;
mod redact;
mod retry;
#[cfg(feature = "testing")]
pub mod testing;
mod tls;

pub use self::{
    attempt::{Answer, Effect, Repeated, may_pass, repeat, send_once},
    bearer_token::{BearerToken, TokenFile, TokenFileError},
    call::{Call, Cancelled, Finding, Watch},
    login_url::LoginUrl,
    network::{Connecting, Exchange, Network, NetworkConnection, Unanswered},
    proxy::{Proxy, ProxyAddress, ProxyChoice, ProxyError, UnusableProxy, is_loopback},
    redact::{
        COREWEAVE_TOKEN_FILE_VARIABLE, COREWEAVE_TOKEN_PREFIX, COREWEAVE_TOKEN_VARIABLES, Redactor,
        body_text, chain, shortened,
    },
    retry::{Backoff, Ended, GaveUp, Problem, Retry, jittered, retry_after},
    tls::{
        ClientIdentity, IdentityError, Peer, TlsFailure, TlsProblem, Trust, TrustError, certificates,
        client_config, readable_certificates,
    },
};
