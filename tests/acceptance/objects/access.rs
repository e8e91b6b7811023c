//! When a "not found" removes the state, and when the state is kept.

use local_cks::{Cluster, ClusterSpec, Role};
use serde_json::{Value, json};

use super::kinds::{SAMPLES, all, applied, each, sorted, writes};
use crate::{
    on_terraform,
    support::{Administrator, Bed, CLUSTER_ID, Host, block_on},
};

on_terraform!(
    another_organisations_token_keeps_the_state_and_a_deleted_cluster_empties_it,
    the_state_is_kept_when_another_cluster_responds_or_no_server_does,
    an_address_of_another_cluster_is_refused_before_a_read_counts_or_a_write_is_sent,
);

#[track_caller]
fn expect_kept(bed: &Bed) {
    assert!(SAMPLES.iter().all(|thing| bed.instance(&thing.address()).is_some()));
}

fn another_organisations_token_keeps_the_state_and_a_deleted_cluster_empties_it(host: &Host) {
    let mut bed = applied(host, &all(|thing| thing.lines, ""));
    let foreign = bed.local.add_token("ffffff", Role::Admin);
    bed.use_token(&foreign);
    for run in [bed.plan(), bed.apply(), bed.destroy()] {
        run.failed().expect_error(&[
            "Cluster not found, state kept",
            "ab1cd2",
            "ffffff",
            "The state is kept",
        ]);
        expect_kept(&bed);
    }
    let own = bed.admin_token();
    bed.use_token(&own);
    bed.plan().expect_empty();

    // The deletion may fail or be taken back: the state keeps what is there, and a destroy says what it left.
    bed.cluster().set_status("STATUS_DELETING");
    let planned = bed.plan().succeeded();
    assert_eq!(planned.actions(), [] as [&str; 0]);
    planned.expect_warning(&["Cluster is STATUS_DELETING", "The state keeps them"]);
    let target = format!("-target={}", SAMPLES[0].address());
    let run = bed.run(&["destroy", "-json", "-auto-approve", &target]).succeeded();
    run.expect_warning(&["was left to the end of its cluster", &SAMPLES[0].place(), "taken back"]);
    assert_eq!(writes(&bed), [] as [&str; 0]);
    bed.cluster().set_status("STATUS_RUNNING");
    bed.apply().succeeded().expect_warning(&["Existing object adopted", &SAMPLES[0].place()]);
    let before = writes(&bed);

    bed.cluster().delete();
    let planned = bed.plan().succeeded();
    assert_eq!(sorted(planned.actions()), each("create"));
    expect_kept(&bed);
    bed.destroy().succeeded();
    assert!(SAMPLES.iter().all(|thing| bed.instance(&thing.address()).is_none()));
    assert_eq!(writes(&bed), before);
}

fn the_state_is_kept_when_another_cluster_responds_or_no_server_does(host: &Host) {
    let mut bed = applied(host, &all(|thing| thing.lines, ""));
    let provider = |bed: &Bed, lines: &str| {
        let entry = format!("kubernetes = [{{\n    cluster_id = {CLUSTER_ID:?}\n    {lines}\n  }}]");
        bed.write("provider.tf", &format!("provider \"cks\" {{\n  {entry}\n}}\n"));
    };

    // A kubeconfig of another cluster, which has no object of these, and another kube-system.
    let other = Bed::with_kubernetes(host);
    let kubeconfig = other.cluster().admin_kubeconfig().expect("a kubeconfig");
    let path = bed.path("other.kubeconfig").display().to_string();
    std::fs::write(&path, kubeconfig).expect("the directory is ours");
    bed.set_variable("NO_PROXY", Some("127.0.0.1"));
    provider(&bed, &format!("config_path = {path:?}\n    config_context = \"admin\""));
    for run in [bed.plan(), bed.destroy()] {
        run.failed().expect_error(&[
            "`kubernetes` entry leads to another cluster",
            "kube-system",
            "The state is kept",
        ]);
        expect_kept(&bed);
    }

    // No server listens at this address.
    provider(&bed, "host = \"https://127.0.0.1:1\"\n    token = \"nobodys\"");
    bed.plan().failed().expect_error(&["Kubernetes cannot be reached", "The state is kept"]);
    expect_kept(&bed);
    bed.remove("provider.tf");
    bed.plan().expect_empty();
}

/// A request to another cluster's Kubernetes by its administrator.
#[track_caller]
fn at(cluster: &Cluster, method: &str, path: &str, body: Option<Value>) -> Value {
    let method = method.parse().expect("a method");
    let (status, body) = block_on(cluster.kubernetes(method, path, body)).expect("kube-apiserver answers");
    assert!(status < 300, "{path}: {body}");
    body
}

/// The other cluster has objects of the same names and content: only its identity tells it apart.
fn an_address_of_another_cluster_is_refused_before_a_read_counts_or_a_write_is_sent(host: &Host) {
    let bed = applied(host, &all(|thing| thing.lines, ""));
    let other =
        block_on(bed.local.add_cluster(ClusterSpec::new("other").with_kubernetes())).expect("a cluster");
    for thing in SAMPLES {
        let mut object = (thing.members)(false);
        object["metadata"] = json!({ "name": thing.name });
        at(&other, "POST", thing.collection, Some(object));
    }
    let objects = || SAMPLES.map(|thing| at(&other, "GET", &thing.path(), None));
    let before = objects();

    let administrator = Administrator::of(&other);
    for (name, content) in [
        ("kubeconfig", &administrator.kubeconfig),
        ("ca.pem", &administrator.ca),
        ("certificate.pem", &administrator.certificate),
        ("key.pem", &administrator.key),
    ] {
        std::fs::write(bed.path(name), content).expect("the directory is ours");
    }
    let file = |name: &str| format!("file({:?})", bed.path(name).display().to_string());
    let entries = [
        format!("kubeconfig = {}", file("kubeconfig")),
        format!(
            "host = {:?}\n    ca_certificate = {}\n    client_certificate = {}\n    client_key = {}",
            administrator.url,
            file("ca.pem"),
            file("certificate.pem"),
            file("key.pem")
        ),
    ];
    let provider = |entry: &str| {
        let entry = format!("kubernetes = [{{\n    cluster_id = {CLUSTER_ID:?}\n    {entry}\n  }}]");
        bed.write("provider.tf", &format!("provider \"cks\" {{\n  {entry}\n}}\n"));
    };
    let said = ["`kubernetes` entry leads to another cluster", &administrator.url, CLUSTER_ID, other.id()];
    for entry in &entries {
        provider(entry);
        let without_refresh = |arguments: &[&str]| {
            bed.run(&[arguments, &["-json", "-auto-approve", "-refresh=false"]].concat())
        };
        bed.write("main.tf", &all(|thing| thing.lines, ""));
        for run in [bed.plan(), bed.destroy(), without_refresh(&["destroy"])] {
            run.failed().expect_error(&said);
            expect_kept(&bed);
        }
        bed.write("main.tf", &all(|thing| thing.changed, ""));
        for run in [bed.plan(), without_refresh(&["apply"])] {
            run.failed().expect_error(&said);
            expect_kept(&bed);
        }
    }
    bed.remove("provider.tf");
    bed.write("main.tf", &all(|thing| thing.lines, ""));
    bed.plan().expect_empty();
    bed.destroy().succeeded();

    // A first apply, with no state to compare with.
    provider(&entries[1]);
    for run in [bed.plan(), bed.apply()] {
        let run = run.failed();
        assert_eq!(run.errors().len(), SAMPLES.len(), "{run}");
        run.expect_error(&said);
    }
    assert_eq!(objects(), before);
}
