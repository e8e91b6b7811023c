//! `cks_service_accounts`: the ServiceAccounts of clusters, with the filters of the list resource `cks_service_account`.

use std::collections::BTreeMap;

use clusters::Clusters;
use tfplugin::{Context, DataSource, Error, Schema, Value};

use crate::{list_resources::service_account::ServiceAccounts, listing};

/// Lists the ServiceAccounts of clusters, for reports, and for `import` blocks in OpenTofu and in Terraform before 1.14.
///
/// ~> Where `import` blocks and resources use the list in `for_each`, a ServiceAccount that leaves the list is destroyed: when a filter is narrowed, when
/// its cluster cannot be read (without `cluster_id`), or when it can no longer be managed. To keep the object, run `tofu state rm` (or
/// `terraform state rm`) on its resource first.
#[derive(Clone, Debug, Schema)]
#[schema(name = "cks_service_accounts")]
pub(crate) struct ServiceAccountList {
    #[schema(flatten)]
    filters: ServiceAccounts,
    /// ServiceAccounts by cluster, with the attributes that a `cks_service_account` has after an import.
    #[schema(computed)]
    service_accounts: Value<Vec<ListedServiceAccount>>,
}

/// One ServiceAccount of the list.
#[derive(Clone, Debug, Schema)]
pub(crate) struct ListedServiceAccount {
    /// Import id: `CLUSTER_ID/NAMESPACE/NAME`.
    #[schema(computed)]
    id: String,
    /// UUID of the cluster.
    #[schema(computed)]
    cluster_id: String,
    /// Namespace of the ServiceAccount.
    #[schema(computed)]
    namespace: String,
    /// Name of the ServiceAccount.
    #[schema(computed)]
    name: String,
    /// Kubernetes UID.
    #[schema(computed)]
    uid: String,
    /// Whether Kubernetes mounts a token into the Pods that run as it. Null if it does not say.
    #[schema(computed)]
    automount_service_account_token: Option<bool>,
    /// Labels except Kubernetes' own. Null if there are none.
    #[schema(computed)]
    labels: Option<BTreeMap<String, String>>,
    /// Annotations except Kubernetes' own. Null if there are none.
    #[schema(computed)]
    annotations: Option<BTreeMap<String, String>>,
}

impl DataSource for ServiceAccountList {
    type Provider = Clusters;

    async fn read(self, context: &Context<Clusters>) -> Result<Self, Error> {
        let accounts = listing::all_objects(&self.filters, context).await?;
        Ok(Self { service_accounts: Value::Known(listing::with_attributes(&accounts)?), ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::service_account::ServiceAccount;

    #[test]
    fn a_listed_object_has_the_attributes_of_the_resource() {
        listing::expect_attributes_of::<ServiceAccount, ListedServiceAccount>();
    }
}
