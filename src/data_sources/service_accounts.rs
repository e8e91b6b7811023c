//! `cks_service_accounts`: the ServiceAccounts of clusters, with the filters of the list resource `cks_service_account`, and with their tokens.

mod tokens;

use std::collections::{BTreeMap, BTreeSet};

use clusters::Clusters;
use tfplugin::{Context, DataSource, Error, Schema, Value};

use self::tokens::{ListedToken, of_account};
use crate::{list_resources::service_account::ServiceAccounts, listing};

/// Lists the ServiceAccounts of clusters, for reports, and for `import` blocks in OpenTofu and in Terraform before 1.14.
///
/// `tokens` has the tokens of this provider that are bound to a Secret: those of `cks_service_account_token` resources in any state, and those
/// of ephemeral resources. It is read from labels and annotations of these Secrets, never from a token. Other tokens are not in it, and a
/// cluster has no list of them: those that were issued with `revocable = false`, and those that other clients issued, such as with
/// `kubectl create token`. The provider's credentials need `list` on `secrets`, in `namespace` or in all namespaces, which also allows to read the
/// content of every Secret there; without it, `tokens` is null and a warning says so.
///
/// ~> Where `import` blocks and resources use the list in `for_each`, a ServiceAccount that leaves the list is destroyed: when a filter is narrowed, when
/// its cluster cannot be read (without `cluster_id`), or when it can no longer be managed. To keep the object, run `tofu state rm` (or
/// `terraform state rm`) on its resource first.
#[derive(Clone, Debug, Schema)]
#[schema(name = "cks_service_accounts")]
pub(crate) struct ServiceAccountList {
    #[schema(flatten)]
    filters: ServiceAccounts,
    /// Whether `tokens` is read, which needs the permission to list Secrets. Default: `true`.
    #[schema(optional)]
    include_tokens: Option<bool>,
    /// ServiceAccounts by cluster, with the attributes that a `cks_service_account` has after an import, and with their tokens.
    #[schema(computed)]
    service_accounts: Value<Vec<WithTokens>>,
}

/// One ServiceAccount of the list, with its tokens.
#[derive(Clone, Debug, Schema)]
pub(crate) struct WithTokens {
    #[schema(flatten)]
    account: ListedServiceAccount,
    /// Tokens of the ServiceAccount that this provider bound to a Secret, in the order of their creation. Empty if there are none; null if they
    /// could not be read, or `include_tokens` is `false`.
    #[schema(computed)]
    tokens: Option<Vec<ListedToken>>,
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
        let accounts: Vec<ListedServiceAccount> = listing::with_attributes(&accounts)?;
        let mut secrets = BTreeMap::new();
        if self.include_tokens.unwrap_or(true) {
            let clusters: BTreeSet<_> = accounts.iter().map(|account| account.cluster_id.clone()).collect();
            secrets = listing::all_tokens(&self.filters, clusters, context).await?;
        }
        let with_tokens = |account: ListedServiceAccount| {
            let secrets = secrets.get(&account.cluster_id);
            let tokens = secrets.map(|secrets| of_account(&account.namespace, &account.name, secrets));
            WithTokens { account, tokens }
        };
        let accounts = accounts.into_iter().map(with_tokens).collect();
        Ok(Self { service_accounts: Value::Known(accounts), ..self })
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
