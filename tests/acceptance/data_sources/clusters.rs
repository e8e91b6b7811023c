//! The data source `cks_clusters`.

use local_cks::{Behaviour, Call, ClusterSpec, EndpointForm, Enums, LocalCks, ZeroValues};
use serde_json::{Value, json};

use crate::{
    on_terraform,
    support::{Bed, CLUSTER_ID, Host, block_on, full_block},
};

on_terraform!(
    clusters_are_listed_by_zone_name_and_id,
    zone_and_name_filter_the_list,
    a_listed_cluster_equals_that_of_the_single_data_source_for_every_encoding,
    clusters_of_other_organisations_are_not_listed,
    no_cluster_is_an_empty_list,
    an_invalid_pattern_is_reported_with_its_position,
    an_unknown_filter_defers_the_read_to_the_apply,
);

/// The data source with these arguments, and its clusters as an output.
fn clusters(arguments: &str) -> String {
    format!(
        "data \"cks_clusters\" \"all\" {{\n  {arguments}\n}}\noutput \"it\" {{\n  value = data.cks_clusters.all.clusters\n}}\n"
    )
}

/// A bed with four clusters in two zones.
fn four(host: &Host) -> Bed {
    let bed = Bed::new(host);
    for (name, zone) in [("training", "RNO2A"), ("inference", "RNO2A"), ("training", "US-EAST-04A")] {
        block_on(bed.local.add_cluster(ClusterSpec::new(name).zone(zone))).expect("one more cluster");
    }
    bed
}

fn names(listed: &Value) -> Vec<String> {
    let name = |cluster: &Value| {
        let text = |member: &str| cluster[member].as_str().expect("a text").to_owned();
        format!("{}/{}", text("zone"), text("name"))
    };
    listed.as_array().expect("a list").iter().map(name).collect()
}

fn clusters_are_listed_by_zone_name_and_id(host: &Host) {
    let bed = four(host);
    bed.write("main.tf", &clusters(""));
    let listed = bed.apply().succeeded().output("it");
    assert_eq!(
        names(&listed),
        ["RNO2A/inference", "RNO2A/training", "US-EAST-04A/example", "US-EAST-04A/training"]
    );
    assert_eq!(listed[2]["id"], CLUSTER_ID);
    bed.expect_only_reads();
    bed.local.clear_requests();
    bed.plan().expect_empty();
    assert_eq!(bed.local.requests_of(Call::ListClusters).len(), 1, "one list is all it needs");
    assert_eq!(bed.local.requests().len(), 1);
}

fn zone_and_name_filter_the_list(host: &Host) {
    let bed = four(host);
    for (arguments, expected) in [
        ("zone = \"RNO2A\"", &["RNO2A/inference", "RNO2A/training"][..]),
        ("zone = \"us-east-04a\"", &["US-EAST-04A/example", "US-EAST-04A/training"]),
        ("name_regex = \"ing$\"", &["RNO2A/training", "US-EAST-04A/training"]),
        ("name_regex = \"^(example|inference)$\"", &["RNO2A/inference", "US-EAST-04A/example"]),
        ("zone = \"RNO2A\"\n  name_regex = \"^t\"", &["RNO2A/training"]),
        ("name_regex = \"^\\\\w{7}$\"", &["US-EAST-04A/example"]),
        ("zone = \"RNO2A\"\n  name_regex = \"example\"", &[]),
    ] {
        bed.write("main.tf", &clusters(arguments));
        assert_eq!(names(&bed.apply().succeeded().output("it")), expected, "{arguments}");
    }
}

fn a_listed_cluster_equals_that_of_the_single_data_source_for_every_encoding(host: &Host) {
    let plain = Behaviour::default();
    let encodings = [
        plain.clone(),
        Behaviour { zero_values: ZeroValues::Emitted, enums: Enums::Numbers, ..plain.clone() },
        Behaviour { endpoint_form: EndpointForm::WithScheme, ..plain },
    ];
    let one = format!(
        "data \"cks_cluster\" \"one\" {{\n  id = {CLUSTER_ID:?}\n}}\noutput \"one\" {{\n  value = data.cks_cluster.one\n}}\n"
    );
    for encoding in encodings {
        let spec = ClusterSpec::new("example")
            .with_id(CLUSTER_ID)
            .field("somethingNew", json!({ "x": [1] }))
            .field("kubelet", json!({ "maxPods": 110 }));
        let bed = Bed::with(host, LocalCks::builder().cluster(spec).behaviour(encoding.clone()));
        bed.cluster().set_field("authnWebhook", json!({ "server": "https://authn.example.com/review" }));
        bed.change_as_another_client(Some(full_block(&bed.local)));
        bed.write("main.tf", &[&one, &*clusters("")].concat());
        let run = bed.apply().succeeded();
        assert_eq!(run.output("it"), json!([run.output("one")]), "{encoding:?}");
        assert_eq!(run.output("it")[0]["status"], "STATUS_RUNNING", "{encoding:?}");
        assert_eq!(run.output("it")[0]["oidc"]["client_id"], "kubernetes", "{encoding:?}");
    }
}

fn clusters_of_other_organisations_are_not_listed(host: &Host) {
    let bed = Bed::new(host);
    let foreign = ClusterSpec::new("foreign").organisation("ffffff");
    block_on(bed.local.add_cluster(foreign)).expect("another organisation's cluster");
    bed.write("main.tf", &clusters(""));
    assert_eq!(names(&bed.apply().succeeded().output("it")), ["US-EAST-04A/example"]);
}

fn no_cluster_is_an_empty_list(host: &Host) {
    for zero_values in [ZeroValues::Omitted, ZeroValues::Emitted] {
        let bed = Bed::of(host, &clusters(""));
        bed.local.set_behaviour(|behaviour| behaviour.zero_values = zero_values);
        bed.cluster().delete();
        assert_eq!(bed.apply().succeeded().output("it"), json!([]), "{zero_values:?}");
        bed.plan().expect_empty();
    }
}

fn an_invalid_pattern_is_reported_with_its_position(host: &Host) {
    let bed = Bed::of(host, &clusters("name_regex = \"train-(1|2\""));
    let error = bed.validate().failed().expect_error(&["name_regex", "unclosed group"]);
    assert!(error.detail.contains("    train-(1|2\n          ^\n"), "{error:#?}");
    assert_eq!(error.code, "name_regex = \"train-(1|2\"");
}

fn an_unknown_filter_defers_the_read_to_the_apply(host: &Host) {
    let later = "resource \"terraform_data\" \"later\" {\n  input = \"exam\"\n}\n";
    let bed = Bed::of(host, &[later, &clusters("name_regex = terraform_data.later.output")].concat());
    bed.plan().succeeded();
    assert_eq!(bed.local.requests().len(), 0, "no request is sent while the filter is unknown");
    assert_eq!(names(&bed.apply_plan().succeeded().output("it")), ["US-EAST-04A/example"]);
    bed.plan().expect_empty();

    let broken = later.replace("exam", "exam(");
    bed.write("main.tf", &[&broken, &*clusters("name_regex = terraform_data.later.output")].concat());
    bed.plan().succeeded();
    bed.apply_plan().failed().expect_error(&["name_regex", "unclosed group"]);
}
