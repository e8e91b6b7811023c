//! `oidc_group`: the name of an OIDC issuer's group in Kubernetes.

use tfplugin::{Function, FunctionError, Schema};

use crate::oidc_names;

/// Name of an OIDC issuer's group in Kubernetes, for use in bindings.
///
/// The arguments are `groups_prefix` of `cks_cluster_oidc`, null or `""` if it is not set there, and the group as in the groups
/// claim. There is no default prefix, and `-` has no special meaning here.
///
/// Kubernetes reserves names that begin with `system:`. If the result is one, set another prefix.
#[derive(Clone, Debug, Schema)]
#[schema(name = "oidc_group")]
pub(crate) struct OidcGroup {
    /// Prefix of group names, such as `oidc:`. Null or `""`: no prefix.
    #[schema(optional)]
    groups_prefix: Option<String>,
    /// Group as in the groups claim of the tokens, such as `platform`.
    #[schema(required)]
    value: String,
}

impl Function for OidcGroup {
    type Output = String;

    fn call(self) -> Result<String, FunctionError> {
        if self.value.is_empty() {
            return Err(FunctionError::at(
                "value",
                "It is empty. Set the group as in the groups claim of the tokens.",
            ));
        }
        Ok(oidc_names::group(&self.groups_prefix.unwrap_or_default(), &self.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(prefix: Option<&str>, value: &str) -> Result<String, FunctionError> {
        OidcGroup { groups_prefix: prefix.map(str::to_owned), value: value.to_owned() }.call()
    }

    #[test]
    fn null_and_empty_mean_unset() {
        for (prefix, expected) in
            [(None, "platform"), (Some(""), "platform"), (Some("oidc:"), "oidc:platform")]
        {
            assert_eq!(call(prefix, "platform"), Ok(expected.to_owned()), "{prefix:?}");
        }
    }

    #[test]
    fn an_empty_value_is_an_error_that_names_the_claim() {
        let error = call(None, "").expect_err("it is empty");
        assert!(error.parameter == Some("value") && error.text.contains("groups claim"), "{error:?}");
    }
}
