//! Connections: failures of TLS that end at once, proxies, and kubeconfigs' own certificates.

use local_cks::Authority;
use request_pipeline::{LoginUrl, Peer, Proxy};
use scripted_server::{Relay, Step, Untrusted, Wrong};
use serde_json::{Value, json};

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

/// A server and an https proxy before it, each with a certificate of an own CA.
struct Proxied {
    server: Script,
    proxy: Relay,
    ca_of_proxy: String,
}

impl Proxied {
    async fn start(steps: Vec<Step>) -> Self {
        let authority = Authority::new("proxy").expect("a certificate");
        let identity = authority.server(&["127.0.0.1"]).expect("a certificate");
        let server = Script::start_tls(steps).await;
        let proxy = Relay::with_tls(server.endpoint(), &identity).await;
        Self { server, proxy, ca_of_proxy: authority.pem().to_owned() }
    }

    fn proxy_url(&self, login: &str) -> String {
        self.proxy.url("https").replace("https://", &format!("https://{login}"))
    }

    /// A connection by a kubeconfig whose cluster has these members too.
    fn by_kubeconfig(&self, members: &Value) -> Connection {
        let mut cluster = json!({"server": self.server.endpoint()});
        for (name, value) in members.as_object().expect("members") {
            cluster[name] = value.clone();
        }
        let text = json!({
            "clusters": [{"name": "c", "cluster": cluster}],
            "users": [{"name": "u", "user": {"token": "t"}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        });
        Connection {
            server: Server::Kubeconfig { text: text.to_string().into(), context: None },
            credentials: Credentials::OfKubeconfig,
            certificates: None,
            ..self.server.connection()
        }
    }
}

/// The proxy's own login is for the proxy, so that what the cluster's server is trusted by does not count for it.
#[tokio::test]
async fn an_https_proxy_is_verified_by_itself() {
    const LOGIN: &str = "user:hunter2@";
    let found = || step(&format!("GET {NAMESPACE}")).json(200, &namespace(&json!({})));
    let refused = async |proxied: &Proxied, connection: Connection| {
        let error = find(connection).await.expect_err("refused");
        let Error::Tls { problem, .. } = &error else { panic!("{error:?}") };
        assert!(problem.peer == Peer::Proxy && !error.to_string().contains("hunter2"), "{error}");
        assert!(proxied.proxy.targets().is_empty(), "nothing was sent to it");
    };

    // The CA of the cluster's server signs the proxy's certificate too, as one of the cluster's own.
    let proxied = Proxied::start(vec![found()]).await;
    let given = Proxy::given(&proxied.proxy_url(LOGIN)).expect("a proxy");
    let both = format!("{}{}", proxied.server.ca_pem(), proxied.ca_of_proxy);
    let connection =
        Connection { certificates: Some(both), proxy: given.clone(), ..proxied.server.connection() };
    refused(&proxied, connection.clone()).await;
    let extra_roots = Some(proxied.ca_of_proxy.clone());
    find(Connection { extra_roots, ..connection }).await.expect("the provider's `ca_certificate` has its CA");
    assert_eq!(proxied.proxy.targets().len(), 1);
    proxied.server.finish();

    // A kubeconfig without verification says nothing about the provider's proxy.
    let unverified = json!({"insecure-skip-tls-verify": true});
    let proxied = Proxied::start(vec![]).await;
    let given = Proxy::given(&proxied.proxy_url("")).expect("a proxy");
    refused(&proxied, Connection { proxy: given, ..proxied.by_kubeconfig(&unverified) }).await;
    // Its own proxy gets no login without verification.
    let mut own = unverified.clone();
    own["proxy-url"] = proxied.proxy_url(LOGIN).into();
    refused(&proxied, proxied.by_kubeconfig(&own)).await;
    proxied.server.finish();

    // As with kubectl, a kubeconfig's own proxy may have a certificate that the kubeconfig trusts, or any that it does not verify.
    for is_verified in [true, false] {
        let issuer = step("GET /.well-known/openid-configuration").refusal(403, "Forbidden", None);
        let proxied = Proxied::start(vec![issuer, found()]).await;
        let both = format!("{}{}", proxied.server.ca_pem(), proxied.ca_of_proxy);
        let members = if is_verified {
            json!({"certificate-authority-data": both, "proxy-url": proxied.proxy_url(LOGIN)})
        } else {
            json!({"insecure-skip-tls-verify": true, "proxy-url": proxied.proxy_url("")})
        };
        find(proxied.by_kubeconfig(&members)).await.expect("found");
        proxied.server.finish();
    }
}
