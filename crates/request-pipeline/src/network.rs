//! What answers requests in place of the network: for tests of a whole provider in memory, in which no time passes and each fault is
//! made on demand. A client that is made without one uses the network.

use std::{fmt, pin::Pin, sync::Arc};

use bytes::Bytes;
use http::{Request, Response, Uri};

/// Answers requests in place of servers, below retries, deadlines and logins: what arrives is what would go over the wire, and what
/// it returns is read as a server's answer.
pub trait Network: fmt::Debug + Send + Sync {
    /// The answer to one request, or why there is none. For clients that do not choose the connection of a request.
    fn exchange(&self, request: Request<Bytes>) -> Exchange<'_>;

    /// A new connection to the server of this URL, as one of TLS over TCP.
    fn connect(&self, server: &Uri) -> Connecting<'_>;
}

/// One connection of a [`Network`]. It leads to the same server until it ends, wherever its address leads meanwhile.
pub trait NetworkConnection: fmt::Debug + Send + Sync {
    /// The certificate that the server presented.
    fn certificate(&self) -> &[u8];

    /// Whether requests can be sent on it: looked at just before one is.
    fn is_open(&self) -> bool;

    /// The answer to one request, or why there is none.
    fn exchange(&self, request: Request<Bytes>) -> Exchange<'_>;
}

/// The answer to one request, once it comes.
pub type Exchange<'a> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, Unanswered>> + Send + 'a>>;

/// A connection, once there is one.
pub type Connecting<'a> =
    Pin<Box<dyn Future<Output = Result<Arc<dyn NetworkConnection>, Unanswered>> + Send + 'a>>;

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
pub struct Unanswered {
    /// Short cause.
    pub cause: String,
    /// Whether there was a connection, so that the request may have taken effect.
    pub connected: bool,
}
