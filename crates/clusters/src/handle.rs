//! One cluster: what was last read of it, and whose turn it is to write.

use std::{sync::Arc, time::Duration};

use coreweave::{Accepted, Change, Client, Cluster, ClusterMember};
use request_pipeline::Call;
use tokio::{
    sync::{Mutex, OnceCell, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock},
    time::Instant,
};

use super::Error;

/// How long one reading serves others: enough for the many resources of one plan, too short to hide a change from the next.
const FRESH: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Handle {
    id: String,
    last: Arc<Mutex<Option<Reading>>>,
    /// Held for writing while a PATCH settles, since that restarts the cluster's API server: an operation on the
    /// cluster's Kubernetes holds it for reading.
    turn: Arc<RwLock<()>>,
    /// The one pool of connections to the cluster's Kubernetes.
    pub(super) kubernetes: OnceCell<kubernetes::Client>,
}

#[derive(Clone, Debug)]
struct Reading {
    asked: Instant,
    answered: Instant,
    answer: Result<Option<Arc<Cluster>>, Error>,
}

impl Reading {
    /// A failure serves only those who waited for it.
    fn serves(&self, waiting_since: Instant) -> bool {
        match self.answer {
            Ok(_) => self.answered.elapsed() < FRESH,
            Err(_) => self.answered >= waiting_since && self.asked <= waiting_since,
        }
    }
}

impl Handle {
    pub(super) fn new(id: &str) -> Self {
        Self { id: id.to_owned(), last: Arc::default(), turn: Arc::default(), kubernetes: OnceCell::new() }
    }

    /// The cluster as of now, or as of a moment ago: concurrent callers share one request.
    pub(super) async fn read(&self, client: &Client, call: &Call) -> Result<Option<Arc<Cluster>>, Error> {
        let waiting_since = Instant::now();
        let mut last = self.last.lock().await;
        if let Some(reading) = last.as_ref().filter(|reading| reading.serves(waiting_since)) {
            return reading.answer.clone();
        }
        let asked = Instant::now();
        let answer =
            client.find_cluster(&self.id, call).await.map(|found| found.map(Arc::new)).map_err(Error::from);
        *last = Some(Reading { asked, answered: Instant::now(), answer: answer.clone() });
        answer
    }

    /// Waits for the turn to write.
    pub(super) fn turn(&self) -> impl Future<Output = OwnedRwLockWriteGuard<()>> + use<> {
        Arc::clone(&self.turn).write_owned()
    }

    /// Writes, and holds the turn until [`Written`] is dropped.
    pub(super) async fn put<B: ClusterMember>(
        &self,
        client: &Client,
        change: Change<B>,
        turn: OwnedRwLockWriteGuard<()>,
        call: Call,
    ) -> Result<Written<B>, Error> {
        let accepted = client.put_block(&self.id, change, &call).await;
        self.forget().await;
        Ok(Written { accepted: accepted?, call, last: Arc::clone(&self.last), _turn: turn })
    }

    /// Waits while a PATCH settles, and keeps the next one waiting until the guard is dropped.
    pub(super) fn quiet(&self) -> impl Future<Output = OwnedRwLockReadGuard<()>> + use<> {
        Arc::clone(&self.turn).read_owned()
    }

    /// Whether a PATCH of this run is settling, or waits for its turn.
    pub(super) fn is_settling(&self) -> bool {
        self.turn.try_read().is_err()
    }

    async fn forget(&self) {
        *self.last.lock().await = None;
    }
}

/// A block that the API accepted and that is not in force yet.
#[derive(Debug)]
pub struct Written<B> {
    accepted: Accepted<B>,
    call: Call,
    last: Arc<Mutex<Option<Reading>>>,
    _turn: OwnedRwLockWriteGuard<()>,
}

impl<B: ClusterMember> Written<B> {
    /// Waits until it is in force.
    pub async fn settled(self) -> Result<(), Error> {
        let settled = self.accepted.settled(&self.call).await;
        *self.last.lock().await = None;
        Ok(settled?)
    }
}
