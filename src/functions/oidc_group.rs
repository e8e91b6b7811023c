//! `oidc_group`: what a group of an OIDC issuer is to Kubernetes.

use tfplugin::{Function, FunctionError, Schema};

use crate::oidc_names;

/// The group name that Kubernetes sees for an ID token, to be bound to roles.
///
/// Takes `groups_prefix` as `cks_cluster_oidc` does, null or `""` when it is not set there, and the group as the claim lists
/// it. There is no default prefix, and `-` is one like any other here.
///
/// A result that begins with `system:` is a name that Kubernetes keeps for itself: choose a prefix of your own then.
#[derive(Clone, Debug, Schema)]
#[schema(name = "oidc_group")]
pub(crate) struct OidcGroup {
    /// What is put before each group name. Null or `""`: nothing.
    #[schema(optional)]
    groups_prefix: Option<String>,
    /// The group as the tokens' groups claim lists it.
    #[schema(required)]
    value: String,
}

impl Function for OidcGroup {
    type Output = String;

    fn call(self) -> Result<String, FunctionError> {
        if self.value.is_empty() {
            return Err(FunctionError::at(
                "value",
                "It is empty, and no group has an empty name. Give the group as the groups claim of the tokens lists it.",
            ));
        }
        Ok(oidc_names::group(&self.groups_prefix.unwrap_or_default(), &self.value))
    }
}
