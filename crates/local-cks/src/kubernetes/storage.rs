//! What a kube-apiserver stores in etcd, without that server: many objects at once, and what only years of use leave.
//!
//! Rule: etcd is below every controller and finalizer, so that nothing blocks a write, and kube-apiserver's caches follow it like any
//! other. Requests: etcd's JSON gateway (`/v3/kv/range`, `/v3/kv/txn`, `/v3/kv/compaction`).

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::Client;
use serde_json::{Value, json};
use uuid::Uuid;

use super::KubernetesError;

/// Operations of one transaction; etcd accepts 128.
const AT_ONCE: usize = 100;

/// The objects of one control plane in etcd.
#[derive(Debug)]
pub(crate) struct Storage {
    client: Client,
    etcd_url: String,
    prefix: String,
}

impl Storage {
    pub(super) fn new(etcd_url: &str, prefix: &str) -> Result<Self, KubernetesError> {
        // No idle connections: they belong to the runtime of one user, and the next user has another.
        let client = Client::builder().no_proxy().pool_max_idle_per_host(0).build();
        let client = client.map_err(KubernetesError::Client)?;
        Ok(Self { client, etcd_url: etcd_url.to_owned(), prefix: prefix.to_owned() })
    }

    /// All keys begin with it, and a slash.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// All pairs of key and value, in base64.
    pub(super) async fn read(&self) -> Result<Vec<(String, String)>, KubernetesError> {
        // Every key that begins with the prefix and a slash: `0` is the character after it.
        let (first, end) = (format!("{}/", self.prefix), format!("{}0", self.prefix));
        let range = json!({ "key": STANDARD.encode(first), "range_end": STANDARD.encode(end) });
        let answer = self.request("range", &range).await?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let pairs = answer["kvs"].as_array().into_iter().flatten();
        Ok(pairs.map(|pair| (text(&pair["key"]), text(&pair["value"]))).collect())
    }

    /// Does these operations of a transaction, a hundred at once.
    pub(super) async fn write(&self, operations: &[Value]) -> Result<(), KubernetesError> {
        for some in operations.chunks(AT_ONCE) {
            self.request("txn", &json!({ "success": some })).await?;
        }
        Ok(())
    }

    /// Writes copies of an object of the cluster (not of a namespace), named `NAME-0` and so on.
    pub(crate) async fn fill(
        &self,
        resource: &str,
        object: &Value,
        count: usize,
    ) -> Result<(), KubernetesError> {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let copy = |number| {
            let name = format!("{name}-{number}");
            let key = format!("{}/{resource}/{name}", self.prefix);
            let mut copy = object.clone();
            copy["metadata"]["uid"] = Uuid::new_v4().to_string().into();
            copy["metadata"]["creationTimestamp"] = "2020-01-01T00:00:00Z".into();
            copy["metadata"]["name"] = name.into();
            json!({ "requestPut": { "key": STANDARD.encode(key), "value": STANDARD.encode(copy.to_string()) } })
        };
        self.write(&(0..count).map(copy).collect::<Vec<_>>()).await
    }

    /// Forgets all revisions but the last, as etcd does every few minutes: what a client began to list before is no longer known.
    pub(crate) async fn compact(&self) -> Result<(), KubernetesError> {
        let first = json!({ "key": STANDARD.encode(format!("{}/", self.prefix)) });
        let answer = self.request("range", &first).await?;
        let revision = answer["header"]["revision"].clone();
        self.request("compaction", &json!({ "revision": revision, "physical": true })).await?;
        Ok(())
    }

    async fn request(&self, call: &str, body: &Value) -> Result<Value, KubernetesError> {
        let url = format!("{}/v3/kv/{call}", self.etcd_url);
        let sent = self.client.post(url).timeout(Duration::from_secs(30)).body(body.to_string()).send();
        let response = sent.await.and_then(reqwest::Response::error_for_status);
        let bytes = response.map_err(KubernetesError::Etcd)?.bytes().await.map_err(KubernetesError::Etcd)?;
        Ok(serde_json::from_slice(&bytes).unwrap_or_default())
    }
}
