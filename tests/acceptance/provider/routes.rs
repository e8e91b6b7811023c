//! The list `kubernetes`: which entry applies to a cluster, what happens while it is unknown, and which sources are never read.

use std::{
    net::{SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use local_cks::{Call, ClusterSpec, Role};
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::{
    on_terraform,
    support::{
        ADMINISTRATOR, Administrator, Bed, CLUSTER_ID, Host, account, block_on, provider, secret_variables,
        who_am_i, who_am_i_in,
    },
};

on_terraform!(
    one_provider_block_connects_to_each_cluster_by_its_own_entry,
    a_resource_is_planned_and_applied_while_its_entry_is_unknown,
    a_data_source_reports_which_value_of_its_entry_is_unknown,
    no_configuration_of_the_machine_is_used,
    an_entry_that_could_connect_to_another_cluster_is_rejected,
    many_reviews_share_one_connection_and_are_not_throttled,
);

/// Users of other providers report: several clusters need several provider blocks.
fn one_provider_block_connects_to_each_cluster_by_its_own_entry(host: &Host) {
    let mut bed = Bed::with_kubernetes(host);
    let other =
        block_on(bed.local.add_cluster(ClusterSpec::new("other").with_kubernetes())).expect("a cluster");
    let administrator = Administrator::of(&other);
    let token = bed.token_of("deployer");
    let viewer = bed.local.token(Role::Viewer);
    let reviews = who_am_i_in(CLUSTER_ID, "one", "") + &who_am_i_in(other.id(), "two", "");
    bed.set_variable("TF_VAR_token", Some(token.expose_secret()));
    bed.set_variable("TF_VAR_kubeconfig", Some(&administrator.kubeconfig));
    bed.set_variable("TF_VAR_viewer", Some(viewer.expose_secret()));
    let variables = secret_variables(&["token", "kubeconfig", "viewer"]);
    let one = format!("cluster_id = {CLUSTER_ID:?}\nendpoint = \"unmanaged\"\ntoken = var.token");
    let two = format!("cluster_id = {:?}\nkubeconfig = var.kubeconfig", other.id());
    let all_others = "endpoint = \"managed\"\ntoken = var.viewer".to_owned();
    let viewers = json!(["cks:read", "system:authenticated"]);

    for entries in [[&one, &two], [&two, &one]] {
        bed.write("main.tf", &(variables.clone() + &reviews + &provider(&entries.map(String::as_str), "")));
        let run = bed.apply().succeeded();
        assert_eq!(run.output("one")["username"], account("deployer"));
        assert_eq!(run.output("two")["username"], ADMINISTRATOR);
    }
    for (entries, position) in [([&one, &all_others], "two"), ([&all_others, &two], "one")] {
        bed.write("main.tf", &(variables.clone() + &reviews + &provider(&entries.map(String::as_str), "")));
        let run = bed.apply().succeeded();
        assert_eq!(
            run.output(position)["groups"],
            viewers,
            "an entry without cluster_id is for all the others"
        );
        assert!(run.output("one")["username"] != run.output("two")["username"]);
    }
    // An entry with `host` needs no request to CoreWeave.
    bed.set_variable("COREWEAVE_API_TOKEN", None);
    bed.local.clear_requests();
    bed.write("main.tf", &(variables + &who_am_i_in(other.id(), "two", "") + &provider(&[&two], "")));
    assert_eq!(bed.apply().succeeded().output("two")["username"], ADMINISTRATOR);
    assert!(bed.local.requests().is_empty(), "no request to CoreWeave's API or its endpoints");
}

/// Writes an entry whose token comes from another resource, and this configuration.
fn with_unknown_entry(bed: &mut Bed, entry: &str, configuration: &str) {
    let token = bed.token_of("administrator");
    bed.set_variable("TF_VAR_token", Some(token.expose_secret()));
    let later = "resource \"terraform_data\" \"later\" {\n  input = var.token\n}\n";
    bed.write(
        "main.tf",
        &[&secret_variables(&["token"]), later, &provider(&[entry], ""), configuration].concat(),
    );
}

const UNKNOWN: &str = "endpoint = \"unmanaged\"\ntoken = terraform_data.later.output";

fn namespace() -> String {
    format!(
        "resource \"cks_namespace\" \"example\" {{\n  cluster_id = {CLUSTER_ID:?}\n  name = \"team\"\n  deletion_protection = false\n}}\n"
    )
}

fn bind_administrator(bed: &Bed) {
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "administrator"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "namespace": "default", "name": "administrator"}],
    });
    let bindings = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
    assert_eq!(bed.kubernetes("POST", bindings, Some(binding)).0, 201);
}

