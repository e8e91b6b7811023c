//! What answers requests in place of the network: for tests of a whole provider in memory, in which no time passes and each fault is
//! made on demand. A client that is made without one uses the network.

use std::{fmt, pin::Pin};

use bytes::Bytes;
use http::{Request, Response};

/// Answers requests in place of servers, below retries, deadlines and logins: what arrives is what would go over the wire, and what
/// it returns is read as a server's answer.
pub trait Network: fmt::Debug + Send + Sync {
    /// The answer to one request, or why there is none.
    fn exchange(&self, request: Request<Bytes>) -> Exchange<'_>;
}

/// The answer to one request, once it comes.
pub type Exchange<'a> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, Unanswered>> + Send + 'a>>;

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
pub struct Unanswered {
    /// Short cause.
    pub cause: String,
    /// Whether there was a connection, so that the request may have taken effect.
    pub connected: bool,
}
