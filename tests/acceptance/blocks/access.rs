//! Tokens that are missing, expired, without a role or of another organisation, and when a "not found" removes the state.

use local_cks::{Call, ClusterSpec, ErrorStyle, Fault, Injection, Role};
use secrecy::ExposeSecret as _;

use crate::{
    for_every_block, on_terraform,
    support::{Bed, Block, CLUSTER_ID, Host, block_on, oidc},
};

for_every_block!(on_terraform:
    a_deleted_cluster_removes_the_resource_from_the_state,
    another_organisations_token_is_an_error_and_keeps_the_state,
);

for_every_block!(on_terraform: a_not_found_that_is_not_the_apis_does_not_count);

on_terraform!(
    without_a_token_the_error_names_the_attribute_and_the_variable,
    an_expired_token_is_reported_with_its_source,
    a_viewers_apply_fails_with_the_missing_role_cks_admin,
    without_a_role_the_error_names_the_missing_role_cks_viewer,
    a_not_found_without_whoami_counts_when_other_clusters_are_listed,
    a_not_found_does_not_count_when_the_organisation_is_unknown,
    a_missing_role_and_a_deleted_cluster_are_recognised_in_every_error_format,
    an_unreachable_endpoint_is_reported_and_keeps_the_state,
);

const ADDRESS: &str = "cks_cluster_oidc.example";

fn a_deleted_cluster_removes_the_resource_from_the_state(host: &Host, block: &Block) {
    let bed = Bed::applied(host, &block.minimal(""));
    bed.cluster().delete();
    bed.plan().plans(&[&format!("create {}", block.address())]);
    bed.apply_with(&["-refresh-only"]).succeeded();
    assert_eq!(bed.instance(&block.address()), None);
    // The planned create cannot succeed, and fails with the cause.
    let error = bed.apply().failed().expect_error(&["Cluster not found", CLUSTER_ID]);
    assert_eq!(error.code, format!("cluster_id = {CLUSTER_ID:?}"));
    bed.expect_only_reads();
}

fn another_organisations_token_is_an_error_and_keeps_the_state(host: &Host, block: &Block) {
    let mut bed = Bed::applied(host, &block.minimal(""));
    let foreign = bed.local.add_token("ffffff", Role::Admin);
    bed.use_token(&foreign);
    for run in [bed.plan(), bed.apply(), bed.destroy()] {
        run.failed().expect_error(&[
            "Cluster not found, state kept",
            "ab1cd2",
            "ffffff",
            "The state is kept",
        ]);
        assert!(bed.instance(&block.address()).is_some());
    }
    assert_eq!(bed.block(block), block.minimal_block(&bed.local));
    let own = bed.admin_token();
    bed.use_token(&own);
    bed.plan().expect_empty();
}

fn without_a_token_the_error_names_the_attribute_and_the_variable(host: &Host) {
    let mut bed = Bed::of(host, &oidc(""));
    for nothing in [None, Some("")] {
        bed.set_variable("COREWEAVE_API_TOKEN", nothing);
        bed.apply().failed().expect_error(&["No CoreWeave API token", "COREWEAVE_API_TOKEN", "`token`"]);
    }
    assert_eq!(bed.local.requests().len(), 0);
}

fn an_expired_token_is_reported_with_its_source(host: &Host) {
    let mut bed = Bed::applied(host, &oidc(""));
    let expired = bed.local.add_token("ab1cd2", Role::Admin);
    bed.local.expire_token(&expired);
    bed.use_token(&expired);
    bed.plan().failed().expect_error(&[
        "token rejected",
        "the environment variable COREWEAVE_API_TOKEN",
        "expired",
    ]);

    // The attribute takes precedence over the variable, and the error names it.
    let own = bed.admin_token();
    bed.use_token(&own);
    bed.write(
        "provider.tf",
        "variable \"token\" {\n  sensitive = true\n}\nprovider \"cks\" {\n  token = var.token\n}\n",
    );
    bed.set_variable("TF_VAR_token", Some(expired.expose_secret()));
    bed.plan().failed().expect_error(&["token rejected", "the provider's `token`", "expired"]);
    assert!(bed.instance(ADDRESS).is_some());
}

fn a_viewers_apply_fails_with_the_missing_role_cks_admin(host: &Host) {
    let mut bed = Bed::of(host, &oidc(""));
    let viewer = bed.local.token(Role::Viewer);
    bed.use_token(&viewer);
    bed.plan().plans(&[&format!("create {ADDRESS}")]);
    bed.apply_plan().failed().expect_error(&["Not allowed by CoreWeave", "CKS Admin"]);
    assert_eq!(bed.instance(ADDRESS), None);
}

