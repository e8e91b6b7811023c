//! What the plan of a trust means with the other plans of the run: whether a binding gives rights to its users, whether a discovery
//! document spells the issuer in another way, and whether the caller's own access rests on it.

use std::time::Duration;

use clusters::{Bound, Ledger};
use kubernetes::Identity;
use tfplugin::{Diagnostic, Value};

use super::{ClusterOidc, ClusterOidcPartial};
use crate::{oidc_names::is_below, resources::cluster_block::ClusterBlock as _};

/// The warnings about a planned trust. Records its issuer.
pub(super) async fn check(
    planned: &ClusterOidcPartial,
    prior: Option<&ClusterOidc>,
    ledger: &Ledger,
) -> Vec<Diagnostic> {
    let other = planned.issuer_url.as_known().and_then(|issuer| ledger.trust(issuer));
    let spelling = other
        .map(|other| spelled_otherwise(planned.issuer_url.as_known().map_or("", String::as_str), &other));
    let has_new_names = prior.is_none_or(|prior| renames(prior, planned));
    let rights = (has_new_names && gives_no_rights(planned, ledger).await).then(without_rights);
    spelling.into_iter().chain(rights).collect()
}

/// Whether users or groups of the issuer get other names than they had, so that bindings to those no longer mean them.
fn renames(prior: &ClusterOidc, planned: &ClusterOidcPartial) -> bool {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let differs = |planned: &Value<String>, prior: String| {
        !planned.is_unknown() && planned.as_known().cloned().unwrap_or_default() != prior
    };
    let users = prior.effective_username_prefix.as_known().cloned().unwrap_or_default();
    differs(&planned.effective_username_prefix, users)
        || differs(&planned.groups_prefix, text(&prior.groups_prefix))
}

/// Terraform plans bindings that do not refer to the trust at the same time.
const SAME_TIME: Duration = Duration::from_millis(500);

/// Whether nothing that was planned so far gives rights to a user or group of the issuer. What is unknown may give some.
async fn gives_no_rights(planned: &ClusterOidcPartial, ledger: &Ledger) -> bool {
    let Value::Known(cluster_id) = &planned.block.cluster_id else { return false };
    let is_unset = |value: &Value<String>| match value {
        Value::Null => true,
        Value::Known(text) => text.is_empty(),
        Value::Unknown => false,
    };
    let Value::Known(users) = &planned.effective_username_prefix else { return false };
    let groups = match &planned.groups_prefix {
        Value::Unknown => return false,
        prefix => prefix.as_known().map_or("", String::as_str),
    };
    let has_groups = !is_unset(&planned.groups_claim);
    let is_of_issuer = |name: &Bound| match name {
        Bound::User(name) => is_below(name, users),
        Bound::Group(name) => has_groups && is_below(name, groups),
    };
    is_unset(&planned.admin_group_binding)
        && !ledger.is_bound_within(SAME_TIME, cluster_id, is_of_issuer).await
}

/// Whether a change of the trust leaves the caller's access as it is: only the group of administrators changes, and the caller is not in it.
pub(super) fn keeps_access(prior: &ClusterOidc, planned: Option<&ClusterOidc>, caller: &Identity) -> bool {
    let Some(planned) = planned else { return false };
    let is_administrator = prior.admin_group_binding.as_ref().is_some_and(|own| caller.groups.contains(own));
    let (before, mut after) = (prior.to_block(), planned.to_block());
    if !is_administrator {
        after.admin_group_binding.clone_from(&before.admin_group_binding);
    }
    coreweave::differing_leaves(Some(&before), Some(&after)).is_empty()
}

/// What of the caller's access rests on this trust. With an empty prefix any user may be one of the issuer, except those of Kubernetes'
/// own.
pub(super) fn access_of(trust: &ClusterOidc, caller: &Identity) -> Option<String> {
    let prefix = trust.effective_username_prefix.as_known()?;
    is_below(&caller.username, prefix).then(|| "an ID token of this issuer".to_owned())
}

