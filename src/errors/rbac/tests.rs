//! The messages as users read them. After a change of words: `UPDATE_EXPECT=1 cargo test errors::rbac`, and read the diff.

use expect_test::{Expect, expect};
use kubernetes::{Binding, Error as E, Kind as _, Role, USERS};

use super::*;
use crate::errors::ClientError as _;

const ID: &str = "81540112-93fc-4d39-af10-fe6c2f4b8824/viewers";

#[track_caller]
fn check(message: impl Into<Error>, expected: &Expect) {
    let shown: Vec<_> = message
        .into()
        .messages()
        .iter()
        .map(|message| format!("{} @ {}\n{}\n", message.summary, message.path, message.detail))
        .collect();
    expected.assert_eq(&shown.concat());
}

fn role(name: &str) -> RoleRef {
    RoleRef { kind: "ClusterRole".to_owned(), name: name.to_owned() }
}

#[test]
fn rights_that_lack_come_with_the_remedy() {
    let missing = vec!["{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\"]}".to_owned()];
    let action =
        |api| Action { verb: "create", api, place: Some(Place::cluster("viewers")), subresource: None };
    check(
        rights_will_lack(&action(Binding::api(false)), &missing),
        &expect![[r#"
            Not allowed to give these rights @ 
            You can grant only permissions that you hold. To create ClusterRoleBinding viewers, the caller lacks:
              {APIGroups:[""], Resources:["secrets"], Verbs:["get"]}

            Grant the caller these permissions, or the verb `bind` on the role to be bound: apiGroups ["rbac.authorization.k8s.io"], resources ["clusterroles", "roles"], verbs ["bind"], resourceNames [the role]. A caller bound to cluster-admin has it. Until then the apply will be refused, unless somebody with more rights applies.
        "#]],
    );
    check(
        rights_will_lack(&action(Role::api(false)), &missing),
        &expect![[r#"
            Not allowed to give these rights @ 
            You can grant only permissions that you hold. To create ClusterRole viewers, the caller lacks:
              {APIGroups:[""], Resources:["secrets"], Verbs:["get"]}

            Grant the caller these permissions, or the verb `escalate` on the role: apiGroups ["rbac.authorization.k8s.io"], resources ["clusterroles", "roles"], verbs ["escalate"], resourceNames [the role]. A caller bound to cluster-admin has it. Until then the apply will be refused, unless somebody with more rights applies.
        "#]],
    );
    check(
        E::Escalation { action: action(Binding::api(false)).into(), missing }.into_diagnostics(),
        &expect![[r#"
            Not allowed to give these rights @ 
            You can grant only permissions that you hold. To create ClusterRoleBinding viewers, the caller lacks:
              {APIGroups:[""], Resources:["secrets"], Verbs:["get"]}

            Grant the caller these permissions, or the verb `bind` on the role to be bound: apiGroups ["rbac.authorization.k8s.io"], resources ["clusterroles", "roles"], verbs ["bind"], resourceNames [the role]. A caller bound to cluster-admin has it.
        "#]],
    );
}

#[test]
fn a_role_that_is_not_there_or_not_ours_is_named() {
    check(
        role_is_missing(&Place::cluster("veiw")),
        &expect![[r#"
        ClusterRole does not exist @ cluster_role
        There is no ClusterRole veiw yet, and no cks_rbac_role of this plan makes it. A binding to it gives nobody anything, and some callers may not even write it. Create the role first, or correct `cluster_role`.
    "#]],
    );
    check(
        role_is_missing(&Place::namespaced("team", "veiw")),
        &expect![[r#"
        Role does not exist @ role
        There is no Role team/veiw yet, and no cks_rbac_role of this plan makes it. A binding to it gives nobody anything, and some callers may not even write it. Create the role first, or correct `role`.
    "#]],
    );
    check(
        role_is_aggregated(&Place::cluster("monitor")),
        &expect![[r#"
        Aggregated ClusterRole @ name
        ClusterRole monitor has an aggregationRule: kube-controller-manager gathers its rules from other ClusterRoles by their labels and overwrites whatever is written here, so it cannot be managed by cks_rbac_role. Give the labels that it looks for to a role of your own, whose rules are then in it. If the state has it, take it out with `terraform state rm`.
    "#]],
    );
    check(
        binding_of_another_role(false, ID, &role("edit"), &role("view")),
        &expect![[r#"
        ClusterRoleBinding exists already, of another role @ cluster_role
        ClusterRoleBinding viewers in cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 gives ClusterRole "edit", and the plan wants ClusterRole "view". Kubernetes does not let the role of a binding (its roleRef) change, so it cannot be adopted. Give this one another name; or delete the one that is there; or import it, and let the next apply replace it.
    "#]],
    );
}

#[test]
fn names_that_nobody_has_are_shown_as_kubernetes_sees_them() {
    let names = ["ada".to_owned(), "bob".to_owned()];
    let names: Vec<_> = names.iter().collect();
    check(
        names_lack_prefix(USERS, "https://issuer.example.com", "oidc:", &names),
        &expect![[r#"
        No user of the OIDC issuer has this name @ users
        The cluster puts "oidc:" before each user name of the issuer https://issuer.example.com, so Kubernetes will see "oidc:ada" in place of "ada", "oidc:bob" in place of "bob". Write it like that (the function oidc_username computes it). If it is no user of that issuer, but of a webhook, a certificate or the managed endpoint, it is right as it is.
    "#]],
    );
    check(
        names_lack_prefix(GROUPS, "https://issuer.example.com", "g:", &names[..1]),
        &expect![[r#"
        No group of the OIDC issuer has this name @ groups
        The cluster puts "g:" before each group name of the issuer https://issuer.example.com, so Kubernetes will see "g:ada" in place of "ada". Write it like that (the function oidc_group computes it). If it is no group of that issuer, but of a webhook, a certificate or the managed endpoint, it is right as it is.
    "#]],
    );
}

#[test]
fn access_that_goes_is_told() {
    check(
        callers_own_access("ada", "viewers", &role("view")),
        &expect![[r#"
        The caller's own access is taken away @ 
        These credentials are "ada" in the cluster, who has ClusterRole "view" by the binding viewers, and will no longer have it by that. Unless another binding gives the same, what comes after it in this apply, and the next plan, may be refused.
    "#]],
    );
    check(
        last_administrators("admins"),
        &expect![[r#"
        Removes the last cluster-admin binding @ 
        admins is the last binding to cluster-admin that this provider wrote and that is not going. Make sure that somebody else can administer the cluster: through CoreWeave's own access, or `admin_group_binding` of cks_cluster_oidc.
    "#]],
    );
}
