//! Warnings about subjects without the prefix of the cluster's OIDC issuer. No user or group of the issuer has such a name, so the
//! binding usually grants no permissions.

use std::collections::BTreeSet;

use clusters::Clusters;
use coreweave::Oidc;
use kubernetes::{Binding, GROUPS, USERS};
use tfplugin::{Context, Diagnostic, Plan, Value};

use super::RbacBinding;
use crate::{
    oidc_names::effective_username_prefix,
    operation::ReachClusters as _,
    resources::{
        object::{ObjectId, kind_at},
        plan_checks::within_a_plan,
    },
};

/// Warns about added names without the prefix.
pub(super) async fn warn_at_plan(plan: &Plan<RbacBinding>, context: &Context<Clusters>) {
    let prior = plan.prior.as_ref();
    let users = added(&plan.planned.users, prior.and_then(|prior| prior.users.as_ref()));
    let groups = added(&plan.planned.groups, prior.and_then(|prior| prior.groups.as_ref()));
    let (Value::Known(cluster_id), false) =
        (&plan.planned.object.cluster_id, users.is_empty() && groups.is_empty())
    else {
        return;
    };
    // An address needs no request to CoreWeave's API, which may be out of reach, or without a token.
    if context.clusters().is_by_address(cluster_id).unwrap_or(false) {
        return;
    }
    let cluster = within_a_plan(context.clusters().expect(cluster_id)).await;
    let Some(oidc) = cluster.as_ref().and_then(|cluster| cluster.oidc.as_ref()) else { return };
    for warning in warnings(oidc, &users, &groups) {
        context.warn(warning);
    }
}

/// Added names, except those that Kubernetes reserves, which have no prefix.
fn added(planned: &Value<Vec<Value<String>>>, prior: Option<&BTreeSet<String>>) -> Vec<String> {
    let planned = planned.as_known().into_iter().flatten().filter_map(Value::as_known);
    planned
        .filter(|name| !name.starts_with("system:") && prior.is_none_or(|prior| !prior.contains(*name)))
        .cloned()
        .collect()
}

fn warnings(oidc: &Oidc, users: &[String], groups: &[String]) -> Vec<Diagnostic> {
    let user_prefix =
        effective_username_prefix(&oidc.issuer_url, &oidc.username_claim, &oidc.username_prefix);
    [(USERS, user_prefix.as_str(), users), (GROUPS, oidc.groups_prefix.as_str(), groups)]
        .into_iter()
        .filter_map(|(attribute, prefix, names)| {
            let bare: Vec<_> = names.iter().filter(|name| !name.starts_with(prefix)).collect();
            (!bare.is_empty()).then(|| names_lack_prefix(attribute, &oidc.issuer_url, prefix, &bare))
        })
        .collect()
}

/// Subjects without the prefix of the cluster's OIDC issuer.
fn names_lack_prefix(attribute: &str, issuer: &str, prefix: &str, names: &[&String]) -> Diagnostic {
    let (what, function) =
        if attribute == GROUPS { ("group", "oidc_group") } else { ("user", "oidc_username") };
    let listed: Vec<_> =
        names.iter().map(|name| format!("{:?} instead of {name:?}", format!("{prefix}{name}"))).collect();
    Diagnostic::warning(
        format!("No {what} of the OIDC issuer has this name"),
        format!(
            "The cluster puts the prefix {prefix:?} before each {what} name of the issuer {issuer}: bind {} (the function {function} computes it). If \
             it is a {what} of a webhook, a certificate or the managed endpoint, keep it as it is.",
            listed.join(", ")
        ),
    )
    .at(attribute)
}

/// A subject of an existing binding that Terraform cannot write as the cluster has it.
pub(super) fn not_in_normal_form(attribute: &str, id: &ObjectId) -> Diagnostic {
    Diagnostic::warning(
        format!("A name in `{attribute}` has another Unicode form on the cluster"),
        format!(
            "Terraform keeps text in normal form C (NFC), and {} of {} has a name in another form. To Kubernetes these are two names: the \
             binding keeps the form on the cluster, and grants nothing to the name in normal form. To grant it to that one, remove the name from \
             `{attribute}`, apply, and add it again.",
            kind_at::<Binding>(&id.place),
            id.in_words()
        ),
    )
    .at(attribute)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::errors::testing::check_messages;

    #[track_caller]
    fn check(oidc: Oidc, users: &[&str], groups: &[&str], expected: &[&str]) {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let oidc = Oidc { issuer_url: "https://issuer.example.com".to_owned(), ..oidc };
        let found = warnings(&oidc, &owned(users), &owned(groups));
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.detail.contains(expected), "{found:?}");
        }
    }

    #[test]
    fn the_name_with_its_prefix_is_shown() {
        let text = |text: &str| text.to_owned();
        check(Oidc::default(), &["ada"], &["team"], &["\"https://issuer.example.com#ada\""]);
        check(
            Oidc { username_claim: text("email"), ..Oidc::default() },
            &["ada@example.com"],
            &["team"],
            &[],
        );
        let prefixed =
            || Oidc { username_prefix: text("oidc:"), groups_prefix: text("g:"), ..Oidc::default() };
        check(prefixed(), &["oidc:ada"], &["g:team"], &[]);
        check(prefixed(), &["oidc:ada", "bob"], &["team"], &["\"oidc:bob\"", "\"g:team\""]);
    }

    #[test]
    fn only_added_names_that_kubernetes_does_not_reserve_are_checked() {
        let name = |name: &str| Value::Known(name.to_owned());
        let planned = Value::Known(vec![name("ada"), name("bob"), name("system:admin"), Value::Unknown]);
        let prior = BTreeSet::from(["ada".to_owned()]);
        assert_eq!(added(&planned, Some(&prior)), ["bob"]);
        assert_eq!(added(&planned, None), ["ada", "bob"]);
    }

    #[test]
    fn names_that_no_user_has_are_reported_with_the_name_in_kubernetes() {
        let names = ["ada".to_owned(), "bob".to_owned()];
        let names: Vec<_> = names.iter().collect();
        check_messages(
            names_lack_prefix(USERS, "https://issuer.example.com", "oidc:", &names),
            &expect![[r#"
                No user of the OIDC issuer has this name @ users
                The cluster puts the prefix "oidc:" before each user name of the issuer https://issuer.example.com: bind "oidc:ada" instead of "ada", "oidc:bob" instead of "bob" (the function oidc_username computes it). If it is a user of a webhook, a certificate or the managed endpoint, keep it as it is.
            "#]],
        );
        check_messages(
            names_lack_prefix(GROUPS, "https://issuer.example.com", "g:", &names[..1]),
            &expect![[r#"
                No group of the OIDC issuer has this name @ groups
                The cluster puts the prefix "g:" before each group name of the issuer https://issuer.example.com: bind "g:ada" instead of "ada" (the function oidc_group computes it). If it is a group of a webhook, a certificate or the managed endpoint, keep it as it is.
            "#]],
        );
    }
}
