//! The two endpoints of a cluster, and which tokens each of them rejects.

use std::fmt;

use coreweave::TokenShape;
use secrecy::{ExposeSecret as _, SecretString};

/// One of a cluster's two endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Takes CoreWeave tokens only.
    Managed,
    /// Takes OIDC and ServiceAccount tokens.
    Unmanaged,
}

impl Endpoint {
    /// By the name that users write.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Managed, Self::Unmanaged].into_iter().find(|endpoint| endpoint.to_string() == name)
    }

    /// Whether users may write this.
    pub fn check(name: &str) -> Result<(), String> {
        match Self::named(name) {
            Some(_) => Ok(()),
            None => Err(format!("{name:?} is neither \"managed\" nor \"unmanaged\".")),
        }
    }

    /// Why it would reject this token, if the token's form shows that: each endpoint accepts what the other rejects. Reported before a
    /// request is sent.
    pub fn refuses(self, token: &SecretString) -> Option<&'static str> {
        let is_coreweave = TokenShape::of(token.expose_secret()) == TokenShape::CoreWeave;
        match (self, is_coreweave) {
            (Self::Unmanaged, true) => Some(
                "It is a CoreWeave API token, which the unmanaged endpoint refuses. Use endpoint = \"managed\".",
            ),
            (Self::Managed, false) => Some(
                "It is no CoreWeave API token (CW-SECRET-…), and the managed endpoint takes no other. Use endpoint = \"unmanaged\".",
            ),
            _ => None,
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Managed => "managed",
            Self::Unmanaged => "unmanaged",
        })
    }
}
