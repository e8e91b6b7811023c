//! Who the caller is: asked once for the credentials of a client, and again after these changed.

use super::{credentials_in_use::CredentialsInUse, errors::Error, review::Identity, session::Session};

/// The caller's identity, as it was last asked for.
#[derive(Default)]
struct KnownCaller(tokio::sync::Mutex<Option<Known>>);

struct Known {
    credentials: CredentialsInUse,
    /// An error only if the caller gets the same one again.
    identity: Result<Identity, Error>,
}

impl Session {
    /// The caller's identity, asked for once with the same credentials. What a change of the cluster's trust or of the caller's groups makes
    /// of it since then, only [`who_am_i`](Session::who_am_i) tells.
    pub async fn caller(&self) -> Result<Identity, Error> {
        let kept = self.client().remembered::<KnownCaller>();
        let mut known = self.before_the_deadline("waiting for the caller's identity", kept.0.lock()).await?;
        let credentials = self.client().credentials_in_use(self.call()).await?;
        if let Some(known) = known.as_ref().filter(|known| known.credentials.are(&credentials)) {
            return known.identity.clone();
        }
        let identity = self.who_am_i().await;
        // Renewed meanwhile, perhaps for this very request, they may be another caller's.
        let is_of_these = self.client().credentials_in_use(self.call()).await?.are(&credentials);
        let is_final = matches!(identity, Ok(_) | Err(Error::Forbidden { .. }));
        *known = (is_of_these && is_final).then(|| Known { credentials, identity: identity.clone() });
        identity
    }
}

#[cfg(test)]
mod tests;
