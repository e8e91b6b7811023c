//! The server of a kubeconfig, as far as it depends on the provider's configuration and on the cluster.

use local_cks::Authority;
use serde_json::{Value as Json, json};
use tfplugin::{
    Value,
    testing::{Applied, Host, errors, object, warnings, with},
};

use super::{
    Cks,
    foreign_host::{ID, api_of},
};
use crate::data_sources::kubeconfig::ClusterKubeconfig;

const ENDPOINT: &str = "ab1cd2-test.k8s.rno2a.coreweave.com";
const HOST: &str = "https://10.16.0.4:6443";

/// Reads a kubeconfig of the cluster with these arguments, by a provider with this token and these entries.
async fn read(cluster: &Json, token: &str, entries: &Json, arguments: &Json) -> Applied {
    let block = object::<Cks>(&provider(&api_of(cluster).await, token, entries));
    read_by(&block, arguments).await
}

async fn read_by(block: &Value, arguments: &Json) -> Applied {
    let host = Host::<Cks>::unconfigured();
    assert_eq!(host.configure(block).await, []);
    let mut config = json!({ "cluster_id": ID, "token": "eyJ-given" });
    if let (Some(config), Some(arguments)) = (config.as_object_mut(), arguments.as_object()) {
        config.extend(arguments.clone());
    }
    let config = object::<ClusterKubeconfig>(&config);
    assert_eq!(host.validate_data_source::<ClusterKubeconfig>(&config).await, []);
    host.read_data_source::<ClusterKubeconfig>(&config).await
}

fn provider(url: &str, token: &str, entries: &Json) -> Json {
    json!({ "endpoint": url, "token": token, "kubernetes": entries })
}

fn text(applied: &Applied, attribute: &str) -> Option<String> {
    applied.stored.state.member(attribute).as_str().map(str::to_owned)
}

#[tokio::test]
async fn the_providers_own_token_is_in_no_kubeconfig_for_another_host_whatever_its_form() {
    const OWN: &str = "opaque-token-of-the-organisation";
    let cluster = json!({ "apiServerEndpoint": ENDPOINT });
    let own = |host: String| json!({ "host": host, "token": OWN });
    for host in [HOST.to_owned(), format!("https://api.{ENDPOINT}")] {
        let found = read(&cluster, OWN, &json!([]), &own(host)).await;
        let found = errors(&found.diagnostics);
        assert!(found[0].starts_with("token: CoreWeave token conflicts with host"), "{found:?}");
        assert!(found[0].contains("provider's own token") && !found[0].contains(OWN), "{found:?}");
    }
    for (token, arguments) in [
        (OWN, own(format!("https://{ENDPOINT}"))),
        (OWN, json!({ "endpoint": "managed", "token": OWN })),
        ("another-token", own(HOST.to_owned())),
    ] {
        let found = read(&cluster, token, &json!([]), &arguments).await;
        assert_eq!(errors(&found.diagnostics), [""; 0], "{arguments}");
    }
}

#[tokio::test]
async fn an_endpoint_of_a_private_cluster_is_a_warning_that_a_host_ends() {
    let private = json!({ "apiServerEndpoint": ENDPOINT, "public": false });
    for (endpoint, url) in
        [("unmanaged", format!("https://api.{ENDPOINT}")), ("managed", format!("https://{ENDPOINT}"))]
    {
        let found = read(&private, "CW-SECRET-a", &json!([]), &json!({ "endpoint": endpoint })).await;
        let said = warnings(&found.diagnostics);
        let [said] = said.as_slice() else { panic!("{said:?}") };
        assert!(said.starts_with("cluster_id: Kubeconfig leads to a private cluster's endpoint"), "{said}");
        assert!(said.contains(endpoint) && said.contains(&format!("host = {url:?}")), "{said}");
        let found = read(&private, "CW-SECRET-a", &json!([]), &json!({ "host": url })).await;
        assert_eq!((warnings(&found.diagnostics), text(&found, "host")), (Vec::new(), Some(url)));
    }
}

