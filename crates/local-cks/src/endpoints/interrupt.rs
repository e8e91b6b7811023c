//! Faults: responses of gateways, resets, delays, truncated responses.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use http::{HeaderValue, header};
use http_body_util::BodyExt as _;
use hyper::body::Frame;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::Sleep,
};

use crate::{
    api::errors::{ApiError, Code},
    behaviour::ErrorStyle,
    faults::Fault,
};

/// Resets one connection: an extension of each request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cut {
    is_cut: Arc<AtomicBool>,
    /// Number of the connection, unique in this program.
    pub(crate) connection: u64,
}

impl Cut {
    /// For the next connection.
    pub(crate) fn new() -> Self {
        static CONNECTIONS: AtomicU64 = AtomicU64::new(1);
        Self { is_cut: Arc::default(), connection: CONNECTIONS.fetch_add(1, Ordering::Relaxed) }
    }

    fn now(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.is_cut.load(Ordering::SeqCst)
    }
}

/// A TCP stream that fails, with a reset for the peer, once it is cut.
#[derive(Debug)]
pub(crate) struct Cuttable {
    stream: TcpStream,
    cut: Cut,
}

impl Cuttable {
    pub(crate) fn new(stream: TcpStream, cut: Cut) -> Self {
        Self { stream, cut }
    }

    fn expect_whole(&self) -> io::Result<()> {
        if self.cut.is_cut() {
            // No linger: closing then sends a reset and drops what is not sent yet.
            self.stream.set_zero_linger()?;
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl AsyncRead for Cuttable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.expect_whole()?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Cuttable {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.expect_whole()?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.expect_whole()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.expect_whole()?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The host of a request, without port.
pub(crate) fn host(parts: &http::request::Parts) -> String {
    let header = parts.headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let authority = parts.uri.authority().map(http::uri::Authority::as_str).or(header).unwrap_or_default();
    authority.rsplit_once(':').map_or(authority, |(host, _)| host).to_owned()
}

/// The handle to the request's connection.
pub(crate) fn cut_of(parts: &http::request::Parts) -> Cut {
    parts.extensions.get().cloned().unwrap_or_default()
}

/// Handles the request with the fault, and returns the response.
pub(crate) async fn carry_out(
    fault: Option<Fault>,
    cut: &Cut,
    style: ErrorStyle,
    work: impl Future<Output = Response>,
) -> Response {
    match fault {
        None => work.await,
        Some(Fault::Status { status, retry_after, body }) => {
            let error = match status.as_u16() {
                429 => ApiError::exhausted(),
                _ => ApiError::new(Code::of_status(status), status.canonical_reason().unwrap_or("error")),
            };
            let mut response = error.respond_as(status, style);
            if let Some(body) = body {
                *response.body_mut() = Body::from(body);
                response.headers_mut().remove(header::CONTENT_LENGTH);
            }
            if let Some(value) = retry_after.and_then(|after| HeaderValue::from_str(&after.value()).ok()) {
                response.headers_mut().insert(header::RETRY_AFTER, value);
            }
            response
        }
        Some(Fault::ResetBefore) => {
            cut.now();
            Response::new(Body::empty())
        }
        Some(Fault::ResetAfter) => {
            let response = work.await;
            cut.now();
            response
        }
        Some(Fault::TruncatedBody) => truncate(work.await).await,
        Some(Fault::Delay(delay)) => {
            tokio::time::sleep(delay).await;
            work.await
        }
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::HangAfter) => {
            let _ = work.await;
            std::future::pending().await
        }
        Some(Fault::DateAhead(ahead)) => {
            let mut response = work.await;
            let date = httpdate::fmt_http_date(SystemTime::now() + ahead);
            if let Ok(date) = HeaderValue::from_str(&date) {
                response.headers_mut().insert(header::DATE, date);
            }
            response
        }
    }
}

/// Announces the whole body, sends half of it, and breaks off.
async fn truncate(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let whole = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    Response::from_parts(parts, Body::new(Half::Whole(whole)))
}

/// How long the server has to send headers and first half. With HTTP/2 another task sends them, and the end of a stream overtakes what
/// is not sent yet.
const FLUSHED_WITHIN: Duration = Duration::from_millis(50);

/// A body that breaks off in its middle.
#[derive(Debug)]
enum Half {
    /// Nothing sent yet.
    Whole(Bytes),
    /// The first half is under way, until the pause is over.
    Sent(Pin<Box<Sleep>>),
    Broken,
}

impl hyper::body::Body for Half {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        match std::mem::replace(&mut *self, Self::Broken) {
            Self::Whole(whole) => {
                *self = Self::Sent(Box::pin(tokio::time::sleep(FLUSHED_WITHIN)));
                Poll::Ready(Some(Ok(Frame::data(whole.slice(..whole.len() / 2)))))
            }
            Self::Sent(mut pause) => {
                if pause.as_mut().poll(cx).is_pending() {
                    *self = Self::Sent(pause);
                    return Poll::Pending;
                }
                Poll::Ready(Some(Err(io::ErrorKind::BrokenPipe.into())))
            }
            Self::Broken => Poll::Ready(Some(Err(io::ErrorKind::BrokenPipe.into()))),
        }
    }
}
