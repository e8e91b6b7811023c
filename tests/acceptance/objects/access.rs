//! When a "not found" removes the state, and when the state is kept.

use local_cks::Role;

use super::kinds::{SAMPLES, all, applied, each, sorted, writes};
use crate::{
    on_terraform,
    support::{Bed, CLUSTER_ID, Host},
};

on_terraform!(
    another_organisations_token_keeps_the_state_and_a_deleted_cluster_empties_it,
    the_state_is_kept_when_another_cluster_responds_or_no_server_does,
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

    bed.cluster().delete();
    let planned = bed.plan().succeeded();
    assert_eq!(sorted(planned.actions()), each("create"));
    expect_kept(&bed);
    bed.destroy().succeeded();
    assert!(SAMPLES.iter().all(|thing| bed.instance(&thing.address()).is_none()));
    assert_eq!(writes(&bed), [] as [&str; 0]);
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
