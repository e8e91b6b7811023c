//! Changing and removing the trust: one narrow write for what changed, and none for what did not.

use local_cks::{Call, ClusterSpec, Fault, Injection};
use serde_json::{Value, json};

use crate::support::{Bed, CLIENT, CLUSTER_ID, Host, ISSUER, block_on, full_resource, minimal_block, oidc};
use crate::{on_both_hosts, on_every_host};

on_every_host!(
    one_changed_attribute_is_one_write_of_just_that_leaf,
    a_removed_attribute_is_cleared,
    destroy_clears_the_whole_block,
);

on_both_hosts!(
    choices_about_the_run_itself_send_nothing,
    destroy_succeeds_when_the_block_is_gone_already,
    destroy_succeeds_when_the_cluster_is_gone,
    destroy_succeeds_when_the_cluster_is_going,
    an_upgrade_between_plan_and_apply_is_not_undone,
    many_clusters_are_changed_side_by_side,
    a_replacement_that_creates_first_does_not_delete_what_it_made,
    another_cluster_id_makes_a_new_trust_and_clears_the_old_one,
    a_field_that_the_api_refuses_is_shown_at_its_attribute,
);

const ADDRESS: &str = "cks_cluster_oidc.example";
const ALL_LEAVES: [&str; 10] = [
    "oidc.adminGroupBinding",
    "oidc.ca",
    "oidc.clientId",
    "oidc.groupsClaim",
    "oidc.groupsPrefix",
    "oidc.issuerUrl",
    "oidc.requiredClaim",
    "oidc.signingAlgorithms",
    "oidc.usernameClaim",
    "oidc.usernamePrefix",
];

/// Plans and applies a changed configuration: it must be one update, by one write of one leaf.
#[track_caller]
fn expect_one_narrow_write(bed: &Bed, changed: &str, leaf: &str) {
    bed.local.clear_requests();
    bed.write("main.tf", changed);
    bed.plan().plans(&[&format!("update {ADDRESS}")]);
    bed.expect_only_reads();
    bed.apply_plan().succeeded();
    assert_eq!(bed.masks(), [leaf]);
    let mut body = bed.patches()[0].body.clone();
    // What is cleared is there as an empty value.
    body["oidc"].as_object_mut().expect("a block").retain(|_, value| value != "");
    let members: Vec<_> = body.as_object().into_iter().flat_map(|body| body.keys()).collect();
    assert_eq!(members, ["id", "oidc", "updateMask", "version"], "nothing but what changes");
    assert_eq!(body["oidc"], bed.cluster().field("oidc"), "the whole block, or the API would refuse it");
    assert_eq!(body["version"], bed.cluster().field("version"), "another version would be an upgrade");
}

