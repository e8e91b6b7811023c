//! All objects of a control plane, read from and restored in its storage, so that the next user gets it as new.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{KubernetesError, storage::Storage};

/// Keys below the prefix that programs renew by themselves, which do not come from users.
const RENEWED: [&str; 3] = ["/events/", "/leases/", "/masterleases/"];

/// Time limit until a control plane makes no more changes.
const SETTLES_WITHIN: Duration = Duration::from_secs(20);

/// Pause between two reads that must agree.
const PAUSE: Duration = Duration::from_millis(150);

/// The objects of a control plane, as stored: base64 of keys and values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inventory(BTreeMap<String, String>);

impl Inventory {
    /// The objects once there are no more changes.
    pub(super) async fn settled(storage: &Storage) -> Result<Self, KubernetesError> {
        let deadline = Instant::now() + SETTLES_WITHIN;
        let mut last = Self::read(storage).await?;
        loop {
            tokio::time::sleep(PAUSE).await;
            let now = Self::read(storage).await?;
            if now == last || Instant::now() > deadline {
                return Ok(now);
            }
            last = now;
        }
    }

    /// Restores these objects: deletes new ones, writes those that differ or are missing. `false` if changes continue.
    pub(super) async fn restore(&self, storage: &Storage) -> Result<bool, KubernetesError> {
        let deadline = Instant::now() + SETTLES_WITHIN;
        loop {
            let operations = self.operations_from(&Self::read(storage).await?);
            if operations.is_empty() {
                return Ok(true);
            }
            if Instant::now() > deadline {
                return Ok(false);
            }
            storage.write(&operations).await?;
            // A controller may write once more for deleted objects.
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn read(storage: &Storage) -> Result<Self, KubernetesError> {
        let is_renewed = |key: &str| {
            let key = String::from_utf8(STANDARD.decode(key).unwrap_or_default()).unwrap_or_default();
            let inside = key.strip_prefix(storage.prefix()).unwrap_or_default();
            RENEWED.iter().any(|renewed| inside.starts_with(renewed))
        };
        Ok(Self(storage.read().await?.into_iter().filter(|(key, _)| !is_renewed(key)).collect()))
    }

    /// The operations of a transaction that restore one from the other.
    fn operations_from(&self, now: &Self) -> Vec<Value> {
        let differs = |(key, value): &(&String, &String)| now.0.get(*key) != Some(*value);
        let put = |(key, value)| json!({ "requestPut": { "key": key, "value": value } });
        let is_new = |key: &&String| !self.0.contains_key(*key);
        let delete = |key| json!({ "requestDeleteRange": { "key": key } });
        let puts = self.0.iter().filter(differs).map(put);
        puts.chain(now.0.keys().filter(is_new).map(delete)).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Inventory;

    #[test]
    fn new_keys_are_deleted_and_changed_or_missing_ones_are_written() {
        let of = |pairs: &[(&str, &str)]| {
            Inventory(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
        };
        let then = of(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let now = of(&[("a", "1"), ("b", "2"), ("d", "1")]);
        let expected = [
            json!({ "requestPut": { "key": "b", "value": "1" } }),
            json!({ "requestPut": { "key": "c", "value": "1" } }),
            json!({ "requestDeleteRange": { "key": "d" } }),
        ];
        assert_eq!(then.operations_from(&now), expected);
        assert!(then.operations_from(&then).is_empty());
    }
}
