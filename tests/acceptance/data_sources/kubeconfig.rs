//! Kubeconfigs in use: the real kubectl reads them, and the real kubelogin logs users in.

use std::net::TcpListener;

use local_cks::{ClusterSpec, LocalCks, OpenIdClient, OpenIdProvider, User, tools::Feature};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use url::Url;

use crate::{
    on_both_hosts, on_terraform,
    support::{
        Administrator, Bed, CLIENT, CLUSTER_ID, Host, Kubectl, account, block_on, oidc, provider,
        secret_variables, trust,
    },
};

on_terraform!(
    a_user_logs_in_with_kubectl_and_kubelogin,
    a_client_with_a_secret_is_used_by_kubelogin_alone,
    a_coreweave_token_works_on_the_managed_endpoint,
    kubectl_reaches_a_host_by_the_name_in_its_certificate,
    a_user_logs_in_at_a_host,
    a_coreweave_token_is_in_no_kubeconfig_for_another_host,
    an_endpoint_of_a_private_cluster_is_a_warning_and_a_host_is_not,
    each_context_of_merged_kubeconfigs_leads_to_its_own_cluster,
    kubectl_reads_every_text_as_configured_and_writes_the_file_in_the_same_order,
    secrets_are_redacted_and_a_second_plan_is_empty,
    unknown_inputs_are_planned,
    an_invalid_configuration_is_an_error_without_secrets,
);
on_both_hosts!(
    a_reference_to_the_issuers_resource_orders_its_creation_and_its_changes,
    an_ephemeral_kubeconfig_leads_to_a_host,
);

/// `data.cks_kubeconfig.example` with an output of each kind.
fn kubeconfig(cluster_id: &str, body: &str) -> String {
    format!(
        r#"
data "cks_kubeconfig" "example" {{
  cluster_id = {cluster_id}
{body}
}}
output "redirect_uris" {{
  value = data.cks_kubeconfig.example.redirect_uris
}}
"#
    )
}

/// Attributes for the connection to local CKS: proxy and CA.
fn route(local: &LocalCks) -> String {
    format!("  proxy_url = {:?}\n  ca_certificate = <<-EOT\n{}EOT\n", local.proxy_url(), local.ca_pem())
}

fn attributes(bed: &Bed) -> Value {
    bed.attributes("cks_kubeconfig.example")
}

fn file(bed: &Bed) -> String {
    attributes(bed)["kubeconfig"].as_str().expect("a text").to_owned()
}

/// A free loopback port above the range of local CKS and below the range from which the kernel takes ports.
fn free_port() -> u16 {
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    (32_000..32_768).find(is_free).expect("a port is free")
}

fn a_user_logs_in_with_kubectl_and_kubelogin(host: &Host) {
    let ada = User::new("ada").password("secret").email("ada@example.com").groups(&["platform"]);
    let issuer = block_on(OpenIdProvider::start(vec![ada.clone()])).expect("an OpenID provider");
    let bed = Bed::with_kubernetes(host);
    let port = free_port();
    let body = format!(
        "  namespace = \"team-a\"\n  oidc = {{\n    extra_args = [\"--skip-open-browser\", \"--listen-address=127.0.0.1:{port}\"]\n  }}\n"
    ) + &route(&bed.local);
    bed.write(
        "main.tf",
        &(trust(&issuer, "oidc:", "email", "") + &kubeconfig("cks_cluster_oidc.example.id", &body)),
    );
    // One apply: first the issuer of the cluster, then the kubeconfig for its users.
    bed.apply().succeeded();
    bed.plan().expect_empty();
    let redirect = format!("http://localhost:{port}");
    assert_eq!(attributes(&bed)["redirect_uris"], json!([redirect]));
    assert_eq!(attributes(&bed)["host"], json!(format!("https://{}", bed.cluster().unmanaged_host())));

    let Some(kubectl) = Kubectl::with(&file(&bed)) else { return };
    let whoami = ["auth", "whoami", "-o", "json"];
    let (response, visited) = kubectl.json_with_login(&whoami, &issuer, &ada);
    assert_eq!(response["status"]["userInfo"]["username"], "oidc:ada@example.com");
    assert_eq!(parameter(&visited, "redirect_uri"), redirect, "kubelogin sends the registered redirect");
    assert_eq!(parameter(&visited, "client_id"), CLIENT);
    assert_eq!(parameter(&visited, "scope"), "email openid");
    assert_eq!(parameter(&visited, "code_challenge_method"), "S256");

    // Without another login, and in the namespace of the context.
    let output = kubectl.run(&["get", "configmaps"]);
    let who = "User \"oidc:ada@example.com\" cannot list resource \"configmaps\" in API group \"\" in the namespace \"team-a\"";
    assert!(output.stderr.contains(who), "{output:?}");
}

