//! Private state of an open token: what its end needs, and when its lifetime is checked.

use std::time::Duration;

use clusters::Clusters;
use serde::{Deserialize, Serialize};
use service_account_tokens::{Account, NewToken, SecretRef};
use tfplugin::Context;

/// Key of the private state.
const KEY: &str = "token";
/// Key of the number of checks so far.
const CHECKS: &str = "checks";

/// An open token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OpenToken {
    /// The cluster.
    pub(super) cluster_id: String,
    /// Namespace of ServiceAccount and Secret.
    pub(super) namespace: String,
    /// The ServiceAccount.
    pub(super) account: String,
    /// The Secret that the token is bound to; `None`: it is not bound, and cannot be revoked.
    pub(super) secret: Option<SecretRef>,
    /// Time of expiry, in seconds since 1970.
    pub(super) expires_at: i64,
    /// Lifetime that the server granted.
    pub(super) seconds: i64,
}

impl OpenToken {
    pub(super) fn of(cluster_id: &str, account: Account<'_>, issued: &NewToken) -> Self {
        Self {
            cluster_id: cluster_id.to_owned(),
            namespace: account.namespace.to_owned(),
            account: account.to_string(),
            secret: issued.secret.clone(),
            expires_at: issued.expires_at,
            seconds: issued.granted_seconds,
        }
    }

    pub(super) fn remembered(context: &Context<Clusters>) -> Option<Self> {
        context.private_state(KEY)
    }

    pub(super) fn keep(&self, context: &Context<Clusters>) {
        context.set_private_state(KEY, self);
    }

    /// Time until the first check: half of the lifetime.
    pub(super) fn until_first_check(&self) -> Duration {
        self.part(5)
    }

    /// Time from the first check until the second: at nine tenths of the lifetime.
    pub(super) fn until_second_check(&self) -> Duration {
        self.part(4)
    }

    /// Whether less than half of the lifetime is left.
    pub(super) fn is_past_half(&self, now: i64) -> bool {
        self.expires_at - now < self.seconds / 2
    }

    /// Counts a check. Returns how many came before it.
    pub(super) fn count_check(context: &Context<Clusters>) -> u32 {
        let before = context.private_state::<u32>(CHECKS).unwrap_or_default();
        context.set_private_state(CHECKS, &(before + 1));
        before
    }

    /// So many tenths of the lifetime.
    fn part(&self, tenths: u32) -> Duration {
        Duration::from_secs(self.seconds.try_into().unwrap_or_default()).saturating_mul(tenths) / 10
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checks_are_after_half_and_nine_tenths_of_the_lifetime() {
        let open = OpenToken {
            cluster_id: String::new(),
            namespace: String::new(),
            account: String::new(),
            secret: None,
            expires_at: 0,
            seconds: 1800,
        };
        assert_eq!(open.until_first_check(), Duration::from_mins(15));
        assert_eq!(open.until_second_check(), Duration::from_mins(12));
        let begun = OpenToken { expires_at: 10_000, ..open.clone() };
        assert!(!begun.is_past_half(8_200) && !begun.is_past_half(9_100) && begun.is_past_half(9_101));
        let broken = OpenToken { seconds: -1, ..open.clone() };
        assert_eq!(broken.until_first_check(), Duration::ZERO);
        let endless = OpenToken { seconds: i64::MAX, ..open };
        assert!(endless.until_first_check() > Duration::from_hours(1));
    }
}
