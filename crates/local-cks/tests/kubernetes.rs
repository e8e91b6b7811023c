//! A cluster with a real control plane: both endpoints under their real names through the proxy, and a clean end.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use std::time::{Duration, Instant};

use local_cks::{
    Behaviour, Call, ClusterSpec, Fault, Injection, LocalCks, ManagedNames, Role, UnmanagedCertificate,
};
use reqwest::{Client, Method, Proxy, StatusCode};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

/// A client with nothing but the proxy and the CA, as a production configuration has.
fn client(local: &LocalCks) -> Client {
    let root = reqwest::Certificate::from_pem(local.ca_pem().as_bytes()).unwrap();
    let proxy = Proxy::all(local.proxy_url()).unwrap();
    Client::builder().tls_certs_only([root]).proxy(proxy).build().unwrap()
}

async fn review(client: &Client, host: &str, token: &str) -> (u16, Value) {
    let body = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
    let url = format!("https://{host}/apis/authentication.k8s.io/v1/selfsubjectreviews");
    let response = client.post(url).bearer_auth(token).json(&body).send().await.unwrap();
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    (status, body["status"]["userInfo"].clone())
}

#[tokio::test]
async fn both_endpoints_respond_with_their_real_names() {
    let spec = ClusterSpec::new("test-timeout").with_kubernetes();
    let local = LocalCks::builder().cluster(spec.clone()).start().await.unwrap();
    let cluster = local.cluster(spec.id());
    let client = client(&local);
    let token = |role| local.token(role).expose_secret().to_owned();

    let api = format!("https://api.coreweave.com/v1beta1/cks/clusters/{}", spec.id());
    let response: Value =
        client.get(api).bearer_auth(token(Role::Viewer)).send().await.unwrap().json().await.unwrap();
    let host = response["cluster"]["apiServerEndpoint"].as_str().unwrap().to_owned();
    assert_eq!(host, "ab1cd2-22df2adc.k8s.us-east-04a.coreweave.com");
    let unmanaged = format!("api.{host}");

    // Managed: CoreWeave tokens only, with the permissions of their role.
    let (status, user) = review(&client, &host, &token(Role::Admin)).await;
    assert_eq!((status, user["groups"].to_string().contains("cks:admin")), (201, true), "{user}");
    let secrets = |role| client.get(format!("https://{host}/api/v1/secrets")).bearer_auth(token(role)).send();
    assert_eq!(secrets(Role::Admin).await.unwrap().status(), 200);
    assert_eq!(secrets(Role::Viewer).await.unwrap().status(), 403);
    let pods = client.get(format!("https://{host}/api/v1/pods")).bearer_auth(token(Role::Viewer));
    assert_eq!(pods.send().await.unwrap().status(), 200, "`view` has its rules");

    // User headers of callers are ignored.
    let claim = client.get(format!("https://{host}/api/v1/secrets")).bearer_auth(token(Role::None));
    let claim = claim.header("x-remote-group", "system:masters").send().await.unwrap();
    assert_eq!(claim.status(), 403);
    // Requests without credentials: the unmanaged endpoint answers them as those of system:anonymous, whatever they claim to be; the
    // managed endpoint does not. Credentials that are wrong are not the same as none.
    let anonymous = |host: &str, path: &str| {
        client.get(format!("https://{host}{path}")).header("x-remote-user", "admin").send()
    };
    for (path, on_unmanaged) in [("/version", 200), ("/api", 403), ("/api/v1/secrets", 403)] {
        assert_eq!(anonymous(&unmanaged, path).await.unwrap().status(), on_unmanaged, "{path}");
        assert_eq!(anonymous(&host, path).await.unwrap().status(), 401, "{path}");
    }
    let refusal: Value = anonymous(&unmanaged, "/api").await.unwrap().json().await.unwrap();
    assert!(refusal["message"].to_string().contains("system:anonymous"), "{refusal}");
    let wrong = client.get(format!("https://{unmanaged}/version")).bearer_auth("eyJ.a.b");
    assert_eq!(wrong.send().await.unwrap().status(), 401);

    // A ServiceAccount token: the unmanaged endpoint accepts it, the managed one does not; a CoreWeave token the other way round.
    let request = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}});
    let path = "/api/v1/namespaces/default/serviceaccounts/default/token";
    let (status, response) = cluster.kubernetes(Method::POST, path, Some(request)).await.unwrap();
    assert_eq!(status, 201, "{response}");
    let account = response["status"]["token"].as_str().unwrap();
    assert_eq!(review(&client, &host, account).await.0, 401);
    let (status, user) = review(&client, &unmanaged, account).await;
    assert_eq!((status, &user["username"]), (201, &json!("system:serviceaccount:default:default")));
    // Clients identify a cluster by its API server's issuer, which ServiceAccounts may read by default.
    let discovery = format!("https://{unmanaged}/.well-known/openid-configuration");
    let response = client.get(discovery).bearer_auth(account).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let document: Value = response.json().await.unwrap();
    assert_eq!(document["issuer"], format!("https://oidc.cks.coreweave.com/id/{}", spec.id()));
    assert_eq!(review(&client, &unmanaged, &token(Role::Admin)).await.0, 401);

    let expired = local.add_token("ab1cd2", Role::Admin);
    local.expire_token(&expired);
    assert_eq!(review(&client, &host, expired.expose_secret()).await.0, 403);
    let foreign = local.add_token("ffffff", Role::Admin);
    assert_eq!(review(&client, &host, foreign.expose_secret()).await.0, 403);

    // Faults apply to these endpoints too.
    local.inject(Injection::new(Fault::status(503)).on(Call::Managed));
    let faulty = async || {
        client
            .get(format!("https://{host}/version"))
            .bearer_auth(token(Role::Viewer))
            .send()
            .await
            .unwrap()
            .status()
    };
    assert_eq!((faulty().await.as_u16(), faulty().await.as_u16()), (503, 200));

    let last = local.requests_of(Call::Unmanaged).pop().unwrap();
    assert_eq!((last.host.as_str(), last.status), (unmanaged.as_str(), Some(StatusCode::UNAUTHORIZED)));
    let elsewhere = client.get("https://example.com/").send().await.unwrap_err();
    assert!(elsewhere.is_connect());
    local.stop().await;
}

