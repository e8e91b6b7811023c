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
            Not allowed to grant these permissions @ 
            You can grant only permissions that you hold. To create ClusterRoleBinding viewers, the caller lacks:
              {APIGroups:[""], Resources:["secrets"], Verbs:["get"]}

            Grant the caller these permissions, or the verb `bind` on the role to be bound: apiGroups ["rbac.authorization.k8s.io"], resources ["clusterroles", "roles"], verbs ["bind"], resourceNames [the role]. A caller bound to cluster-admin has it. Otherwise Kubernetes rejects the apply, unless a caller with these permissions runs it.
        "#]],
    );
    check(
        rights_will_lack(&action(Role::api(false)), &missing),
        &expect![[r#"
            Not allowed to grant these permissions @ 
            You can grant only permissions that you hold. To create ClusterRole viewers, the caller lacks:
              {APIGroups:[""], Resources:["secrets"], Verbs:["get"]}

            Grant the caller these permissions, or the verb `escalate` on the role: apiGroups ["rbac.authorization.k8s.io"], resources ["clusterroles", "roles"], verbs ["escalate"], resourceNames [the role]. A caller bound to cluster-admin has it. Otherwise Kubernetes rejects the apply, unless a caller with these permissions runs it.
        "#]],
    );
    check(
        E::Escalation { action: action(Binding::api(false)).into(), missing }.into_diagnostics(),
        &expect![[r#"
            Not allowed to grant these permissions @ 
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
            There is no ClusterRole veiw, and no cks_rbac_role of this plan creates it. A binding to it grants no permissions, and Kubernetes rejects it from callers without the verb `bind`. Create the role first, or correct `cluster_role`.
        "#]],
    );
    check(
        role_is_missing(&Place::namespaced("team", "veiw")),
        &expect![[r#"
            Role does not exist @ role
            There is no Role team/veiw, and no cks_rbac_role of this plan creates it. A binding to it grants no permissions, and Kubernetes rejects it from callers without the verb `bind`. Create the role first, or correct `role`.
        "#]],
    );
    check(
        role_is_aggregated(&Place::cluster("monitor")),
        &expect![[r#"
            Aggregated ClusterRole cannot be managed @ name
            ClusterRole monitor has an aggregationRule: kube-controller-manager collects its rules from other ClusterRoles by label, and overwrites all others. To add rules to it, create a cks_rbac_role with the labels that the aggregationRule selects. If the state has this role, remove it with `terraform state rm`.
        "#]],
    );
    check(
        binding_of_another_role(false, ID, &role("edit"), &role("view")),
        &expect![[r#"
            ClusterRoleBinding exists already, with another role @ cluster_role
            ClusterRoleBinding viewers in cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 grants ClusterRole "edit", and the plan has ClusterRole "view". The role of a binding (its roleRef) is immutable, so it cannot be adopted. Set another `name`, delete the existing binding, or import it, so that the next apply replaces it.
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
            The cluster puts the prefix "oidc:" before each user name of the issuer https://issuer.example.com: bind "oidc:ada" instead of "ada", "oidc:bob" instead of "bob" (the function oidc_username computes it). If it is a user of a webhook, a certificate or the managed endpoint, keep it as it is.
        "#]],
    );
    check(
        names_lack_prefix(GROUPS, "https://issuer.example.com", "g:", &names[..1]),
        &expect![[r#"
            No group of the OIDC issuer has this name @ groups
            The cluster puts the prefix "g:" before each group name of the issuer https://issuer.example.com: bind "g:ada" instead of "ada" (the function oidc_group computes it). If it is a group of a webhook, a certificate or the managed endpoint, keep it as it is.
        "#]],
    );
}

#[test]
fn access_that_goes_is_told() {
    check(
        callers_own_access("ada", "viewers", &role("view")),
        &expect![[r#"
            Removes the caller's own access @ 
            The provider's caller is "ada" in the cluster, and the binding viewers grants it ClusterRole "view". After this change Kubernetes may reject the rest of this apply, and the next plan. Keep the subject, or make sure that another binding grants the same role.
        "#]],
    );
    check(
        last_administrators("admins"),
        &expect![[r#"
            Removes the last cluster-admin binding @ 
            admins is the last binding to cluster-admin that this provider wrote and that no plan of this run deletes. Make sure that others can administer the cluster: with CoreWeave API tokens, or by `admin_group_binding` of cks_cluster_oidc.
        "#]],
    );
}