/// Users of other providers report: a provider cannot be configured by resources of the same run.
fn a_resource_is_planned_and_applied_while_its_entry_is_unknown(host: &Host) {
    let mut bed = Bed::with_kubernetes(host);
    bind_administrator(&bed);
    let kubernetes =
        |bed: &Bed| bed.local.requests_of(Call::Managed).len() + bed.local.requests_of(Call::Unmanaged).len();
    for entry in [
        UNKNOWN.to_owned(),
        // It may apply to any cluster.
        "cluster_id = terraform_data.later.output == \"\" ? \"\" : \"1063bce6-6e5b-4b0a-b73a-7e6106b2a77c\"\nendpoint = \"managed\"".to_owned(),
    ] {
        eprintln!("{entry}");
        bed.clear();
        with_unknown_entry(&mut bed, &entry, &namespace());
        bed.local.clear_requests();
        let planned = bed.plan().succeeded();
        assert_eq!(planned.warnings(), [], "{planned}");
        assert_eq!(kubernetes(&bed), 0, "no request can be sent yet");
        bed.apply_plan().succeeded();
        assert_eq!(bed.kubernetes("GET", "/api/v1/namespaces/team", None).0, 200);
        bed.plan().expect_empty();

        // Once it is unknown again, the state is kept.
        let token = bed.token_of("administrator");
        bed.set_variable("TF_VAR_token", Some(token.expose_secret()));
        bed.local.clear_requests();
        let planned = bed.plan().plans(&["update terraform_data.later"]);
        assert_eq!(planned.warnings().len(), 1, "{planned}");
        planned.expect_warning(&["kubernetes[0]"]);
        assert_eq!(kubernetes(&bed), 0);
        bed.apply_plan().succeeded();
        bed.plan().expect_empty();
        bed.destroy().succeeded();
    }
}

fn a_data_source_reports_which_value_of_its_entry_is_unknown(host: &Host) {
    let mut bed = Bed::with_kubernetes(host);
    with_unknown_entry(&mut bed, UNKNOWN, &who_am_i(""));
    let run = bed.plan().failed();
    run.expect_error(&["`kubernetes[0].token`", "known only after apply", "depends_on"]);
    // The fix in the message works.
    with_unknown_entry(&mut bed, UNKNOWN, &who_am_i("depends_on = [terraform_data.later]"));
    bed.plan().succeeded();
    let applied = bed.apply_plan().succeeded();
    assert_eq!(applied.output("it")["username"], account("administrator"));
    bed.plan().expect_empty();
    // Unknown values in the entry of one cluster do not affect another cluster.
    let elsewhere = format!("cluster_id = \"{}\"\n{UNKNOWN}", "00000000-0000-4000-8000-000000000000");
    bed.clear();
    with_unknown_entry(&mut bed, &elsewhere, &who_am_i(""));
    bed.plan().succeeded();
    assert_eq!(bed.apply().succeeded().output("it")["groups"][0], "cks:admin");
}

/// Counts the connections to a listener.
fn count_connections() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let (address, connections) = (listener.local_addr().expect("bound"), Arc::new(AtomicUsize::new(0)));
    let counter = Arc::clone(&connections);
    std::thread::spawn(move || {
        while listener.accept().is_ok() {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    });
    (address, connections)
}

