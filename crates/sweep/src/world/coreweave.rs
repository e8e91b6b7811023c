//! CoreWeave's API: clusters of one organisation, their blocks, and the transition after a PATCH.
//!
//! Rules: the raw body is checked before the mask is applied; `version` must be the current one; a leaf in the mask and not in the body
//! is cleared; a cluster that is not RUNNING refuses changes; everything is filtered by the caller's organisation.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Map, Value, json};

use super::{CLUSTERS, ORGANISATION, Violation, Walk, answer::Answer};

/// How long a PATCH takes.
const UPDATING: i64 = 4_000;
/// How long the API server of a cluster is away after a PATCH.
const RESTART: i64 = 1_500;
/// The members of a cluster that a PATCH of the provider may change.
pub const BLOCKS: [&str; 3] = ["oidc", "authnWebhook", "authzWebhook"];

/// One cluster.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// As the API shows it.
    pub fields: Map<String, Value>,
    /// When it is RUNNING again.
    until: i64,
    /// When the last PATCH began.
    since: i64,
    /// Blocks that the provider wrote last.
    pub written: BTreeMap<String, Value>,
}

/// All clusters.
#[derive(Clone, Debug, Default)]
pub struct CoreWeave {
    /// By id.
    pub clusters: BTreeMap<String, Cluster>,
}

impl CoreWeave {
    pub(super) fn new() -> Self {
        let cluster = |(index, id): (usize, &&str)| {
            let fields = json!({
                "id": id, "name": format!("cluster-{index}"), "zone": "US-EAST-04A", "vpcId": id, "public": true,
                "version": "v1.35", "network": {"podCidrName": "pods", "serviceCidrName": "services"},
                "status": "STATUS_RUNNING", "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z",
                "apiServerEndpoint": format!("{ORGANISATION}-0000000{index}.k8s.us-east-04a.coreweave.com"),
            });
            let fields = fields.as_object().cloned().unwrap_or_default();
            ((*id).to_owned(), Cluster { fields, until: 0, since: i64::MIN, written: BTreeMap::new() })
        };
        Self { clusters: CLUSTERS.iter().enumerate().map(cluster).collect() }
    }

    pub(super) fn advance(&mut self, now: i64) {
        for cluster in self.clusters.values_mut().filter(|cluster| cluster.until <= now) {
            if cluster.fields["status"] == "STATUS_UPDATING" {
                cluster.fields.insert("status".to_owned(), "STATUS_RUNNING".into());
            }
        }
    }

    pub(super) fn is_restarting(&self, id: &str, now: i64) -> bool {
        self.clusters
            .get(id)
            .is_some_and(|cluster| cluster.since <= now && now < cluster.since.saturating_add(RESTART))
    }

    pub(super) fn managed_host(&self, id: &str) -> &str {
        self.clusters
            .get(id)
            .and_then(|cluster| cluster.fields["apiServerEndpoint"].as_str())
            .unwrap_or_default()
    }

    /// A block of a cluster; `None` if it is not set.
    pub fn block(&self, id: &str, block: &str) -> Option<&Value> {
        self.clusters.get(id)?.fields.get(block)
    }

    /// Sets or clears a block as another client does.
    pub fn set_block(&mut self, id: &str, block: &str, value: Option<Value>, now: i64) {
        let Some(cluster) = self.clusters.get_mut(id) else { return };
        cluster.written.remove(block);
        put(&mut cluster.fields, block, value);
        cluster.begin(now);
    }

    /// What a PATCH of the provider must not do: change a block that the state does not have, unless it may adopt it.
    pub(super) fn unlawful(&self, id: &str, body: &Value, walk: &Walk) -> Option<Violation> {
        let cluster = self.clusters.get(id)?;
        let mask = body["updateMask"].as_str().unwrap_or_default();
        let block = mask.split(['.', ',']).next().unwrap_or_default();
        let key = format!("{id}/{block}");
        let stranger = cluster.fields.contains_key(block) && !cluster.written.contains_key(block);
        if !BLOCKS.contains(&block) {
            let what = format!("PATCH of {mask} of cluster {id}");
            return Some(Violation { promise: "nothing undeclared is changed", what });
        }
        let may = walk.known.contains(&key) || walk.adopting.contains(&key);
        (stranger && !may).then(|| Violation {
            promise: "nothing undeclared is changed",
            what: format!("{block} of cluster {id}, which somebody else set"),
        })
    }