#[tokio::test]
async fn unpublished_names_and_certificates_are_configurable() {
    let behaviour = Behaviour {
        managed_names: ManagedNames::Plain,
        unmanaged_certificate: UnmanagedCertificate::Private,
        ..Behaviour::default()
    };
    let spec = ClusterSpec::new("other").with_kubernetes();
    let local = LocalCks::builder().behaviour(behaviour).cluster(spec.clone()).start().await.unwrap();
    let cluster = local.cluster(spec.id());
    let client = client(&local);
    let token = |role| local.token(role).expose_secret().to_owned();

    let (status, user) = review(&client, &cluster.managed_host(), &token(Role::Admin)).await;
    assert_eq!(status, 201);
    assert!(user["username"].as_str().unwrap().ends_with("@example.com"), "{user}");
    assert_eq!(user["groups"], json!(["admin", "system:authenticated"]));
    let secrets = format!("https://{}/api/v1/secrets", cluster.managed_host());
    for (role, expected) in [(Role::Admin, 200), (Role::Viewer, 403)] {
        let response = client.get(&secrets).bearer_auth(token(role)).send().await.unwrap();
        assert_eq!(response.status(), expected, "{role:?}");
    }

    let unmanaged = format!("https://{}/api", cluster.unmanaged_host());
    assert!(
        client.get(&unmanaged).send().await.unwrap_err().is_connect(),
        "no client trusts that certificate by default"
    );
    let root = reqwest::Certificate::from_pem(local.unmanaged_ca_pem().as_bytes()).unwrap();
    let proxy = Proxy::all(local.proxy_url()).unwrap();
    let configured = Client::builder().tls_certs_only([root]).proxy(proxy).build().unwrap();
    assert_eq!(configured.get(&unmanaged).send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn watches_stream_through_the_endpoints() {
    let spec = ClusterSpec::new("watched").with_kubernetes();
    let local = LocalCks::builder().cluster(spec.clone()).start().await.unwrap();
    let cluster = local.cluster(spec.id());
    let url = format!("https://{}/api/v1/namespaces/default/configmaps?watch=1", cluster.managed_host());
    let watch = client(&local).get(url).bearer_auth(local.token(Role::Admin).expose_secret()).send();
    let mut watch = watch.await.unwrap();
    assert_eq!(watch.status(), 200);
    let made = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "seen"}});
    let path = "/api/v1/namespaces/default/configmaps";
    assert_eq!(cluster.kubernetes(Method::POST, path, Some(made)).await.unwrap().0, 201);
    let event = tokio::time::timeout(Duration::from_secs(30), watch.chunk()).await.unwrap().unwrap().unwrap();
    assert!(String::from_utf8_lossy(&event).contains("\"seen\""));
}

#[tokio::test]
async fn nothing_is_left_running_after_the_end() {
    let ours = || {
        let me = std::process::id();
        let of_ours = |stat: &str| {
            let fields: Vec<&str> =
                stat.rsplit_once(") ").map_or(vec![], |(_, rest)| rest.split(' ').collect());
            fields.first() != Some(&"Z") && fields.get(1) == Some(&me.to_string().as_str())
        };
        let command = |pid: &str| std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let entries = std::fs::read_dir("/proc").unwrap().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        names
            .filter(|name| name.parse::<u32>().is_ok())
            .filter(|pid| of_ours(&std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default()))
            .map(|pid| command(&pid))
            .collect::<Vec<_>>()
    };
    let spec = ClusterSpec::new("ended").with_kubernetes();
    let local = LocalCks::builder().cluster(spec.clone()).start().await.unwrap();
    let directory = local.ca_file().parent().unwrap().to_owned();
    let mark = directory.display().to_string();
    let of_this_run = || ours().into_iter().filter(|command| command.contains(&mark)).count();
    assert_eq!(of_this_run(), 4, "etcd, kube-apiserver, kube-controller-manager, watchdog");

    local.cluster(spec.id()).delete();
    let deadline = Instant::now() + Duration::from_secs(30);
    while of_this_run() > 2 {
        assert!(Instant::now() < deadline, "the deleted cluster's programs go on: {:?}", ours());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(local);
    assert_eq!(of_this_run(), 0);
    assert!(!directory.exists());
}
