//! Writes one block of a cluster. The write is guarded by the plan's prior state, sends only the leaves that differ, and is repeated only
//! if a read shows that it did not take effect.
//!
//! The API validates the raw body before it applies the mask, so a body that sets leaves contains the whole wanted block, and one that
//! clears the block contains none. The mask lists leaves, as in CoreWeave's own tests.

use request_pipeline::{Call, Retry};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    block::{self, Leaf, differing_leaves},
    client::{Client, path_of},
    cluster::{Cluster, ClusterMember},
    errors::{Error, IamRole, Phase},
    http::{Answer, Refusal, Request, RetryLimit},
    leaf::Leaves,
    status::Status,
    wait::{Accepted, Polls, READS, Ready},
};

/// A write and its guard.
#[derive(Clone, Debug, PartialEq)]
pub struct Change<B> {
    /// The block in the plan's prior state.
    pub expected: Option<B>,
    /// The wanted block. `None` clears it.
    pub wanted: Option<B>,
}

impl Client {
    /// Writes a block of a cluster once the cluster can be changed; sends nothing if the block is already as wanted, and fails if it is no
    /// longer `expected`. The change is in force once the result has `settled`.
    pub async fn put_block<B: ClusterMember>(
        &self,
        id: &str,
        change: Change<B>,
        call: &Call,
    ) -> Result<Accepted<B>, Error> {
        let expected = change.expected.filter(|block| !block.is_empty());
        let wanted = change.wanted.filter(|block| !block.is_empty());
        let Written { before, reads, corrects } =
            self.write(id, expected.as_ref(), wanted.as_ref(), call).await?;
        Ok(Accepted { client: self.clone(), id: id.to_owned(), before, wanted, reads, corrects })
    }

    async fn write<B: ClusterMember>(
        &self,
        id: &str,
        expected: Option<&B>,
        wanted: Option<&B>,
        call: &Call,
    ) -> Result<Written<B>, Error> {
        let mut retry = Retry::until(call.deadline, self.transport().pace().backoff);
        let mut refusals = Refusals::new(self);
        loop {
            let Ready { cluster, waited } = self.ready(id, call).await?;
            refusals.cluster_is_running(waited);
            let live = B::of(&cluster);
            let changed = differing_leaves(live.as_ref(), wanted);
            let corrects = cluster.status.may_be_corrected();
            // Only a block that is there can be what is wrong.
            if corrects && (changed.is_empty() || live.as_ref().is_none_or(Leaves::is_empty)) {
                return Err(Error::EndedIn { phase: Phase::BeforeWrite, status: cluster.status });
            }
            if changed.is_empty() {
                // This read is the first of those that must agree.
                return Ok(Written { before: live, reads: READS - 1, corrects: false });
            }
            let differences = differing_leaves(expected, live.as_ref());
            if !differences.is_empty() {
                return Err(Error::ChangedMeanwhile {
                    phase: Phase::BeforeWrite,
                    block: B::KIND,
                    differences,
                });
            }
            let mask: Vec<Leaf> = changed.iter().map(|difference| difference.leaf).collect();
            tracing::info!(cluster = id, mask = update_mask(&mask), "changing the cluster");
            let path = path_of(id);
            let request = Request::patch(&path, patch(&cluster, wanted, &mask));
            match self.transport().attempt(&request, call).await? {
                Answer::Success(_) => return Ok(Written { before: live, reads: READS, corrects }),
                Answer::Tls(problem) => {
                    return Err(Error::Tls { tried: self.transport().name_of(&request), problem });
                }
                Answer::Problem(problem) => {
                    // It may have taken effect: the next read shows that.
                    let tried = self.transport().name_of(&request);
                    retry
                        .after(problem, &tried, self.transport().has_succeeded(), call)
                        .await
                        .map_err(|ended| Error::ended(ended, tried))?;
                }
                Answer::Rejected(refusal) if corrects => {
                    return Err(refusal.into_error(self.transport(), IamRole::Admin, id, Some(B::KIND)));
                }
                Answer::Rejected(refusal) => {
                    let about_state = refusal.is_about_state()
                        || (refusal.is_unexplained() && self.is_in_transition(id, call).await?);
                    refusals.may_pass(refusal, about_state, call).await?.map_err(|refusal| {
                        refusal.into_error(self.transport(), IamRole::Admin, id, Some(B::KIND))
                    })?;
                }
            }
        }
    }

    async fn is_in_transition(&self, id: &str, call: &Call) -> Result<bool, Error> {
        let found = self.look_at(id, RetryLimit::Write, call).await?;
        Ok(found.is_some_and(|cluster| cluster.status != Status::Running && !cluster.status.ends_a_wait()))
    }
}

/// The body: only the block that changes, and the current version, since another version would be an upgrade.
fn patch<B: ClusterMember>(cluster: &Cluster, wanted: Option<&B>, changed: &[Leaf]) -> Value {
    let mask = if wanted.is_some() { changed.to_vec() } else { block::leaves::<B>().collect() };
    let mut body = json!({ "id": cluster.id, "version": cluster.version, "updateMask": update_mask(&mask) });
    if let (Some(wanted), Some(members)) = (wanted, body.as_object_mut()) {
        members.insert(B::KIND.name().to_owned(), block::to_json(wanted, &mask));
    }
    body
}

fn update_mask(leaves: &[Leaf]) -> String {
    leaves.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// A write that was accepted, or not needed.
struct Written<B> {
    /// The block before it.
    before: Option<B>,
    /// How many reads must confirm it.
    reads: u32,
    /// Whether the cluster was in a state of error.
    corrects: bool,
}

/// Which rejections of a write are followed by another read.
struct Refusals {
    limit: std::time::Duration,
    polls: Polls,
    version_refused: bool,
    /// Since when writes are rejected although each read returns RUNNING.
    refused_since: Option<Instant>,
}

impl Refusals {
    fn new(client: &Client) -> Self {
        let pace = client.transport().pace();
        Self { limit: pace.read_limit, polls: Polls::new(pace), version_refused: false, refused_since: None }
    }

    fn cluster_is_running(&mut self, waited: bool) {
        if waited {
            self.refused_since = None;
        }
    }

    /// Pauses before another attempt, or returns the rejection.
    async fn may_pass(
        &mut self,
        refusal: Refusal,
        about_state: bool,
        call: &Call,
    ) -> Result<Result<(), Refusal>, Error> {
        if about_state {
            // An update that began since the last read, or that the status does not show yet. If it never shows one, the rejection is final.
            let since = *self.refused_since.get_or_insert_with(Instant::now);
            let pause = self.polls.next();
            if since.elapsed() > self.limit || Instant::now() + pause >= call.deadline {
                return Ok(Err(refusal));
            }
            tracing::info!(
                reason = refusal.body.message,
                "the cluster cannot be changed right now, trying again"
            );
            call.pause(pause).await?;
            return Ok(Ok(()));
        }
        // Upgraded since the last read: the next read returns the new version.
        if refusal.names_version() && !self.version_refused {
            self.version_refused = true;
            return Ok(Ok(()));
        }
        Ok(Err(refusal))
    }
}

#[cfg(test)]
mod tests;
