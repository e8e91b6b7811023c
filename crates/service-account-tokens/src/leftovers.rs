//! Revoking tokens, and finding those that earlier runs left behind.

use std::{collections::BTreeSet, time::Duration};

use kubernetes::{Error, ObjectPlace, Secret, Session};

use super::secrets::{State, TokenSecret, list};

/// How long after its creation a Secret may be pending, in seconds. The steps from there to the mark take moments; who takes longer
/// finds the Secret gone and begins anew.
const LEASE: i64 = 30;

/// How long the deletion of somebody else's leftover is waited for.
const GONE_WITHIN: Duration = Duration::from_secs(10);

/// Which Secrets of its own resource stay when a token is replaced by the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// None.
    Revoked,
    /// The previous token's and those before it, until they expire.
    Expire {
        /// Name of the previous token's Secret, if it is bound to one.
        previous: Option<String>,
        /// When that was issued: what is younger was made by a run that crashed before it saved state, so that nobody has it.
        issued_at: i64,
    },
}

impl Earlier {
    /// Whether an earlier Secret of the same resource has to go now. One resource has one writer: nobody else is at work on it.
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

/// Deletes Secrets, and so revokes their tokens. Waits until they are gone; not even the user's wish to stop prevents it.
pub async fn revoke<'a>(
    session: &Session,
    secrets: impl IntoIterator<Item = &'a TokenSecret>,
) -> Result<(), Error> {
    for secret in secrets {
        match session.delete::<Secret>(&secret.place, &secret.uid, None).await {
            Err(Error::Cancelled) => {
                session.rescue().delete::<Secret>(&secret.place, &secret.uid, None).await?;
            }
            // Another Secret has the name: this one is gone.
            Err(Error::Conflict { .. }) => {}
            outcome => outcome?,
        }
    }
    Ok(())
}

/// What becomes of another resource's Secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Stays,
    /// Somebody is at work on it, or was until a moment ago.
    Undecided,
    Goes,
}

fn fate(secret: &TokenSecret, now: i64) -> Fate {
    match secret.state {
        State::Pending if secret.created + LEASE > now => Fate::Undecided,
        State::Pending => Fate::Goes,
        state if is_expired(state, now) => Fate::Goes,
        State::Issued { .. } | State::Unclear => Fate::Stays,
    }
}

fn is_expired(state: State, now: i64) -> bool {
    matches!(state, State::Issued { expires_at } if expires_at < now)
}

/// Deletes what other resources' runs left behind on a ServiceAccount. `listed`: what was just found there. Where somebody may still be
/// at work it waits, for [`LEASE`] at most. Gives back the Secrets of tokens that nobody was given, as far as it has got when an
/// error ends it.
pub async fn clear_leftovers(
    session: &Session,
    account: &ObjectPlace,
    own_id: &str,
    listed: Vec<TokenSecret>,
) -> (Vec<TokenSecret>, Result<(), Error>) {
    let mut abandoned = Vec::new();
    let outcome = clear(session, account, own_id, listed, &mut abandoned).await;
    (abandoned, outcome)
}

async fn clear(
    session: &Session,
    account: &ObjectPlace,
    own_id: &str,
    listed: Vec<TokenSecret>,
    abandoned: &mut Vec<TokenSecret>,
) -> Result<(), Error> {
    const LONGEST: Duration = Duration::from_secs(2);
    let namespace = account.namespace.as_deref().unwrap_or_default();
    let is_others = |secret: &TokenSecret| secret.account == account.name && secret.id != own_id;
    let mut pause = Duration::from_millis(200);
    let mut secrets: Vec<_> = listed.into_iter().filter(is_others).collect();
    loop {
        let now = session.now();
        let mut undecided = BTreeSet::new();
        for secret in secrets {
            match fate(&secret, now) {
                Fate::Stays => {}
                Fate::Undecided => drop(undecided.insert(secret.uid)),
                Fate::Goes => {
                    // Only as it was seen: whoever marks it in this moment keeps it.
                    let version = Some(secret.resource_version.as_str());
                    let deleted = session.delete::<Secret>(&secret.place, &secret.uid, version);
                    // What holds it up is not ours to wait for.
                    match tokio::time::timeout(GONE_WITHIN, deleted).await {
                        Ok(Err(Error::Conflict { .. })) => drop(undecided.insert(secret.uid)),
                        Ok(Err(error)) => return Err(error),
                        Ok(Ok(())) | Err(_) if secret.state == State::Pending => abandoned.push(secret),
                        Ok(Ok(())) | Err(_) => {}
                    }
                }
            }
        }
        if undecided.is_empty() || session.call().is_over() {
            return Ok(());
        }
        session.call().pause(pause).await?;
        pause = (pause * 2).min(LONGEST);
        // Those that come now are for others to look after.
        secrets = list(session, namespace).await?;
        secrets.retain(|secret| undecided.contains(&secret.uid));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(created: i64, state: State) -> TokenSecret {
        TokenSecret {
            id: "7d4f".to_owned(),
            place: ObjectPlace::namespaced("ci", "deployer-token-1"),
            uid: "u-1".to_owned(),
            resource_version: "7".to_owned(),
            account: "deployer".to_owned(),
            created,
            state,
        }
    }

    const NOW: i64 = 1_000_000;

    #[test]
    fn what_a_crash_left_goes_and_what_somebody_may_be_at_work_on_is_waited_for() {
        #[track_caller]
        fn check(created: i64, state: State, expected: Fate) {
            assert_eq!(fate(&secret(created, state), NOW), expected, "{created} {state:?}");
        }
        check(NOW, State::Pending, Fate::Undecided);
        check(NOW - LEASE + 1, State::Pending, Fate::Undecided);
        check(NOW - LEASE, State::Pending, Fate::Goes);
        check(0, State::Issued { expires_at: NOW + 1 }, Fate::Stays);
        check(0, State::Issued { expires_at: NOW }, Fate::Stays);
        check(0, State::Issued { expires_at: NOW - 1 }, Fate::Goes);
        // Marks that somebody tore off must not cost a token that is in use.
        check(0, State::Unclear, Fate::Stays);
    }

    #[test]
    fn earlier_secrets_of_the_same_resource_end_as_told() {
        #[track_caller]
        fn check(earlier: &Earlier, created: i64, state: State, expected: bool) {
            assert_eq!(earlier.ends(&secret(created, state), NOW), expected, "{created} {state:?}");
        }
        let (living, dead) = (State::Issued { expires_at: NOW + 1 }, State::Issued { expires_at: NOW - 1 });
        let unbound = Earlier::Expire { previous: None, issued_at: 500 };
        check(&unbound, 499, living, false);
        check(&unbound, 499, State::Unclear, false);
        check(&unbound, 499, dead, true);
        // Made after the token that the state knows, and never told of.
        check(&unbound, 500, living, true);
        check(&unbound, 500, State::Pending, true);
        let bound = Earlier::Expire { previous: Some("deployer-token-1".to_owned()), issued_at: 500 };
        check(&bound, 500, living, false);
        check(&bound, 500, dead, true);
        check(&Earlier::Revoked, 400, living, true);
    }
}
