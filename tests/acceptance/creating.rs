//! Making the trust: what is asked of the API, and that nothing is left to do afterwards.

use local_cks::{Behaviour, ClusterSpec, EndpointForm, Enums, LocalCks, PatchAnswer, ZeroValues};
use serde_json::json;

use crate::on_every_host;
use crate::support::{Bed, CLUSTER_ID, Host, full_block, full_resource, minimal_block, oidc};

on_every_host!(
    an_apply_makes_the_trust_and_a_second_plan_is_empty,
    a_second_plan_is_empty_for_every_encoding_of_the_api,
    empty_values_keep_their_spelling,
    a_plan_asks_nothing_but_reads,
);

const ADDRESS: &str = "cks_cluster_oidc.example";

fn an_apply_makes_the_trust_and_a_second_plan_is_empty(host: &Host) {
    let bed = Bed::new(host);
    bed.write("main.tf", &full_resource(&bed.local));
    bed.plan().plans(&[&format!("create {ADDRESS}")]);
    bed.apply_plan().succeeded();

    assert_eq!(bed.cluster().field("oidc"), full_block(&bed.local));
    assert_eq!(bed.patches().len(), 1);
    let state = bed.attributes(ADDRESS);
    assert_eq!(state["id"], CLUSTER_ID);
    assert_eq!(state["unmanaged_endpoint"], format!("https://{}", bed.cluster().unmanaged_host()));
    assert_eq!(state["effective_username_prefix"], "oidc:");
    assert_eq!(state["effective_groups_prefix"], "oidc:");
    bed.plan().expect_empty();
    bed.plan_with(&["-refresh=false"]).expect_empty();
}

fn a_second_plan_is_empty_for_every_encoding_of_the_api(host: &Host) {
    let plain = Behaviour::default();
    let encodings = [
        Behaviour { zero_values: ZeroValues::Emitted, ..plain.clone() },
        Behaviour { enums: Enums::Numbers, ..plain.clone() },
        Behaviour { endpoint_form: EndpointForm::WithScheme, ..plain.clone() },
        Behaviour { patch_answer: PatchAnswer::Running, stale_reads_after_patch: 2, ..plain },
    ];
    for encoding in encodings {
        let cluster = ClusterSpec::new("example").with_id(CLUSTER_ID);
        let bed = Bed::with(host, LocalCks::builder().cluster(cluster).behaviour(encoding));
        for configuration in [full_resource(&bed.local), oidc("signing_algorithms = [\"RS256\"]")] {
            bed.write("main.tf", &configuration);
            bed.apply().succeeded();
            bed.plan().expect_empty();
        }
        assert_eq!(
            bed.attributes(ADDRESS)["unmanaged_endpoint"],
            format!("https://{}", bed.cluster().unmanaged_host())
        );
    }
}

fn empty_values_keep_their_spelling(host: &Host) {
    let empty = r#"
  username_claim      = ""
  username_prefix     = ""
  groups_claim        = ""
  groups_prefix       = ""
  required_claim      = ""
  signing_algorithms  = []
  admin_group_binding = ""
  ca_certificate      = ""
"#;
    let bed = Bed::applied(host, &oidc(empty));
    assert_eq!(bed.cluster().field("oidc"), minimal_block());
    let state = bed.attributes(ADDRESS);
    for attribute in [
        "username_claim",
        "username_prefix",
        "groups_claim",
        "groups_prefix",
        "required_claim",
        "ca_certificate",
    ] {
        assert_eq!(state[attribute], "", "{attribute}");
    }
    assert_eq!(state["signing_algorithms"], json!([]));
    bed.plan().expect_empty();

    // Another spelling of the same changes the state and asks nothing of the API.
    bed.write("main.tf", &oidc("username_claim = null"));
    bed.apply().succeeded();
    bed.expect_only_reads();
    assert_eq!(bed.attributes(ADDRESS)["username_claim"], json!(null));
    bed.plan().expect_empty();
}

fn a_plan_asks_nothing_but_reads(host: &Host) {
    let bed = Bed::of(host, &oidc(""));
    bed.plan().plans(&[&format!("create {ADDRESS}")]);
    bed.expect_only_reads();
    bed.apply_plan().succeeded();
    bed.local.clear_requests();
    bed.write("main.tf", &oidc("username_prefix = \"oidc:\""));
    bed.plan().plans(&[&format!("update {ADDRESS}")]);
    bed.run(&["plan", "-json", "-destroy"]).plans(&[&format!("delete {ADDRESS}")]);
    bed.expect_only_reads();
}
