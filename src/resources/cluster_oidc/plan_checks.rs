//! What the plan of a `cks_cluster_oidc` adds: computed values that are certain beforehand, errors, and warnings.

use tfplugin::{Diagnostic, Diagnostics, Value};

use super::ClusterOidcPartial;
use crate::oidc_names::{allows_system_names, effective_username_prefix};

/// Kubernetes rejects an issuer that is also the cluster's own for ServiceAccounts: its API server would not start.
pub(super) fn validate(config: &ClusterOidcPartial, report: &mut Diagnostics) {
    let (Value::Known(cluster_id), Value::Known(issuer)) = (&config.block.cluster_id, &config.issuer_url)
    else {
        return;
    };
    let own = coreweave::service_account_issuer(cluster_id);
    if issuer.trim_end_matches('/') == own {
        report.push(
            Diagnostic::error(
                "Issuer is the cluster's own",
                format!(
                    "{own} issues this cluster's own ServiceAccount tokens. The unmanaged endpoint trusts it anyway, and Kubernetes rejects \
                     it as an OIDC issuer. Set `issuer_url` to the issuer of your identity provider."
                ),
            )
            .at("issuer_url"),
        );
    }
}

/// Fills in the computed attributes that are certain beforehand.
pub(super) fn fill_in_prefixes(planned: &mut ClusterOidcPartial) {
    let inputs = (&planned.issuer_url, text(&planned.username_claim), text(&planned.username_prefix));
    if let (Value::Known(issuer), Some(claim), Some(prefix)) = inputs {
        planned.effective_username_prefix = Value::Known(effective_username_prefix(issuer, claim, prefix));
    }
    if let Some(prefix) = text(&planned.groups_prefix) {
        planned.effective_groups_prefix = Value::Known(prefix.to_owned());
    }
}

/// Null and empty mean the same; `None` is unknown.
fn text(value: &Value<String>) -> Option<&str> {
    match value {
        Value::Null => Some(""),
        Value::Known(text) => Some(text),
        Value::Unknown => None,
    }
}

/// What the user should know of the trust that is planned.
pub(super) fn warnings(planned: &ClusterOidcPartial) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    let groups_claim = text(&planned.groups_claim);
    let groups_prefix = text(&planned.groups_prefix);
    if let (Value::Known(prefix), Some(claim)) =
        (&planned.effective_username_prefix, text(&planned.username_claim))
    {
        // An e-mail address that the issuer has verified cannot be `system:…`.
        let harmless = prefix.is_empty() && claim == "email";
        if allows_system_names(prefix) && !harmless {
            warnings.push(system_names("username_prefix", "user", prefix));
        }
    }
    if let (Some(claim), Some(prefix)) = (groups_claim, groups_prefix) {
        if !claim.is_empty() && allows_system_names(prefix) {
            warnings.push(system_names("groups_prefix", "group", prefix));
        }
        if claim.is_empty() && !prefix.is_empty() {
            warnings.push(
                Diagnostic::warning(
                    "groups_prefix without groups_claim",
                    "Users have no groups without `groups_claim`, so `groups_prefix` has no effect. Set `groups_claim`, or remove `groups_prefix`.",
                )
                .at("groups_prefix"),
            );
        }
    }
    if let (Some(binding), Some(claim), Some(prefix)) =
        (text(&planned.admin_group_binding), groups_claim, groups_prefix)
    {
        warnings.extend(admin_group(binding, claim, prefix));
    }
    warnings
}

fn system_names(attribute: &str, kind: &str, prefix: &str) -> Diagnostic {
    let with = if prefix.is_empty() { "Without a prefix" } else { "With this prefix" };
    Diagnostic::warning(
        format!("Issuer could name a {kind} system:…"),
        format!(
            "{with}, the claim at the issuer can contain a {kind} name that begins with system:, such as \
             system:masters. Kubernetes reserves these names. Set `{attribute}` to a prefix of your own, such as \"oidc:\"."
        ),
    )
    .at(attribute)
}