/// Users of other providers report: a fallback to localhost, the current context or variables wrote to other clusters.
fn no_configuration_of_the_machine_is_used(host: &Host) {
    let mut bed = Bed::with_kubernetes(host);
    let (address, connections) = count_connections();
    let poison = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "trap",
        "clusters": [{"name": "trap", "cluster": {"server": format!("https://{address}"), "insecure-skip-tls-verify": true}}],
        "users": [{"name": "trap", "user": {"token": "trap"}}],
        "contexts": [{"name": "trap", "context": {"cluster": "trap", "user": "trap"}}],
    })
    .to_string();
    std::fs::create_dir_all(bed.path("home/.kube")).expect("ours");
    for place in ["home/.kube/config", "kubeconfig"] {
        std::fs::write(bed.path(place), &poison).expect("ours");
    }
    let kubeconfig = bed.path("kubeconfig").display().to_string();
    let (ip, port) = (address.ip().to_string(), address.port().to_string());
    for (name, value) in [
        ("KUBECONFIG", kubeconfig.as_str()),
        ("KUBERNETES_SERVICE_HOST", &ip),
        ("KUBERNETES_SERVICE_PORT", &port),
        ("KUBERNETES_MASTER", &format!("https://{address}")),
        ("KUBE_HOST", &format!("https://{address}")),
        ("KUBE_TOKEN", "trap"),
        ("KUBE_CTX", "trap"),
        ("KUBE_CONFIG_PATH", &kubeconfig),
        ("KUBE_RS_DEBUG_OVERRIDE_URL", &format!("https://{address}")),
        ("KUBE_RS_DEBUG_IMPERSONATE_USER", "trap"),
    ] {
        bed.set_variable(name, Some(value));
    }
    bed.write("main.tf", &who_am_i(""));
    assert_eq!(bed.apply().succeeded().output("it")["groups"][0], "cks:admin");

    // They are not used if a value is missing either.
    bed.set_variable("COREWEAVE_API_TOKEN", None);
    bed.plan().failed().expect_error(&["No CoreWeave API token", "COREWEAVE_API_TOKEN"]);
    bed.write(
        "provider.tf",
        &provider(&[&format!("cluster_id = {CLUSTER_ID:?}\nkubeconfig = \"{{}}\"")], ""),
    );
    bed.plan().failed().expect_error(&["its kubeconfig has no context"]);
    let half = json!({"contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}]}).to_string();
    bed.write(
        "provider.tf",
        &provider(&[&format!("cluster_id = {CLUSTER_ID:?}\nkubeconfig = {half:?}")], ""),
    );
    bed.plan().failed().expect_error(&["its kubeconfig has no cluster \"x\""]);
    assert_eq!(connections.load(Ordering::SeqCst), 0, "a fallback was used");
}

/// Users of other providers report: writes to another cluster than the configured one.
fn an_entry_that_could_connect_to_another_cluster_is_rejected(host: &Host) {
    let bed = Bed::new(host);
    let id = format!("cluster_id = {CLUSTER_ID:?}");
    bed.write("main.tf", &who_am_i(""));
    for (entries, message) in [
        (vec!["host = \"https://h\"\ntoken = \"t\"".to_owned()], "Set cluster_id"),
        (vec!["kubeconfig = \"{}\"".to_owned()], "Set cluster_id"),
        (vec!["config_path = \"f\"\nconfig_context = \"c\"".to_owned()], "Set cluster_id"),
        (vec![format!("{id}\nconfig_path = \"f\"")], "Set config_context"),
        (vec![format!("{id}\nhost = \"\"\ntoken = \"t\"")], "not a whole URL"),
        (vec![format!("{id}\nhost = \"http://h\"\ntoken = \"t\"")], "https only"),
        (vec![id.clone()], "No address set"),
        (vec![format!("{id}\nhost = \"https://h\"")], "No credentials set"),
        (
            vec!["endpoint = \"managed\"".to_owned(), "endpoint = \"managed\"".to_owned()],
            "only one can be for all other clusters",
        ),
        (
            vec![format!("{id}\nendpoint = \"managed\""), format!("{id}\nendpoint = \"managed\"")],
            "Keep one of the two",
        ),
        (
            vec!["endpoint = \"unmanaged\"\ntoken = \"CW-SECRET-a\"".to_owned()],
            "the unmanaged endpoint refuses",
        ),
        (vec!["endpoint = \"managed\"\ntoken = \"eyJ\"".to_owned()], "the managed endpoint takes no other"),
    ] {
        let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
        bed.write("provider.tf", &provider(&entries, ""));
        bed.validate().failed().expect_error(&[message]);
    }
    assert!(bed.local.requests().is_empty(), "no request was sent");
}

/// Users of other providers report: a client that throttles itself makes large plans slow.
fn many_reviews_share_one_connection_and_are_not_throttled(host: &Host) {
    const REVIEWS: usize = 250;
    /// Time at five requests a second, the default limit of Kubernetes' Go client.
    const THROTTLED: Duration = Duration::from_secs(REVIEWS as u64 / 5);
    let bed = Bed::with_kubernetes(host);
    let review = format!(
        "data \"cks_subject_access_review\" \"many\" {{\n  count = {REVIEWS}\n  cluster_id = {CLUSTER_ID:?}\n  verb = \"get\"\n  resource = \
         \"pods\"\n  name = \"pod-${{count.index}}\"\n}}\n"
    );
    bed.write("main.tf", &review);
    let started = Instant::now();
    bed.plan().succeeded();
    let lasted = started.elapsed();
    assert_eq!(bed.local.requests_of(Call::Managed).len(), REVIEWS);
    let reads = bed.local.requests_of(Call::GetCluster).len();
    eprintln!("{REVIEWS} reviews in {lasted:?}, {reads} reads of the cluster");
    assert!(lasted < THROTTLED, "{lasted:?}");
    assert!(reads <= 1 + usize::try_from(lasted.as_secs() / 5).expect("few"), "{reads} reads of the cluster");
}
