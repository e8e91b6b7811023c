//! Warnings about names of subjects: those without the prefix of the cluster's OIDC issuer, which no user or group of the issuer has, so
//! that the binding usually grants no permissions; and those of Kubernetes that mean every caller.

use std::collections::BTreeSet;

use clusters::{Bound, Clusters};
use coreweave::Oidc;
use kubernetes::Binding;
use tfplugin::{Context, Diagnostic, Plan, Value};

use super::{RbacBinding, RbacBindingPartial};
use crate::{
    oidc_names::effective_username_prefix,
    operation::ReachClusters as _,
    resources::{
        object::{ObjectId, kind_at},
        plan_checks::{warn, within_a_plan},
    },
};

/// Warns about added names without the prefix.
pub(super) async fn warn_at_plan(plan: &Plan<RbacBinding>, context: &Context<Clusters>) {
    let prior = plan.prior.as_ref();
    let users = added(&plan.planned.users, prior.and_then(|prior| prior.users.as_ref()));
    let groups = added(&plan.planned.groups, prior.and_then(|prior| prior.groups.as_ref()));
    warn(everybody(&users, &groups), context);
    let of_issuer = |names: Vec<String>| {
        names.into_iter().filter(|name| !name.starts_with("system:")).collect::<Vec<_>>()
    };
    let (users, groups) = (of_issuer(users), of_issuer(groups));
    let (Value::Known(cluster_id), false) =
        (&plan.planned.object.cluster_id, users.is_empty() && groups.is_empty())
    else {
        return;
    };
    // An address needs no request to CoreWeave's API, which may be out of reach, or without a token.
    if context.clusters().is_by_address(cluster_id).unwrap_or(false) {
        return;
    }
    let cluster = within_a_plan(cluster_id, context, context.clusters().expect(cluster_id)).await;
    let Some(oidc) = cluster.as_ref().and_then(|cluster| cluster.oidc.as_ref()) else { return };
    warn(warnings(oidc, &users, &groups), context);
}

/// Records the names that get rights, for the plan of the cluster's trust.
pub(super) fn record(planned: &RbacBindingPartial, context: &Context<Clusters>) {
    let Value::Known(cluster_id) = &planned.object.cluster_id else { return };
    let users = added(&planned.users, None).into_iter().map(Bound::User);
    let groups = added(&planned.groups, None).into_iter().map(Bound::Group);
    context.provider().ledger().bind(cluster_id, users.chain(groups));
}

/// Names that the prior state does not have.
fn added(planned: &Value<Vec<Value<String>>>, prior: Option<&BTreeSet<String>>) -> Vec<String> {
    let planned = planned.as_known().into_iter().flatten().filter_map(Value::as_known);
    planned.filter(|name| prior.is_none_or(|prior| !prior.contains(*name))).cloned().collect()
}

/// The attributes whose names a prefix applies to.
const USERS: &str = "users";
const GROUPS: &str = "groups";

/// Subjects of Kubernetes' own that mean every caller (`k8s.io/apiserver/pkg/authentication/user`), with who they are.
const EVERYBODY: [(&str, &str, &str); 3] = [
    (
        USERS,
        "system:anonymous",
        "every caller without credentials. The cluster's unmanaged endpoint answers such requests from the whole internet, unless the \
         cluster is private",
    ),
    (
        GROUPS,
        "system:unauthenticated",
        "every caller without credentials. The cluster's unmanaged endpoint answers such requests from the whole internet, unless the \
         cluster is private",
    ),
    (
        GROUPS,
        "system:authenticated",
        "every caller with any credentials: each user of the OIDC issuer, each ServiceAccount and each CoreWeave user of the organisation",
    ),
];

/// Added subjects that mean every caller.
fn everybody(users: &[String], groups: &[String]) -> Vec<Diagnostic> {
    EVERYBODY
        .into_iter()
        .filter(|(attribute, name, _)| {
            let added = if *attribute == USERS { users } else { groups };
            added.iter().any(|added| added == name)
        })
        .map(|(attribute, name, who)| {
            Diagnostic::warning(
                format!("Binding grants its role to {name}"),
                format!("{name} is {who}. Bind a user, a group or a ServiceAccount of your own instead."),
            )
            .at(attribute)
        })
        .collect()
}

fn warnings(oidc: &Oidc, users: &[String], groups: &[String]) -> Vec<Diagnostic> {
    let user_prefix =
        effective_username_prefix(&oidc.issuer_url, &oidc.username_claim, &oidc.username_prefix);
    [(USERS, user_prefix.as_str(), users), (GROUPS, oidc.groups_prefix.as_str(), groups)]
        .into_iter()
        .filter_map(|(attribute, prefix, names)| {
            let bare = names.iter().filter(|name| !name.starts_with(prefix)).count();
            (bare > 0).then(|| names_lack_prefix(attribute, bare))
        })
        .collect()
}

