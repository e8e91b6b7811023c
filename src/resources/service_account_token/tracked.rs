//! Private state of a token: the ServiceAccount that it was issued for, and the result of the last refresh. A plan decides from that, since
//! it has no clock and sends no requests.

use clusters::Clusters;
use kubernetes::{Object, Secret, ServiceAccount};
use serde::{Deserialize, Serialize};
use service_account_tokens::{NewToken, SecretRef, TokenSecret};
use tfplugin::Context;

use super::ServiceAccountToken;

/// Key of the private state.
const KEY: &str = "token";

/// The private state of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tracked {
    /// UID of the ServiceAccount.
    pub(super) account_uid: String,
    /// Secret that the token is bound to.
    pub(super) secret: Option<SecretRef>,
    /// Lifetime that the server granted, which may be less than requested.
    pub(super) granted_seconds: i64,
    /// Time of the last refresh by the cluster's clock, in seconds since 1970.
    pub(super) checked_at: i64,
    /// Why that refresh found it revoked.
    pub(super) lost: Option<Lost>,
    /// Whether a token of this resource was ever bound to a Secret, which may still be there. An earlier state does not say: then it may.
    #[serde(default = "yes")]
    pub(super) was_bound: bool,
    /// When the last of the earlier tokens expires that the rotation was to revoke and did not, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) not_revoked: Option<i64>,
}

fn yes() -> bool {
    true
}

/// Why a token is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Lost {
    /// Its Secret was deleted.
    Secret,
    /// Its Secret was deleted and re-created.
    SecretReplaced,
    /// Its ServiceAccount was deleted.
    Account,
    /// Its ServiceAccount was deleted and re-created.
    AccountReplaced,
}

impl Tracked {
    /// Of a token that was just issued. `was_bound`: an earlier one may have been bound to a Secret.
    pub(super) fn of(token: &NewToken, was_bound: bool) -> Self {
        Self {
            account_uid: token.account_uid.clone(),
            secret: token.secret.clone(),
            granted_seconds: token.granted_seconds,
            checked_at: token.issued_at,
            lost: None,
            was_bound: was_bound || token.secret.is_some(),
            not_revoked: None,
        }
    }

    /// Of a token in the state. Without private state, computed from the attributes.
    pub(super) fn remembered(state: &ServiceAccountToken, context: &Context<Clusters>) -> Self {
        context.private_state(KEY).unwrap_or_else(|| {
            let issued_at = state.issued().unwrap_or_default();
            let secret = state.secret_name.as_known();
            Self {
                account_uid: state.service_account_uid.as_known().cloned().unwrap_or_default(),
                secret: secret.map(|name| SecretRef { name: name.clone(), uid: String::new() }),
                granted_seconds: state.expires().map_or(0, |expires| expires - issued_at),
                checked_at: issued_at,
                lost: None,
                was_bound: true,
                not_revoked: None,
            }
        })
    }

    pub(super) fn keep(&self, context: &Context<Clusters>) {
        context.set_private_state(KEY, self);
    }

    /// The same after a refresh that found this ServiceAccount and this Secret.
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

    /// Whether an earlier token, which should be revoked, may have been valid at the last refresh.
    pub(super) fn is_previous_valid(&self) -> bool {
        self.not_revoked.is_some_and(|expires_at| expires_at > self.checked_at)
    }

    /// The same after a rotation that failed to revoke these earlier tokens, or some of them.
    pub(super) fn not_revoking(self, ending: &[TokenSecret]) -> Self {
        Self { not_revoked: ending.iter().map(|secret| secret.state.ends_at()).max(), ..self }
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost.is_some()
    }

    /// Whether this is the uid of the Secret that the token is bound to, which no other cluster has.
    pub(super) fn has_secret(&self, uid: &str) -> bool {
        self.secret.as_ref().is_some_and(|bound| bound.uid == uid)
    }

    /// Whether a Secret with this name is the one that the token is bound to.
    pub(super) fn is_bound_to(&self, secret: &Object<Secret>) -> bool {
        self.secret.as_ref().is_some_and(|bound| bound.uid == secret.uid || bound.uid.is_empty())
    }
}