fn a_client_with_a_secret_is_used_by_kubelogin_alone(host: &Host) {
    let ada = User::new("ada").password("secret").email("ada@example.com");
    let client = OpenIdClient::confidential(CLIENT, "hush");
    let issuer =
        block_on(OpenIdProvider::start_with(vec![ada.clone()], vec![client])).expect("an OpenID provider");
    let bed = Bed::with_kubernetes(host);
    let body = r#"
  oidc = {
    command       = "kubelogin"
    client_secret = "hush"
    extra_scopes  = ["openid", "email", "profile"]
    grant_type    = "authcode"
    extra_args    = ["--skip-open-browser", "--listen-address", "127.0.0.1:0"]
  }
"#;
    bed.write(
        "main.tf",
        &(trust(&issuer, "oidc:", "email", "")
            + &kubeconfig("cks_cluster_oidc.example.id", &(body.to_owned() + &route(&bed.local)))),
    );
    bed.apply().succeeded();
    let Some(kubectl) = Kubectl::with(&file(&bed)) else { return };
    let (response, visited) = kubectl.json_with_login(&["auth", "whoami", "-o", "json"], &issuer, &ada);
    assert_eq!(response["status"]["userInfo"]["username"], "oidc:ada@example.com");
    assert_eq!(parameter(&visited, "scope"), "email profile openid");
}

/// A parameter of kubelogin's request to the provider.
#[track_caller]
fn parameter(visited: &[Url], name: &str) -> String {
    let mut pairs = visited.iter().flat_map(Url::query_pairs);
    let value = pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()));
    value.unwrap_or_else(|| panic!("no {name} in {visited:?}"))
}

