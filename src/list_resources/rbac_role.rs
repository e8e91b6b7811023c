//! List resource `cks_rbac_role`.

use clusters::Clusters;
use tfplugin::{Context, Error, Found, ListResource, Schema};

use crate::{
    listing::{Filters, NamespaceFilter, ObjectFilters, list_objects},
    resources::rbac_role::RbacRole,
};

/// Lists the ClusterRoles and Roles of clusters.
///
/// `terraform query` (Terraform 1.14) runs `list` blocks, in files whose names end in `.tfquery.hcl`. A block returns at most 100 objects
/// unless it sets `limit`, and Terraform does not say if there are more. OpenTofu has no such command: use kubectl, and `import` blocks.
///
/// Aggregated ClusterRoles, which cannot be managed, are left out; a warning names them.
#[derive(Clone, Debug, Schema)]
pub(crate) struct RbacRoles {
    #[schema(flatten)]
    objects: ObjectFilters,
    #[schema(flatten)]
    place: NamespaceFilter,
}

impl Filters for RbacRoles {
    type Resource = RbacRole;

    fn objects(&self) -> &ObjectFilters {
        &self.objects
    }

    fn namespace(&self) -> Option<&str> {
        self.place.namespace.as_deref()
    }
}

impl ListResource for RbacRoles {
    type Resource = RbacRole;

    async fn list(self, found: &Found<RbacRole>, context: &Context<Clusters>) -> Result<(), Error> {
        list_objects(&self, found, context).await
    }
}
