//! Connections: failures of TLS that end at once, proxies, and kubeconfigs' own certificates.

use request_pipeline::{LoginUrl, Proxy};
use scripted_server::{Relay, Untrusted, Wrong};
use serde_json::json;

use crate::{
    Client, Connection, Credentials, Error, ExpectedCluster, Namespace, ObjectPlace, Server, Session,
    testing::{NAMESPACE, Rejection as _, Script, ScriptedKubernetes as _, TOKEN, call, namespace, step},
};

async fn find(connection: Connection) -> Result<(), Error> {
    let session = Session::new(Client::new(connection), call(), ExpectedCluster::default());
    session.find::<Namespace>(&ObjectPlace::cluster("team")).await.map(|_| ())
}

fn to(server: &Untrusted, proxy: Proxy, script: &Script) -> Connection {
    Connection {
        server: Server::Endpoint(LoginUrl::new(server.endpoint())),
        certificates: Some(server.ca_pem.clone()),
        proxy,
        ..script.connection()
    }
}

#[tokio::test]
async fn a_failure_of_tls_is_final_and_named_directly_and_through_proxies() {
    let script = Script::start_tls([]).await;
    for wrong in Wrong::ALL {
        let server = Untrusted::start(wrong).await;
        let relay = Relay::to(server.endpoint()).await;
        let through = |scheme| Proxy::given(&relay.url(scheme)).expect("a proxy");
        for (index, proxy) in [Proxy::ENVIRONMENT, through("http"), through("socks5")].into_iter().enumerate()
        {
            let error = find(to(&server, proxy, &script)).await.expect_err("refused");
            let Error::Tls { problem, .. } = &error else { panic!("{wrong:?}: {error:?}") };
            assert!(problem.to_string().contains(wrong.words()), "{problem}");
            let said = error.to_string();
            assert!(!said.contains(TOKEN) && !said.contains("peer certificate"), "{said}");
            assert_eq!(server.connections(), index + 1, "one connection, and no repetition: {wrong:?}");
        }
    }
    script.finish();
}

#[tokio::test]
async fn a_proxy_of_either_kind_leads_to_the_server_and_resolves_its_name() {
    let found = || step(&format!("GET {NAMESPACE}")).json(200, &namespace(&json!({})));
    let script = Script::start_tls([found(), found()]).await;
    let relay = Relay::to(script.endpoint()).await;
    for scheme in ["http", "socks5"] {
        let connection = Connection {
            server: Server::Endpoint(LoginUrl::new("https://kube.example.com:6443")),
            proxy: Proxy::given(&relay.url(scheme)).expect("a proxy"),
            ..script.connection()
        };
        find(connection).await.expect("found");
    }
    assert_eq!(relay.targets(), ["kube.example.com:6443", "kube.example.com:6443"]);
    script.finish();
}

#[tokio::test]
async fn a_kubeconfig_without_verification_reaches_any_server() {
    let steps = [
        // Which cluster it is.
        step("GET /.well-known/openid-configuration").refusal(403, "Forbidden", None),
        step(&format!("GET {NAMESPACE}")).json(200, &namespace(&json!({}))),
    ];
    let script = Script::start_tls(steps).await;
    let text = json!({
        "clusters": [{"name": "c", "cluster": {"server": script.endpoint(), "insecure-skip-tls-verify": true}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
    });
    let connection = Connection {
        server: Server::Kubeconfig { text: text.to_string().into(), context: None },
        credentials: Credentials::OfKubeconfig,
        certificates: None,
        ..script.connection()
    };
    find(connection).await.expect("found");
    script.finish();
}
