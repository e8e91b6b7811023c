//! Plans of a part of a state, of the refresh alone, and of imports, while lists answer most refreshes; and clusters that others fill.

use std::{collections::BTreeMap, time::Instant};

use local_cks::{Tally, Verb};
use serde_json::json;

use crate::{
    on_terraform,
    support::{Bed, CLUSTER_ID, Host, Run, block_on, repeated_reads},
};

on_terraform!(
    a_part_and_the_refresh_alone_and_imports_tell_what_others_did,
    a_cluster_that_others_fill_is_not_read_through,
);

/// Enough that one list answers most refreshes.
const BINDINGS: usize = 12;

/// Requests that look at one object of each kind or learn which cluster it is: more than that grow with the number of objects.
const FEW: usize = 8;

const PATH: &str = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";

fn a_part_and_the_refresh_alone_and_imports_tell_what_others_did(host: &Host) {
    let bed = filled(host, 0);
    let subject = json!([{ "kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "oidc:other" }]);
    for name in ["many-0", "many-1"] {
        let (status, _) =
            bed.kubernetes("PATCH", &format!("{PATH}/{name}"), Some(json!({ "subjects": subject })));
        assert_eq!(status, 200);
    }
    let (status, _) = bed.kubernetes("DELETE", &format!("{PATH}/many-2"), None);
    assert_eq!(status, 200);

    // A part: the other changed bindings are neither read nor shown.
    let (run, sent) = measured(&bed, |bed| bed.plan_with(&["-target=cks_rbac_binding.many[\"0\"]"]));
    assert_eq!(run.actions(), ["update cks_rbac_binding.many[\"0\"]"], "{run}");
    assert_eq!(run.drifted(), ["cks_rbac_binding.many[\"0\"]"], "{run}");
    assert!(sent.reads_at_most(3) && sent.count(Verb::List) == 0, "{sent:?}");

    // The refresh alone: all of them, by one list, and a request for what it has not.
    let (run, sent) = measured(&bed, |bed| bed.plan_with(&["-refresh-only"]));
    let mut drifted = run.drifted();
    drifted.sort();
    assert_eq!(drifted, [0, 1, 2].map(|number| format!("cks_rbac_binding.many[\"{number}\"]")), "{run}");
    assert_eq!(run.actions(), [] as [&str; 0], "{run}");
    assert!(sent.reads_at_most(FEW) && sent.lists_once(), "{sent:?}");
    bed.apply_with(&["-refresh-only"]).succeeded();
    let state = bed.state()["values"]["root_module"]["resources"].clone();
    let resources = state.as_array().expect("resources").iter();
    let groups: BTreeMap<_, _> =
        resources.map(|it| (it["index"].as_str(), &it["values"]["groups"])).collect();
    assert_eq!((groups.len(), groups[&Some("1")]), (BINDINGS - 1, &json!(["oidc:other"])), "{groups:?}");
    bed.apply().succeeded();
    bed.plan().expect_empty();

    // Imports by blocks, each of which reads what it imports.
    bed.run(&["state", "rm", "cks_rbac_binding.many"]).succeeded();
    let block = format!(
        "import {{\n  for_each = {}\n  to = cks_rbac_binding.many[each.key]\n  id = \"{CLUSTER_ID}/many-${{each.key}}\"\n}}\n",
        numbers(BINDINGS)
    );
    bed.write("import.tf", &block);
    let (run, sent) = measured(&bed, |bed| bed.apply().succeeded());
    let writes = [Verb::Create, Verb::Update, Verb::Patch, Verb::Delete];
    assert!(writes.iter().all(|verb| !sent.tally.kubernetes.contains_key(verb)), "{sent:?} {run}");
    // Each import is a request; the refresh after it is none.
    assert!(sent.reads_at_most(BINDINGS + FEW) && sent.count(Verb::List) <= 1 + sent.again, "{sent:?}");
    bed.remove("import.tf");
    bed.plan().expect_empty();
}

fn a_cluster_that_others_fill_is_not_read_through(host: &Host) {
    const FOREIGN: usize = 20_000;
    let bed = filled(host, FOREIGN);
    bed.write("main.tf", &bindings(3));
    bed.apply().succeeded();
    let (_, sent) = measured(&bed, |bed| bed.plan().expect_empty());
    assert!(sent.reads_at_most(3) && sent.count(Verb::List) == 0, "{sent:?}");

    // More of them are worth a first page, which says how many others there are.
    bed.write("main.tf", &bindings(BINDINGS));
    bed.apply().succeeded();
    let (_, sent) = measured(&bed, |bed| bed.plan().expect_empty());
    assert!(sent.reads_at_most(BINDINGS) && sent.lists_once(), "{sent:?}");
}

/// With bindings that are applied, and those of others.
fn filled(host: &Host, foreign: usize) -> Bed {
    let bed = Bed::with_kubernetes(host);
    let other = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": { "name": "foreign" },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view" },
    });
    block_on(bed.cluster().fill("clusterrolebindings", &other, foreign)).expect("etcd takes them");
    bed.write("main.tf", &bindings(BINDINGS));
    bed.apply().succeeded();
    bed
}

fn bindings(count: usize) -> String {
    format!(
        "resource \"cks_rbac_binding\" \"many\" {{\n  for_each = {}\n  cluster_id = {CLUSTER_ID:?}\n  name = \"many-${{each.key}}\"\n  \
         cluster_role = \"view\"\n  groups = [\"oidc:team-${{each.key}}\"]\n}}\n",
        numbers(count)
    )
}

/// A set of the numbers below this one, as text.
fn numbers(count: usize) -> String {
    format!("toset([for number in range({count}) : tostring(number)])")
}

/// What a run of the host sends.
fn measured(bed: &Bed, run: impl FnOnce(&Bed) -> Run) -> (Run, Sent) {
    bed.local.clear_requests();
    let begun = Instant::now();
    let run = run(bed);
    let sent = Sent { tally: Tally::of(&bed.local.requests()), again: repeated_reads(begun.elapsed()) };
    eprintln!("{sent:?}");
    (run, sent)
}

/// Requests of a run.
#[derive(Debug)]
struct Sent {
    tally: Tally,
    /// How many reads of the same may have been repeated.
    again: usize,
}

impl Sent {
    /// Whether at most so many requests to Kubernetes read one object.
    fn reads_at_most(&self, gets: usize) -> bool {
        self.count(Verb::Get) <= gets + self.again
    }

    /// Whether a list answers most of the reads.
    fn lists_once(&self) -> bool {
        (1..=1 + self.again).contains(&self.count(Verb::List))
    }

    fn count(&self, verb: Verb) -> usize {
        self.tally.kubernetes.get(&verb).copied().unwrap_or_default()
    }
}
