//! `oidc_username`: who a user of an OIDC issuer is to Kubernetes.

use tfplugin::{Function, FunctionError, Schema};

use crate::{checks, oidc_names};

/// The user name that Kubernetes sees for an ID token, to be bound to roles.
///
/// Takes what `cks_cluster_oidc` takes, null or `""` for what is not set there, and the value of the claim that names the user.
/// Without a prefix the result is `ISSUER_URL#VALUE`, or the bare value when `username_claim` is `email`; the prefix `-` means
/// none.
///
/// A result that begins with `system:` is a name that Kubernetes keeps for itself: choose a prefix of your own then.
#[derive(Clone, Debug, Schema)]
#[schema(name = "oidc_username")]
pub(crate) struct OidcUsername {
    /// The issuer's URL, exactly as the `iss` claim of its tokens has it.
    #[schema(required, validate(checks::https_issuer))]
    issuer_url: String,
    /// Claim that names the user. Null or `""`: `sub`, as Kubernetes takes it.
    #[schema(optional)]
    username_claim: Option<String>,
    /// What is put before each user name, as configured; `-` for nothing. Null or `""`: Kubernetes' default.
    #[schema(optional)]
    username_prefix: Option<String>,
    /// What the claim holds for this user.
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
                format!(
                    "It is empty, and nobody has an empty name. Give what the claim {claim:?} of the user's tokens holds."
                ),
            ));
        }
        let prefix = self.username_prefix.unwrap_or_default();
        Ok(oidc_names::username(&self.issuer_url, &claim, &prefix, &self.value))
    }
}
