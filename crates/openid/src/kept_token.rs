//! The token of an issuer, kept for all that need it and requested again before it expires.

use std::time::SystemTime;

use secrecy::{ExposeSecret as _, SecretString};
use tokio::{sync::Mutex, time::Instant};

use super::id_token::Lifetime;

/// A token that is kept as long as it can be used.
#[derive(Debug)]
pub struct KeptToken<E>(Mutex<Cache<E>>);

#[derive(Debug)]
struct Cache<E> {
    token: Option<IdToken>,
    /// An error, for all that waited: an issuer that does not respond must not be waited for once for each of them.
    failed: Option<(Instant, E)>,
}

/// An ID token that was issued to this run.
#[derive(Clone, Debug)]
pub struct IdToken {
    /// The token.
    pub token: SecretString,
    /// When another one is to be requested. `None`: once a server rejects it.
    pub renew_at: Option<Instant>,
}

impl<E> Default for KeptToken<E> {
    fn default() -> Self {
        Self(Mutex::new(Cache { token: None, failed: None }))
    }
}

impl<E: Clone> KeptToken<E> {
    /// The token, which is requested if there is none that can be used. `rejected`: a token that a server rejected, in place of which another
    /// one is needed.
    pub async fn get<F>(
        &self,
        rejected: Option<&SecretString>,
        request: impl FnOnce() -> F,
    ) -> Result<IdToken, E>
    where
        F: Future<Output = Result<SecretString, E>>,
    {
        let waiting_since = Instant::now();
        let mut cache = self.0.lock().await;
        let is_rejected = |token: &SecretString| {
            rejected.is_some_and(|other| other.expose_secret() == token.expose_secret())
        };
        let can_be_used = |kept: &&IdToken| {
            kept.renew_at.is_none_or(|time| Instant::now() < time) && !is_rejected(&kept.token)
        };
        if let Some(kept) = cache.token.as_ref().filter(can_be_used) {
            return Ok(kept.clone());
        }
        if let Some((_, error)) = cache.failed.as_ref().filter(|(when, _)| *when > waiting_since) {
            return Err(error.clone());
        }
        cache.token = None;
        // Counted from the request, so that a slow response makes it no longer.
        let requested_at = Instant::now();
        match request().await {
            Ok(token) => {
                let usable_for = Lifetime::of(&token).and_then(|times| times.usable_for(SystemTime::now()));
                let renew_at = usable_for.map(|time| requested_at + time);
                Ok(cache.token.insert(IdToken { token, renew_at }).clone())
            }
            Err(error) => {
                cache.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicU32, Ordering},
        time::Duration,
    };

    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;

    /// An issuer of tokens with this lifetime, whose responses take a second.
    struct Issuer {
        requests: AtomicU32,
        lifetime: u64,
        fails: bool,
    }

    impl Issuer {
        fn new(lifetime: u64) -> Self {
            Self { requests: AtomicU32::new(0), lifetime, fails: false }
        }

        async fn issue(&self) -> Result<SecretString, &'static str> {
            let number = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
            tokio::time::sleep(Duration::from_secs(1)).await;
            if self.fails {
                return Err("no response");
            }
            let claims =
                format!(r#"{{"iat":1700000000,"exp":{},"jti":"{number}"}}"#, 1_700_000_000 + self.lifetime);
            Ok(format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims)).into())
        }

        fn requests(&self) -> u32 {
            self.requests.load(Ordering::Relaxed)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_requested_once_for_all_and_again_before_it_expires() {
        for (lifetime, expected) in [(300, 270), (3600, 3240)] {
            let (issuer, kept) = (Issuer::new(lifetime), KeptToken::default());
            let started = Instant::now();
            let (one, other) =
                tokio::join!(kept.get(None, || issuer.issue()), kept.get(None, || issuer.issue()));
            assert_eq!(
                one.expect("a token").token.expose_secret(),
                other.expect("a token").token.expose_secret()
            );
            assert_eq!(issuer.requests(), 1);
            tokio::time::sleep_until(started + Duration::from_secs(expected - 1)).await;
            kept.get(None, || issuer.issue()).await.expect("the same");
            assert_eq!(issuer.requests(), 1);
            tokio::time::sleep_until(started + Duration::from_secs(expected)).await;
            kept.get(None, || issuer.issue()).await.expect("another");
            assert_eq!(issuer.requests(), 2);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_rejected_token_is_replaced_once_for_all() {
        let (issuer, kept) = (Issuer::new(300), KeptToken::default());
        let first = kept.get(None, || issuer.issue()).await.expect("a token").token;
        let again = || kept.get(Some(&first), || issuer.issue());
        let (one, other) = tokio::join!(again(), again());
        for token in [one, other, again().await] {
            assert_ne!(token.expect("a token").token.expose_secret(), first.expose_secret());
        }
        assert_eq!(issuer.requests(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_for_all_that_wait_and_not_for_later_ones() {
        let issuer = Issuer { fails: true, ..Issuer::new(300) };
        let kept = KeptToken::default();
        let get = || kept.get(None, || issuer.issue());
        let results = tokio::join!(get(), get(), get());
        assert!([results.0, results.1, results.2].iter().all(Result::is_err));
        assert_eq!(issuer.requests(), 1);
        assert!(get().await.is_err());
        assert_eq!(issuer.requests(), 2);
    }
}
