//! One operation on a cluster: its client, its time limit, and the server's warnings.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use http::HeaderMap;
use request_pipeline::Call;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    client::Client, errors::Error, identity::ExpectedCluster, pool::KnownServer, server_clock::Reading,
};

/// One operation on one cluster: client, time limit and warnings. Each server is checked to belong to that cluster before a request is
/// sent to it, so that whoever holds a session cannot read from, or write to, what is known to be another one.
#[derive(Debug)]
pub struct Session {
    client: Client,
    call: Call,
    expected: ExpectedCluster,
    warnings: Mutex<Vec<String>>,
    clock: Mutex<Option<Reading>>,
    /// The servers whose responses were believed.
    believed: Mutex<Vec<Arc<KnownServer>>>,
    /// Whether a request is sent again while its failure may pass.
    repeats: bool,
}

/// Time limit of a cleanup after cancelling.
const RESCUE: Duration = Duration::from_secs(10);

impl Session {
    /// An operation with this client and time limit on this cluster. Sends nothing yet.
    #[must_use]
    pub fn new(client: Client, call: Call, expected: ExpectedCluster) -> Self {
        Self {
            client,
            call,
            expected,
            warnings: Mutex::default(),
            clock: Mutex::default(),
            believed: Mutex::default(),
            repeats: true,
        }
    }

    /// Another session with the same cluster for a cleanup, with a time limit of its own that also applies after cancelling.
    #[must_use]
    pub fn rescue(&self) -> Self {
        let call = Call::within(RESCUE, CancellationToken::new()).watching(self.call.watch.clone());
        Self::new(self.client.clone(), call, self.expected.clone())
    }

    /// Another session with the same cluster for a part of the operation, with at most this much of its time.
    #[must_use]
    pub fn within(&self, limit: Duration) -> Self {
        let Call { deadline, cancelled, watch } = self.call.clone();
        let call = Call { deadline: deadline.min(Instant::now() + limit), cancelled, watch };
        Self::new(self.client.clone(), call, self.expected.clone())
    }

    /// The same, in which no request is sent again, for what may as well be found out in another way.
    pub(super) fn once_within(&self, limit: Duration) -> Self {
        Self { repeats: false, ..self.within(limit) }
    }

    /// Until when a failed request is sent again.
    pub(super) fn repeats_until(&self) -> Instant {
        if self.repeats { self.call.deadline } else { Instant::now() }
    }

    /// Time in seconds since 1970, by the `Date` of the server's last response, since the server decides on expiry. Without one, by this
    /// machine's clock.
    pub fn now(&self) -> i64 {
        let now = self.reading().map_or_else(SystemTime::now, Reading::now);
        let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    }

    pub(super) fn note_time(&self, headers: &HeaderMap) {
        self.note_reading(Reading::of(headers));
    }

    /// The time of the server's last response.
    pub(super) fn reading(&self) -> Option<Reading> {
        *self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time of a response that another session received.
    pub(super) fn note_reading(&self, reading: Option<Reading>) {
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        *clock = reading.or(*clock);
    }

    /// A response of this server is believed.
    pub(super) fn believe(&self, server: &Arc<KnownServer>) {
        let mut believed = self.believed.lock().unwrap_or_else(PoisonError::into_inner);
        if !believed.iter().any(|known| Arc::ptr_eq(known, server)) {
            believed.push(Arc::clone(server));
        }
    }

    /// Servers whose responses were believed.
    #[cfg(test)]
    pub(super) fn believed(&self) -> Vec<Arc<KnownServer>> {
        self.believed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Servers whose responses were believed, other than this one.
    pub(super) fn believed_besides(&self, server: &Arc<KnownServer>) -> Vec<Arc<KnownServer>> {
        let believed = self.believed.lock().unwrap_or_else(PoisonError::into_inner);
        believed.iter().filter(|known| !known.is(server)).cloned().collect()
    }

    /// The client that sends its requests.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Time limit and cancelling.
    pub fn call(&self) -> &Call {
        &self.call
    }

    /// Waits for another operation of the run, with the time limit of this one. `what`: for messages, as a noun.
    pub(super) async fn before_the_deadline<T>(
        &self,
        what: &str,
        waiting: impl Future<Output = T>,
    ) -> Result<T, Error> {
        let started = Instant::now();
        let waiting = tokio::time::timeout_at(self.call.deadline, waiting);
        match self.call.cancelled.run_until_cancelled(waiting).await {
            Some(Ok(done)) => Ok(done),
            Some(Err(_)) => Err(Error::Timeout { what: what.to_owned(), lasted: started.elapsed() }),
            None => Err(Error::Cancelled { what: what.to_owned() }),
        }
    }

    pub(super) fn expected(&self) -> &ExpectedCluster {
        &self.expected
    }

    /// The server's warnings since the last call, each once.
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
