//! Several clusters, and values that are known only after apply.

use local_cks::{ClusterSpec, LocalCks};

use super::kinds::{self, BINDING, SAMPLES, writes};
use crate::{
    on_both_hosts,
    support::{Bed, CLUSTER_ID, Host, block_on},
};

on_both_hosts!(two_clusters_and_names_that_are_known_only_after_apply);

const SECOND: &str = "0b7b3d0e-5c0f-4b52-9a4e-5b1b8f1f2a11";

fn later(name: &str, value: &str) -> String {
    format!("resource \"terraform_data\" {name:?} {{\n  input = {value:?}\n}}\n")
}

fn two_clusters_and_names_that_are_known_only_after_apply(host: &Host) {
    let spec = |name: &str, id: &str| ClusterSpec::new(name).with_id(id).with_kubernetes();
    let clusters = LocalCks::builder().cluster(spec("example", CLUSTER_ID)).cluster(spec("second", SECOND));
    let bed = Bed::with(host, clusters);
    let there = |id: &str, thing: &kinds::Sample| {
        let get = "GET".parse().expect("a method");
        let response = block_on(bed.local.cluster(id).kubernetes(get, &thing.path(), None));
        response.expect("kube-apiserver responds")
    };
    let mut configuration = later("second", SECOND) + &later("default", "default");
    for thing in SAMPLES {
        configuration += &later(&thing.resource.replace("cks_", ""), thing.name);
        configuration += &thing.with(thing.lines, "");
        let unknown = thing
            .named("second", "cluster_id = terraform_data.second.output", thing.lines, "")
            .replace("namespace = \"default\"", "namespace = terraform_data.default.output")
            .replace(
                &format!("name = {:?}", thing.name),
                &format!("name = terraform_data.{}.output", thing.resource.replace("cks_", "")),
            );
        configuration += &unknown;
    }
    bed.write("main.tf", &configuration);
    let planned = bed.plan().succeeded();
    assert_eq!(planned.warnings(), [], "{planned}");
    bed.apply_plan().succeeded();
    for thing in SAMPLES {
        let (one, two) = (there(CLUSTER_ID, thing), there(SECOND, thing));
        assert_eq!((one.0, two.0), (200, 200), "{}", thing.resource);
        assert_ne!(one.1["metadata"]["uid"], two.1["metadata"]["uid"]);
        let second = bed.attributes(&format!("{}.second", thing.resource));
        assert_eq!(second["id"], thing.id().replace(CLUSTER_ID, SECOND));
    }
    bed.plan().expect_empty();

    // A changed cluster moves the object there.
    let moved = BINDING.named("it", &format!("cluster_id = {SECOND:?}"), BINDING.lines, "");
    bed.write("main.tf", &moved.replace("viewers", "moved"));
    bed.local.clear_requests();
    let planned = bed.plan().succeeded();
    assert!(planned.actions().contains(&format!("replace {}", BINDING.address())), "{planned}");
    assert_eq!(writes(&bed), [] as [&str; 0]);
    bed.apply_plan().succeeded();
    assert_eq!(bed.attributes(&BINDING.address())["id"], format!("{SECOND}/moved"));
    assert_eq!(there(CLUSTER_ID, &BINDING).0, 404);
    bed.plan().expect_empty();
}