fn without_a_role_the_error_names_the_missing_role_cks_viewer(host: &Host) {
    let mut bed = Bed::applied(host, &oidc(""));
    let token = bed.local.token(Role::None);
    bed.use_token(&token);
    bed.plan().failed().expect_error(&["Not allowed by CoreWeave", "CKS Viewer"]);
    assert!(bed.instance(ADDRESS).is_some());
}

/// Makes `whoami` respond 404, as an API without it.
fn without_whoami(bed: &Bed) {
    bed.local.inject(Injection::new(Fault::status(404)).on(Call::Whoami).times(u32::MAX));
}

fn a_not_found_without_whoami_counts_when_other_clusters_are_listed(host: &Host) {
    let bed = Bed::new(host);
    block_on(bed.local.add_cluster(ClusterSpec::new("neighbour"))).expect("a second cluster");
    without_whoami(&bed);
    bed.write("main.tf", &oidc(""));
    bed.apply().succeeded();
    bed.cluster().delete();
    bed.plan().plans(&[&format!("create {ADDRESS}")]);
}

fn a_not_found_does_not_count_when_the_organisation_is_unknown(host: &Host) {
    let bed = Bed::new(host);
    without_whoami(&bed);
    bed.write("main.tf", &oidc(""));
    bed.apply().succeeded();
    bed.cluster().delete();
    bed.plan().failed().expect_error(&["does not return the organisation", "terraform state rm"]);
    assert!(bed.instance(ADDRESS).is_some());
}

fn a_not_found_that_is_not_the_apis_does_not_count(host: &Host, block: &Block) {
    let bed = Bed::applied(host, &block.minimal(""));
    for body in [
        "<html><h1>404 Not Found</h1></html>",
        // A proxy before the API that has lost it, and the API about something else.
        r#"{"code": 5, "message": "no healthy upstream", "details": []}"#,
        r#"{"code": "not_found", "message": "vpc vpc-1 not found", "details": [{"type": "google.rpc.ResourceInfo",
            "debug": {"resourceType": "vpc", "resourceName": "vpc-1"}}]}"#,
    ] {
        let status = reqwest::StatusCode::NOT_FOUND;
        let answer = Fault::Status { status, retry_after: None, body: Some(body.to_owned()) };
        bed.local.clear_faults();
        bed.local.inject(Injection::new(answer).on(Call::GetCluster).times(u32::MAX));
        bed.plan().failed().expect_error(&["404"]);
        assert!(bed.instance(&block.address()).is_some());
    }
}

fn a_missing_role_and_a_deleted_cluster_are_recognised_in_every_error_format(host: &Host) {
    let telling = [ErrorStyle::ConnectWithoutDebug, ErrorStyle::GrpcGateway];
    let silent = [ErrorStyle::PlainText, ErrorStyle::Html, ErrorStyle::Empty];
    for style in telling.into_iter().chain(silent) {
        let mut bed = Bed::applied(host, &oidc(""));
        bed.local.set_behaviour(|behaviour| behaviour.error_style = style);
        let (viewer, admin) = (bed.local.token(Role::Viewer), bed.admin_token());
        bed.use_token(&viewer);
        bed.write("main.tf", &oidc("username_prefix = \"oidc:\""));
        bed.apply().failed().expect_error(&["CKS Admin"]);
        bed.use_token(&admin);
        bed.cluster().delete();
        if telling.contains(&style) {
            bed.plan().plans(&[&format!("create {ADDRESS}")]);
        } else {
            bed.plan().failed();
            assert!(bed.instance(ADDRESS).is_some(), "{style:?}");
        }
    }
}

fn an_unreachable_endpoint_is_reported_and_keeps_the_state(host: &Host) {
    let mut bed = Bed::applied(host, &oidc(""));
    bed.set_variable("COREWEAVE_API_ENDPOINT", Some("https://nowhere.invalid"));
    let started = std::time::Instant::now();
    bed.plan().failed().expect_error(&[
        "cannot be reached",
        "https://nowhere.invalid",
        "`endpoint`",
        "COREWEAVE_API_ENDPOINT",
    ]);
    assert!(started.elapsed().as_secs() < 60, "a typo must not hang: {:?}", started.elapsed());
    assert!(bed.instance(ADDRESS).is_some());
}
