//! `cks_rbac_bindings`: the bindings of clusters, with the filters of the list resource `cks_rbac_binding`.

use std::collections::{BTreeMap, BTreeSet};

use clusters::Clusters;
use tfplugin::{Context, DataSource, Error, Schema, Value};

use crate::{list_resources::rbac_binding::RbacBindings, listing};

/// Lists the ClusterRoleBindings and RoleBindings of clusters, for reports, and for `import` blocks in OpenTofu and in Terraform before 1.14.
///
/// Filters choose together: the list has the bindings that match all of them. Bindings that a `cks_rbac_binding` cannot manage, such as
/// those without subjects, are left out; a warning names them.
///
/// ~> Where `import` blocks and resources use the list in `for_each`, a binding that leaves the list is destroyed: when a filter is narrowed, when
/// its cluster cannot be read (without `cluster_id`), or when it can no longer be managed. To keep the object, run `tofu state rm` (or
/// `terraform state rm`) on its resource first.
#[derive(Clone, Debug, Schema)]
#[schema(name = "cks_rbac_bindings")]
pub(crate) struct RbacBindingList {
    #[schema(flatten)]
    filters: RbacBindings,
    /// Bindings by cluster, with the attributes that a `cks_rbac_binding` has after an import.
    #[schema(computed)]
    bindings: Value<Vec<ListedBinding>>,
}

/// One binding of the list.
#[derive(Clone, Debug, Schema)]
pub(crate) struct ListedBinding {
    /// Import id: `CLUSTER_ID/NAME`, or `CLUSTER_ID/NAMESPACE/NAME` for a RoleBinding.
    #[schema(computed)]
    id: String,
    /// UUID of the cluster.
    #[schema(computed)]
    cluster_id: String,
    /// Namespace of a RoleBinding. Null for a ClusterRoleBinding.
    #[schema(computed)]
    namespace: Option<String>,
    /// Name of the binding.
    #[schema(computed)]
    name: String,
    /// `ClusterRoleBinding` or `RoleBinding`.
    #[schema(computed)]
    kind: String,
    /// Kubernetes UID.
    #[schema(computed)]
    uid: String,
    /// Name of the bound ClusterRole. Null if it is a Role.
    #[schema(computed)]
    cluster_role: Option<String>,
    /// Name of the bound Role. Null if it is a ClusterRole.
    #[schema(computed)]
    role: Option<String>,
    /// Users, as Kubernetes sees them. Null if there are none.
    #[schema(computed)]
    users: Option<BTreeSet<String>>,
    /// Groups, as Kubernetes sees them. Null if there are none.
    #[schema(computed)]
    groups: Option<BTreeSet<String>>,
    /// ServiceAccounts, each as `namespace:name`. Null if there are none.
    #[schema(computed)]
    service_accounts: Option<BTreeSet<String>>,
    /// Labels except Kubernetes' own. Null if there are none.
    #[schema(computed)]
    labels: Option<BTreeMap<String, String>>,
    /// Annotations except Kubernetes' own. Null if there are none.
    #[schema(computed)]
    annotations: Option<BTreeMap<String, String>>,
}

impl DataSource for RbacBindingList {
    type Provider = Clusters;

    async fn read(self, context: &Context<Clusters>) -> Result<Self, Error> {
        let bindings = listing::all_objects(&self.filters, context).await?;
        Ok(Self { bindings: Value::Known(listing::with_attributes(&bindings)?), ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::rbac_binding::RbacBinding;

    #[test]
    fn a_listed_object_has_the_attributes_of_the_resource() {
        listing::expect_attributes_of::<RbacBinding, ListedBinding>();
    }
}