fn one_changed_attribute_is_one_write_of_just_that_leaf(host: &Host) {
    let bed = Bed::new(host);
    let full = full_resource(&bed.local);
    bed.write("main.tf", &full);
    bed.apply().succeeded();
    let changed = full.replace(r#""oidc:admins""#, r#""oidc:others""#);
    expect_one_narrow_write(&bed, &changed, "oidc.adminGroupBinding");
    let changed = changed.replace(CLIENT, "another");
    expect_one_narrow_write(&bed, &changed, "oidc.clientId");
    assert_eq!(bed.attributes(ADDRESS)["client_id"], "another");
    bed.plan().expect_empty();
}

fn a_removed_attribute_is_cleared(host: &Host) {
    let bed = Bed::applied(host, &oidc("username_claim = \"email\"\nrequired_claim = \"a=b\""));
    expect_one_narrow_write(&bed, &oidc("username_claim = \"email\""), "oidc.requiredClaim");
    expect_one_narrow_write(&bed, &oidc("username_claim = \"\""), "oidc.usernameClaim");
    assert_eq!(bed.cluster().field("oidc"), minimal_block());
    bed.plan().expect_empty();
}

fn destroy_clears_the_whole_block(host: &Host) {
    let bed = Bed::new(host);
    bed.write("main.tf", &full_resource(&bed.local));
    bed.apply().succeeded();
    bed.local.clear_requests();
    bed.destroy().succeeded();
    assert_eq!(bed.cluster().field("oidc"), Value::Null);
    assert_eq!(bed.cluster().status(), "STATUS_RUNNING", "destroy waits until it is in force");
    assert_eq!(bed.patches().len(), 1);
    let body = &bed.patches()[0].body;
    let mut mask: Vec<_> = body["updateMask"].as_str().unwrap_or_default().split(',').collect();
    mask.sort_unstable();
    assert_eq!(mask, ALL_LEAVES);
    assert_eq!(body.get("oidc"), None, "a block in the body would be validated");
    assert_eq!(bed.instance(ADDRESS), None);
}

fn choices_about_the_run_itself_send_nothing(host: &Host) {
    let bed = Bed::applied(host, &oidc(""));
    let chosen = oidc("on_existing = \"adopt\"\ntimeouts {\n    create = \"60m\"\n    update = \"1h\"\n  }");
    for configuration in [&chosen, &chosen.replace("\"60m\"", "\"1h\""), &oidc("")] {
        bed.write("main.tf", configuration);
        bed.apply().succeeded();
        bed.plan().expect_empty();
    }
    bed.expect_only_reads();
}

fn destroy_succeeds_when_the_block_is_gone_already(host: &Host) {
    let bed = Bed::applied(host, &oidc(""));
    bed.change_behind_its_back(None);
    bed.destroy().succeeded();
    assert_eq!(bed.instance(ADDRESS), None);
    bed.expect_only_reads();
}

fn destroy_succeeds_when_the_cluster_is_gone(host: &Host) {
    let bed = Bed::applied(host, &oidc(""));
    // Between plan and apply, so that the refresh does not notice before the destroy does.
    bed.run(&["plan", "-json", "-destroy", "-out=plan"]).plans(&[&format!("delete {ADDRESS}")]);
    bed.cluster().delete();
    bed.apply_plan().succeeded();
    assert_eq!(bed.instance(ADDRESS), None);
}

fn destroy_succeeds_when_the_cluster_is_going(host: &Host) {
    let bed = Bed::applied(host, &oidc(""));
    bed.cluster().set_status("STATUS_DELETING");
    bed.destroy().succeeded();
    assert_eq!(bed.instance(ADDRESS), None);
}

fn another_cluster_id_makes_a_new_trust_and_clears_the_old_one(host: &Host) {
    const OTHER_ID: &str = "1063bce6-6e5b-4b0a-b73a-7e6106b2a77c";
    let bed = Bed::applied(host, &oidc(""));
    let other = ClusterSpec::new("other").with_id(OTHER_ID);
    let other = block_on(bed.local.add_cluster(other)).expect("a second cluster");
    bed.write("main.tf", &oidc("").replace(CLUSTER_ID, OTHER_ID));
    bed.plan().plans(&[&format!("replace {ADDRESS}")]);
    bed.apply_plan().succeeded();
    assert_eq!(bed.cluster().field("oidc"), Value::Null);
    assert_eq!(other.field("oidc")["issuerUrl"], ISSUER);
    bed.plan().expect_empty();
}

fn an_upgrade_between_plan_and_apply_is_not_undone(host: &Host) {
    let bed = Bed::of(host, &oidc(""));
    bed.plan().plans(&[&format!("create {ADDRESS}")]);
    bed.cluster().set_field("version", json!("v1.37"));
    bed.apply_plan().succeeded();
    assert_eq!(bed.patches()[0].body["version"], "v1.37");
    assert_eq!(bed.cluster().field("version"), "v1.37");
}

fn many_clusters_are_changed_side_by_side(host: &Host) {
    let bed = Bed::new(host);
    let made = (0..8).map(|number| {
        let spec = ClusterSpec::new(&format!("c{number}"));
        block_on(bed.local.add_cluster(spec)).expect("one more cluster")
    });
    let clusters: Vec<_> = made.collect();
    let ids: Vec<_> = clusters.iter().map(local_cks::Cluster::id).collect();
    let each = oidc("").replace(&format!("{CLUSTER_ID:?}"), "each.value");
    bed.write("main.tf", &each.replacen('\n', &format!("\n  for_each = toset({ids:?})\n"), 1));
    bed.apply().succeeded();
    assert_eq!(bed.patches().len(), clusters.len());
    assert!(clusters.iter().all(|cluster| cluster.field("oidc") == minimal_block()));
    bed.plan().expect_empty();
    bed.destroy().succeeded();
    assert!(clusters.iter().all(|cluster| cluster.field("oidc") == Value::Null));
}

fn a_replacement_that_creates_first_does_not_delete_what_it_made(host: &Host) {
    let bed = Bed::applied(host, &oidc("lifecycle {\n    create_before_destroy = true\n  }"));
    let run = bed.apply_with(&[&format!("-replace={ADDRESS}")]).succeeded();
    run.expect_warning(&["Left in place"]);
    assert_eq!(bed.cluster().field("oidc"), minimal_block());
    bed.plan().expect_empty();
}

fn a_field_that_the_api_refuses_is_shown_at_its_attribute(host: &Host) {
    let bed = Bed::of(host, &oidc("username_claim = \"email\""));
    let refusal = json!({
        "code": "invalid_argument",
        "message": "validation error",
        "details": [{ "type": "google.rpc.BadRequest", "debug": { "fieldViolations": [
            { "field": "oidc.username_claim", "description": "no such claim" },
        ] } }],
    });
    let refused = Fault::Status {
        status: reqwest::StatusCode::BAD_REQUEST,
        retry_after: None,
        body: Some(refusal.to_string()),
    };
    bed.local.inject(Injection::new(refused).on(Call::UpdateCluster));
    let run = bed.apply().failed();
    let error = run.expect_error(&["username_claim", "no such claim"]);
    assert_eq!((error.address.as_str(), error.code.as_str()), (ADDRESS, "username_claim = \"email\""));
    assert_eq!(bed.instance(ADDRESS), None);
}
