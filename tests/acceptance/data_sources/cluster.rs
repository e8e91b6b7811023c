//! The data source `cks_cluster` and the function `unmanaged_endpoint`.

use std::time::Instant;

use local_cks::{Behaviour, Call, ClusterSpec, EndpointForm, Enums, LocalCks, ZeroValues};
use serde_json::{Value, json};

use crate::{
    on_both_hosts, on_every_host,
    support::{Bed, CLUSTER_ID, Host, block_on, full_block, oidc, repeated_reads},
};

on_every_host!(a_cluster_is_found_by_id_and_by_name_and_zone);

on_both_hosts!(
    every_readable_field_is_returned_for_every_encoding,
    access_without_managed_authentication_is_returned_under_one_name_and_survives_an_apply,
    a_plan_reads_a_cluster_once,
    two_clusters_of_one_name_are_an_error_that_lists_their_ids,
    a_cluster_that_does_not_exist_is_an_error_that_lists_those_that_do,
    exactly_one_of_id_and_name_is_required,
    the_unmanaged_endpoint_is_computed_from_every_spelling,
    an_invalid_argument_of_the_function_is_reported_at_its_position,
);

/// The data source with these arguments, and all its attributes as an output.
fn cluster(arguments: &str) -> String {
    format!(
        "data \"cks_cluster\" \"example\" {{\n  {arguments}\n}}\noutput \"it\" {{\n  value = data.cks_cluster.example\n}}\n"
    )
}

fn a_cluster_is_found_by_id_and_by_name_and_zone(host: &Host) {
    let bed = Bed::new(host);
    let other = ClusterSpec::new("example").zone("RNO2A");
    let other = block_on(bed.local.add_cluster(other)).expect("a second cluster");
    for (arguments, id) in [
        (format!("id = {CLUSTER_ID:?}"), CLUSTER_ID),
        ("name = \"example\"\n  zone = \"US-EAST-04A\"".to_owned(), CLUSTER_ID),
        ("name = \"example\"\n  zone = \"RNO2A\"".to_owned(), other.id()),
    ] {
        bed.write("main.tf", &cluster(&arguments));
        let run = bed.apply().succeeded();
        assert_eq!(run.output("it")["id"], id, "{arguments}");
        assert_eq!(run.output("it")["name"], "example", "{arguments}");
        bed.plan().expect_empty();
    }
    bed.expect_only_reads();
}

fn every_readable_field_is_returned_for_every_encoding(host: &Host) {
    let plain = Behaviour::default();
    let encodings = [
        plain.clone(),
        Behaviour { zero_values: ZeroValues::Emitted, enums: Enums::Numbers, ..plain.clone() },
        Behaviour { endpoint_form: EndpointForm::WithScheme, ..plain },
    ];
    let mut shown = Vec::new();
    for encoding in encodings {
        let spec = ClusterSpec::new("example")
            .with_id(CLUSTER_ID)
            .version("v1.35")
            .field("somethingNew", json!({ "x": [1] }));
        let bed = Bed::with(host, LocalCks::builder().cluster(spec).behaviour(encoding));
        bed.cluster().set_field("authnWebhook", json!({ "server": "https://authn.example.com/review" }));
        bed.change_as_another_client(Some(full_block(&bed.local)));
        bed.write("main.tf", &cluster("name = \"example\""));
        let it = bed.apply().succeeded().output("it");
        let managed = format!("https://{}", bed.cluster().managed_host());
        assert_eq!(it["status"], "STATUS_RUNNING");
        assert_eq!(it["version"], "v1.35");
        assert_eq!(it["public"], true);
        assert_eq!(it["managed_endpoint"], managed);
        assert_eq!(it["unmanaged_endpoint"], managed.replace("https://", "https://api."));
        assert_eq!(it["service_account_issuer"], bed.cluster().service_account_issuer());
        assert_eq!(it["oidc"]["required_claim"], "department=platform");
        assert_eq!(it["oidc"]["signing_algorithms"], json!(["RS256"]));
        assert_eq!(it["oidc"]["ca_certificate"], bed.local.ca_pem());
        assert_eq!(it["authn_webhook"]["server"], "https://authn.example.com/review");
        assert_eq!(it["authn_webhook"]["ca_certificate"], Value::Null);
        assert_eq!(it["authz_webhook"], Value::Null);
        assert_eq!(it["network"]["internal_lb_cidr_names"], json!(["internal-lb-cidr"]));
        assert_eq!(it["audit_policy"], Value::Null);
        assert_eq!(it["kube_api_access"], Value::Null);
        let mut names: Vec<String> = it.as_object().expect("an object").keys().cloned().collect();
        names.sort_unstable();
        shown.push(names);
    }
    assert!(shown.windows(2).all(|pair| pair[0] == pair[1]), "{shown:?}");
}

