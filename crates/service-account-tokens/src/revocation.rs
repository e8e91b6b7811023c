//! Revokes tokens by the deletion of their Secrets.

use std::time::Duration;

use kubernetes::{Error, Secret, Session};

use super::secrets::TokenSecret;

/// Time limit of one Secret among several that are revoked whatever becomes of the others.
const ONE_WITHIN: Duration = Duration::from_secs(30);

/// Deletes Secrets, which revokes their tokens, and waits for that: each is gone, or this fails. Cancelling does not prevent it.
pub async fn revoke<'a>(
    session: &Session,
    secrets: impl IntoIterator<Item = &'a TokenSecret>,
) -> Result<(), Error> {
    for secret in secrets {
        delete(session, session, secret).await?;
    }
    Ok(())
}

/// How a token was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// Its Secret is gone.
    Now,
    /// Its Secret is being deleted, and a finalizer keeps it: API servers reject the token [`GOING`] after the deletion.
    Going,
}

/// How long API servers accept a token whose Secret is being deleted (`jwt.DefaultLeeway` in kube-apiserver).
pub const GOING: Duration = Duration::from_mins(1);

/// Deletes one Secret of several, in a time of its own, so that a failure takes none from the others. Cancelling does not prevent it.
pub async fn revoke_one(session: &Session, secret: &TokenSecret) -> Result<Revoked, Error> {
    match delete(session, &session.within(ONE_WITHIN), secret).await {
        Ok(()) => Ok(Revoked::Now),
        Err(Error::Timeout { .. }) => Ok(Revoked::Going),
        Err(error) => Err(error),
    }
}

/// `session`: the whole operation. `limited`: the part of it for this Secret.
async fn delete(session: &Session, limited: &Session, secret: &TokenSecret) -> Result<(), Error> {
    match limited.delete::<Secret>(&secret.place, &secret.uid, None).await {
        Err(Error::Cancelled { .. }) => {
            drop(session.rescue().delete::<Secret>(&secret.place, &secret.uid, None).await?);
        }
        // A conflict too is an error: the Secret exists, and an admission webhook rejected the request.
        outcome => drop(outcome?),
    }
    Ok(())
}
