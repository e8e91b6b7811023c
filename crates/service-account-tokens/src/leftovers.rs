//! Finds tokens that earlier runs left, and revokes those that nobody uses.

use std::{collections::BTreeSet, time::Duration};

use kubernetes::{Error, Secret, Session};

use super::{
    Account,
    secrets::{State, TokenSecret, list},
};

/// How long after its creation a Secret may be pending, in seconds. The steps from there to `issued` take moments; a run that takes longer
/// finds the Secret deleted and starts again.
const LEASE: i64 = 30;

/// How long after its expiry another resource's token may count as valid, in seconds: its state has it, so that a clock that is ahead must
/// not end it early.
const CLOCK_MARGIN: i64 = 300;

/// Time limit for the deletion of another run's Secret.
const GONE_WITHIN: Duration = Duration::from_secs(10);

/// Which earlier Secrets of a resource are kept at a rotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// None.
    Revoked,
    /// The previous token's and those before it, until they expire.
    Expire {
        /// Name of the previous token's Secret, if it is bound to one.
        previous: Option<String>,
        /// Time of its issue: a younger token is from a run that crashed before it saved state, so that no one has it.
        issued_at: i64,
    },
}

impl Earlier {
    /// Whether to delete an earlier Secret of the same resource. A resource has one writer, so no other run uses it.
    pub fn ends(&self, secret: &TokenSecret, now: i64) -> bool {
        match self {
            Self::Expire { previous, issued_at }
                if secret.state != State::Pending && !is_expired(secret.state, now) =>
            {
                previous.as_ref() != Some(&secret.place.name) && secret.created >= *issued_at
            }
            Self::Revoked | Self::Expire { .. } => true,
        }
    }
}

/// Decision about another resource's Secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Kept,
    /// Another run may be using it.
    Undecided,
    Deleted,
}

fn fate(secret: &TokenSecret, now: i64) -> Fate {
    match secret.state {
        State::Pending if secret.created + LEASE > now => Fate::Undecided,
        State::Pending => Fate::Deleted,
        state if is_expired(state, now.saturating_sub(CLOCK_MARGIN)) => Fate::Deleted,
        State::Issued { .. } | State::Unclear => Fate::Kept,
    }
}

fn is_expired(state: State, now: i64) -> bool {
    matches!(state, State::Issued { expires_at } if expires_at < now)
}

/// What other resources' tokens of a ServiceAccount were found.
#[derive(Debug, Default)]
pub struct Others {
    /// Secrets of unfinished tokens, which were deleted.
    pub abandoned: Vec<TokenSecret>,
    /// Secrets whose tokens are valid, and that a state may have: not those of one run.
    pub valid: Vec<TokenSecret>,
}

/// Deletes Secrets that runs of other resources left on a ServiceAccount. `listed`: the Secrets that were just found. If another run may
/// be using one, it waits, at most for [`LEASE`]. What it found is returned also if an error ends it.
pub async fn clear_leftovers(
    session: &Session,
    account: Account<'_>,
    own_id: &str,
    listed: Vec<TokenSecret>,
) -> (Others, Result<(), Error>) {
    let mut others = Others::default();
    let outcome = clear(session, account, own_id, listed, &mut others).await;
    (others, outcome)
}

/// The same without waiting for other runs: what may be in use is left to the next operation.
pub async fn clear_settled_leftovers(
    session: &Session,
    account: Account<'_>,
    own_id: &str,
    mut listed: Vec<TokenSecret>,
) -> (Others, Result<(), Error>) {
    let now = session.now();
    listed.retain(|secret| fate(secret, now) != Fate::Undecided);
    clear_leftovers(session, account, own_id, listed).await
}

