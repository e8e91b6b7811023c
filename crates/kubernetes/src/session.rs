//! One operation on a cluster: its client, its time limit, and the warnings that the server gives meanwhile.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use http::{HeaderMap, header};
use request_pipeline::Call;
use tokio_util::sync::CancellationToken;

use super::client::Client;

/// What the requests of one operation have in common.
#[derive(Debug)]
pub struct Session {
    client: Client,
    call: Call,
    warnings: Mutex<Vec<String>>,
    clock: Mutex<Option<Reading>>,
}

/// What a clock showed, and when that was.
#[derive(Clone, Copy, Debug)]
struct Reading {
    shown: SystemTime,
    seen: Instant,
}

/// How long cleaning up may take after the user's wish to stop.
const RESCUE: Duration = Duration::from_secs(10);

impl Session {
    /// An operation with this client and time limit.
    #[must_use]
    pub fn new(client: Client, call: Call) -> Self {
        Self { client, call, warnings: Mutex::default(), clock: Mutex::default() }
    }

    /// Another session with the same cluster, to clean up in: it has a little time of its own, also after the user's wish to stop.
    #[must_use]
    pub fn rescue(&self) -> Self {
        Self::new(self.client.clone(), Call::within(RESCUE, CancellationToken::new()))
    }

    /// What time it is, in seconds since 1970: by the `Date` of the server's last answer, since it is the server that decides what has
    /// expired. This machine's clock counts only where no answer told.
    pub fn now(&self) -> i64 {
        let reading = *self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        let now = reading.map_or_else(SystemTime::now, |reading| reading.shown + reading.seen.elapsed());
        let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    }

    pub(super) fn note_time(&self, headers: &HeaderMap) {
        let date = headers.get(header::DATE).and_then(|value| value.to_str().ok());
        if let Some(shown) = date.and_then(|date| httpdate::parse_http_date(date).ok()) {
            let reading = Reading { shown, seen: Instant::now() };
            *self.clock.lock().unwrap_or_else(PoisonError::into_inner) = Some(reading);
        }
    }

    /// The client that sends its requests.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Time limit and cancelling.
    pub fn call(&self) -> &Call {
        &self.call
    }

    /// What the server warned of since this was asked last, each once.
    pub fn take_warnings(&self) -> Vec<String> {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn note_warnings(&self, found: impl Iterator<Item = String>) {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        for warning in found {
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
    }
}
