//! List resource `cks_service_account`, whose filters the data source `cks_service_accounts` has too.

use clusters::Clusters;
use tfplugin::{Context, Error, Found, ListResource, Schema};

use crate::{
    listing::{Filters, NamespaceFilter, ObjectFilters, list_objects},
    resources::service_account::ServiceAccount,
};

/// Lists the ServiceAccounts of clusters.
///
/// `terraform query` (Terraform 1.14) runs `list` blocks, in files whose names end in `.tfquery.hcl`. A block returns at most 100 objects
/// unless it sets `limit`, and Terraform does not say if there are more. OpenTofu has no such command: use the data source
/// `cks_service_accounts`, which has the same filters, and `import` blocks.
#[derive(Clone, Debug, Schema)]
pub(crate) struct ServiceAccounts {
    #[schema(flatten)]
    objects: ObjectFilters,
    #[schema(flatten)]
    place: NamespaceFilter,
}

impl Filters for ServiceAccounts {
    type Resource = ServiceAccount;

    fn objects(&self) -> &ObjectFilters {
        &self.objects
    }

    fn namespace(&self) -> Option<&str> {
        self.place.namespace.as_deref()
    }
}

impl ListResource for ServiceAccounts {
    type Resource = ServiceAccount;

    async fn list(self, found: &Found<ServiceAccount>, context: &Context<Clusters>) -> Result<(), Error> {
        list_objects(&self, found, context).await
    }
}
