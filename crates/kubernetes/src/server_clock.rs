//! The server's clock, which decides on expiry.

use std::time::SystemTime;

use http::{HeaderMap, header};
use tokio::time::Instant;

/// Time of the server's clock, with the time of this machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    shown: SystemTime,
    seen: Instant,
}

impl Reading {
    /// The `Date` of a response that was just received.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let date = headers.get(header::DATE)?.to_str().ok()?;
        Some(Self { shown: httpdate::parse_http_date(date).ok()?, seen: Instant::now() })
    }

    /// The server's time by now.
    pub(super) fn now(self) -> SystemTime {
        self.shown + self.seen.elapsed()
    }
}
