//! The two webhooks of a cluster: one authenticates tokens (TokenReview), the other authorizes requests (SubjectAccessReview).

use super::{certificates::Ca, leaf::block_struct};

block_struct! {
    /// A webhook to which the cluster's API server sends reviews of the kind `R`.
    pub struct Webhook<R>, WebhookLeaf {
        /// URL of the webhook; `""` is unset.
        server: String = Server "server",
        /// Certificates to trust for it.
        ca: Ca = Ca "ca",
    }
}

/// TokenReview: whether a bearer token is valid, and whose it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenReview;

/// SubjectAccessReview: whether a user may do something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SubjectAccessReview;

/// The webhook that authenticates tokens.
pub type AuthnWebhook = Webhook<TokenReview>;

/// The webhook that authorizes requests.
pub type AuthzWebhook = Webhook<SubjectAccessReview>;

impl<R: Default> Webhook<R> {
    /// The webhook at this URL.
    pub fn new(server: impl Into<String>, ca: Ca) -> Self {
        Self { server: server.into(), ca, ..Self::default() }
    }
}
