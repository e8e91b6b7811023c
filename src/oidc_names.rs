//! The names that Kubernetes gives to the users and groups of an OIDC token.
//!
//! The rule is kube-apiserver's for `--oidc-username-prefix` and `--oidc-groups-prefix`
//! (`pkg/kubeapiserver/options/authentication.go`): an unset user prefix becomes `ISSUER#`, unless the claim is `email`; `-`
//! means no prefix; group names have no default prefix, and `-` is an ordinary one there.

/// The effective prefix of user names. An empty prefix or claim counts as unset.
pub(crate) fn effective_username_prefix(
    issuer_url: &str,
    username_claim: &str,
    username_prefix: &str,
) -> String {
    match (username_prefix, username_claim) {
        ("-", _) | ("", "email") => String::new(),
        ("", _) => format!("{issuer_url}#"),
        (prefix, _) => prefix.to_owned(),
    }
}

/// The user name in Kubernetes for this value of the user name claim.
pub(crate) fn username(issuer_url: &str, username_claim: &str, username_prefix: &str, value: &str) -> String {
    effective_username_prefix(issuer_url, username_claim, username_prefix) + value
}

/// The group name in Kubernetes for this element of the groups claim.
pub(crate) fn group(groups_prefix: &str, value: &str) -> String {
    format!("{groups_prefix}{value}")
}

/// Whether a name with this prefix can begin with `system:`, which Kubernetes reserves: the claim's value could then be an
/// identity such as `system:masters`.
pub(crate) fn allows_system_names(effective_prefix: &str) -> bool {
    const RESERVED: &str = "system:";
    RESERVED.starts_with(effective_prefix) || effective_prefix.starts_with(RESERVED)
}

/// Whether a user name can come from an issuer whose names have this prefix. With an empty one any can, except those of Kubernetes' own.
pub(crate) fn is_below(name: &str, effective_prefix: &str) -> bool {
    name.starts_with(effective_prefix) && !(effective_prefix.is_empty() && name.starts_with("system:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_prefix_follows_kubernetes() {
        let issuer = "https://issuer.example.com";
        for (claim, prefix, expected) in [
            ("", "", "https://issuer.example.com#"),
            ("sub", "", "https://issuer.example.com#"),
            ("email", "", ""),
            ("email", "-", ""),
            ("sub", "-", ""),
            ("email", "oidc:", "oidc:"),
            ("sub", "oidc:", "oidc:"),
        ] {
            assert_eq!(effective_username_prefix(issuer, claim, prefix), expected, "{claim:?} {prefix:?}");
        }
    }

    #[test]
    fn names_are_prefix_and_value() {
        let issuer = "https://issuer.example.com/";
        assert_eq!(username(issuer, "", "", "ada"), "https://issuer.example.com/#ada");
        assert_eq!(username(issuer, "email", "", "ada@example.com"), "ada@example.com");
        assert_eq!(username(issuer, "sub", "-", "ada"), "ada");
        assert_eq!(username(issuer, "sub", "oidc:", "ada"), "oidc:ada");
        assert_eq!(group("", "admins"), "admins");
        assert_eq!(group("-", "admins"), "-admins");
        assert_eq!(group("oidc:", "admins"), "oidc:admins");
    }

    #[test]
    fn a_prefix_that_allows_system_names_is_recognised() {
        for (prefix, allows) in [
            ("", true),
            ("sys", true),
            ("system:", true),
            ("system:node:", true),
            ("oidc:", false),
            ("systems:", false),
            ("-", false),
        ] {
            assert_eq!(allows_system_names(prefix), allows, "{prefix:?}");
        }
    }
}