fn a_coreweave_token_works_on_the_managed_endpoint(host: &Host) {
    let mut bed = Bed::with_kubernetes(host);
    let token = bed.admin_token().expose_secret().to_owned();
    bed.set_variable("TF_VAR_token", Some(&token));
    let body = "  endpoint = \"managed\"\n  token = var.token\n  name = \"pipeline\"\n".to_owned()
        + &route(&bed.local);
    bed.write(
        "main.tf",
        &("variable \"token\" {}\n".to_owned() + &kubeconfig(&format!("{CLUSTER_ID:?}"), &body)),
    );
    bed.apply().succeeded();
    let shown = attributes(&bed);
    assert_eq!(shown["host"], json!(format!("https://{}", bed.cluster().managed_host())));
    assert_eq!((&shown["context"], &shown["redirect_uris"]), (&json!("pipeline"), &json!([])));

    let Some(kubectl) = Kubectl::with(&file(&bed)) else { return };
    let namespaces = kubectl.json(&["get", "namespaces", "-o", "json"]);
    let names: Vec<_> = namespaces["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|item| &item["metadata"]["name"])
        .collect();
    assert!(names.contains(&&json!("kube-system")), "{names:?}");
    assert_eq!(kubectl.run(&["config", "current-context"]).stdout, "pipeline\n");
    assert_eq!(kubectl.run(&["config", "get-users"]).stdout, "NAME\npipeline-token\n");
}

/// A name in the certificate of kube-apiserver, at whose own address it is not needed.
const NAME_IN_CERTIFICATE: &str = "kubernetes.default.svc";

/// The provider block in which the kube-apiserver of the bed has an entry with its CA.
fn provider_with_host(apiserver: &Administrator) -> String {
    let ca = format!("ca_certificate = <<-EOT\n{}EOT", apiserver.ca);
    let entry = format!("cluster_id = {CLUSTER_ID:?}\nhost = {:?}\ntoken = var.token\n{ca}", apiserver.url);
    secret_variables(&["token"]) + &provider(&[&entry], "")
}

fn kubectl_reaches_a_host_by_the_name_in_its_certificate(host: &Host) {
    let mut bed = Bed::with_kubernetes(host);
    let apiserver = Administrator::of(&bed.cluster());
    let token = bed.token_of("robot");
    bed.set_variable("TF_VAR_token", Some(token.expose_secret()));
    let body = |host: &str, name: &str| {
        format!("  host = {host:?}\n  tls_server_name = {name:?}\n  token = var.token\n")
    };
    let write = |body: &str| bed.write("main.tf", &kubeconfig(&format!("{CLUSTER_ID:?}"), body));
    bed.write("provider.tf", &provider_with_host(&apiserver));

    write(&body(&apiserver.url, NAME_IN_CERTIFICATE));
    let planned = bed.plan().succeeded();
    assert_eq!(planned.other_warnings(), [], "{planned}");
    bed.apply_plan().succeeded();
    let shown = attributes(&bed);
    assert_eq!(
        (&shown["host"], &shown["tls_server_name"]),
        (&json!(apiserver.url), &json!(NAME_IN_CERTIFICATE))
    );
    assert_eq!(shown["ca_certificate"], json!(apiserver.ca), "that of the provider's entry for this host");
    let first = file(&bed);
    bed.plan().expect_empty();
    bed.apply().succeeded();
    assert_eq!(file(&bed), first, "the same inputs are the same bytes");
    if let Some(kubectl) = Kubectl::with(&first) {
        let identity = kubectl.json(&["auth", "whoami", "-o", "json"]);
        assert_eq!(identity["status"]["userInfo"]["username"], account("robot"));
        let cluster = &kubectl.json(&["config", "view", "-o", "json"])["clusters"][0]["cluster"];
        assert_eq!(
            (&cluster["server"], &cluster["tls-server-name"]),
            (&json!(apiserver.url), &json!(NAME_IN_CERTIFICATE))
        );
    }

    // The name decides, not that of the URL, which the certificate has too.
    write(&body(&apiserver.url, "elsewhere.example.com"));
    bed.apply().succeeded();
    if let Some(kubectl) = Kubectl::with(&file(&bed)) {
        let output = kubectl.run(&["auth", "whoami"]);
        assert!(output.stderr.contains("not elsewhere.example.com"), "{output:?}");
    }

    // No CA is taken from the entry of another address.
    write(&body("https://train.example.ts.net", NAME_IN_CERTIFICATE));
    bed.apply().succeeded();
    assert_eq!(attributes(&bed)["ca_certificate"], Value::Null);
    assert!(!file(&bed).contains("certificate-authority-data"), "{}", file(&bed));
}

fn a_user_logs_in_at_a_host(host: &Host) {
    let ada = User::new("ada").password("secret").email("ada@example.com");
    let issuer = block_on(OpenIdProvider::start(vec![ada.clone()])).expect("an OpenID provider");
    let bed = Bed::with_kubernetes(host);
    bed.write("main.tf", &trust(&issuer, "oidc:", "email", ""));
    bed.apply().succeeded();
    let apiserver = Administrator::of(&bed.cluster());
    let body = format!(
        "  host = {:?}\n  oidc = {{\n    extra_args = [\"--skip-open-browser\", \"--listen-address=127.0.0.1:0\"]\n  }}\n  \
         ca_certificate = <<-EOT\n{}EOT\n",
        apiserver.url, apiserver.ca
    );
    bed.write(
        "main.tf",
        &(trust(&issuer, "oidc:", "email", "") + &kubeconfig("cks_cluster_oidc.example.id", &body)),
    );
    bed.apply().succeeded();
    let Some(kubectl) = Kubectl::with(&file(&bed)) else { return };
    let (response, _) = kubectl.json_with_login(&["auth", "whoami", "-o", "json"], &issuer, &ada);
    assert_eq!(response["status"]["userInfo"]["username"], "oidc:ada@example.com");
}

fn an_ephemeral_kubeconfig_leads_to_a_host(host: &Host) {
    if !host.has(Feature::Ephemeral) {
        return;
    }
    let mut bed = Bed::with_kubernetes(host);
    let apiserver = Administrator::of(&bed.cluster());
    let token = bed.token_of("robot").expose_secret().to_owned();
    bed.set_variable("TF_VAR_token", Some(&token));
    let configuration = format!(
        r#"
ephemeral "cks_kubeconfig" "robot" {{
  cluster_id      = {CLUSTER_ID:?}
  host            = {:?}
  tls_server_name = {NAME_IN_CERTIFICATE:?}
  token           = var.token
}}

provider "cks" {{
  alias = "robot"
  kubernetes = [{{
    cluster_id = {CLUSTER_ID:?}
    kubeconfig = ephemeral.cks_kubeconfig.robot.kubeconfig
  }}]
}}

data "cks_self_subject_review" "robot" {{
  provider   = cks.robot
  cluster_id = {CLUSTER_ID:?}
}}

output "robot" {{
  value = data.cks_self_subject_review.robot.username
}}
"#,
        apiserver.url
    );
    bed.write(
        "main.tf",
        &(provider_with_host(&apiserver)
            .replace("variable \"token\" {", "variable \"token\" {\n  ephemeral = true")
            + &configuration),
    );
    let run = bed.apply().succeeded();
    assert_eq!(run.output("robot"), account("robot"));
    bed.expect_configured_secret_absent(&token, &[run.to_string()]);

    bed.write(
        "main.tf",
        &(provider_with_host(&apiserver)
            + &configuration
                .replace("  token           = var.token", "  endpoint = \"unmanaged\"\n  token = var.token")),
    );
    bed.plan().failed().expect_error(&["host conflicts with endpoint"]);
}

fn a_coreweave_token_is_in_no_kubeconfig_for_another_host(host: &Host) {
    let mut bed = Bed::new(host);
    let token = bed.admin_token().expose_secret().to_owned();
    bed.set_variable("TF_VAR_token", Some(&token));
    let write = |bed: &Bed, host: &str| {
        let body = format!("  host = {host:?}\n  token = var.token\n");
        bed.write(
            "main.tf",
            &(secret_variables(&["token"]) + &kubeconfig(&format!("{CLUSTER_ID:?}"), &body)),
        );
    };
    for foreign in ["https://train.example.ts.net", &format!("https://{}", bed.cluster().unmanaged_host())] {
        write(&bed, foreign);
        let run = bed.plan().failed();
        let error = run.expect_error(&["CoreWeave token conflicts with host", "token of a ServiceAccount"]);
        assert_eq!(error.code, "token = var.token");
        assert!(!run.to_string().contains(&token), "{run}");
    }
    assert!(bed.state().get("resources").is_none_or(|resources| resources == &json!([])));
    write(&bed, &format!("https://{}", bed.cluster().managed_host()));
    bed.apply().succeeded();
}

fn an_endpoint_of_a_private_cluster_is_a_warning_and_a_host_is_not(host: &Host) {
    let private = ClusterSpec::new("private").with_id(CLUSTER_ID).field("public", json!(false));
    let bed = Bed::with(host, LocalCks::builder().cluster(private));
    let write = |address: &str| {
        let body = format!("  {address}\n  token = \"a.token.of-somebody\"\n");
        bed.write("main.tf", &kubeconfig(&format!("{CLUSTER_ID:?}"), &body));
    };
    let unmanaged = format!("host = \"https://{}\"", bed.cluster().unmanaged_host());
    for address in ["", "endpoint = \"unmanaged\""] {
        write(address);
        let run = bed.plan().succeeded();
        let [warning] = run.other_warnings().try_into().expect("one warning");
        assert!(
            warning.contains(&["private cluster's endpoint", CLUSTER_ID, "`public = false`", &unmanaged]),
            "{run}"
        );
    }
    for address in [unmanaged.as_str(), "host = \"https://train.example.ts.net\""] {
        write(address);
        let run = bed.plan().succeeded();
        assert_eq!(run.other_warnings(), [], "{run}");
    }
}

fn each_context_of_merged_kubeconfigs_leads_to_its_own_cluster(host: &Host) {
    let mut bed = Bed::with_kubernetes(host);
    let other = ClusterSpec::new("example").zone("US-WEST-01A").with_kubernetes();
    let other = block_on(bed.local.add_cluster(other)).expect("a cluster of the same name");
    let token = bed.admin_token();
    bed.set_variable("TF_VAR_token", Some(token.expose_secret()));
    let body = "  endpoint = \"managed\"\n  token = var.token\n".to_owned() + &route(&bed.local);
    let mut files = Vec::new();
    for id in [CLUSTER_ID, other.id()] {
        bed.write("main.tf", &(secret_variables(&["token"]) + &kubeconfig(&format!("{id:?}"), &body)));
        bed.apply().succeeded();
        files.push(file(&bed));
    }
    let Some(kubectl) = Kubectl::with_merged(&files) else { return };
    for (context, cluster) in [("example-us-east-04a", bed.cluster()), ("example-us-west-01a", other)] {
        let response =
            block_on(cluster.kubernetes(reqwest::Method::GET, "/api/v1/namespaces/kube-system", None));
        let (_, expected) = response.expect("kube-apiserver responds");
        let found = kubectl.json(&["--context", context, "get", "namespace", "kube-system", "-o", "json"]);
        assert_eq!(found["metadata"]["uid"], expected["metadata"]["uid"], "{context}");
    }
}

fn kubectl_reads_every_text_as_configured_and_writes_the_file_in_the_same_order(host: &Host) {
    let texts = [
        "",
        " ",
        "~",
        "null",
        "yes",
        "No",
        "on",
        "y",
        "1e3",
        "0x1f",
        "0o17",
        "017",
        "1_000",
        "12:30:00",
        "2026-01-01",
        ".5",
        "<<",
        "=",
        "- a",
        "a: b",
        "a #b",
        "#a",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a",
        "{a",
        "[a",
        "|",
        ">",
        "'",
        "\"",
        "\\",
        "a\tb",
        "a\nb\n",
        "äß€",
        "\u{1f600}",
        "\u{85}\u{2028}\u{feff}",
        "---",
        "...",
        "a:",
        "a ",
        " a",
    ];
    let long = "long ".repeat(60);
    let texts: Vec<_> = texts.iter().copied().chain([long.as_str()]).collect();
    let bed = Bed::new(host);
    let quoted = |text: &&str| serde_json::to_string(text).expect("JSON").replace("%{", "%%{");
    let list = texts.iter().map(quoted).collect::<Vec<_>>().join(", ");
    let body = format!(
        "  exec = {{\n    api_version = \"client.authentication.k8s.io/v1\"\n    command = \"./login\"\n    args = [{list}]\n    \
         env = {{ WORD = \"yes\", NUMBER = \"017\" }}\n    install_hint = \"Get it.\"\n  }}\n"
    );
    bed.write("main.tf", &kubeconfig(&format!("{CLUSTER_ID:?}"), &body));
    bed.apply().succeeded();
    let Some(kubectl) = Kubectl::with(&file(&bed)) else { return };
    let read = kubectl.json(&["config", "view", "--raw", "-o", "json"]);
    let exec = &read["users"][0]["user"]["exec"];
    assert_eq!(exec["args"], json!(texts));
    assert_eq!(exec["env"], json!([{"name": "NUMBER", "value": "017"}, {"name": "WORD", "value": "yes"}]));

    // Compared with values that need no quotes, and without the defaults that kubectl writes.
    let plain = body
        .replace(&list, "\"get\", \"--now\"")
        .replace("WORD = \"yes\", NUMBER = \"017\"", "WORD = \"get\"");
    bed.write(
        "main.tf",
        &kubeconfig(&format!("{CLUSTER_ID:?}"), &(plain + &route(&bed.local) + "  namespace = \"a\"\n")),
    );
    bed.apply().succeeded();
    let kubectl = Kubectl::with(&file(&bed)).expect("it was there before");
    let written = kubectl.run(&["config", "view", "--raw"]).stdout;
    let defaults = ["      provideClusterInfo: false\n", "preferences: {}\n"];
    let written = defaults.iter().fold(written, |written, default| written.replace(default, ""));
    assert_eq!(file(&bed), written);
}

fn secrets_are_redacted_and_a_second_plan_is_empty(host: &Host) {
    let mut bed = Bed::new(host);
    bed.set_variable("TF_VAR_client_secret", Some("hunter2-of-the-client"));
    bed.cluster()
        .set_oidc(Some(json!({"issuerUrl": "https://accounts.example.com", "clientId": "kubernetes"})));
    let body = "  oidc = { client_secret = var.client_secret }\n";
    let configuration = "variable \"client_secret\" {}\n".to_owned()
        + &kubeconfig(&format!("{CLUSTER_ID:?}"), body)
        + "output \"kubeconfig\" {\n  value = data.cks_kubeconfig.example.kubeconfig\n  sensitive = true\n}\n";
    bed.write("main.tf", &configuration);
    let shown = [bed.run(&["plan"]), bed.plan(), bed.apply_plan(), bed.run(&["plan"]), bed.run(&["show"])];
    for run in shown {
        let run = run.succeeded();
        assert!(
            !run.to_string().contains("hunter2") && !run.to_string().contains("current-context"),
            "{run}"
        );
    }
    let first = file(&bed);
    assert!(first.contains("--oidc-client-secret=hunter2-of-the-client"), "{first}");
    bed.plan().expect_empty();
    bed.apply().succeeded();
    assert_eq!(file(&bed), first, "the same inputs are the same bytes");
    bed.local.clear_requests();
    bed.plan().expect_empty();
    bed.expect_only_reads();
}

fn unknown_inputs_are_planned(host: &Host) {
    let mut bed = Bed::new(host);
    let later = "variable \"token\" {}\nresource \"terraform_data\" \"later\" {\n  input = {\n    \
                 token = var.token\n    endpoint = \"managed\"\n    name = \"later\"\n  }\n}\n";
    let body = "  token = terraform_data.later.output.token\n  endpoint = terraform_data.later.output.endpoint\n  \
                name = terraform_data.later.output.name\n";
    bed.set_variable("TF_VAR_token", Some("CW-SECRET-hunter2"));
    bed.write("main.tf", &(later.to_owned() + &kubeconfig(&format!("{CLUSTER_ID:?}"), body)));
    bed.plan().succeeded();
    bed.apply_plan().succeeded();
    assert!(file(&bed).contains("current-context: later"));
    bed.plan().expect_empty();

    // An invalid value is rejected once it is known.
    bed.write(
        "main.tf",
        &(later.replace("\"managed\"", "\"unmanaged\"") + &kubeconfig(&format!("{CLUSTER_ID:?}"), body)),
    );
    let run = bed.apply().failed();
    run.expect_error(&["Token not accepted by this endpoint"]);
}

fn an_invalid_configuration_is_an_error_without_secrets(host: &Host) {
    #[track_caller]
    fn check(bed: &Bed, body: &str, parts: &[&str], code: &str) {
        bed.write("main.tf", &kubeconfig(&format!("{CLUSTER_ID:?}"), body));
        let run = bed.validate();
        let error = run.expect_error(parts);
        assert!(error.code.contains(code), "{error:?}");
        assert!(!format!("{} {}", error.summary, error.detail).contains("hunter2"), "{error:?}");
    }
    let bed = Bed::new(host);
    let one = ["Set exactly one of `oidc`"];
    check(&bed, "", &one, "");
    check(&bed, "oidc = {}\ntoken = \"a\"", &one, "");
    check(&bed, "token = \"CW-SECRET-hunter2\"", &["endpoint = \"managed\""], "token");
    check(&bed, "endpoint = \"managed\"\noidc = {}", &["no token of an OIDC issuer"], "oidc");
    check(&bed, "token = \"hunter2\\n\"", &["trimspace"], "token");
    check(&bed, "oidc = { extra_scopes = [\"email groups\"] }", &["element of its own"], "");
    let host = "host = \"https://10.16.0.4:6443\"";
    let both = format!("oidc = {{}}\n{host}\nendpoint = \"unmanaged\"");
    check(&bed, &both, &["host conflicts with endpoint", "Remove `endpoint`"], "host");
    let slash = "oidc = {}\nhost = \"https://10.16.0.4:6443/\"";
    check(&bed, slash, &["write \"https://10.16.0.4:6443\"."], "host");
    check(&bed, "oidc = {}\nhost = \"10.16.0.4:6443\"", &["write https://HOST/PATH"], "host");
    check(&bed, "oidc = {}\nhost = \"https://me:hunter2@10.16.0.4\"", &["user name or password"], "host");
    check(
        &bed,
        "oidc = {}\ntls_server_name = \"kubernetes\"",
        &["tls_server_name requires host"],
        "tls_server_name",
    );
    let port = format!("oidc = {{}}\n{host}\ntls_server_name = \"kubernetes:6443\"");
    check(&bed, &port, &["without https:// and port"], "tls_server_name");
    let token = format!("token = \"CW-SECRET-hunter2\"\n{host}");
    check(&bed, &token, &["CoreWeave token conflicts with host"], "token");
    check(&bed, "oidc = {}\nendpoint = \"public\"", &["\"unmanaged\", \"managed\""], "endpoint");
    assert_eq!(bed.local.requests().len(), 0);
}

fn a_reference_to_the_issuers_resource_orders_its_creation_and_its_changes(host: &Host) {
    let bed = Bed::of(host, &kubeconfig(&format!("{CLUSTER_ID:?}"), "  oidc = {}"));
    bed.plan().failed().expect_error(&["has no OIDC issuer", "cluster_id = cks_cluster_oidc.NAME.id"]);
    let after_the_issuer = |client: &str| {
        let trust = oidc("").replace(&format!("{CLIENT:?}"), &format!("{client:?}"));
        trust + &kubeconfig("cks_cluster_oidc.example.id", "  oidc = {}")
    };
    for client in ["first-client", "second-client"] {
        bed.write("main.tf", &after_the_issuer(client));
        bed.apply().succeeded();
        let file = file(&bed);
        assert!(file.contains(&format!("--oidc-client-id={client}")), "{file}");
        bed.plan().expect_empty();
    }
    let default = json!(["http://localhost:8000", "http://localhost:18000"]);
    assert_eq!(attributes(&bed)["redirect_uris"], default);
}