async fn clear(
    session: &Session,
    account: Account<'_>,
    own_id: &str,
    listed: Vec<TokenSecret>,
    others: &mut Others,
) -> Result<(), Error> {
    const LONGEST: Duration = Duration::from_secs(2);
    let namespace = account.namespace;
    let is_others = |secret: &TokenSecret| secret.account == account.name && secret.id != own_id;
    let mut pause = Duration::from_millis(200);
    let mut refused = BTreeSet::new();
    let mut secrets: Vec<_> = listed.into_iter().filter(is_others).collect();
    loop {
        let now = session.now();
        let mut undecided = BTreeSet::new();
        for secret in secrets {
            match fate(&secret, now) {
                Fate::Kept if secret.for_one_run => {}
                Fate::Kept => others.valid.push(secret),
                Fate::Undecided => drop(undecided.insert(secret.uid)),
                Fate::Deleted => {
                    // Only this version: a run that marks it now keeps it.
                    let version = Some(secret.resource_version.as_str());
                    let deleted = session.delete::<Secret>(&secret.place, &secret.uid, version);
                    // Finalizers of others may delay it for longer.
                    match tokio::time::timeout(GONE_WITHIN, deleted).await {
                        // Another version may be another decision; the same one again is an admission webhook's.
                        Ok(Err(Error::Conflict { .. }))
                            if refused.insert((secret.uid.clone(), secret.resource_version.clone())) =>
                        {
                            undecided.insert(secret.uid);
                        }
                        Ok(Err(error)) => return Err(error),
                        Ok(Ok(_)) | Err(_) if secret.state == State::Pending => {
                            others.abandoned.push(secret);
                        }
                        Ok(Ok(_)) | Err(_) => {}
                    }
                }
            }
        }
        if undecided.is_empty() || session.call().is_over() {
            return Ok(());
        }
        let paused = session.call().pause(pause).await;
        let what = || format!("waiting until other runs have marked their tokens in namespace {namespace}");
        paused.map_err(|_| Error::Cancelled { what: what() })?;
        pause = (pause * 2).min(LONGEST);
        // New ones belong to other runs.
        secrets = list(session, namespace).await?;
        secrets.retain(|secret| undecided.contains(&secret.uid));
    }
}

#[cfg(test)]
mod tests {
    use kubernetes::ObjectPlace;

    use super::*;

    fn secret(created: i64, state: State) -> TokenSecret {
        TokenSecret {
            id: "7d4f".to_owned(),
            place: ObjectPlace::namespaced("ci", "deployer-token-1"),
            uid: "u-1".to_owned(),
            resource_version: "7".to_owned(),
            account: "deployer".to_owned(),
            for_one_run: false,
            created,
            credential_id: None,
            state,
        }
    }

    const NOW: i64 = 1_000_000;

    #[test]
    fn secrets_of_crashed_runs_are_deleted_and_those_in_use_are_waited_for() {
        #[track_caller]
        fn check(created: i64, state: State, expected: Fate) {
            assert_eq!(fate(&secret(created, state), NOW), expected, "{created} {state:?}");
        }
        check(NOW, State::Pending, Fate::Undecided);
        check(NOW - LEASE + 1, State::Pending, Fate::Undecided);
        check(NOW - LEASE, State::Pending, Fate::Deleted);
        check(0, State::Issued { expires_at: NOW + 1 }, Fate::Kept);
        check(0, State::Issued { expires_at: NOW - CLOCK_MARGIN }, Fate::Kept);
        check(0, State::Issued { expires_at: NOW - CLOCK_MARGIN - 1 }, Fate::Deleted);
        // A token may be in use although another client removed its annotations.
        check(0, State::Unclear, Fate::Kept);
    }

    #[test]
    fn earlier_secrets_of_the_same_resource_end_as_configured() {
        #[track_caller]
        fn check(earlier: &Earlier, created: i64, state: State, expected: bool) {
            assert_eq!(earlier.ends(&secret(created, state), NOW), expected, "{created} {state:?}");
        }
        let (valid, expired) = (State::Issued { expires_at: NOW + 1 }, State::Issued { expires_at: NOW - 1 });
        let unbound = Earlier::Expire { previous: None, issued_at: 500 };
        check(&unbound, 499, valid, false);
        check(&unbound, 499, State::Unclear, false);
        check(&unbound, 499, expired, true);
        // Issued after the token in the state, and never saved.
        check(&unbound, 500, valid, true);
        check(&unbound, 500, State::Pending, true);
        let bound = Earlier::Expire { previous: Some("deployer-token-1".to_owned()), issued_at: 500 };
        check(&bound, 500, valid, false);
        check(&bound, 500, expired, true);
        check(&Earlier::Revoked, 400, valid, true);
    }
}
