//! One turn for each thing: a resource that creates, changes or deletes a block or an object first waits for the turn of that thing, and
//! keeps it from the first read until the outcome is recorded.
//!
//! Terraform runs operations in parallel, also two on one thing: after a rename without a `moved` block the old address is destroyed while
//! the new one is created. Whichever comes second finds what the first one left. What this run did with a thing is kept inside its turn, so
//! that no one can test it and act on it later than that.
//!
//! An operation holds the turn of one thing at a time, and takes it before that of the cluster, which lets one PATCH settle at a time
//! ([`super::handle`]): in this order, no two operations wait for each other. A wait ends with the operation's cancellation, and has no
//! time limit of its own: the limit of an operation counts from when it has its turns.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OwnedMutexGuard;

use super::entry::LedgerEntry;

/// Another resource of this run created, adopted or changed the same thing: it is declared twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is declared twice")]
pub struct DeclaredTwice;

/// What this run did with one thing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Deed {
    #[default]
    None,
    /// It created, adopted or changed it: a resource of this run manages it.
    Applied,
    /// It was to delete it, and failed: the state of the resource that managed it still has it.
    NotDeleted,
}

/// The turns of all things of one run.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<HashMap<LedgerEntry, Arc<tokio::sync::Mutex<Deed>>>>);

impl Turns {
    pub(super) fn wait(&self, entry: LedgerEntry) -> impl Future<Output = Turn> + use<> {
        // Whole after a panic too: the only change is one insertion.
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let deed = Arc::clone(turns.entry(entry.clone()).or_default());
        async move { Turn { entry, deed: deed.lock_owned().await } }
    }
}

/// The turn to write one thing. It ends when this is dropped.
#[derive(Debug)]
pub struct Turn {
    entry: LedgerEntry,
    deed: OwnedMutexGuard<Deed>,
}

impl Turn {
    /// Claims the thing for the resource that is about to create, adopt or change it.
    pub fn claim(&mut self) -> Result<Claim<'_>, DeclaredTwice> {
        if *self.deed == Deed::Applied { Err(DeclaredTwice) } else { Ok(Claim(self)) }
    }

    /// Begins to delete the thing; `None` if another resource of this run created, adopted or changed it, so that it stays.
    pub fn begin_delete(&mut self) -> Option<Deletion<'_>> {
        if *self.deed == Deed::Applied {
            return None;
        }
        *self.deed = Deed::NotDeleted;
        Some(Deletion(self))
    }
}

/// The claim to a thing, until the write is known to have succeeded. Dropped before that, it is given up.
#[derive(Debug)]
#[must_use = "a claim that is dropped is given up"]
pub struct Claim<'a>(&'a mut Turn);

impl Claim<'_> {
    /// Another resource of this run was to delete the thing and failed: what exists is still in that resource's state, and the next run
    /// deletes it, so that it must not be taken over.
    pub fn is_still_to_be_deleted(&self) -> bool {
        *self.0.deed == Deed::NotDeleted
    }

    /// The write succeeded: from now on this run neither deletes the thing nor gives it to another resource.
    pub fn keep(self) {
        *self.0.deed = Deed::Applied;
    }
}

/// A deletion that has begun. Dropped before it is [done](Deletion::done), it counts as failed.
#[derive(Debug)]
#[must_use = "a deletion that is dropped counts as failed"]
pub struct Deletion<'a>(&'a mut Turn);

impl Deletion<'_> {
    /// What the resource managed no longer exists.
    pub fn done(self) {
        *self.0.deed = Deed::None;
    }
}

/// The right to write a thing: a [`Claim`] to it, or its [`Deletion`]. A [`Turn`] alone is none.
pub trait MayWrite: sealed::Sealed {
    /// The thing.
    fn entry(&self) -> &LedgerEntry;
}

impl MayWrite for Claim<'_> {
    fn entry(&self) -> &LedgerEntry {
        &self.0.entry
    }
}