#[tokio::test]
async fn a_cluster_without_an_endpoint_has_a_kubeconfig_for_a_host() {
    let creating = json!({ "status": "STATUS_CREATING" });
    let found = read(&creating, "CW-SECRET-a", &json!([]), &json!({})).await;
    assert!(errors(&found.diagnostics)[0].contains("Kubeconfig needs an endpoint"));
    let found = read(&creating, "CW-SECRET-a", &json!([]), &json!({ "host": HOST })).await;
    assert_eq!((errors(&found.diagnostics), text(&found, "host")), (Vec::new(), Some(HOST.to_owned())));
}

#[tokio::test]
async fn certificates_that_are_not_set_are_those_of_the_clusters_entry_for_the_same_server() {
    let pem = Authority::new("private").expect("a certificate").pem().to_owned();
    let cluster = json!({ "apiServerEndpoint": ENDPOINT });
    let entry = |address: Json| {
        let mut entry = json!({ "token": "eyJ-other", "ca_certificate": pem });
        if let (Some(entry), Some(address)) = (entry.as_object_mut(), address.as_object()) {
            entry.extend(address.clone());
        }
        json!([entry])
    };
    let of_host = entry(json!({ "cluster_id": ID, "host": HOST }));
    let of_endpoint = entry(json!({ "cluster_id": ID, "endpoint": "unmanaged" }));
    let of_all = entry(json!({ "endpoint": "unmanaged" }));
    let own = Authority::new("given").expect("a certificate").pem().to_owned();
    for (entries, arguments, expected) in [
        (&of_host, json!({ "host": HOST }), Some(&pem)),
        (&of_host, json!({ "host": HOST, "ca_certificate": own }), Some(&own)),
        (&of_host, json!({ "host": "https://10.16.0.5:6443" }), None),
        (&of_host, json!({}), None),
        (&of_endpoint, json!({}), Some(&pem)),
        (&of_endpoint, json!({ "host": HOST }), None),
        (&of_all, json!({}), None),
        (&json!([]), json!({}), None),
    ] {
        let found = read(&cluster, "CW-SECRET-a", entries, &arguments).await;
        assert_eq!(errors(&found.diagnostics), [""; 0], "{entries} {arguments}");
        assert_eq!(text(&found, "ca_certificate").as_ref(), expected, "{entries} {arguments}");
        let kubeconfig = text(&found, "kubeconfig").expect("a text");
        assert_eq!(kubeconfig.contains("certificate-authority-data"), expected.is_some(), "{kubeconfig}");
    }
}

#[tokio::test]
async fn an_entry_that_is_not_known_yet_matters_only_for_certificates_that_depend_on_it() {
    let url = api_of(&json!({ "apiServerEndpoint": ENDPOINT })).await;
    let pem = Authority::new("private").expect("a certificate").pem().to_owned();
    let entries = json!([{ "cluster_id": ID, "host": HOST, "token": "eyJ-other", "ca_certificate": pem }]);
    let block = object::<Cks>(&provider(&url, "CW-SECRET-a", &entries));
    let unknown = |attribute: &str| {
        let Value::Known(tfplugin::value::Data::Sequence(entries)) = block.member("kubernetes") else {
            panic!("a list")
        };
        let entry = with(entries[0].clone(), attribute, Value::Unknown);
        with(block.clone(), "kubernetes", Value::Known(tfplugin::value::Data::Sequence(vec![entry])))
    };
    let to_host = json!({ "host": HOST });
    let found = read_by(&unknown("token"), &to_host).await;
    assert_eq!((errors(&found.diagnostics), text(&found, "ca_certificate")), (Vec::new(), Some(pem)));
    for attribute in ["host", "ca_certificate"] {
        let found = read_by(&unknown(attribute), &to_host).await;
        let found = errors(&found.diagnostics);
        assert!(found[0].contains(&format!("`kubernetes[0].{attribute}`")), "{found:?}");
        assert!(found[0].contains("depends_on"), "{found:?}");
        let found = read_by(&unknown(attribute), &json!({})).await;
        assert_eq!(errors(&found.diagnostics), [""; 0], "{attribute}");
    }
    let whole = with(block.clone(), "kubernetes", Value::Unknown);
    let found = read_by(&whole, &to_host).await;
    assert_eq!((errors(&found.diagnostics), text(&found, "ca_certificate")), (Vec::new(), None));
}
