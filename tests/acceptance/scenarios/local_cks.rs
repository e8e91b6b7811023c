//! `local-cks up`, as a user of it tests a module: several clusters, an environment file, a login of a user, a fault, and the end.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use child_processes::{Process, Signal};
use serde_json::{Value, json};

use crate::{
    on_terraform,
    scenarios::examples::example,
    support::{Host, LIMIT, Workspace, block_on, wait_until},
};

on_terraform!(a_module_is_tested_against_a_started_program);

const USERS: &str = "users:\n  - {name: ada, email: ada@example.com, groups: [platform]}\n";

/// A user's module for many clusters, without the issuer's CA, as for a public issuer.
const MODULE: &str = r#"
variable "issuer_url" {
  type = string
}
data "cks_clusters" "all" {}
locals {
  clusters = { for cluster in data.cks_clusters.all.clusters : cluster.name => cluster.id }
}
resource "cks_cluster_oidc" "people" {
  for_each        = local.clusters
  cluster_id      = each.value
  issuer_url      = var.issuer_url
  client_id       = "kubernetes"
  username_claim  = "email"
  username_prefix = "oidc:"
  groups_claim    = "groups"
  groups_prefix   = "oidc:"
}
resource "cks_rbac_binding" "people" {
  for_each     = local.clusters
  cluster_id   = cks_cluster_oidc.people[each.key].cluster_id
  name         = "platform-view"
  cluster_role = "view"
  groups       = ["oidc:platform"]
}
data "cks_kubeconfig" "prod" {
  cluster_id = cks_cluster_oidc.people["prod"].cluster_id
  oidc       = { extra_scopes = ["email", "groups"] }
}
output "kubeconfig" {
  value     = data.cks_kubeconfig.prod.kubeconfig
  sensitive = true
}
"#;

fn a_module_is_tested_against_a_started_program(host: &Host) {
    let mut workspace = Workspace::new(host, []);
    let file = workspace.path("local-cks.env");
    fs::write(workspace.path("users.yaml"), USERS).expect("the directory is ours");
    let users = workspace.path("users.yaml").display().to_string();
    let mut up = Command::new(program());
    up.args(["up", "--cluster", "prod", "--cluster", "dev=US-WEST-01A", "--isolated"]);
    up.args(["--users", &users, "--environment"]).arg(&file);
    let up = workspace.start_program(up);
    let printed = up.wait_for_output(LIMIT, |printed| {
        printed.stdout.contains("Stop it with").then(|| printed.stdout.clone())
    });
    let printed = printed.unwrap_or_else(|error| panic!("{error}"));
    // Shown without a limit of its own: machines differ, and are shared.
    let ready = printed.lines().find(|line| line.starts_with("ready after "));
    eprintln!("local-cks: {}", ready.unwrap_or_else(|| panic!("{printed}")));
    assert!(
        printed.starts_with("local-cks ") && printed.contains("starting clusters prod, dev"),
        "{printed}"
    );

    let environment = fs::read_to_string(&file).expect("it exists once all is ready");
    assert_eq!(fs::metadata(&file).expect("it exists").permissions().mode() & 0o777, 0o600);
    let variables: Vec<_> = environment.lines().filter_map(|line| line.split_once('=')).collect();
    let value = |name: &str| {
        let found = variables.iter().find(|(found, _)| *found == name);
        found.unwrap_or_else(|| panic!("no {name} in {environment}")).1.to_owned()
    };
    assert!(!printed.contains(&value("COREWEAVE_API_TOKEN")));
    for (name, value) in &variables {
        workspace.set_variable(name, Some(value));
    }
    workspace.set_variable("TF_VAR_issuer_url", Some(&value("LOCAL_CKS_ISSUER_URL")));
    expect_documented_test(&workspace, &value("LOCAL_CKS_ISSUER_URL"));
    workspace.write("main.tf", MODULE);
    workspace.apply().succeeded();
    workspace.plan().expect_empty();

    expect_login(&workspace, &variables, &value("LOCAL_CKS_BIN"));
    expect_fault(&workspace, &file);
    expect_creation(&value);

    // The issuer, and for each cluster a kube-apiserver and a kube-controller-manager, with their etcd.
    let started = children(up.id());
    assert!(started.len() >= 8, "{started:?}");
    up.signal_alone(Signal::TERM);
    expect_end(&up);
    for child in started {
        assert!(!Path::new(&format!("/proc/{child}")).exists(), "process {child} is left");
    }
    for name in ["LOCAL_CKS_BIN", "LOCAL_CKS_ISSUER_CA_FILE", "SSL_CERT_FILE"] {
        let directory = Path::new(&value(name)).parent().expect("a directory").to_owned();
        assert!(!directory.exists(), "{} is left", directory.display());
    }
    assert!(!file.exists());
}

