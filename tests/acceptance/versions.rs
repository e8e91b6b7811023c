//! A feature works exactly on the versions that the table of features names (`testbed/src/features.rs`, which the documentation shows). Where it
//! does not exist, the host says so and changes nothing, and all else works.

use local_cks::tools::Feature;
use serde_json::{Value, json};

use crate::{
    on_every_host,
    support::{Bed, CLUSTER_ID, Host, OIDC, oidc},
};

on_every_host!(each_feature_works_exactly_on_the_versions_of_the_table);

/// How a feature is checked on a host, beginning and ending with the applied configuration of the test.
enum Probe {
    /// A configuration that needs it, and what must hold once that is applied. A host without the feature refuses it before any request.
    Configuration(String, fn(&Bed)),
    /// More than that.
    Run(fn(&Bed, &Host)),
    /// By another test of the same matrix, which has this name.
    Elsewhere(&'static str),
}

/// What checks the feature: each has something.
fn probe(feature: Feature) -> Probe {
    match feature {
        Feature::Basics => Probe::Elsewhere("conformance"),
        Feature::ImportForEach => Probe::Configuration(IMPORT_FOR_EACH.to_owned(), |bed| {
            assert!(bed.instance("terraform_data.listed").is_some());
        }),
        Feature::Removed => Probe::Configuration(REMOVED.to_owned(), |_| {}),
        Feature::Functions => {
            let host = "abc123-abcd1234.k8s.us-east-04a.coreweave.com";
            Probe::Configuration(
                format!(
                    "output \"endpoint\" {{\n  value = provider::cks::unmanaged_endpoint({host:?})\n}}\n"
                ),
                |bed| {
                    let outputs = bed.state()["values"]["outputs"].clone();
                    assert_eq!(
                        outputs["endpoint"]["value"],
                        "https://api.abc123-abcd1234.k8s.us-east-04a.coreweave.com"
                    );
                },
            )
        }
        Feature::Moves => Probe::Run(a_move_is_refused_where_there_is_none),
        Feature::Ephemeral => Probe::Configuration(
            format!(
                "ephemeral \"cks_kubeconfig\" \"it\" {{\n  cluster_id = {CLUSTER_ID:?}\n  token = \"a.b.c\"\n}}\n"
            ),
            |_| {},
        ),
        Feature::EphemeralDestroy => {
            Probe::Elsewhere("a_token_of_a_new_service_account_is_opened_in_the_apply")
        }
        // The provider has none.
        Feature::WriteOnly => Probe::Elsewhere("the_complete_example_works"),
        Feature::Identity => Probe::Run(an_object_is_imported_by_identity_or_else_by_id),
        Feature::Lists => Probe::Run(a_query_lists_or_is_no_command),
        Feature::Actions => Probe::Configuration(action(), |_| {}),
        Feature::DestroyActions => Probe::Configuration(
            action() + BEFORE_DESTROY,
            // Its destroy would run the action, for which this cluster has no Kubernetes.
            |bed| {
                bed.run(&["state", "rm", "terraform_data.event"]).succeeded();
            },
        ),
        Feature::LateReplacement => Probe::Elsewhere("objects::unknown_again"),
    }
}

const IMPORT_FOR_EACH: &str = r#"
import {
  for_each = toset(["a"])

  to = terraform_data.listed[each.key]
  id = each.key
}

resource "terraform_data" "listed" {
  for_each = toset(["a"])
}
"#;

const REMOVED: &str = r#"
removed {
  from = terraform_data.gone

  lifecycle {
    destroy = false
  }
}
"#;

const BEFORE_DESTROY: &str = r#"
resource "terraform_data" "event" {
  lifecycle {
    action_trigger {
      events     = [before_destroy]
      actions    = [action.cks_revoke_service_account_tokens.it]
      on_failure = halt
    }
  }
}
"#;

fn action() -> String {
    format!(
        "action \"cks_revoke_service_account_tokens\" \"it\" {{\n  config {{\n    cluster_id      = {CLUSTER_ID:?}\n    \
         namespace       = \"default\"\n    service_account = \"deployer\"\n  }}\n}}\n"
    )
}

fn each_feature_works_exactly_on_the_versions_of_the_table(host: &Host) {
    let bed = Bed::of(host, &oidc("  timeouts {\n    create = \"10m\"\n  }"));
    bed.validate().succeeded();
    bed.apply().succeeded();
    bed.plan().expect_empty();
    for feature in Feature::ALL {
        eprintln!("{feature:?}");
        match probe(feature) {
            Probe::Configuration(text, check) => {
                bed.write("more.tf", &text);
                if host.has(feature) {
                    bed.validate().succeeded();
                    bed.apply().succeeded();
                    check(&bed);
                } else {
                    expect_refused_at_once(&bed);
                }
            }
            Probe::Run(run) => run(&bed, host),
            Probe::Elsewhere(test) => {
                eprintln!("checked in {test}");
                continue;
            }
        }
        bed.write("more.tf", "");
        bed.apply().succeeded();
    }
    bed.plan().expect_empty();
    bed.destroy().succeeded();

    let shown = bed.run(&["providers", "schema", "-json"]).succeeded();
    for (feature, member) in [
        (Feature::Functions, "functions"),
        (Feature::Ephemeral, "ephemeral_resource_schemas"),
        (Feature::Identity, "resource_identity_schemas"),
        (Feature::Lists, "list_resource_schemas"),
        (Feature::Actions, "action_schemas"),
    ] {
        assert_eq!(shown.stdout.contains(&format!("{member:?}:")), host.has(feature), "{feature:?}");
    }
}

/// What works is in `objects::moves`.
fn a_move_is_refused_where_there_is_none(bed: &Bed, host: &Host) {
    if host.has(Feature::Moves) {
        return;
    }
    let namespace =
        format!("resource \"cks_namespace\" \"it\" {{\n  cluster_id = {CLUSTER_ID:?}\n  name = \"it\"\n}}\n");
    let moved = "moved {\n  from = kubernetes_namespace.it\n  to   = cks_namespace.it\n}\n";
    bed.write("more.tf", &format!("{namespace}{moved}"));
    bed.local.clear_requests();
    bed.plan().failed().expect_error(&["Resource type mismatch", "kubernetes_namespace.it"]);
    bed.expect_only_reads();
}

fn an_object_is_imported_by_identity_or_else_by_id(bed: &Bed, host: &Host) {
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
        expect_refused_at_once(bed);
        bed.write("more.tf", "");
        bed.run(&["state", "rm", &address]).succeeded();
        bed.write("more.tf", &format!("import {{\n  to = {address}\n  id = {CLUSTER_ID:?}\n}}\n"));
        bed.apply().succeeded();
    }
}

/// A file for queries disturbs no other command.
fn a_query_lists_or_is_no_command(bed: &Bed, host: &Host) {
    bed.write("all.tfquery.hcl", "list \"cks_cluster_oidc\" \"all\" {\n  provider = cks\n}\n");
    bed.plan().expect_empty();
    bed.local.clear_requests();
    let query = bed.run(&["query"]);
    if host.has(Feature::Lists) {
        assert!(query.succeeded().stdout.contains(CLUSTER_ID));
    } else {
        let refused = query.failed();
        assert!(refused.text().contains("query"), "{refused}");
        assert!(bed.local.requests().is_empty(), "{refused}");
    }
    bed.remove("all.tfquery.hcl");
}

/// The host rejects what `more.tf` has, before any request.
#[track_caller]
fn expect_refused_at_once(bed: &Bed) {
    bed.local.clear_requests();
    let refused = bed.plan().failed();
    assert!(refused.text().contains("more.tf"), "{refused}");
    assert!(bed.local.requests().is_empty(), "{refused}");
}
