//! Snapshots of clusters, object by object, for a later comparison.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    failure::Failure,
    requests::{Cluster, Requests},
};

/// Kinds of objects that users or providers create.
const KINDS: [&str; 8] = [
    "/api/v1/namespaces",
    "/api/v1/serviceaccounts",
    "/api/v1/secrets",
    "/api/v1/configmaps",
    "/apis/rbac.authorization.k8s.io/v1/roles",
    "/apis/rbac.authorization.k8s.io/v1/rolebindings",
    "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
];

/// A cluster from the API, without the time of the last change.
pub(crate) async fn of_cluster(requests: &Requests, cluster: &Cluster) -> Result<Value, Failure> {
    let mut state = requests.cluster(cluster).await?;
    if let Some(fields) = state.as_object_mut() {
        fields.remove("updatedAt");
    }
    Ok(state)
}

/// All objects of a cluster's Kubernetes by path, without fields that the server updates.
pub(crate) async fn of_kubernetes(
    requests: &Requests,
    cluster: &Cluster,
) -> Result<BTreeMap<String, Value>, Failure> {
    let mut objects = BTreeMap::new();
    for kind in KINDS {
        let list = requests.kubernetes(cluster, kind).await?;
        for object in list["items"].as_array().into_iter().flatten() {
            let metadata = &object["metadata"];
            let namespace = metadata["namespace"].as_str().unwrap_or_default();
            let name = metadata["name"].as_str().unwrap_or_default();
            objects.insert(format!("{kind}/{namespace}/{name}"), settled(object));
        }
    }
    Ok(objects)
}

/// Differences between two snapshots.
pub(crate) fn differences(before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> Vec<String> {
    let gone = before.keys().filter(|path| !after.contains_key(*path)).map(|path| format!("{path} is gone"));
    let others = after.iter().filter(|(path, object)| before.get(*path) != Some(object));
    gone.chain(others.map(|(path, _)| format!("{path} is new or changed"))).collect()
}

fn settled(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        let counted = ["resourceVersion", "managedFields", "generation"];
        metadata.retain(|name, _| !counted.contains(&name.as_str()));
    }
    object.as_object_mut().map(|members: &mut Map<String, Value>| members.remove("status"));
    object
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn new_changed_and_deleted_objects_are_found_and_counters_are_ignored() {
        let object = |version: &str, label: &str| {
            settled(
                &json!({"metadata": {"resourceVersion": version, "labels": {"a": label}}, "status": {"x": version}}),
            )
        };
        let before = BTreeMap::from([("a".to_owned(), object("1", "x")), ("b".to_owned(), object("1", "x"))]);
        let same = BTreeMap::from([("a".to_owned(), object("2", "x")), ("b".to_owned(), object("3", "x"))]);
        assert!(differences(&before, &same).is_empty());
        let other = BTreeMap::from([("a".to_owned(), object("2", "y")), ("c".to_owned(), object("3", "x"))]);
        assert_eq!(differences(&before, &other), ["b is gone", "a is new or changed", "c is new or changed"]);
    }
}
