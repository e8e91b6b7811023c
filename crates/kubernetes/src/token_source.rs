//! Tokens that are fetched from elsewhere, such as an identity provider, when a connection needs one. The caller implements that, so that this
//! crate depends on no such provider.

use std::{fmt, pin::Pin};

use secrecy::SecretString;
use tokio::time::Instant;

/// Where tokens come from. `Display`: the token, for messages: "the ID token in the environment variable TOKEN".
pub trait TokenSource: fmt::Debug + fmt::Display + Send + Sync {
    /// A token, another one than `rejected` if there is any. `Err`: what is wrong, as a clause.
    fn token<'a>(&'a self, rejected: Option<&'a SecretString>) -> Fetching<'a>;
}

/// A token, once it comes.
pub type Fetching<'a> = Pin<Box<dyn Future<Output = Result<FetchedToken, String>> + Send + 'a>>;

/// A token of a [`TokenSource`].
#[derive(Clone, Debug)]
pub struct FetchedToken {
    /// The token.
    pub token: SecretString,
    /// When to fetch another one, well before this one expires. `None`: once the server rejects it.
    pub renew_at: Option<Instant>,
    /// Whether the source may have another one.
    pub may_change: bool,
}