impl MayWrite for Deletion<'_> {
    fn entry(&self) -> &LedgerEntry {
        &self.0.entry
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Claim<'_> {}
    impl Sealed for super::Deletion<'_> {}
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicBool, Ordering::SeqCst},
        time::Duration,
    };

    use coreweave::Error as Api;
    use tokio::time::{Instant, sleep};
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::{Access, Clusters, Error, Routes};

    fn entry() -> LedgerEntry {
        LedgerEntry::of_cluster("a", "oidc")
    }

    fn clusters() -> Clusters {
        Clusters::new(Access::MissingToken, Routes::default(), Err(Vec::new()))
    }

    async fn turn(clusters: &Clusters) -> Turn {
        let never = CancellationToken::new();
        clusters.during(Duration::from_secs(1), &never).turn(entry()).await.expect("nothing cancels it")
    }

    #[tokio::test(start_paused = true)]
    async fn a_thing_is_claimed_once_and_a_claim_that_is_dropped_is_given_up() {
        let clusters = clusters();
        let mut first = turn(&clusters).await;
        drop(first.claim().expect("nobody has it"));
        first.claim().expect("it was given up").keep();
        drop(first);
        let mut second = turn(&clusters).await;
        assert_eq!(second.claim().map(drop), Err(DeclaredTwice));
        assert!(second.begin_delete().is_none(), "this run has applied it");
    }

    #[tokio::test(start_paused = true)]
    async fn a_deletion_that_fails_is_remembered_and_one_that_is_done_is_not() {
        let clusters = clusters();
        let mut turn = turn(&clusters).await;
        drop(turn.begin_delete().expect("nobody has it"));
        assert!(turn.claim().expect("nobody has it").is_still_to_be_deleted());
        turn.begin_delete().expect("nobody has it").done();
        let claim = turn.claim().expect("nobody has it");
        assert!(!claim.is_still_to_be_deleted());
        claim.keep();
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_is_waited_for_beyond_the_time_limit_and_until_it_is_cancelled() {
        let clusters = clusters();
        let first = turn(&clusters).await;
        let stop = CancellationToken::new();
        let waiting = clusters.during(Duration::from_secs(1), &stop);
        let others = waiting.turn(LedgerEntry::of_cluster("b", "oidc")).await;
        assert!(others.is_ok(), "another thing has a turn of its own");
        let begun = Instant::now();
        let release = async {
            sleep(Duration::from_mins(10)).await;
            drop(first);
        };
        let (second, ()) = tokio::join!(waiting.turn(entry()), release);
        assert!(second.is_ok() && begun.elapsed() == Duration::from_mins(10), "{:?}", begun.elapsed());
        let cancel = async {
            sleep(Duration::from_secs(3)).await;
            stop.cancel();
        };
        let (third, ()) = tokio::join!(waiting.turn(entry()), cancel);
        assert!(matches!(third, Err(Error::Api(Api::Cancelled { .. }))), "{third:?}");
    }

    /// A cluster with one thing, whose requests take this long.
    #[derive(Debug)]
    struct World {
        clusters: Clusters,
        exists: AtomicBool,
        read: Duration,
        write: Duration,
    }

    impl World {
        async fn look(&self) -> bool {
            sleep(self.read).await;
            self.exists.load(SeqCst)
        }

        async fn set(&self, exists: bool) {
            sleep(self.write).await;
            self.exists.store(exists, SeqCst);
        }

        async fn create(&self, fails: bool) {
            let mut turn = turn(&self.clusters).await;
            let claim = turn.claim().expect("it is declared once");
            let exists = self.look().await;
            assert!(!exists || !claim.is_still_to_be_deleted(), "every deletion here succeeds");
            if fails {
                return;
            }
            if !exists {
                self.set(true).await;
            }
            claim.keep();
        }

        async fn delete(&self) {
            let mut turn = turn(&self.clusters).await;
            let Some(deletion) = turn.begin_delete() else { return };
            if self.look().await {
                self.set(false).await;
            }
            deletion.done();
        }
    }

    /// A rename without a `moved` block, at every distance in time.
    #[tokio::test(start_paused = true)]
    async fn what_one_resource_takes_over_another_does_not_delete() {
        let millis = [0, 1, 30, 300].map(Duration::from_millis);
        for (read, write) in millis.into_iter().flat_map(|read| millis.map(|write| (read, write))) {
            for (until_create, until_delete) in
                millis.into_iter().flat_map(|create| millis.map(|delete| (create, delete)))
            {
                for fails in [false, true] {
                    let world = World { clusters: clusters(), exists: AtomicBool::new(true), read, write };
                    let create = async {
                        sleep(until_create).await;
                        world.create(fails).await;
                    };
                    let delete = async {
                        sleep(until_delete).await;
                        world.delete().await;
                    };
                    tokio::join!(create, delete);
                    let exists = world.exists.load(SeqCst);
                    assert_eq!(exists, !fails, "{until_create:?} {until_delete:?} {read:?} {write:?}");
                }
            }
        }
    }
}