/// A trust whose users have no rights.
fn without_rights() -> Diagnostic {
    Diagnostic::warning(
        "No binding gives rights to users of the issuer",
        "Users of the issuer can log in and may do nothing yet: no cks_rbac_binding that was planned before this resource names a user or \
         group with its prefix, and `admin_group_binding` is not set. Bind one with cks_rbac_binding: the functions \
         provider::cks::oidc_username and provider::cks::oidc_group compute the names. A binding that refers to this resource is planned \
         after it: then nothing is to do.",
    )
    .at("issuer_url")
}

/// An issuer whose discovery document has almost the same URL.
fn spelled_otherwise(issuer: &str, other: &str) -> Diagnostic {
    let what = if issuer.trim_end_matches('/') == other.trim_end_matches('/') {
        "by the slash at the end, which is significant"
    } else {
        "by upper-case and lower-case letters"
    };
    Diagnostic::warning(
        "issuer_url differs from the issuer's own URL",
        format!(
            "A cks_oidc_discovery of this configuration read the document of this issuer, and the URL there differs {what}. Kubernetes compares \
             `issuer_url` byte for byte with the `iss` claim of tokens, and would reject every one. Set issuer_url = \
             data.cks_oidc_discovery.NAME.issuer_url."
        ),
    )
    .at("issuer_url")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::{errors::testing::check_messages, resources::cluster_block::BlockFieldsPartial};

    fn known(text: &str) -> Value<String> {
        Value::Known(text.to_owned())
    }

    fn planned() -> ClusterOidcPartial {
        ClusterOidcPartial {
            block: BlockFieldsPartial { cluster_id: known("a"), ..BlockFieldsPartial::default() },
            issuer_url: known("https://issuer.example.com"),
            groups_claim: known("groups"),
            groups_prefix: known("g:"),
            effective_username_prefix: known("oidc:"),
            ..ClusterOidcPartial::default()
        }
    }

    /// A trust with these prefixes.
    fn trust(planned: &ClusterOidcPartial) -> ClusterOidc {
        ClusterOidc {
            effective_username_prefix: planned.effective_username_prefix.clone(),
            groups_prefix: planned.groups_prefix.as_known().cloned(),
            ..ClusterOidc::default()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_trust_needs_a_binding_with_its_prefix_or_an_administrators_group() {
        let user = |name: &str| Some(Bound::User(name.to_owned()));
        let group = |name: &str| Some(Bound::Group(name.to_owned()));
        let no_groups = ClusterOidcPartial { groups_claim: Value::Null, ..planned() };
        let administrators = ClusterOidcPartial { admin_group_binding: known("g:admins"), ..planned() };
        let no_prefix = || ClusterOidcPartial { effective_username_prefix: known(""), ..planned() };
        for (planned, bound, cluster, warns) in [
            (planned(), None, "a", true),
            (planned(), user("oidc:ada"), "a", false),
            (planned(), group("g:team"), "a", false),
            (planned(), user("oidc:ada"), "b", true),
            (planned(), user("ada"), "a", true),
            (planned(), group("oidc:team"), "a", true),
            (no_groups, group("g:team"), "a", true),
            (administrators, None, "a", false),
            (no_prefix(), user("ada@example.com"), "a", false),
            (no_prefix(), user("system:anonymous"), "a", true),
        ] {
            let ledger = Ledger::default();
            ledger.bind(cluster, bound.clone());
            assert_eq!(
                check(&planned, None, &ledger).await.len(),
                usize::from(warns),
                "{bound:?} {planned:?}"
            );
            let same = trust(&planned);
            assert!(check(&planned, Some(&same), &ledger).await.is_empty(), "its users keep their names");
            let others = [
                ClusterOidc { effective_username_prefix: known("other:"), ..trust(&planned) },
                ClusterOidc { groups_prefix: Some("other:".to_owned()), ..trust(&planned) },
            ];
            for renamed in others {
                let found = check(&planned, Some(&renamed), &ledger).await.len();
                assert_eq!(found, usize::from(warns), "{renamed:?} {planned:?}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_unknown_may_give_rights() {
        let ledger = Ledger::default();
        for unknown in [
            ClusterOidcPartial { admin_group_binding: Value::Unknown, ..planned() },
            ClusterOidcPartial { effective_username_prefix: Value::Unknown, ..planned() },
            ClusterOidcPartial { groups_prefix: Value::Unknown, ..planned() },
        ] {
            assert!(check(&unknown, None, &ledger).await.is_empty());
        }
    }

    #[test]
    fn the_callers_access_rests_on_a_trust_with_its_prefix() {
        let trust =
            |prefix: &str| ClusterOidc { effective_username_prefix: known(prefix), ..ClusterOidc::default() };
        let caller = |name: &str| Identity { username: name.to_owned(), ..Identity::default() };
        assert!(access_of(&trust("oidc:"), &caller("oidc:ci")).is_some());
        assert!(access_of(&trust("oidc:"), &caller("system:serviceaccount:a:b")).is_none());
        assert!(access_of(&trust(""), &caller("system:serviceaccount:a:b")).is_none());
        assert!(access_of(&trust(""), &caller("ci@example.com")).is_some());
    }

    #[test]
    fn a_change_of_the_trust_may_end_the_access_of_its_users() {
        let prior = || ClusterOidc {
            issuer_url: "https://issuer.example.com".to_owned(),
            client_id: "cks".to_owned(),
            admin_group_binding: Some("admins".to_owned()),
            ..ClusterOidc::default()
        };
        let caller = |groups: &[&str]| Identity {
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            ..Identity::default()
        };
        let text = |text: &str| Some(text.to_owned());
        for changed in [
            ClusterOidc { issuer_url: "https://other.example.com".to_owned(), ..prior() },
            ClusterOidc { client_id: "other".to_owned(), ..prior() },
            ClusterOidc { username_claim: text("email"), ..prior() },
            ClusterOidc { username_prefix: text("o:"), ..prior() },
            ClusterOidc { groups_claim: text("groups"), ..prior() },
            ClusterOidc { groups_prefix: text("g:"), ..prior() },
            ClusterOidc { required_claim: text("hd=example.com"), ..prior() },
            ClusterOidc { ca_certificate: text("PEM"), ..prior() },
        ] {
            assert!(!keeps_access(&prior(), Some(&changed), &caller(&[])), "{changed:?}");
        }
        assert!(!keeps_access(&prior(), None, &caller(&[])), "it is not known");
        let no_group = ClusterOidc { admin_group_binding: None, ..prior() };
        assert!(keeps_access(&prior(), Some(&no_group), &caller(&["users"])));
        assert!(!keeps_access(&prior(), Some(&no_group), &caller(&["admins"])));
    }

    #[test]
    fn the_warnings_say_what_to_do() {
        check_messages(
            without_rights(),
            &expect![[r#"
            No binding gives rights to users of the issuer @ issuer_url
            Users of the issuer can log in and may do nothing yet: no cks_rbac_binding that was planned before this resource names a user or group with its prefix, and `admin_group_binding` is not set. Bind one with cks_rbac_binding: the functions provider::cks::oidc_username and provider::cks::oidc_group compute the names. A binding that refers to this resource is planned after it: then nothing is to do.
        "#]],
        );
        let issuer = "https://issuer.example.com";
        check_messages(
            spelled_otherwise(issuer, "https://issuer.example.com/"),
            &expect![[r#"
            issuer_url differs from the issuer's own URL @ issuer_url
            A cks_oidc_discovery of this configuration read the document of this issuer, and the URL there differs by the slash at the end, which is significant. Kubernetes compares `issuer_url` byte for byte with the `iss` claim of tokens, and would reject every one. Set issuer_url = data.cks_oidc_discovery.NAME.issuer_url.
        "#]],
        );
        check_messages(
            spelled_otherwise(issuer, "https://Issuer.example.com"),
            &expect![[r#"
            issuer_url differs from the issuer's own URL @ issuer_url
            A cks_oidc_discovery of this configuration read the document of this issuer, and the URL there differs by upper-case and lower-case letters. Kubernetes compares `issuer_url` byte for byte with the `iss` claim of tokens, and would reject every one. Set issuer_url = data.cks_oidc_discovery.NAME.issuer_url.
        "#]],
        );
    }
}
