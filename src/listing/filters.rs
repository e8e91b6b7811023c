//! The filters that many lists have. A type adds those of its kind.

use tfplugin::Schema;

use crate::checks;

/// Which clusters a list goes through.
#[derive(Clone, Debug, Default, Schema)]
pub(crate) struct ClusterFilter {
    /// UUID of the cluster. Default: all clusters of the organisation; one that cannot be read is left out with a warning.
    #[schema(optional, validate(checks::cluster_id))]
    pub(super) cluster_id: Option<String>,
}

/// The filters of every list of objects.
#[derive(Clone, Debug, Default, Schema)]
pub(crate) struct ObjectFilters {
    #[schema(flatten)]
    pub(super) clusters: ClusterFilter,
    /// Label selector as `kubectl get -l` takes it, such as `team=shop,env!=test`. Default: all objects.
    #[schema(optional)]
    pub(super) label_selector: Option<String>,
    /// Whether the objects of Kubernetes' and CoreWeave's own are listed too: those named `system:…`, `cw-…` or `coreweave-…`, those in the
    /// namespaces `kube-…` and `cw-…`, these namespaces and `default`, each namespace's ServiceAccount `default`, and those with the label
    /// `kubernetes.io/bootstrapping`. Default: `false`.
    #[schema(optional)]
    pub(super) include_system: Option<bool>,
}

/// The filter of a list of objects that are in namespaces.
#[derive(Clone, Debug, Default, Schema)]
pub(crate) struct NamespaceFilter {
    /// Namespace of the objects. Default: all namespaces, and cluster-wide objects if the type has them.
    #[schema(optional, validate(checks::dns_label))]
    pub(crate) namespace: Option<String>,
}
