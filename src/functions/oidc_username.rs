//! `oidc_username`: the name of an OIDC issuer's user in Kubernetes.

use tfplugin::{Function, FunctionError, Schema};

use crate::{checks, oidc_names};

/// Name of an OIDC issuer's user in Kubernetes, for use in bindings.
///
/// The arguments are those of `cks_cluster_oidc`, null or `""` if they are not set there, and the value of the user name claim.
/// Without a prefix the result is `ISSUER_URL#VALUE`, or the value alone if `username_claim` is `email`. The prefix `-` means no
/// prefix.
///
/// Kubernetes reserves names that begin with `system:`. If the result is one, set another prefix.
#[derive(Clone, Debug, Schema)]
#[schema(name = "oidc_username")]
pub(crate) struct OidcUsername {
    /// URL of the issuer, equal to the `iss` claim of its tokens, such as `https://accounts.example.com`.
    #[schema(required, validate(checks::https_issuer))]
    issuer_url: String,
    /// Claim with the user name. Null or `""`: `sub`, the default of Kubernetes.
    #[schema(optional)]
    username_claim: Option<String>,
    /// Prefix of user names, such as `oidc:`; `-` for no prefix. Null or `""`: the default of Kubernetes.
    #[schema(optional)]
    username_prefix: Option<String>,
    /// Value of the claim for this user, such as `ada@example.com`.
    #[schema(required)]
    value: String,
}

impl Function for OidcUsername {
    type Output = String;

    fn call(self) -> Result<String, FunctionError> {
        let claim = self.username_claim.unwrap_or_default();
        if self.value.is_empty() {
            let claim = if claim.is_empty() { "sub" } else { &claim };
            return Err(FunctionError::at(
                "value",
                format!("It is empty. Set the value of the claim {claim:?} in the user's tokens."),
            ));
        }
        let prefix = self.username_prefix.unwrap_or_default();
        Ok(oidc_names::username(&self.issuer_url, &claim, &prefix, &self.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://accounts.example.com";

    fn call(claim: Option<&str>, prefix: Option<&str>, value: &str) -> Result<String, FunctionError> {
        let function = OidcUsername {
            issuer_url: ISSUER.to_owned(),
            username_claim: claim.map(str::to_owned),
            username_prefix: prefix.map(str::to_owned),
            value: value.to_owned(),
        };
        function.call()
    }

    #[test]
    fn null_and_empty_mean_unset() {
        for claim in [None, Some(""), Some("sub")] {
            for prefix in [None, Some("")] {
                let expected = Ok(format!("{ISSUER}#ada"));
                assert_eq!(call(claim, prefix, "ada"), expected, "{claim:?} {prefix:?}");
            }
        }
        for prefix in [None, Some("")] {
            assert_eq!(call(Some("email"), prefix, "ada"), Ok("ada".to_owned()), "{prefix:?}");
        }
    }

    #[test]
    fn an_empty_value_is_an_error_that_names_the_claim() {
        for (claim, named) in [(Some("email"), "the claim \"email\""), (None, "the claim \"sub\"")] {
            let error = call(claim, None, "").expect_err("it is empty");
            assert!(error.parameter == Some("value") && error.text.contains(named), "{error:?}");
        }
    }
}
