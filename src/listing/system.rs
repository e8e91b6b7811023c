//! The objects of Kubernetes' and CoreWeave's own, which a list has only on request.
//!
//! Kubernetes reserves names that begin with `system:` and namespaces that begin with `kube-`, and labels what kube-apiserver creates for
//! itself (`rbac.authorization.k8s.io`, default roles and role bindings). CoreWeave documents namespaces that begin with `cw-`. The names of
//! the bindings of its managed endpoint are not published, so that nothing tells them from others.

use std::collections::BTreeMap;

use kubernetes::{Api, ObjectPlace};

/// Label of the roles and bindings that kube-apiserver creates, and repairs when it starts.
const BOOTSTRAPPING: &str = "kubernetes.io/bootstrapping";

/// Beginnings of names of objects.
const NAMES: [&str; 3] = ["system:", "cw-", "coreweave-"];

/// Beginnings of names of namespaces.
const NAMESPACES: [&str; 2] = ["kube-", "cw-"];

/// What every namespace, or every cluster, has from its beginning, by the kind.
const DEFAULT: &str = "default";

/// Whether the object is Kubernetes' or CoreWeave's own.
pub(super) fn is_system(api: Api, place: &ObjectPlace, labels: &BTreeMap<String, String>) -> bool {
    let is_there_from_the_beginning =
        ["Namespace", "ServiceAccount"].contains(&api.kind) && place.name == DEFAULT;
    let namespace = if api.kind == "Namespace" { Some(&place.name) } else { place.namespace.as_ref() };
    is_there_from_the_beginning
        || NAMES.iter().any(|beginning| place.name.starts_with(beginning))
        || namespace.is_some_and(|namespace| is_system_namespace(namespace))
        || labels.contains_key(BOOTSTRAPPING)
}

/// Whether all objects of the namespace are Kubernetes' or CoreWeave's own.
pub(super) fn is_system_namespace(namespace: &str) -> bool {
    NAMESPACES.iter().any(|beginning| namespace.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use kubernetes::{Binding, Kind, Namespace, Role, ServiceAccount};

    use super::*;

    #[test]
    fn what_is_kubernetes_or_coreweaves_own_is_known_by_name_namespace_and_label() {
        fn check<K: Kind>(place: &str, label: Option<&str>, expected: bool) {
            let place = match place.split_once('/') {
                Some((namespace, name)) => ObjectPlace::namespaced(namespace, name),
                None => ObjectPlace::cluster(place),
            };
            let api = K::api(place.namespace.is_some());
            let labels = label.map(|key| (key.to_owned(), "x".to_owned())).into_iter().collect();
            assert_eq!(is_system(api, &place, &labels), expected, "{} {place}", api.kind);
        }
        check::<Namespace>("kube-system", None, true);
        check::<Namespace>("kube-node-lease", None, true);
        check::<Namespace>("cw-tailscale", None, true);
        check::<Namespace>("default", None, true);
        check::<Namespace>("shop", None, false);
        check::<Namespace>("kubernetes", None, false);
        check::<ServiceAccount>("shop/default", None, true);
        check::<ServiceAccount>("default/deployer", None, false);
        check::<ServiceAccount>("kube-system/deployer", None, true);
        check::<Role>("default/default", None, false);
        check::<Role>("default", None, false);
        check::<Role>("edit", Some("kubernetes.io/bootstrapping"), true);
        check::<Role>("system:node", None, true);
        check::<Role>("shop/system:anything", None, true);
        check::<Binding>("shop/cw-agent", None, true);
        check::<Binding>("coreweave-agents", None, true);
        check::<Binding>("coreweave", None, false);
        check::<Binding>("kube-public/shop", None, true);
        check::<Binding>("kube-prometheus", None, false);
        check::<Binding>("view", Some("app.kubernetes.io/name"), false);
    }
}
