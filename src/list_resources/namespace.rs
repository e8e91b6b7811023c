//! List resource `cks_namespace`.

use clusters::Clusters;
use tfplugin::{Context, Error, Found, ListResource, Schema};

use crate::{
    listing::{Filters, ObjectFilters, list_objects},
    resources::namespace::Namespace,
};

/// Lists the namespaces of clusters.
///
/// `terraform query` (Terraform 1.14) runs `list` blocks, in files whose names end in `.tfquery.hcl`. A block returns at most 100 objects
/// unless it sets `limit`, and Terraform does not say if there are more. OpenTofu has no such command: use kubectl, and `import` blocks.
#[derive(Clone, Debug, Schema)]
pub(crate) struct Namespaces {
    #[schema(flatten)]
    objects: ObjectFilters,
}

impl Filters for Namespaces {
    type Resource = Namespace;

    fn objects(&self) -> &ObjectFilters {
        &self.objects
    }
}

impl ListResource for Namespaces {
    type Resource = Namespace;

    async fn list(self, found: &Found<Namespace>, context: &Context<Clusters>) -> Result<(), Error> {
        list_objects(&self, found, context).await
    }
}
