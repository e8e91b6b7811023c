//! Every message about Kubernetes as the user reads it. After a change of words: `UPDATE_EXPECT=1 cargo test errors`, and read the diff.

use std::time::Duration;

use expect_test::{Expect, expect};
use kubernetes::{Api, Cause, Place};

use super::*;

const TITLE: &str = "the managed endpoint of cluster 8154";
const SERVER: &str = "https://ab1cd2-22df2adc.k8s.us-east-04a.coreweave.com";

#[track_caller]
fn check(error: E, expected: &Expect) {
    let error = error.into_diagnostics();
    let shown: Vec<_> =
        error.messages().iter().map(|message| format!("{}\n{}\n", message.summary, message.detail)).collect();
    expected.assert_eq(&shown.concat());
}

fn create_binding() -> Action {
    let api =
        Api { group_version: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", plural: "rolebindings" };
    let place = Some(Place::namespaced("team", "viewers"));
    Action { verb: "create", api, place, subresource: None }
}

fn unreachable_because(cause: &str, reached: bool) -> E {
    E::Unreachable {
        title: TITLE.to_owned(),
        server: SERVER.to_owned(),
        attempts: 12,
        lasted: Duration::from_secs(28),
        reached,
        cause: cause.to_owned(),
    }
}

#[test]
fn a_cluster_out_of_reach_is_told_apart_from_one_in_trouble_and_one_that_is_not_trusted() {
    check(
        unreachable_because("dns error: no such host", false),
        &expect![[r#"
        Kubernetes cannot be reached
        No useful answer from the managed endpoint of cluster 8154 (https://ab1cd2-22df2adc.k8s.us-east-04a.coreweave.com) in 12 attempts over 28 s: dns error: no such host. Nothing was taken out of the state for this. Is the cluster private (`public = false`)? Then run Terraform where its network is reached, or give `kubernetes` with `proxy_url`. Is its endpoint still being made? Then try again in a few minutes. Otherwise check HTTPS_PROXY and the provider's `proxy_url` and `ca_certificate`.
    "#]],
    );
    check(
        unreachable_because("HTTP 503: no healthy upstream", true),
        &expect![[r#"
        Kubernetes cannot be reached
        No useful answer from the managed endpoint of cluster 8154 (https://ab1cd2-22df2adc.k8s.us-east-04a.coreweave.com) in 12 attempts over 28 s: HTTP 503: no healthy upstream. Nothing was taken out of the state for this: try again later.
    "#]],
    );
    check(
        unreachable_because("invalid peer certificate: UnknownIssuer", false),
        &expect![[r#"
            Kubernetes cannot be reached
            No useful answer from the managed endpoint of cluster 8154 (https://ab1cd2-22df2adc.k8s.us-east-04a.coreweave.com) in 12 attempts over 28 s: invalid peer certificate: UnknownIssuer. Its certificate is not trusted here, so nothing was sent. Is it of a CA of your own? Then give that as `ca_certificate`, in the provider block or in its `kubernetes`. Is it for another name than the address has? Then give that name as `tls_server_name`. Otherwise something in between intercepts the connection.
        "#]],
    );
}

#[test]
fn credentials_that_are_refused_or_of_no_use_name_where_they_came_from() {
    let credentials = "the token from the environment variable COREWEAVE_API_TOKEN".to_owned();
    check(
        E::Unauthorized { title: TITLE.to_owned(), credentials, message: String::new() },
        &expect![[r#"
        Credentials refused by Kubernetes
        The managed endpoint of cluster 8154 does not accept the token from the environment variable COREWEAVE_API_TOKEN. The managed endpoint takes CoreWeave API tokens only, the unmanaged one all but those. Check the token from the environment variable COREWEAVE_API_TOKEN: it may have expired, or belong to the other endpoint or another cluster.
    "#]],
    );
    let problem = "its exec plugin \"login\" ended with exit status: 1; run it by hand to see what it says";
    check(
        E::Unusable { title: TITLE.to_owned(), problem: problem.to_owned() },
        &expect![[r#"
        Kubernetes connection cannot be used
        The managed endpoint of cluster 8154 cannot be used: its exec plugin "login" ended with exit status: 1; run it by hand to see what it says. Nothing was sent. Correct that where it comes from: the provider's `kubernetes`, or the value that was given here.
    "#]],
    );
}

#[test]
fn a_missing_right_is_named_as_a_rule_unless_it_is_not_about_rights() {
    let forbidden =
        |message: &str| E::Forbidden { action: create_binding().into(), message: message.to_owned() };
    check(
        forbidden("rolebindings.rbac.authorization.k8s.io is forbidden: User \"ada\" cannot create resource"),
        &expect![[r#"
            Not allowed by Kubernetes
            The caller may not create RoleBinding team/viewers: rolebindings.rbac.authorization.k8s.io is forbidden: User "ada" cannot create resource. The caller needs, in namespace "team", the rule: apiGroups ["rbac.authorization.k8s.io"], resources ["rolebindings"], verbs ["create"]. Have an administrator bind a role with it to the caller, or use other credentials.
        "#]],
    );
    check(
        forbidden("admission webhook \"policy.example.com\" denied the request: no viewers"),
        &expect![[r#"
            Not allowed by a rule of the cluster
            The caller may not create RoleBinding team/viewers: admission webhook "policy.example.com" denied the request: no viewers. That is not about roles: an admission rule of the cluster refuses it. Change what it objects to, or have an administrator change the rule.
        "#]],
    );
    check(
        forbidden("access token expired"),
        &expect![[r#"
        Rejected by the cluster's endpoint
        The caller may not create RoleBinding team/viewers: access token expired. These are not Kubernetes' own words, so it is not about roles. The managed endpoint answers so when the CoreWeave API token has expired, or belongs to another organisation: make a new one in CoreWeave's console and give it in the same place.
    "#]],
    );
}

#[test]
fn rights_that_the_caller_lacks_come_with_the_remedy() {
    let missing = vec!["{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"get\"]}".to_owned()];
    check(
        E::Escalation { action: create_binding().into(), missing },
        &expect![[r#"
            Not allowed to give these rights
            You can grant only rights that you hold. To create RoleBinding team/viewers, the caller lacks:
              {APIGroups:[""], Resources:["pods"], Verbs:["get"]}

            Either give the caller these rights, or the verb `bind` on the role that is bound: apiGroups ["rbac.authorization.k8s.io"], resources ["clusterroles", "roles"], verbs ["bind"], resourceNames [the role]. A caller bound to cluster-admin has it.
        "#]],
    );
}

#[test]
fn a_change_by_somebody_else_names_what_and_who() {
    let difference =
        Difference { field: "users".to_owned(), expected: "ada".to_owned(), found: "ada, eve".to_owned() };
    let by = Some(Changer { manager: "kubectl-edit".to_owned(), time: "2026-01-02T00:00:00Z".to_owned() });
    check(
        E::ChangedMeanwhile {
            action: create_binding().into(),
            differences: vec![difference],
            by: by.clone(),
        },
        &expect![[r#"
            Changed by someone else since the plan
            RoleBinding team/viewers is no longer what this plan was made from (kubectl-edit changed it at 2026-01-02T00:00:00Z), so nothing was written: users was "ada" and is "ada, eve". Make a new plan to see both changes, and apply that.
        "#]],
    );
    check(
        E::ReplacedMeanwhile { action: create_binding().into(), by },
        &expect![[r#"
        RoleBinding made anew by someone else
        RoleBinding team/viewers is not the object that this plan was made from (kubectl-edit changed it at 2026-01-02T00:00:00Z), so nothing was written. Make a new plan and apply that.
    "#]],
    );
}

#[test]
fn what_is_missing_is_told_apart_from_what_is_refused() {
    let (kind, name) = ("clusterroles".to_owned(), "viewer".to_owned());
    check(
        E::Missing { action: create_binding().into(), kind, name },
        &expect![[r#"
        RoleBinding needs what does not exist
        Cannot create RoleBinding team/viewers: there is no ClusterRole viewer. Create it first, with cks_rbac_role or otherwise, or correct `cluster_role`. A reference to the resource that makes it puts the two in order.
    "#]],
    );
    let cause = Cause { field: "roleRef".to_owned(), message: "cannot change roleRef".to_owned() };
    let message = "RoleBinding is invalid".to_owned();
    check(
        E::Invalid { action: create_binding().into(), message, causes: vec![cause] },
        &expect![[r#"
        RoleBinding refused by Kubernetes
        Kubernetes does not accept what was sent to create RoleBinding team/viewers: roleRef: cannot change roleRef.
    "#]],
    );
}
