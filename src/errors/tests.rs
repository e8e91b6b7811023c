//! Every message as the user reads it. After a change of a message: `UPDATE_EXPECT=1 cargo test errors`, and read the diff.

use std::time::Duration;

use coreweave::{BlockKind, Field, IamRole, Leaf, Oidc, OidcLeaf, Phase, Status, TokenShape};
use expect_test::{Expect, expect};
use request_pipeline::TlsProblem;

use super::{testing::check_messages, *};

#[track_caller]
fn check(error: impl ClientError, expected: &Expect) {
    check_messages(error.into_diagnostics(), expected);
}

const ID: &str = "81540112-93fc-4d39-af10-fe6c2f4b8824";

fn violation(field: &str, path: Option<Field>, description: &str) -> Violation {
    Violation { field: field.to_owned(), path, description: description.to_owned() }
}

#[test]
fn a_rejected_token_names_its_source() {
    let error = coreweave::Error::Unauthorized {
        token_source: "the environment variable COREWEAVE_API_TOKEN".to_owned(),
        shape: TokenShape::Jwt,
        message: "invalid credentials".to_owned(),
    };
    check(
        error,
        &expect![[r#"
            CoreWeave API token rejected @ 
            CoreWeave does not accept the token from the environment variable COREWEAVE_API_TOKEN: it looks like a token for Kubernetes, an API access token begins with `CW-SECRET-` (invalid credentials). Create a new API access token in CoreWeave's console, and set it in the same place.
        "#]],
    );
}

#[test]
fn a_token_file_without_a_token_is_named_with_the_source_of_its_path() {
    let problem =
        "the token file /run/token (from the environment variable COREWEAVE_API_TOKEN_FILE) is empty"
            .to_owned();
    check(
        coreweave::Error::NoToken { problem },
        &expect![[r#"
            CoreWeave API token cannot be read @ 
            The token file /run/token (from the environment variable COREWEAVE_API_TOKEN_FILE) is empty. No request was sent. Write a CoreWeave API access token, which begins with CW-SECRET-, to that file, or correct the path in the same place.
        "#]],
    );
}

#[test]
fn a_missing_role_is_named() {
    check(
        coreweave::Error::Forbidden { role: IamRole::Admin, message: String::new() },
        &expect![[r#"
            Not allowed by CoreWeave @ 
            The token's user lacks the role CKS Admin. Ask an administrator of the organisation to grant that role, or use the token of a user who has it.
        "#]],
    );
}

#[test]
fn field_violations_are_reported_at_their_attributes() {
    let violations = vec![
        violation(
            "oidc.issuer_url",
            Some(Field::Leaf(Leaf::Oidc(OidcLeaf::IssuerUrl))),
            "value must be a valid URI",
        ),
        violation("network", Some(Field::Network), "cannot change network config during an upgrade"),
    ];
    check(
        coreweave::Error::Invalid { message: "validation error".to_owned(), violations },
        &expect![[r#"
            issuer_url rejected by CoreWeave's API @ issuer_url
            CoreWeave's API rejected oidc.issuer_url: value must be a valid URI. Correct the value, and apply again.
            network rejected by CoreWeave's API @ 
            CoreWeave's API rejected network: cannot change network config during an upgrade. Correct the value, and apply again.
        "#]],
    );
}

#[test]
fn a_rejection_without_fields_keeps_the_message_of_the_api() {
    check(
        coreweave::Error::Invalid { message: "bad request".to_owned(), violations: Vec::new() },
        &expect![[r#"
            Request rejected by CoreWeave's API @ 
            CoreWeave rejected the request: bad request. Correct the configuration, and apply again.
        "#]],
    );
    check(
        coreweave::Error::Conflict { message: "cluster is updating".to_owned(), violations: Vec::new() },
        &expect![[r#"
            Cluster busy @ 
            CoreWeave rejected the change in the cluster's present state: cluster is updating. Apply again once the cluster is STATUS_RUNNING.
        "#]],
    );
    // A status is not a field, although the API returns it in the same form.
    let message = "cluster 8154 is in state STATUS_UPDATING";
    check(
        coreweave::Error::Conflict {
            message: message.to_owned(),
            violations: vec![violation("CLUSTER_STATE", None, "no changes now")],
        },
        &expect![[r#"
            Cluster busy @ 
            CoreWeave rejected the change in the cluster's present state: cluster 8154 is in state STATUS_UPDATING (CLUSTER_STATE: no changes now). Apply again once the cluster is STATUS_RUNNING.
        "#]],
    );
}

#[test]
fn an_unreachable_api_differs_from_one_that_responds_with_errors() {
    let unavailable = |reached| coreweave::Error::Unavailable {
        tried: "GET https://api.coreweave.com/v1beta1/cks/clusters".to_owned(),
        endpoint_source: "the environment variable COREWEAVE_API_ENDPOINT".to_owned(),
        attempts: 7,
        lasted: Duration::from_secs(30),
        reached,
        cause: "connection refused".to_owned(),
    };
    check(
        unavailable(false),
        &expect![[r#"
            CoreWeave's API cannot be reached @ 
            No useful response to GET https://api.coreweave.com/v1beta1/cks/clusters in 7 attempts over 30.0 s: connection refused. The state is kept. Check `endpoint` (it is from the environment variable COREWEAVE_API_ENDPOINT), `proxy_url`, `ca_certificate` and the network, and apply again.
        "#]],
    );
    check(
        unavailable(true),
        &expect![[r#"
            CoreWeave's API cannot be reached @ 
            No useful response to GET https://api.coreweave.com/v1beta1/cks/clusters in 7 attempts over 30.0 s: connection refused. The state is kept. Apply again later.
        "#]],
    );
}

#[test]
fn a_failure_of_tls_is_named_with_what_to_check() {
    let failed = |peer, failure| coreweave::Error::Tls {
        tried: "GET https://api.coreweave.com/v1beta1/cks/clusters".to_owned(),
        problem: TlsProblem { peer, failure },
    };
    check(
        failed(Peer::Server, TlsFailure::NotTrusted),
        &expect![[r#"
        TLS connection to CoreWeave's API failed @ 
        No request was sent, because the server's certificate is not trusted: no trusted CA has signed it (GET https://api.coreweave.com/v1beta1/cks/clusters). The state is kept. If a proxy intercepts the connection, set its CA's certificate as the provider's `ca_certificate`. Otherwise check `endpoint`.
    "#]],
    );
    check(
        failed(Peer::Server, TlsFailure::NoTls),
        &expect![[r#"
        TLS connection to CoreWeave's API failed @ 
        No request was sent, because the server does not speak TLS 1.2 or 1.3 on this port: check scheme and port of its address (GET https://api.coreweave.com/v1beta1/cks/clusters). The state is kept. Check `endpoint`, and whether a proxy responds in its place.
    "#]],
    );
    check(
        failed(Peer::Proxy, TlsFailure::NotTrusted),
        &expect![[r#"
        TLS connection to CoreWeave's API failed @ 
        No request was sent, because the proxy's certificate is not trusted: no trusted CA has signed it (GET https://api.coreweave.com/v1beta1/cks/clusters). The state is kept. Set the CA's certificate of the proxy as the provider's `ca_certificate`, or correct the proxy's address (`proxy_url`, the kubeconfig's proxy-url, or HTTPS_PROXY).
    "#]],
    );
}

#[test]
fn a_change_by_someone_else_says_what_differs() {
    let wanted = Oidc {
        issuer_url: "https://a.example.com".to_owned(),
        client_id: "kubernetes".to_owned(),
        ..Oidc::default()
    };
    let found = Oidc {
        issuer_url: "https://b.example.com".to_owned(),
        username_claim: "email".to_owned(),
        ..wanted.clone()
    };
    let changed = |phase| coreweave::Error::ChangedMeanwhile {
        phase,
        block: BlockKind::Oidc,
        differences: coreweave::differing_leaves(Some(&wanted), Some(&found)),
    };
    check(
        changed(Phase::BeforeWrite),
        &expect![[r#"
            Changed by another client since the plan @ 
            The cluster's `oidc` is no longer as it was during plan, so nothing was written. Another client changed: issuer_url, username_claim. Create a new plan, which shows both changes, and apply it.
        "#]],
    );
    check(
        changed(Phase::AfterWrite),
        &expect![[r#"
            Changed by another client during the apply @ 
            The cluster's `oidc` was written, and then another client changed: issuer_url, username_claim. Stop the other tool, and apply again. If a `coreweave_cks_cluster` manages the same cluster, leave `oidc` out of its configuration and add lifecycle { ignore_changes = [oidc] } to it, or the two resources overwrite each other.
        "#]],
    );
}

#[test]
fn a_wait_that_ends_says_in_which_state() {
    check(
        coreweave::Error::EndedIn { id: ID.to_owned(), phase: Phase::AfterWrite, status: Status::Failed },
        &expect![[r#"
            Cluster entered a terminal state @ 
            Waiting until the change of cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 is in force: the cluster entered STATUS_FAILED. Look at the cluster in CoreWeave's console, and apply again once it is STATUS_RUNNING.
        "#]],
    );
    check(
        coreweave::Error::Cancelled { what: Phase::AfterWrite.of(ID) },
        &expect![[r#"
        Interrupted @ 
        The operation was interrupted while waiting until the change of cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 is in force. Apply again to continue.
    "#]],
    );
    let timeout = coreweave::Error::Timeout {
        id: ID.to_owned(),
        phase: Phase::BeforeWrite,
        lasted: Duration::from_mins(20),
        status: Status::Updating,
        differences: Vec::new(),
    };
    check(
        timeout,
        &expect![[r#"
            Cluster not ready in time @ 
            Waiting until cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 can be changed for 1200.0 s: the cluster is STATUS_UPDATING. Look at the cluster in CoreWeave's console, raise the resource's `timeouts` if it needs longer, and apply again.
        "#]],
    );
}

#[test]
fn an_unexpected_response_is_quoted_in_part() {
    let unexpected = coreweave::Error::Unexpected {
        tried: "GET https://api.coreweave.com/v1beta1/cks/clusters".to_owned(),
        status: 404,
        snippet: "404 page not found".to_owned(),
    };
    check(
        unexpected,
        &expect![[r#"
            Unexpected response from CoreWeave's API @ 
            Unexpected response to GET https://api.coreweave.com/v1beta1/cks/clusters: HTTP 404 (404 page not found). Check that `endpoint` is CoreWeave's API, and that no proxy responds in its place.
        "#]],
    );
}

#[test]
fn a_token_in_a_variable_of_another_tool_is_named() {
    check_messages(
        missing_token(&|name| name == "CW_TOKEN"),
        &expect![[r#"
            No CoreWeave API token @ 
            CoreWeave's API is required, and no token is set. The environment variable CW_TOKEN is set, and is not read: the name is COREWEAVE_API_TOKEN. Set the environment variable COREWEAVE_API_TOKEN, or `token` in the provider block, to an API access token, which begins with CW-SECRET-, or COREWEAVE_API_TOKEN_FILE or `token_file` to the path of a file with one.
        "#]],
    );
    for (set, expected) in
        [(&["CW_TOKEN", "CW_API_TOKEN"][..], Some("CW_API_TOKEN is set")), (&["COREWEAVE_TOKEN"], None)]
    {
        let said = missing_token(&|name| set.contains(&name)).messages()[0].detail.clone();
        assert_eq!(said.contains("is not read"), expected.is_some(), "{said}");
        assert!(expected.is_none_or(|expected| said.contains(expected)), "{said}");
    }
}

#[test]
fn a_host_that_is_not_coreweaves_gets_no_credentials() {
    check(
        clusters::Error::ForeignHost {
            id: ID.to_owned(),
            endpoint: clusters::Endpoint::Unmanaged,
            host: "api.kubernetes.example.com".to_owned(),
        },
        &expect![[r#"
            No credentials sent to this host @ 
            CoreWeave's API names api.kubernetes.example.com as the unmanaged endpoint of cluster 81540112-93fc-4d39-af10-fe6c2f4b8824, which does not have the form of CoreWeave's hosts, *.k8s.*.coreweave.com. No request was sent. If the cluster has a private address, add a `kubernetes` entry for it with `host` and credentials of its own. Otherwise report the host to CoreWeave.
        "#]],
    );
}

#[test]
fn a_cluster_is_gone_only_if_its_own_organisation_does_not_have_it() {
    check(
        clusters::Error::NotFound { id: ID.to_owned() },
        &expect![[r#"
            Cluster not found @ 
            CoreWeave's API has no cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 in the organisation of this token. Check that the id is the cluster's UUID, not the name, and that the token belongs to the cluster's organisation.
        "#]],
    );
    let other = Doubt::OtherOrganisation { expected: "ab1cd2".to_owned(), found: "ffffff".to_owned() };
    for why in [other, Doubt::CannotTell, Doubt::NotRemembered, Doubt::Listed] {
        let error: Error = clusters::Error::Uncertain { id: ID.to_owned(), why }.into_diagnostics();
        assert!(error.messages()[0].detail.contains("The state is kept"));
    }
    let other = Doubt::OtherOrganisation { expected: "ab1cd2".to_owned(), found: "ffffff".to_owned() };
    check(
        clusters::Error::Uncertain { id: ID.to_owned(), why: other },
        &expect![[r#"
            Cluster not found, state kept @ 
            CoreWeave's API has no cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 in the organisation of this token. That does not show that it was deleted: the cluster belongs to the organisation ab1cd2, and the token to ffffff. The state is kept. Use a token of the organisation ab1cd2. If the cluster was deleted, remove the resource from the state with `terraform state rm`.
        "#]],
    );
}

#[test]
fn missing_provider_configuration_is_named() {
    check(
        clusters::Error::MissingToken,
        &expect![[r#"
            No CoreWeave API token @ 
            CoreWeave's API is required, and no token is set. Set the environment variable COREWEAVE_API_TOKEN, or `token` in the provider block, to an API access token, which begins with CW-SECRET-, or COREWEAVE_API_TOKEN_FILE or `token_file` to the path of a file with one.
        "#]],
    );
    check(
        clusters::Error::UnknownConfiguration { attributes: vec!["token".to_owned(), "endpoint".to_owned()] },
        &expect![[r#"
            Provider configuration not known yet @ 
            The provider's `token`, `endpoint` will be known only after apply, but this operation requires them during plan. Set values that are known during plan, or add depends_on with the source of the value to the block that needs it.
        "#]],
    );
    check_messages(
        declared_twice::<crate::resources::cluster_oidc::ClusterOidc>(ID, None),
        &expect![[r#"
            cks_cluster_oidc declared twice @ cluster_id
            Cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 can have one cks_cluster_oidc, and another resource of this run created, adopted or changed it. Keep one of the two resources. To drop one that is in the state without clearing what it manages, use a `removed` block with `destroy = false`, or `terraform state rm`.
        "#]],
    );
}