/// Subjects without the prefix of the cluster's OIDC issuer: their number, since names may be sensitive.
fn names_lack_prefix(attribute: &str, number: usize) -> Diagnostic {
    let (what, prefix, function) = if attribute == GROUPS {
        ("group", "`groups_prefix`", "oidc_group")
    } else {
        ("user", "`username_prefix`, or if that is not set the issuer's URL and \"#\",", "oidc_username")
    };
    let (names, lack) = if number == 1 {
        ("1 added name".to_owned(), "lacks")
    } else {
        (format!("{number} added names"), "lack")
    };
    Diagnostic::warning(
        format!("No {what} of the OIDC issuer has this name"),
        format!(
            "The cluster puts {prefix} of its OIDC configuration before each {what} name of the issuer, and {names} in `{attribute}` {lack} \
             that. Write the name with it: provider::cks::{function} computes it. If it is a {what} of a webhook, a certificate or the \
             managed endpoint, keep it as it is."
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
    use tfplugin::Error;

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
    fn names_without_the_prefix_are_counted() {
        let text = |text: &str| text.to_owned();
        check(Oidc::default(), &["ada"], &["team"], &["1 added name in `users`"]);
        check(
            Oidc { username_claim: text("email"), ..Oidc::default() },
            &["ada@example.com"],
            &["team"],
            &[],
        );
        let prefixed =
            || Oidc { username_prefix: text("oidc:"), groups_prefix: text("g:"), ..Oidc::default() };
        check(prefixed(), &["oidc:ada"], &["g:team"], &[]);
        let expected = ["2 added names in `users`", "1 added name in `groups`"];
        check(prefixed(), &["oidc:ada", "bob", "eve"], &["team"], &expected);
    }

    #[test]
    fn only_added_names_are_checked() {
        let name = |name: &str| Value::Known(name.to_owned());
        let planned = Value::Known(vec![name("ada"), name("bob"), name("system:admin"), Value::Unknown]);
        let prior = BTreeSet::from(["ada".to_owned()]);
        assert_eq!(added(&planned, Some(&prior)), ["bob", "system:admin"]);
        assert_eq!(added(&planned, None), ["ada", "bob", "system:admin"]);
    }

    #[test]
    fn names_that_nobody_has_are_not_repeated() {
        check_messages(
            names_lack_prefix(USERS, 2),
            &expect![[r##"
            No user of the OIDC issuer has this name @ users
            The cluster puts `username_prefix`, or if that is not set the issuer's URL and "#", of its OIDC configuration before each user name of the issuer, and 2 added names in `users` lack that. Write the name with it: provider::cks::oidc_username computes it. If it is a user of a webhook, a certificate or the managed endpoint, keep it as it is.
        "##]],
        );
        check_messages(
            names_lack_prefix(GROUPS, 1),
            &expect![[r#"
            No group of the OIDC issuer has this name @ groups
            The cluster puts `groups_prefix` of its OIDC configuration before each group name of the issuer, and 1 added name in `groups` lacks that. Write the name with it: provider::cks::oidc_group computes it. If it is a group of a webhook, a certificate or the managed endpoint, keep it as it is.
        "#]],
        );
    }

    #[test]
    fn subjects_that_mean_every_caller_are_named() {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let all = everybody(
            &owned(&["system:anonymous", "system:authenticated"]),
            &owned(&["system:unauthenticated", "system:authenticated", "system:masters", "system:anonymous"]),
        );
        let error = Error::all([Diagnostic::error("", "")].into_iter().chain(all)).expect("an error");
        check_messages(
            error,
            &expect![[r#"
             @ 

            Binding grants its role to system:anonymous @ users
            system:anonymous is every caller without credentials. The cluster's unmanaged endpoint answers such requests from the whole internet, unless the cluster is private. Bind a user, a group or a ServiceAccount of your own instead.
            Binding grants its role to system:unauthenticated @ groups
            system:unauthenticated is every caller without credentials. The cluster's unmanaged endpoint answers such requests from the whole internet, unless the cluster is private. Bind a user, a group or a ServiceAccount of your own instead.
            Binding grants its role to system:authenticated @ groups
            system:authenticated is every caller with any credentials: each user of the OIDC issuer, each ServiceAccount and each CoreWeave user of the organisation. Bind a user, a group or a ServiceAccount of your own instead.
        "#]],
        );
        assert!(everybody(&owned(&["ada"]), &owned(&["system:serviceaccounts"])).is_empty());
    }
}
