//! What the state remembers of a token, unseen: for which ServiceAccount it was made, and what the last refresh saw. A plan has no clock and asks nobody.

use clusters::Clusters;
use kubernetes::{Object, Secret, ServiceAccount};
use serde::{Deserialize, Serialize};
use service_account_tokens::{NewToken, SecretRef, seconds_of};
use tfplugin::Context;

use super::ServiceAccountToken;

const NOTE: &str = "token";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tracked {
    /// Of the ServiceAccount that it is a token of.
    pub(super) account_uid: String,
    pub(super) secret: Option<SecretRef>,
    /// What the server granted, which may be less than what was asked for.
    pub(super) granted_seconds: i64,
    /// When the state was last compared with the cluster, by the cluster's clock: seconds since 1970.
    pub(super) checked_at: i64,
    /// How it was found revoked then.
    pub(super) lost: Option<Lost>,
}

/// How a token comes to be revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Lost {
    Secret,
    SecretReplaced,
    Account,
    AccountReplaced,
}

impl Tracked {
    /// Of a token that was just made.
    pub(super) fn of(token: &NewToken) -> Self {
        Self {
            account_uid: token.account_uid.clone(),
            secret: token.secret.clone(),
            granted_seconds: token.granted_seconds,
            checked_at: token.issued_at,
            lost: None,
        }
    }

    /// Of a token in the state. Without a note, as good as the attributes tell.
    pub(super) fn remembered(state: &ServiceAccountToken, context: &Context<Clusters>) -> Self {
        context.private_state(NOTE).unwrap_or_else(|| {
            let issued_at = seconds_of(state.issued_at.as_known());
            let secret = state.secret_name.as_known();
            Self {
                account_uid: state.service_account_uid.as_known().cloned().unwrap_or_default(),
                secret: secret.map(|name| SecretRef { name: name.clone(), uid: String::new() }),
                granted_seconds: state.expires() - issued_at,
                checked_at: issued_at,
                lost: None,
            }
        })
    }

    pub(super) fn keep(&self, context: &Context<Clusters>) {
        context.set_private_state(NOTE, self);
    }

    /// The same, compared with what is there now.
    pub(super) fn checked(
        self,
        account: Option<&Object<ServiceAccount>>,
        secret: Option<&Object<Secret>>,
        now: i64,
    ) -> Self {
        let lost = match (account, secret) {
            (None, _) => Some(Lost::Account),
            (Some(account), _) if account.uid != self.account_uid => Some(Lost::AccountReplaced),
            (_, None) if self.secret.is_some() => Some(Lost::Secret),
            (_, Some(secret)) if !self.is_bound_to(secret) => Some(Lost::SecretReplaced),
            _ => None,
        };
        Self { checked_at: now, lost, ..self }
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost.is_some()
    }

    /// Whether a Secret of the name is the one that the token is bound to.
    pub(super) fn is_bound_to(&self, secret: &Object<Secret>) -> bool {
        self.secret.as_ref().is_some_and(|bound| bound.uid == secret.uid || bound.uid.is_empty())
    }
}