fn admin_group(binding: &str, groups_claim: &str, groups_prefix: &str) -> Option<Diagnostic> {
    if binding.is_empty() {
        return None;
    }
    let (summary, detail) = if groups_claim.is_empty() {
        (
            "admin_group_binding without groups_claim",
            "Users have no groups without `groups_claim`, so no user is in the administrators' group. Set `groups_claim`.".to_owned(),
        )
    } else if !binding.starts_with(groups_prefix) {
        (
            "admin_group_binding without groups_prefix",
            "In Kubernetes, group names of the issuer begin with `groups_prefix`, and `admin_group_binding` does not. CoreWeave does not \
             document whether it adds the prefix. Write it before the name in `admin_group_binding`."
                .to_owned(),
        )
    } else {
        return None;
    };
    Some(Diagnostic::warning(summary, detail).at("admin_group_binding"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::cluster_block::BlockFieldsPartial;

    fn known(text: &str) -> Value<String> {
        Value::Known(text.to_owned())
    }

    fn of_cluster(cluster_id: Value<String>) -> BlockFieldsPartial {
        BlockFieldsPartial { cluster_id, ..BlockFieldsPartial::default() }
    }

    fn planned() -> ClusterOidcPartial {
        ClusterOidcPartial {
            block: of_cluster(known("81540112-93fc-4d39-af10-fe6c2f4b8824")),
            issuer_url: known("https://issuer.example.com"),
            client_id: known("kubernetes"),
            ..ClusterOidcPartial::default()
        }
    }

    #[track_caller]
    fn check(planned: ClusterOidcPartial, expected: &[&str]) {
        let mut planned = planned;
        fill_in_prefixes(&mut planned);
        let summaries: Vec<_> = warnings(&planned).into_iter().map(|warning| warning.summary).collect();
        assert_eq!(summaries, expected);
    }

    #[test]
    fn a_prefix_that_allows_system_names_is_warned_of() {
        check(planned(), &[]);
        check(
            ClusterOidcPartial { username_prefix: known("-"), ..planned() },
            &["Issuer could name a user system:…"],
        );
        check(
            ClusterOidcPartial { username_prefix: known("system:"), ..planned() },
            &["Issuer could name a user system:…"],
        );
        check(ClusterOidcPartial { username_prefix: known("oidc:"), ..planned() }, &[]);
        check(ClusterOidcPartial { username_claim: known("email"), ..planned() }, &[]);
        check(
            ClusterOidcPartial { groups_claim: known("groups"), ..planned() },
            &["Issuer could name a group system:…"],
        );
        let prefixed =
            ClusterOidcPartial { groups_claim: known("groups"), groups_prefix: known("oidc:"), ..planned() };
        check(prefixed, &[]);
    }

    #[test]
    fn group_settings_without_effect_are_warned_of() {
        check(
            ClusterOidcPartial { groups_prefix: known("oidc:"), ..planned() },
            &["groups_prefix without groups_claim"],
        );
        check(
            ClusterOidcPartial { admin_group_binding: known("admins"), ..planned() },
            &["admin_group_binding without groups_claim"],
        );
        let unprefixed = ClusterOidcPartial {
            admin_group_binding: known("admins"),
            groups_claim: known("groups"),
            groups_prefix: known("oidc:"),
            ..planned()
        };
        check(unprefixed.clone(), &["admin_group_binding without groups_prefix"]);
        check(ClusterOidcPartial { admin_group_binding: known("oidc:admins"), ..unprefixed }, &[]);
    }

    #[test]
    fn unknown_values_cause_no_diagnostic() {
        let unknown = ClusterOidcPartial {
            username_prefix: Value::Unknown,
            groups_claim: Value::Unknown,
            groups_prefix: Value::Unknown,
            admin_group_binding: Value::Unknown,
            ..planned()
        };
        check(unknown, &[]);
    }

    #[test]
    fn the_clusters_own_issuer_is_refused() {
        let own = "https://oidc.cks.coreweave.com/id/81540112-93fc-4d39-af10-fe6c2f4b8824";
        for issuer in [own.to_owned(), format!("{own}/")] {
            let mut report = Diagnostics::default();
            validate(&ClusterOidcPartial { issuer_url: Value::Known(issuer), ..planned() }, &mut report);
            assert!(report.has_errors());
        }
        let mut report = Diagnostics::default();
        validate(&ClusterOidcPartial { block: of_cluster(Value::Unknown), ..planned() }, &mut report);
        assert!(!report.has_errors());
    }
}
