//! Every message about Kubernetes as the user reads it. After a change of a message: `UPDATE_EXPECT=1 cargo test errors`, and read the diff.

use std::time::Duration;

use expect_test::{Expect, expect};
use kubernetes::{Anonymous, Api, Cause, NamedBy, ObjectPlace};
use request_pipeline::{Peer, TlsFailure, TlsProblem};

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
    let place = Some(ObjectPlace::namespaced("team", "viewers"));
    Action { verb: "create", api, place, subresource: None }
}

fn unreachable_because(cause: &str, reached: bool) -> E {
    E::Unreachable {
        action: create_binding().into(),
        title: TITLE.to_owned(),
        server: SERVER.to_owned(),
        attempts: 12,
        lasted: Duration::from_secs(28),
        reached,
        cause: cause.to_owned(),
        explained: None,
    }
}

const ID: &str = "81540112-93fc-4d39-af10-fe6c2f4b8824";
const HOST: &str = "https://10.0.0.1:6443";

#[test]
fn another_cluster_is_named_by_its_host_and_both_ids() {
    let named = |named_by, mismatch| E::OtherCluster {
        id: ID.to_owned(),
        server: HOST.to_owned(),
        named_by,
        mismatch: Box::new(mismatch),
    };
    let other = |mismatch| named(NamedBy::Configuration, mismatch);
    check(
        named(NamedBy::Api, Mismatch::Issuer { found: "00000000-93fc-4d39-af10-fe6c2f4b8824".to_owned() }),
        &expect![[r#"
            API names the endpoint of another cluster
            The host that the API names for cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 leads to another cluster at https://10.0.0.1:6443: its API server's issuer is that of cluster 00000000-93fc-4d39-af10-fe6c2f4b8824. Nothing was written there. The state is kept. Check the provider's `endpoint` or COREWEAVE_API_ENDPOINT.
        "#]],
    );
    check(
        other(Mismatch::Issuer { found: "00000000-93fc-4d39-af10-fe6c2f4b8824".to_owned() }),
        &expect![[r#"
            `kubernetes` entry leads to another cluster
            The provider's `kubernetes` entry for cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 leads to another cluster at https://10.0.0.1:6443: its API server's issuer is that of cluster 00000000-93fc-4d39-af10-fe6c2f4b8824. Nothing was written there. The state is kept. Correct the entry.
        "#]],
    );
    check(
        other(Mismatch::Uid { expected: "c-1".to_owned(), found: "c-2".to_owned() }),
        &expect![[r#"
            `kubernetes` entry leads to another cluster
            The provider's `kubernetes` entry for cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 leads to another cluster at https://10.0.0.1:6443: the uid of its namespace kube-system is c-2, and the state has c-1. Nothing was written there. The state is kept. Correct the entry. If the cluster was re-created behind the same address, remove the resource from the state with `terraform state rm`.
        "#]],
    );
}

#[test]
fn a_cluster_that_nothing_verifies_comes_with_the_remedy() {
    let named = |named_by, remembers| E::UncertainCluster {
        id: ID.to_owned(),
        server: HOST.to_owned(),
        named_by,
        remembers,
    };
    let uncertain = |remembers| named(NamedBy::Configuration, remembers);
    check(
        named(NamedBy::Api, true),
        &expect![[r#"
        Cluster cannot be verified, state kept
        The API names https://10.0.0.1:6443 for cluster 81540112-93fc-4d39-af10-fe6c2f4b8824, which is not a host of CoreWeave's, and nothing shows that it leads to this cluster: the caller may read neither the API server's issuer nor the namespace kube-system. So a "not found" from there does not count, and nothing was written. The state is kept. Grant the caller `get` on the URL /.well-known/openid-configuration (ClusterRole system:service-account-issuer-discovery) or on the namespace kube-system, or remove the resource from the state with `terraform state rm`.
    "#]],
    );
    check(
        uncertain(true),
        &expect![[r#"
        Cluster cannot be verified, state kept
        The provider's `kubernetes` entry for cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 sets the address https://10.0.0.1:6443, and nothing shows that it leads to this cluster: the caller may read neither the API server's issuer nor the namespace kube-system. So a "not found" from there does not count, and nothing was written. The state is kept. Grant the caller `get` on the URL /.well-known/openid-configuration (ClusterRole system:service-account-issuer-discovery) or on the namespace kube-system, or remove the resource from the state with `terraform state rm`.
    "#]],
    );
    check(
        uncertain(false),
        &expect![[r#"
        Cluster cannot be verified, state kept
        The provider's `kubernetes` entry for cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 sets the address https://10.0.0.1:6443, and nothing shows that it leads to this cluster: the caller may not read the API server's issuer, and the state does not have the uid of its namespace kube-system. So a "not found" from there does not count, and nothing was written. The state is kept. Grant the caller `get` on the URL /.well-known/openid-configuration (ClusterRole system:service-account-issuer-discovery), or remove the resource from the state with `terraform state rm`.
    "#]],
    );
}

#[test]
fn unreachable_and_failing_servers_have_their_own_advice() {
    check(
        unreachable_because("dns error: no such host", false),
        &expect![[r#"
            Kubernetes cannot be reached
            No useful response from the managed endpoint of cluster 8154 (https://ab1cd2-22df2adc.k8s.us-east-04a.coreweave.com) in 12 attempts over 28 s to create RoleBinding team/viewers: dns error: no such host. The state is kept. If the cluster was just created, apply again in a few minutes. If the cluster is private (`public = false`), run Terraform inside its network, or add a `kubernetes` entry with `proxy_url`. Otherwise check HTTPS_PROXY and the provider's `proxy_url` and `ca_certificate`.
        "#]],
    );
    check(
        unreachable_because("HTTP 503: no healthy upstream", true),
        &expect![[r#"
            Kubernetes cannot be reached
            No useful response from the managed endpoint of cluster 8154 (https://ab1cd2-22df2adc.k8s.us-east-04a.coreweave.com) in 12 attempts over 28 s to create RoleBinding team/viewers: HTTP 503: no healthy upstream. The state is kept. Apply again later.
        "#]],
    );
}

#[test]
fn a_failure_of_tls_has_its_own_advice() {
    let failed = |failure| E::Tls {
        title: TITLE.to_owned(),
        server: SERVER.to_owned(),
        problem: TlsProblem { peer: Peer::Server, failure },
    };
    check(
        failed(TlsFailure::NotTrusted),
        &expect![[r#"
        TLS connection to Kubernetes failed
        No request was sent to the managed endpoint of cluster 8154 (https://ab1cd2-22df2adc.k8s.us-east-04a.coreweave.com), because the server's certificate is not trusted: no trusted CA has signed it. If a private CA signed it, set that CA's certificate as `ca_certificate`, in the provider block or in its `kubernetes` entry. Otherwise check whether a proxy intercepts the connection.
    "#]],
    );
    check(
        failed(TlsFailure::OtherName {
            expected: "10.0.0.1".to_owned(),
            names: vec!["kubernetes".to_owned(), "kube.example.com".to_owned()],
        }),
        &expect![[r#"
            TLS connection to Kubernetes failed
            No request was sent to the managed endpoint of cluster 8154 (https://ab1cd2-22df2adc.k8s.us-east-04a.coreweave.com), because the server's certificate is for another name than "10.0.0.1", only for kubernetes, kube.example.com. If it is the right server, set a name that its certificate has as `tls_server_name` in the `kubernetes` entry. Otherwise correct the address.
        "#]],
    );
    check(
        failed(TlsFailure::ClientRejected("the client certificate has expired")),
        &expect![[r#"
        TLS connection to Kubernetes failed
        No request was sent to the managed endpoint of cluster 8154 (https://ab1cd2-22df2adc.k8s.us-east-04a.coreweave.com), because the server rejected the TLS connection: the client certificate has expired. Correct `client_certificate` and `client_key`, or the kubeconfig.
    "#]],
    );
    check(
        failed(TlsFailure::NoTls),
        &expect![[r#"
        TLS connection to Kubernetes failed
        No request was sent to the managed endpoint of cluster 8154 (https://ab1cd2-22df2adc.k8s.us-east-04a.coreweave.com), because the server does not speak TLS 1.2 or 1.3 on this port: check scheme and port of its address. Correct the server's certificate, or the address in the `kubernetes` entry.
    "#]],
    );
}

#[test]
fn rejected_and_unusable_credentials_name_their_source() {
    let credentials = "the token from the environment variable COREWEAVE_API_TOKEN".to_owned();
    check(
        E::Unauthorized {
            title: TITLE.to_owned(),
            credentials: credentials.clone(),
            message: String::new(),
            anonymous: None,
        },
        &expect![[r#"
            Credentials rejected by Kubernetes
            The managed endpoint of cluster 8154 does not accept the token from the environment variable COREWEAVE_API_TOKEN. The credentials may have expired, or belong to the other endpoint or another cluster: the managed endpoint accepts CoreWeave API tokens only, the unmanaged endpoint every credential except those, and ID tokens only with the issuer, audience and required claims of its `oidc`. Renew or replace the token from the environment variable COREWEAVE_API_TOKEN.
        "#]],
    );
    let with = |anonymous| E::Unauthorized {
        title: TITLE.to_owned(),
        credentials: credentials.clone(),
        message: String::new(),
        anonymous: Some(anonymous),
    };
    check(
        with(Anonymous::Kubernetes { version: "v1.36.1".to_owned() }),
        &expect![[r#"
            Credentials rejected by Kubernetes
            The managed endpoint of cluster 8154 does not accept the token from the environment variable COREWEAVE_API_TOKEN. Without credentials the same address answers as Kubernetes v1.36.1, so that address and network are right, and the credentials are not. The credentials may have expired, or belong to the other endpoint or another cluster: the managed endpoint accepts CoreWeave API tokens only, the unmanaged endpoint every credential except those, and ID tokens only with the issuer, audience and required claims of its `oidc`. Renew or replace the token from the environment variable COREWEAVE_API_TOKEN.
        "#]],
    );
    check(
        with(Anonymous::Other { status: 302, message: String::new() }),
        &expect![[r#"
        Credentials rejected by Kubernetes
        The managed endpoint of cluster 8154 does not accept the token from the environment variable COREWEAVE_API_TOKEN. Without credentials the same address does not answer as Kubernetes either (/version returns HTTP 302): a proxy or another server answers in its place. Check the address, HTTPS_PROXY and the provider's `proxy_url`.
    "#]],
    );
    let problem = "its exec plugin \"login\" ended with exit status: 1; run it by hand to see what it says";
    check(
        E::Unusable { title: TITLE.to_owned(), problem: problem.to_owned() },
        &expect![[r#"
            Kubernetes connection cannot be used
            The managed endpoint of cluster 8154 cannot be used: its exec plugin "login" ended with exit status: 1; run it by hand to see what it says. No request was sent. Correct the provider's `kubernetes` entry, or the value in this configuration.
        "#]],
    );
}

#[test]
fn a_missing_permission_is_named_as_a_rule_unless_rbac_did_not_reject_it() {
    let forbidden =
        |message: &str| E::Forbidden { action: create_binding().into(), message: message.to_owned() };
    check(
        forbidden("rolebindings.rbac.authorization.k8s.io is forbidden: User \"ada\" cannot create resource"),
        &expect![[r#"
            Not allowed by Kubernetes
            The caller may not create RoleBinding team/viewers: rolebindings.rbac.authorization.k8s.io is forbidden: User "ada" cannot create resource. The caller needs this rule in namespace "team": apiGroups ["rbac.authorization.k8s.io"], resources ["rolebindings"], verbs ["create"]. Ask an administrator to bind a role with it to the caller, or use other credentials.
        "#]],
    );
    check(
        forbidden("admission webhook \"policy.example.com\" denied the request: no viewers"),
        &expect![[r#"
            Rejected by an admission rule of the cluster
            The caller may not create RoleBinding team/viewers: admission webhook "policy.example.com" denied the request: no viewers. An admission rule of the cluster rejected the request, not RBAC. Change the configuration to comply with the rule, or ask an administrator to change the rule.
        "#]],
    );
    check(
        forbidden("access token expired"),
        &expect![[r#"
            Rejected by the cluster's endpoint
            The caller may not create RoleBinding team/viewers: access token expired. The response is not from RBAC. The managed endpoint rejects requests like this for two reasons: the CoreWeave API token has expired or belongs to another organisation, or its user lacks a CKS role. Create a new token in CoreWeave's console and set it in the same place, or ask an administrator of the organisation to grant the user CKS Viewer (to read) or CKS Admin (to change).
        "#]],
    );
}

#[test]
fn permissions_that_the_caller_lacks_come_with_the_remedy() {
    let missing = vec!["{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"get\"]}".to_owned()];
    check(
        E::Escalation { action: create_binding().into(), missing },
        &expect![[r#"
            Not allowed to grant these permissions
            You can grant only permissions that you hold. To create RoleBinding team/viewers, the caller lacks:
              {APIGroups:[""], Resources:["pods"], Verbs:["get"]}

            Grant the caller these permissions, or the verb `bind` on the role to be bound: apiGroups ["rbac.authorization.k8s.io"], resources ["clusterroles", "roles"], verbs ["bind"], resourceNames [the role]. A caller bound to cluster-admin has it.
        "#]],
    );
}

#[test]
fn a_change_by_another_client_is_reported_with_fields_and_client() {
    let by = Some(Changer { manager: "kubectl-edit".to_owned(), time: "2026-01-02T00:00:00Z".to_owned() });
    check(
        E::ChangedMeanwhile {
            action: create_binding().into(),
            differences: vec![Difference::Subjects(SubjectList::Users), Difference::Label("team".to_owned())],
            by: by.clone(),
        },
        &expect![[r#"
            RoleBinding changed by another client since the plan
            RoleBinding team/viewers differs from what this plan was created from in users, labels["team"] (last modified by client kubectl-edit at 2026-01-02T00:00:00Z), so nothing was written. Create a new plan, which shows both changes, and apply it.
        "#]],
    );
    check(
        E::ReplacedMeanwhile { action: create_binding().into(), by },
        &expect![[r#"
            RoleBinding re-created by another client
            RoleBinding team/viewers is not the object that this plan was created from (last modified by client kubectl-edit at 2026-01-02T00:00:00Z), so nothing was written. Create a new plan and apply it.
        "#]],
    );
}

#[test]
fn a_missing_reference_differs_from_an_invalid_object() {
    let (kind, name) = ("clusterroles".to_owned(), "viewer".to_owned());
    check(
        E::Missing { action: create_binding().into(), kind, name },
        &expect![[r#"
            ClusterRole viewer not found
            Cannot create RoleBinding team/viewers: there is no ClusterRole viewer. Create it first, such as with cks_rbac_role, or correct `cluster_role`. If this configuration creates it, refer to that resource, so that Terraform creates it first.
        "#]],
    );
    let value = "Invalid value: \"se\\\"cret: x\": a valid label must be an empty string".to_owned();
    let causes = vec![
        Cause { field: "roleRef".to_owned(), message: "cannot change roleRef".to_owned() },
        Cause { field: "metadata.labels".to_owned(), message: value },
        Cause { field: "spec".to_owned(), message: "Unsupported value: 7: use 8".to_owned() },
    ];
    let message = "RoleBinding is invalid".to_owned();
    check(
        E::Invalid { action: create_binding().into(), message, causes },
        &expect![[r#"
            RoleBinding rejected by Kubernetes
            Kubernetes rejected the request to create RoleBinding team/viewers: roleRef: cannot change roleRef; metadata.labels: Invalid value: a valid label must be an empty string; spec: Unsupported value: use 8. Correct the configuration, and apply again.
        "#]],
    );
}

#[test]
fn the_status_of_the_cluster_explains_why_its_kubernetes_fails() {
    let E::Unreachable { action, title, server, attempts, lasted, reached, cause, .. } =
        unreachable_because("HTTP 503", true)
    else {
        panic!("it is unreachable")
    };
    let explained = Some("cluster 8154 is STATUS_ERROR".into());
    check(
        E::Unreachable { action, title, server, attempts, lasted, reached, cause, explained },
        &expect![[r#"
            Kubernetes of a cluster that is not running cannot be reached
            No useful response from the managed endpoint of cluster 8154 (https://ab1cd2-22df2adc.k8s.us-east-04a.coreweave.com) in 12 attempts over 28 s to create RoleBinding team/viewers: HTTP 503. Cluster 8154 is STATUS_ERROR. The state is kept. Look at the cluster in CoreWeave's console, and apply again once it is STATUS_RUNNING.
        "#]],
    );
    check(
        E::Cancelled { what: "waiting for the deletion of Namespace team".to_owned() },
        &expect![[r#"
            Interrupted
            The operation was interrupted while waiting for the deletion of Namespace team. Apply again to continue.
        "#]],
    );
}