/// The example of the guide: `terraform test` applies it to a cluster, checks it, and destroys it.
fn expect_documented_test(workspace: &Workspace, issuer: &str) {
    let directory = workspace.path("example");
    fs::create_dir(&directory).expect("the directory is ours");
    for file in fs::read_dir(example("local-cks")).expect("the example").flatten() {
        fs::copy(file.path(), directory.join(file.file_name())).expect("the directory is ours");
    }
    let chdir = format!("-chdir={}", directory.display());
    let variables = [format!("-var=issuer_url={issuer}"), "-var=cluster_name=dev".to_owned()];
    let tested = workspace.run(&[&chdir, "test", "-no-color", &variables[0], &variables[1]]).succeeded();
    assert!(tested.stdout.contains("1 passed, 0 failed"), "{tested}");
}

/// kubectl logs the user in by kubelogin, with the environment's programs as the only ones on `PATH`.
fn expect_login(workspace: &Workspace, variables: &[(&str, &str)], bin: &str) {
    let kubeconfig = workspace.path("people.yaml");
    let output = workspace.run(&["output", "-raw", "kubeconfig"]).succeeded();
    fs::write(&kubeconfig, output.stdout).expect("the directory is ours");
    let kubectl = |arguments: &[&str]| {
        let mut command = Command::new(Path::new(bin).join("kubectl"));
        command.args(arguments).env_clear().envs(variables.iter().copied());
        command.env("KUBECONFIG", &kubeconfig).env("LOCAL_CKS_USER", "ada");
        // For the script that is the browser.
        command.env("PATH", format!("{bin}:/bin:/usr/bin")).env("HOME", workspace.path("home"));
        let process = workspace.start_program(command);
        let status = process.finish(LIMIT).unwrap_or_else(|error| panic!("{error}"));
        let printed = process.printed();
        assert!(status.success(), "{printed:?}");
        printed.stdout
    };
    let who: Value =
        serde_json::from_str(&kubectl(&["auth", "whoami", "-o", "json"])).expect("kubectl writes JSON");
    assert_eq!(who["status"]["userInfo"]["username"], "oidc:ada@example.com");
    wait_until("the binding is in force", || kubectl(&["auth", "can-i", "list", "pods"]).starts_with("yes"));
}

/// A fault of the command line is in the next plan, until it is cleared.
fn expect_fault(workspace: &Workspace, file: &Path) {
    let fault = |arguments: &[&str]| {
        let mut command = Command::new(program());
        command.arg("fault").args(arguments).arg("--environment").arg(file);
        let process = workspace.start_program(command);
        process.succeed(LIMIT).unwrap_or_else(|error| panic!("{error}"));
    };
    fault(&["403", "on=list-clusters", "times=all"]);
    workspace.plan().failed().expect_error(&["lacks the role CKS Viewer"]);
    fault(&["--clear"]);
    workspace.plan().expect_empty();
}

/// A cluster that is created through the API has Kubernetes of its own.
fn expect_creation(value: &impl Fn(&str) -> String) {
    let roots = fs::read(value("SSL_CERT_FILE")).expect("the certificates");
    let roots = reqwest::Certificate::from_pem_bundle(&roots).expect("certificates");
    let proxy = reqwest::Proxy::all(value("HTTPS_PROXY")).expect("a proxy");
    let client = reqwest::Client::builder().tls_certs_only(roots).proxy(proxy).build().expect("a client");
    let token = value("COREWEAVE_API_TOKEN");
    let send = |request: reqwest::RequestBuilder| {
        block_on(async {
            request.bearer_auth(&token).send().await?.error_for_status()?.json::<Value>().await
        })
        .unwrap_or_else(|error| panic!("{error:?}"))
    };
    let url = "https://api.coreweave.com/v1beta1/cks/clusters";
    let new = json!({"name": "new", "zone": "US-EAST-04A", "vpcId": "d0584354-6fc2-465b-b2df-aa0722f919a1",
        "version": "v1.36", "public": true,
        "network": {"podCidrName": "p", "serviceCidrName": "s", "internalLbCidrNames": ["l"]}});
    let id = send(client.post(url).json(&new))["cluster"]["id"].as_str().expect("an id").to_owned();
    let cluster = || send(client.get(format!("{url}/{id}")))["cluster"].clone();
    wait_until("the new cluster is running", || cluster()["status"] == "STATUS_RUNNING");
    let host = cluster()["apiServerEndpoint"].as_str().expect("a host").to_owned();
    let version = send(client.get(format!("https://{host}/version")));
    assert!(version["gitVersion"].as_str().is_some_and(|version| version.starts_with('v')), "{version}");
}

fn expect_end(up: &Process) {
    let status = up.wait(LIMIT).unwrap_or_else(|error| panic!("{error}"));
    let printed = up.printed();
    assert!(status.success() && printed.stdout.ends_with("stopped\n"), "{status}: {printed:?}");
}

/// The processes that this one started and that still run.
fn children(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").expect("this is Linux").flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id: &u32| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // After the name in parentheses: state, then the parent.
        let after = stat.rsplit_once(") ").map_or("", |(_, after)| after);
        after.split(' ').nth(1).and_then(|parent| parent.parse().ok()) == Some(parent)
    })
    .collect()
}

/// The program, which is built next to the provider.
fn program() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_terraform-provider-cks")).with_file_name("local-cks");
    assert!(program.is_file(), "{} is not built: cargo build --workspace --bin local-cks", program.display());
    program
}
