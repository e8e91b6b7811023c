//! Destroys after the deletion of Secret, ServiceAccount, or cluster, and clusters that do not respond.

use local_cks::{Call, ClusterSpec, Fault, Injection};

use super::{ADDRESS, applied, attribute, delete_account, expect_rejected, secret_names, token, trigger};
use crate::{
    on_terraform,
    support::{CLUSTER_ID, Host, block_on},
};

on_terraform!(
    a_destroy_succeeds_when_secret_service_account_or_cluster_are_deleted,
    a_network_failure_keeps_the_token,
    a_not_found_of_another_cluster_does_not_count,
    a_transient_fault_causes_no_second_token,
);

fn a_destroy_succeeds_when_secret_service_account_or_cluster_are_deleted(host: &Host) {
    let bed = applied(host, &token(""));
    let secret = format!("{}/{}", super::SECRETS, attribute(&bed, "secret_name"));
    assert_eq!(bed.kubernetes("DELETE", &secret, None).0, 200);
    bed.destroy().succeeded();

    bed.apply().succeeded();
    let revoked = attribute(&bed, "token");
    delete_account(&bed);
    // Without a refresh, so that the destroy itself receives the 404.
    bed.run(&["destroy", "-json", "-auto-approve", "-refresh=false"]).succeeded();
    assert_eq!(bed.instance(ADDRESS), None);
    expect_rejected(&bed, &revoked);

    super::create_account(&bed);
    // Another client removes the label: the state still has the name of the Secret.
    bed.apply().succeeded();
    let name = attribute(&bed, "secret_name");
    let unlabelled = serde_json::json!({"metadata": {"labels": null}});
    assert_eq!(bed.kubernetes("PATCH", &format!("{}/{name}", super::SECRETS), Some(unlabelled)).0, 200);
    bed.plan().expect_empty();
    bed.destroy().succeeded();
    assert_eq!(bed.kubernetes("GET", &format!("{}/{name}", super::SECRETS), None).0, 404);

    bed.apply().succeeded();
    bed.cluster().delete();
    bed.plan().plans(&[&format!("create {ADDRESS}")]);
    bed.run(&["destroy", "-json", "-auto-approve", "-refresh=false"]).succeeded();
    assert_eq!(bed.instance(ADDRESS), None);
}

fn a_network_failure_keeps_the_token(host: &Host) {
    let mut bed = applied(host, &token(""));
    let before = bed.attributes(ADDRESS);
    bed.set_variable("HTTPS_PROXY", Some("http://127.0.0.1:9"));
    bed.plan().failed();
    assert_eq!(bed.attributes(ADDRESS), before);
    let proxy = bed.local.proxy_url();
    bed.set_variable("HTTPS_PROXY", Some(&proxy));
    // A 404 of a gateway is not a 404 of Kubernetes.
    let page = Fault::Status {
        status: reqwest::StatusCode::NOT_FOUND,
        retry_after: None,
        body: Some("<html>default backend - 404</html>".to_owned()),
    };
    bed.local.inject(Injection::new(page).on(Call::Managed).times(u32::MAX));
    bed.plan().failed().expect_error(&["404"]);
    bed.local.clear_faults();
    assert_eq!(bed.attributes(ADDRESS), before);
    bed.plan().expect_empty();
}

/// An address of another cluster, which has no Secret of the token's name, and then one.
fn a_not_found_of_another_cluster_does_not_count(host: &Host) {
    let bed = applied(host, &token(""));
    let another =
        block_on(bed.local.add_cluster(ClusterSpec::new("another").with_kubernetes())).expect("a cluster");
    let kubeconfig = another.admin_kubeconfig().expect("it has a Kubernetes");
    std::fs::write(bed.path("another.yaml"), kubeconfig).expect("the directory is ours");
    let (path, context) = (bed.path("another.yaml").display().to_string(), "admin");
    bed.write(
        "provider.tf",
        &format!(
            "provider \"cks\" {{\n  kubernetes = [{{\n    cluster_id = {CLUSTER_ID:?}\n    config_path = {path:?}\n    config_context = \
             {context:?}\n  }}]\n}}\n"
        ),
    );
    let expect_refusal = || {
        for run in [bed.plan(), bed.run(&["destroy", "-json", "-auto-approve", "-refresh=false"])] {
            run.failed().expect_error(&["`kubernetes` entry leads to another cluster", "The state is kept"]);
        }
        assert!(bed.instance(ADDRESS).is_some());
    };
    expect_refusal();
    let name = attribute(&bed, "secret_name");
    let strangers = |method: &str, path: &str, body| {
        let method = method.parse().expect("a method");
        block_on(another.kubernetes(method, path, body)).expect("kube-apiserver answers").0
    };
    // As a copy of the whole namespace has it.
    let labels = serde_json::json!({ format!("{}token-id", super::MARK): attribute(&bed, "id") });
    let secret = serde_json::json!({ "metadata": { "name": name, "labels": labels } });
    assert_eq!(strangers("POST", super::SECRETS, Some(secret)), 201);
    expect_refusal();
    assert_eq!(strangers("GET", &format!("{}/{name}", super::SECRETS), None), 200);
    bed.remove("provider.tf");
    bed.plan().expect_empty();
}

/// A lost request is repeated; a token of a lost response is revoked with the same Secret.
fn a_transient_fault_causes_no_second_token(host: &Host) {
    let bed = applied(host, &token(&trigger("0")));
    for (number, fault) in [Fault::status(503), Fault::ResetBefore, Fault::ResetAfter, Fault::TruncatedBody]
        .into_iter()
        .enumerate()
    {
        for (method, path) in [("POST", "/secrets"), ("POST", "/token"), ("PATCH", "/secrets/")] {
            let method = method.parse().expect("a method");
            bed.local.inject(Injection::new(fault.clone()).on(Call::Managed).method(method).path(path));
        }
        bed.write(
            "main.tf",
            &token(&format!("on_rotation = \"revoke\"\n{}", trigger(&format!("{number}!")))),
        );
        let run = bed.apply().succeeded();
        assert_eq!(bed.local.pending_faults(), 0, "every fault has happened\n{run}");
        assert_eq!(secret_names(&bed), [attribute(&bed, "secret_name")], "{fault:?}");
        super::expect_valid(&bed, &attribute(&bed, "token"));
        bed.plan().expect_empty();
    }
}
