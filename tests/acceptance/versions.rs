//! A feature works exactly on the versions that the table of features names (`testbed/src/features.rs`, which the documentation shows). Where it
//! does not exist, the host says so and changes nothing, and all else works.

use local_cks::tools::Feature;
use serde_json::{Value, json};

use crate::{
    on_every_host,
    support::{Bed, CLUSTER_ID, Host, OIDC, oidc},
};

on_every_host!(each_feature_works_exactly_on_the_versions_of_the_table);

/// A configuration that needs a feature.
struct Probe {
    feature: Feature,
    configuration: String,
    /// What must hold once it is applied.
    check: fn(&Bed),
}

fn probes() -> Vec<Probe> {
    let probe = |feature, configuration: String, check| Probe { feature, configuration, check };
    let host = "abc123-abcd1234.k8s.us-east-04a.coreweave.com";
    let unchecked: fn(&Bed) = |_| {};
    vec![
        probe(
            Feature::Functions,
            format!("output \"endpoint\" {{\n  value = provider::cks::unmanaged_endpoint({host:?})\n}}\n"),
            |bed| {
                let outputs = bed.state()["values"]["outputs"].clone();
                assert_eq!(
                    outputs["endpoint"]["value"],
                    "https://api.abc123-abcd1234.k8s.us-east-04a.coreweave.com"
                );
            },
        ),
        probe(
            Feature::Ephemeral,
            format!(
                "ephemeral \"cks_kubeconfig\" \"it\" {{\n  cluster_id = {CLUSTER_ID:?}\n  token = \"a.b.c\"\n}}\n"
            ),
            unchecked,
        ),
    ]
}

fn each_feature_works_exactly_on_the_versions_of_the_table(host: &Host) {
    let bed = Bed::of(host, &oidc("  timeouts {\n    create = \"10m\"\n  }"));
    bed.validate().succeeded();
    bed.apply().succeeded();
    bed.plan().expect_empty();
    for Probe { feature, configuration, check } in probes() {
        bed.write("more.tf", &configuration);
        if host.has(feature) {
            bed.validate().succeeded();
            bed.apply().succeeded();
            check(&bed);
        } else {
            expect_refused_at_once(&bed);
        }
    }

    // Of the moves, what works is in `objects::moves`.
    let namespace =
        format!("resource \"cks_namespace\" \"it\" {{\n  cluster_id = {CLUSTER_ID:?}\n  name = \"it\"\n}}\n");
    let moved = "moved {\n  from = kubernetes_namespace.it\n  to   = cks_namespace.it\n}\n";
    bed.write("more.tf", &format!("{namespace}{moved}"));
    if !host.has(Feature::Moves) {
        bed.local.clear_requests();
        bed.plan().failed().expect_error(&["Resource type mismatch", "kubernetes_namespace.it"]);
        bed.expect_only_reads();
    }

    let address = OIDC.address();
    bed.write(
        "more.tf",
        &format!("import {{\n  to       = {address}\n  identity = {{ cluster_id = {CLUSTER_ID:?} }}\n}}\n"),
    );
    if host.has(Feature::Identity) {
        assert_eq!(bed.identity(&address), json!({ "cluster_id": CLUSTER_ID }));
        bed.run(&["state", "rm", &address]).succeeded();
        bed.apply().succeeded();
        assert_eq!(bed.identity(&address), json!({ "cluster_id": CLUSTER_ID }));
    } else {
        let instance = bed.instance(&address).expect("it is in the state");
        assert_eq!(instance["identity"], Value::Null);
        expect_refused_at_once(&bed);
        bed.remove("more.tf");
        bed.run(&["state", "rm", &address]).succeeded();
        bed.write("more.tf", &format!("import {{\n  to = {address}\n  id = {CLUSTER_ID:?}\n}}\n"));
        bed.apply().succeeded();
    }
    bed.remove("more.tf");
    bed.plan().expect_empty();
    bed.destroy().succeeded();

    let shown = bed.run(&["providers", "schema", "-json"]).succeeded();
    for (feature, member) in [
        (Feature::Functions, "functions"),
        (Feature::Ephemeral, "ephemeral_resource_schemas"),
        (Feature::Identity, "resource_identity_schemas"),
    ] {
        assert_eq!(shown.stdout.contains(&format!("{member:?}:")), host.has(feature), "{feature:?}");
    }
}

/// The host rejects what `more.tf` has, before any request.
#[track_caller]
fn expect_refused_at_once(bed: &Bed) {
    bed.local.clear_requests();
    let refused = bed.plan().failed();
    assert!(refused.text().contains("more.tf"), "{refused}");
    assert!(bed.local.requests().is_empty(), "{refused}");
}