fn access_without_managed_authentication_is_returned_under_one_name_and_survives_an_apply(host: &Host) {
    let range = json!(["192.0.2.0/24"]);
    for (member, content, mode) in [
        ("kubeApiAccess", json!({ "public": { "allowCidrs": range } }), Value::Null),
        ("publicAccess", json!({ "mode": "TLS", "allowCidrs": range }), json!("TLS")),
    ] {
        let spec = ClusterSpec::new("example").with_id(CLUSTER_ID).field(member, content.clone());
        let bed = Bed::with(host, LocalCks::builder().cluster(spec));
        bed.write("main.tf", &(cluster("id = cks_cluster_oidc.example.id") + &oidc("")));
        let it = bed.apply().succeeded().output("it");
        let expected = json!({ "public": { "mode": mode, "allow_cidrs": range } });
        assert_eq!(it["kube_api_access"], expected, "{member}");
        bed.plan().expect_empty();
        bed.destroy().succeeded();
        assert_eq!(bed.patches().len(), 2, "one sets and one clears the issuer");
        for patch in bed.patches() {
            assert!(!patch.body.to_string().contains("ccess"), "{}", patch.body);
        }
        assert_eq!(bed.cluster().field(member), content, "no write of the provider changes it");
    }
}

fn a_plan_reads_a_cluster_once(host: &Host) {
    let reading = format!("data \"cks_cluster\" \"again\" {{\n  count = 3\n  id = {CLUSTER_ID:?}\n}}\n");
    let bed = Bed::of(host, &[reading, oidc("")].concat());
    bed.apply().succeeded();
    bed.local.clear_requests();
    let begun = Instant::now();
    bed.plan().expect_empty();
    let reads = bed.local.requests_of(Call::GetCluster).len();
    assert!((1..=1 + repeated_reads(begun.elapsed())).contains(&reads), "{reads}");
}

fn two_clusters_of_one_name_are_an_error_that_lists_their_ids(host: &Host) {
    let bed = Bed::new(host);
    let other = ClusterSpec::new("example").zone("RNO2A");
    let other = block_on(bed.local.add_cluster(other)).expect("a second cluster");
    bed.write("main.tf", &cluster("name = \"example\""));
    let error = bed.plan().failed().expect_error(&[
        "Cluster name is ambiguous",
        CLUSTER_ID,
        other.id(),
        "RNO2A",
        "`zone`",
    ]);
    assert_eq!(error.code, "name = \"example\"");
}

fn a_cluster_that_does_not_exist_is_an_error_that_lists_those_that_do(host: &Host) {
    let bed = Bed::of(host, &cluster("name = \"exmaple\""));
    let error = bed.plan().failed().expect_error(&[
        "Cluster name not found",
        "exmaple",
        "example (US-EAST-04A",
        CLUSTER_ID,
    ]);
    assert_eq!(error.code, "name = \"exmaple\"");
    bed.write("main.tf", &cluster("name = \"example\"\n  zone = \"RNO2A\""));
    bed.plan().failed().expect_error(&["Cluster name not found", "RNO2A"]);
    let id = "id = \"00000000-0000-4000-8000-000000000000\"";
    bed.write("main.tf", &cluster(id));
    assert_eq!(bed.plan().failed().expect_error(&["Cluster not found", "organisation"]).code, id);
}

fn exactly_one_of_id_and_name_is_required(host: &Host) {
    let bed = Bed::of(host, &cluster(""));
    bed.validate().failed().expect_error(&["Set id or name"]);
    bed.write("main.tf", &cluster(&format!("id = {CLUSTER_ID:?}\n  name = \"example\"")));
    bed.validate().failed().expect_error(&["either `id`, or `name`"]);
}

fn endpoint_of(argument: &str) -> String {
    format!("output \"it\" {{\n  value = provider::cks::unmanaged_endpoint({argument})\n}}\n")
}

fn the_unmanaged_endpoint_is_computed_from_every_spelling(host: &Host) {
    let bed = Bed::new(host);
    let managed = bed.cluster().managed_host();
    for spelling in [
        managed.clone(),
        format!("https://{managed}"),
        format!("https://{managed}/"),
        format!("https://api.{managed}:443"),
        format!("api.{managed}"),
    ] {
        bed.write("main.tf", &endpoint_of(&format!("{spelling:?}")));
        let run = bed.apply().succeeded();
        assert_eq!(run.output("it"), format!("https://api.{managed}"), "{spelling}");
    }
    assert_eq!(bed.local.requests().len(), 0, "a function sends no request");
}

fn an_invalid_argument_of_the_function_is_reported_at_its_position(host: &Host) {
    let bed = Bed::new(host);
    for (argument, message) in [("\"\"", "no API server endpoint yet"), ("\"not a host\"", "is not the host")]
    {
        bed.write("main.tf", &endpoint_of(argument));
        let error = bed.plan().failed().expect_error(&[message, "api_server_endpoint"]);
        assert_eq!((error.line, error.code.contains(argument)), (2, true), "{error:?}");
    }
}