    pub(super) fn answer(
        &mut self,
        method: &Method,
        path: &str,
        body: &Value,
        organisation: &str,
        now: i64,
    ) -> Answer {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match (method, parts.as_slice()) {
            (&Method::GET, ["v1beta1", "auth", "whoami"]) => Answer::json(
                200,
                &json!({"principal": {"uid": "sweeper", "orgUid": organisation, "groups": [], "consoleActions": []}}),
            ),
            (&Method::GET, ["v1beta1", "cks", "clusters"]) => {
                let own = self.clusters.values().filter(|_| organisation == ORGANISATION);
                let items: Vec<_> = own.map(|cluster| Value::Object(cluster.fields.clone())).collect();
                Answer::json(200, &json!({"items": items}))
            }
            (_, ["v1beta1", "cks", "clusters", id]) => {
                let Some(cluster) = self.clusters.get_mut(*id).filter(|_| organisation == ORGANISATION)
                else {
                    return Answer::connect(404, "not_found", &format!("cluster {id} not found"));
                };
                match *method {
                    Method::GET => Answer::json(200, &json!({"cluster": cluster.fields})),
                    Method::PATCH => cluster.update(id, body, now),
                    _ => Answer::connect(501, "unimplemented", "method not allowed"),
                }
            }
            _ => Answer::connect(404, "not_found", "Not Found"),
        }
    }
}

impl Cluster {
    fn begin(&mut self, now: i64) {
        self.fields.insert("status".to_owned(), "STATUS_UPDATING".into());
        self.until = now + UPDATING;
        self.since = now;
    }

    fn update(&mut self, id: &str, body: &Value, now: i64) -> Answer {
        let invalid = |message: &str| Answer::connect(400, "invalid_argument", message);
        if body["id"] != id {
            return invalid("id: value must be the id in the path");
        }
        if body["version"] != self.fields["version"] {
            return invalid("version: cannot be changed here");
        }
        for (block, required) in
            [("oidc", "issuerUrl"), ("authnWebhook", "server"), ("authzWebhook", "server")]
        {
            if body.get(block).is_some_and(|block| block[required].as_str().unwrap_or_default().is_empty()) {
                return invalid(&format!("{block}.{required}: value is empty, which is not a valid URI"));
            }
        }
        if self.fields["status"] != "STATUS_RUNNING" {
            let status = self.fields["status"].as_str().unwrap_or_default();
            return Answer::connect(
                400,
                "failed_precondition",
                &format!("cluster {id} is in state {status}"),
            );
        }
        let before = self.fields.clone();
        let mask = body["updateMask"].as_str().unwrap_or_default();
        for path in mask.split(',').filter(|path| !path.is_empty()) {
            let Some((block, leaf)) = path.split_once('.') else { return invalid("invalid field mask path") };
            let mut members = self.fields.get(block).and_then(Value::as_object).cloned().unwrap_or_default();
            let wanted = body.get(block).and_then(|block| block.get(leaf)).filter(|value| !is_zero(value));
            put(&mut members, leaf, wanted.cloned());
            put(&mut self.fields, block, (!members.is_empty()).then_some(Value::Object(members)));
            match self.fields.get(block) {
                Some(now_there) => self.written.insert(block.to_owned(), now_there.clone()),
                None => self.written.remove(block),
            };
        }
        if self.fields == before {
            return Answer::json(200, &json!({"cluster": self.fields}));
        }
        self.begin(now);
        Answer::written(200, &json!({"cluster": self.fields}))
    }
}

fn put(fields: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    match value {
        Some(value) => fields.insert(name.to_owned(), value),
        None => fields.remove(name),
    };
}

fn is_zero(value: &Value) -> bool {
    value.is_null()
        || value.as_str().is_some_and(str::is_empty)
        || value.as_array().is_some_and(Vec::is_empty)
}
