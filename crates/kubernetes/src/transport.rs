//! The pool of connections: TLS and proxies.
//!
//! kube's own pool would send a client certificate to an https proxy too, expect `tls_server_name` there, and run exec plugins.

use std::{sync::Arc, time::Duration};

use http::{Request, Uri};
use http_body_util::BodyExt as _;
use hyper_util::{
    client::{
        legacy::{
            self,
            connect::{Connect, HttpConnector, proxy::Tunnel},
        },
        proxy::matcher::{Intercept, Matcher},
    },
    rt::TokioExecutor,
};
use kube::{
    Config,
    client::{Body, ClientBuilder, ConfigExt as _},
    config::AuthInfo,
};
use request_pipeline::{Network, Proxy, ProxyChoice, Unanswered, is_supported_proxy};
use tower::{BoxError, service_fn};

/// A client for this server, with this proxy.
pub(super) fn client(
    config: &Config,
    proxy: Option<&Intercept>,
    connect_timeout: Duration,
) -> kube::Result<kube::Client> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(connect_timeout));
    match proxy {
        None => pool(config, config.rustls_https_connector_with_connector(tcp)?),
        Some(proxy) if proxy.uri().scheme_str() == Some("https") => {
            let mut to_proxy = config.clone();
            to_proxy.auth_info = AuthInfo::default();
            to_proxy.tls_server_name = None;
            let tls = to_proxy.rustls_https_connector_with_connector(tcp)?;
            pool(config, config.rustls_https_connector_with_connector(tunnel(proxy, tls))?)
        }
        Some(proxy) => pool(config, config.rustls_https_connector_with_connector(tunnel(proxy, tcp))?),
    }
}

fn tunnel<C>(proxy: &Intercept, connector: C) -> Tunnel<C> {
    let tunnel = Tunnel::new(proxy.uri().clone(), connector);
    match proxy.basic_auth() {
        Some(login) => tunnel.with_auth(login.clone()),
        None => tunnel,
    }
}

fn pool<C: Connect + Clone + Send + Sync + 'static>(
    config: &Config,
    connector: C,
) -> kube::Result<kube::Client> {
    let pool: legacy::Client<C, Body> = legacy::Client::builder(TokioExecutor::new()).build(connector);
    let headers = config.extra_headers_layer()?;
    Ok(ClientBuilder::new(pool, "default").with_layer(&headers).with_layer(&config.base_uri_layer()).build())
}

/// A client whose requests this answers in place of the network.
pub(super) fn without_network(
    config: &Config,
    network: &Arc<dyn Network>,
    request_timeout: Duration,
) -> kube::Result<kube::Client> {
    let network = Arc::clone(network);
    let service = service_fn(move |request: Request<Body>| {
        let network = Arc::clone(&network);
        async move {
            let (head, body) = request.into_parts();
            let request = Request::from_parts(head, body.collect().await?.to_bytes());
            let answer = tokio::time::timeout(request_timeout, network.exchange(request)).await;
            let late = |_| Unanswered { cause: "no answer in time".to_owned(), connected: true };
            Ok::<_, BoxError>(answer.map_err(late)??.map(Body::from))
        }
    });
    let headers = config.extra_headers_layer()?;
    Ok(ClientBuilder::new(service, "default")
        .with_layer(&headers)
        .with_layer(&config.base_uri_layer())
        .build())
}

/// The proxy for this server. `own`: the proxy in a kubeconfig.
pub(super) fn proxy_for(server: &Uri, proxy: &Proxy, own: Option<&str>) -> Result<Option<Intercept>, String> {
    match proxy.for_server(server.host().unwrap_or_default(), own) {
        ProxyChoice::Direct => Ok(None),
        ProxyChoice::Given(url) => usable(given(url.as_str(), server), "its proxy").map(Some),
        ProxyChoice::Own(url) => usable(given(url, server), "its kubeconfig's proxy").map(Some),
        ProxyChoice::Environment => of_environment(&Matcher::from_system(), server),
    }
}

fn of_environment(environment: &Matcher, server: &Uri) -> Result<Option<Intercept>, String> {
    let found = environment.intercept(server);
    found.map(|found| usable(Some(found), "the proxy that the environment names")).transpose()
}

/// The address may contain a password, so it is not shown.
fn usable(found: Option<Intercept>, whose: &str) -> Result<Intercept, String> {
    found
        .filter(|proxy| is_supported_proxy(proxy.uri().scheme_str()))
        .ok_or_else(|| format!("{whose} has no address that begins with http:// or https://"))
}

/// For any host, since `NO_PROXY` does not apply.
fn given(url: &str, server: &Uri) -> Option<Intercept> {
    Matcher::builder().all(url.to_owned()).build().intercept(server)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(proxy: &Proxy, own: Option<&str>) -> Result<Option<(String, Option<String>)>, String> {
        let server = Uri::from_static("https://kube.example.com:6443");
        let found = proxy_for(&server, proxy, own)?;
        Ok(found.map(|proxy| {
            let login = proxy.basic_auth().map(|login| login.to_str().expect("text").to_owned());
            (proxy.uri().to_string(), login)
        }))
    }

    #[test]
    fn a_configured_proxy_precedes_the_kubeconfigs_and_has_its_login() {
        let proxy = Proxy::given("http://user:pa%40ss@proxy:3128").expect("a proxy");
        let login = Some("Basic dXNlcjpwYUBzcw==".to_owned());
        let expected = Ok(Some(("http://proxy:3128/".to_owned(), login)));
        assert_eq!(found(&proxy, Some("http://other:1")), expected);
        let own = found(&Proxy::ENVIRONMENT, Some("https://other:1"));
        assert_eq!(own, Ok(Some(("https://other:1/".to_owned(), None))));
    }

    #[test]
    fn the_environment_defines_which_servers_have_a_proxy() {
        let environment =
            Matcher::builder().https("http://user:pass@proxy:3128").no("example.org, 10.0.0.0/8,").build();
        for (server, expected) in [
            ("https://kube.example.com:6443", true),
            ("https://kube.example.org", false),
            ("https://10.1.2.3", false),
            ("https://192.168.0.1", true),
            ("https://localhost.example.com", true),
        ] {
            let found = of_environment(&environment, &Uri::from_static(server)).expect("it is http");
            assert_eq!(found.is_some_and(|proxy| proxy.basic_auth().is_some()), expected, "{server}");
        }
        let socks = Matcher::builder().all("socks5://user:hunter2@proxy:1").build();
        let said = of_environment(&socks, &Uri::from_static("https://h")).expect_err("another kind");
        assert!(said.contains("the environment") && !said.contains("hunter2"), "{said}");
    }

    #[test]
    fn a_proxy_of_another_scheme_is_rejected_without_its_password() {
        for own in ["socks5://user:hunter2@proxy:1", "ftp://user:hunter2@proxy", "user:hunter2@", ""] {
            let said = found(&Proxy::ENVIRONMENT, Some(own)).expect_err(own);
            assert!(said.contains("http:// or https://") && !said.contains("hunter2"), "{said}");
        }
    }
}
