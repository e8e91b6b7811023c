//! List resource `cks_service_account`, whose filters the data source `cks_service_accounts` has too.

use clusters::Clusters;
use tfplugin::{Context, Error, Found, ListResource, Schema};

use crate::{
    listing::{Filters, NamespaceFilter, ObjectFilters, list_objects},
    resources::service_account::ServiceAccount,
};

/// Lists the ServiceAccounts of clusters.
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
