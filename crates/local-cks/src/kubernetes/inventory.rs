//! All objects of a control plane, read from and restored in etcd, so that the next user gets it as new.
//!
//! Rule: etcd is below every controller and finalizer, so the restore is complete and cannot be blocked, and kube-apiserver's caches
//! follow it like any write. Requests: etcd's JSON gateway (`/v3/kv/range`, `/v3/kv/txn`).

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::Client;
use serde_json::{Value, json};

use super::KubernetesError;

/// Keys below the prefix that programs renew by themselves, which do not come from users.
const RENEWED: [&str; 3] = ["/events/", "/leases/", "/masterleases/"];

/// Operations of one transaction; etcd accepts 128.
const AT_ONCE: usize = 100;

/// Time limit until a control plane makes no more changes.
const SETTLES_WITHIN: Duration = Duration::from_secs(20);

/// Pause between two reads that must agree.
const PAUSE: Duration = Duration::from_millis(150);

/// The objects below a prefix, as stored: base64 of keys and values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inventory(BTreeMap<String, String>);

/// The objects of one control plane in etcd.
#[derive(Debug)]
pub(super) struct Store {
    client: Client,
    etcd_url: String,
    prefix: String,
}

impl Store {
    pub(super) fn new(etcd_url: &str, prefix: &str) -> Result<Self, KubernetesError> {
        // No idle connections: they belong to the runtime of one user, and the next user has another.
        let client = Client::builder().no_proxy().pool_max_idle_per_host(0).build();
        let client = client.map_err(KubernetesError::Client)?;
        Ok(Self { client, etcd_url: etcd_url.to_owned(), prefix: prefix.to_owned() })
    }

    /// The objects once there are no more changes.
    pub(super) async fn settled(&self) -> Result<Inventory, KubernetesError> {
        let deadline = Instant::now() + SETTLES_WITHIN;
        let mut last = self.read().await?;
        loop {
            tokio::time::sleep(PAUSE).await;
            let now = self.read().await?;
            if now == last || Instant::now() > deadline {
                return Ok(now);
            }
            last = now;
        }
    }

    /// Restores these objects: deletes new ones, writes those that differ or are missing. `false` if changes continue.
    pub(super) async fn restore(&self, then: &Inventory) -> Result<bool, KubernetesError> {
        let deadline = Instant::now() + SETTLES_WITHIN;
        loop {
            let operations = then.operations_from(&self.read().await?);
            if operations.is_empty() {
                return Ok(true);
            }
            if Instant::now() > deadline {
                return Ok(false);
            }
            for some in operations.chunks(AT_ONCE) {
                self.request("txn", &json!({ "success": some })).await?;
            }
            // A controller may write once more for deleted objects.
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn read(&self) -> Result<Inventory, KubernetesError> {
        // Every key that begins with the prefix and a slash: `0` is the character after it.
        let (first, end) = (format!("{}/", self.prefix), format!("{}0", self.prefix));
        let range = json!({ "key": STANDARD.encode(first), "range_end": STANDARD.encode(end) });
        let answer = self.request("range", &range).await?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let all = answer["kvs"].as_array().into_iter().flatten();
        let kept = all.filter(|pair| !self.is_renewed(pair["key"].as_str().unwrap_or_default()));
        Ok(Inventory(kept.map(|pair| (text(&pair["key"]), text(&pair["value"]))).collect()))
    }

    fn is_renewed(&self, key: &str) -> bool {
        let key = String::from_utf8(STANDARD.decode(key).unwrap_or_default()).unwrap_or_default();
        let inside = key.strip_prefix(&self.prefix).unwrap_or_default();
        RENEWED.iter().any(|renewed| inside.starts_with(renewed))
    }

    async fn request(&self, call: &str, body: &Value) -> Result<Value, KubernetesError> {
        let url = format!("{}/v3/kv/{call}", self.etcd_url);
        let sent = self.client.post(url).timeout(Duration::from_secs(30)).body(body.to_string()).send();
        let response = sent.await.and_then(reqwest::Response::error_for_status);
        let bytes = response.map_err(KubernetesError::Etcd)?.bytes().await.map_err(KubernetesError::Etcd)?;
        Ok(serde_json::from_slice(&bytes).unwrap_or_default())
    }
}

impl Inventory {
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
