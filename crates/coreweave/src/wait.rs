//! Waits for a cluster: until it can be changed, and until a change is in force.
//!
//! After a PATCH the API may return RUNNING for a moment, with or without the new block. So a change is in force only once two reads in a
//! row return RUNNING and the block as sent.

use std::time::Duration;

use request_pipeline::{Call, jittered};
use tokio::time::Instant;

use super::{
    block::{LeafDifference, differing_leaves},
    client::Client,
    cluster::{Cluster, ClusterMember},
    errors::{Error, Phase},
    http::RetryLimit,
    settings::Pace,
    status::Status,
};

/// How many reads in a row must agree.
pub(super) const READS: u32 = 2;

/// A write that the API accepted, or that was not needed.
#[derive(Clone, Debug)]
#[must_use = "an accepted change is not in force before it has settled"]
pub struct Accepted<B> {
    pub(super) client: Client,
    pub(super) id: String,
    pub(super) before: Option<B>,
    pub(super) wanted: Option<B>,
    /// How many more reads must agree.
    pub(super) reads: u32,
    /// Whether the cluster was in a state of error before the write, which a read may still return for a moment.
    pub(super) corrects: bool,
}

/// A cluster that can be changed: it is running, or in a state of error that a change may correct.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) cluster: Cluster,
    /// Whether it was not running at the first read.
    pub(super) waited: bool,
}

impl<B: ClusterMember> Accepted<B> {
    /// Waits until the change is in force.
    pub async fn settled(self, call: &Call) -> Result<(), Error> {
        let mut agreeing = READS.saturating_sub(self.reads);
        let mut foreign = 0;
        let mut waiting = Waiting::new(&self.client, &self.id, Phase::AfterWrite);
        if self.corrects {
            waiting.old_error_until = Some(Instant::now() + self.client.transport().pace().read_limit);
        }
        let mut pause = waiting.polls.next();
        while agreeing < READS {
            waiting.pause(pause, call).await?;
            let cluster = waiting.expect(call).await?;
            pause = waiting.polls.next();
            let is_running = cluster.status == Status::Running;
            let found = B::of(&cluster);
            waiting.differences = differing_leaves(self.wanted.as_ref(), found.as_ref());
            let as_asked = waiting.differences.is_empty();
            let as_before = differing_leaves(self.before.as_ref(), found.as_ref()).is_empty();
            agreeing = if is_running && as_asked { agreeing + 1 } else { 0 };
            foreign = if is_running && !as_asked && !as_before { foreign + 1 } else { 0 };
            if foreign >= READS {
                let differences = waiting.differences;
                return Err(Error::ChangedMeanwhile {
                    phase: Phase::AfterWrite,
                    block: B::KIND,
                    differences,
                });
            }
            if agreeing + foreign > 0 {
                pause = waiting.polls.short(pause);
            }
        }
        Ok(())
    }
}

impl Client {
    /// Waits until the cluster can be changed, and returns the last read.
    pub(super) async fn ready(&self, id: &str, call: &Call) -> Result<Ready, Error> {
        let mut waiting = Waiting::new(self, id, Phase::BeforeWrite);
        let mut waited = false;
        loop {
            let cluster = waiting.look(call).await?;
            if cluster.status == Status::Running || cluster.status.may_be_corrected() {
                return Ok(Ready { cluster, waited });
            }
            waiting.expect_no_end(&cluster)?;
            waited = true;
            let pause = waiting.polls.next();
            waiting.pause(pause, call).await?;
        }
    }
}

/// Pauses between reads.
#[derive(Debug)]
pub(super) struct Polls {
    next: Duration,
    pace: Pace,
}

impl Polls {
    pub(super) fn new(pace: Pace) -> Self {
        Self { next: pace.first_poll, pace }
    }

    pub(super) fn next(&mut self) -> Duration {
        let pause = jittered(self.next);
        self.next = self.next.mul_f64(1.5).min(self.pace.longest_poll);
        pause
    }

    /// For a read that confirms another: it follows sooner.
    fn short(&self, pause: Duration) -> Duration {
        pause.min(self.pace.first_poll * 4)
    }
}

/// One wait, with its last read.
struct Waiting<'a> {
    client: &'a Client,
    id: &'a str,
    phase: Phase,
    started: Instant,
    logged: Instant,
    polls: Polls,
    /// Status at the last read.
    status: Option<Status>,
    differences: Vec<LeafDifference>,
    /// Until when a state of error may be the one before the write.
    old_error_until: Option<Instant>,
}

impl<'a> Waiting<'a> {
    fn new(client: &'a Client, id: &'a str, phase: Phase) -> Self {
        let now = Instant::now();
        let polls = Polls::new(client.transport().pace());
        Self {
            client,
            id,
            phase,
            started: now,
            logged: now,
            polls,
            status: None,
            differences: Vec::new(),
            old_error_until: None,
        }
    }

    /// Reads the cluster; an error if it does not exist, or is in a terminal state.
    async fn expect(&mut self, call: &Call) -> Result<Cluster, Error> {
        let cluster = self.look(call).await?;
        self.expect_no_end(&cluster)?;
        Ok(cluster)
    }

    fn expect_no_end(&mut self, cluster: &Cluster) -> Result<(), Error> {
        if !cluster.status.may_be_corrected() {
            self.old_error_until = None;
        }
        let is_old = self.old_error_until.is_some_and(|until| Instant::now() < until);
        if cluster.status.ends_a_wait() && !is_old {
            return Err(Error::EndedIn { phase: self.phase, status: cluster.status.clone() });
        }
        Ok(())
    }

    /// Reads the cluster; an error if it does not exist.
    async fn look(&mut self, call: &Call) -> Result<Cluster, Error> {
        let found =
            self.client.look_at(self.id, RetryLimit::Write, call).await.map_err(|error| match error {
                // The deadline ended one read: the message is about the cluster that was not ready.
                Error::Unavailable { attempts: 1, .. } if call.is_over() && self.status.is_some() => {
                    self.timeout()
                }
                other => other,
            })?;
        let cluster = found.ok_or_else(|| Error::NotFound { id: self.id.to_owned() })?;
        self.log(&cluster.status);
        Ok(cluster)
    }

    async fn pause(&self, pause: Duration, call: &Call) -> Result<(), Error> {
        call.pause(pause).await?;
        if call.is_over() { Err(self.timeout()) } else { Ok(()) }
    }

    /// A line when something changes, and now and then while nothing does.
    fn log(&mut self, status: &Status) {
        const SILENCE: Duration = Duration::from_secs(30);
        if self.status.as_ref() == Some(status) && self.logged.elapsed() < SILENCE {
            return;
        }
        let elapsed_s = self.started.elapsed().as_secs();
        tracing::info!(cluster = self.id, %status, elapsed_s, "{}", self.phase);
        self.logged = Instant::now();
        self.status = Some(status.clone());
    }

    fn timeout(&self) -> Error {
        Error::Timeout {
            phase: self.phase,
            lasted: self.started.elapsed(),
            status: self.status.clone().unwrap_or_default(),
            differences: self.differences.clone(),
        }
    }
}
