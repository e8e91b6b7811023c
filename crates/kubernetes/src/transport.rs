//! The pool of connections: TLS and proxies.
//!
//! What a cluster's server is trusted by is not what an https proxy is trusted by, which may get a login of its own: that proxy needs a
//! certificate that the system's roots or the provider's `ca_certificate` trust. kubectl uses the cluster's trust for both. So that its files
//! work, the proxy that a kubeconfig itself names may have a certificate that the kubeconfig trusts; without verification it gets no login.
//!
//! kube's own pool would send a client certificate to an https proxy too, expect `tls_server_name` there, run exec plugins, and reject X.509 v1
//! client certificates.

use std::{sync::Arc, time::Duration};

use base64::Engine as _;
use http::{Request, Uri};
use http_body_util::BodyExt as _;
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{
        self,
        connect::{
            Connect, HttpConnector,
            proxy::{SocksV5, Tunnel},
        },
    },
    rt::TokioExecutor,
};
use kube::{
    Config,
    client::{Body, ClientBuilder, ConfigExt as _},
};
use request_pipeline::{
    ClientIdentity, Network, Proxy, ProxyAddress, ProxyChoice, Trust, Unanswered, client_config,
};
use rustls::{ClientConfig, pki_types::ServerName};
use secrecy::{ExposeSecret as _, SecretString};
use tower::{BoxError, service_fn};
use url::Url;

use super::trust;

/// Settings with which no connection can be made, in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unusable(String);

/// The proxy of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ChosenProxy {
    pub(super) address: ProxyAddress,
    /// The kubeconfig of the server names it.
    is_of_kubeconfig: bool,
}

/// A client for this server, with this proxy. `extra_roots`: certificates (PEM) that an https proxy may have in addition to the system's.
pub(super) fn client(
    config: &Config,
    proxy: Option<&ChosenProxy>,
    extra_roots: Option<&str>,
    connect_timeout: Duration,
) -> Result<kube::Client, Unusable> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(connect_timeout));
    let trust = trust_in_server(config);
    let tls = tls(&trust, identity(config)?.as_ref())?;
    let name = config.tls_server_name.as_deref();
    match proxy {
        None => pool(config, https(tls, name, tcp)?),
        Some(ChosenProxy { address, .. }) if address.is_socks() => {
            pool(config, https(tls, name, socks(address, tcp))?)
        }
        Some(chosen) if chosen.address.uri().scheme_str() == Some("https") => {
            let trust = trust_in_proxy(chosen, &trust, extra_roots)?;
            let to_proxy = https(self::tls(&trust, None)?, None, tcp)?;
            pool(config, https(tls, name, tunnel(&chosen.address, to_proxy))?)
        }
        Some(ChosenProxy { address, .. }) => pool(config, https(tls, name, tunnel(address, tcp))?),
    }
}

/// Which certificates an https proxy may have. `server`: the trust in the server behind it.
fn trust_in_proxy(proxy: &ChosenProxy, server: &Trust, extra_roots: Option<&str>) -> Result<Trust, Unusable> {
    let extra = extra_roots.map(trust::certificates).transpose().map_err(Unusable)?.unwrap_or_default();
    Ok(match server {
        Trust::Anything if proxy.is_of_kubeconfig && proxy.address.login().is_none() => Trust::Anything,
        Trust::Only(own) if proxy.is_of_kubeconfig => Trust::System { extra: [extra, own.clone()].concat() },
        _ => Trust::System { extra },
    })
}

fn trust_in_server(config: &Config) -> Trust {
    match &config.root_cert {
        _ if config.accept_invalid_certs => Trust::Anything,
        Some(own) => Trust::Only(own.clone()),
        None => Trust::System { extra: Vec::new() },
    }
}

/// The client certificate of the settings, base64 of PEM.
fn identity(config: &Config) -> Result<Option<ClientIdentity>, Unusable> {
    let user = &config.auth_info;
    let (Some(certificate), Some(key)) = (&user.client_certificate_data, &user.client_key_data) else {
        return Ok(None);
    };
    let decoded = |data: &str| base64::engine::general_purpose::STANDARD.decode(data).unwrap_or_default();
    let key = SecretString::from(String::from_utf8_lossy(&decoded(key.expose_secret())).into_owned());
    let identity = ClientIdentity::new(&decoded(certificate), &key);
    identity.map(Some).map_err(|error| Unusable(error.to_string()))
}

fn tls(trust: &Trust, identity: Option<&ClientIdentity>) -> Result<ClientConfig, Unusable> {
    client_config(trust, identity)
        .map_err(|error| Unusable(format!("its certificates cannot be used: {error}")))
}

/// TLS over another connector, to the server of this name, or else of the URL.
fn https<C>(tls: ClientConfig, name: Option<&str>, connector: C) -> Result<HttpsConnector<C>, Unusable> {
    let mut builder = HttpsConnectorBuilder::new().with_tls_config(tls).https_only();
    if let Some(name) = name {
        let name = ServerName::try_from(name.to_owned()).map_err(|_| {
            Unusable(format!("the TLS server name {name:?} is neither a DNS name nor an IP address"))
        })?;
        builder = builder.with_server_name_resolver(FixedServerNameResolver::new(name));
    }
    Ok(builder.enable_http1().wrap_connector(connector))
}

fn tunnel<C>(proxy: &ProxyAddress, connector: C) -> Tunnel<C> {
    let tunnel = Tunnel::new(proxy.uri().clone(), connector);
    match proxy.basic_auth() {
        Some(login) => tunnel.with_auth(login),
        None => tunnel,
    }
}

fn socks<C>(proxy: &ProxyAddress, connector: C) -> SocksV5<C> {
    let socks = SocksV5::new(proxy.uri().clone(), connector);
    match proxy.login() {
        Some((user, password)) => socks.with_auth(user.to_owned(), password.to_owned()),
        None => socks,
    }
}

fn pool<C: Connect + Clone + Send + Sync + 'static>(
    config: &Config,
    connector: C,
) -> Result<kube::Client, Unusable> {
    let pool: legacy::Client<C, Body> = legacy::Client::builder(TokioExecutor::new()).build(connector);
    let headers = config
        .extra_headers_layer()
        .map_err(|_| Unusable("its impersonation has characters that no header can have".to_owned()))?;
    Ok(ClientBuilder::new(pool, "default").with_layer(&headers).with_layer(&config.base_uri_layer()).build())
}

/// A client whose requests this answers in place of the network.
pub(super) fn without_network(
    config: &Config,
    network: &Arc<dyn Network>,
    request_timeout: Duration,
) -> Result<kube::Client, Unusable> {
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
    let headers = config
        .extra_headers_layer()
        .map_err(|_| Unusable("its impersonation has characters that no header can have".to_owned()))?;
    Ok(ClientBuilder::new(service, "default")
        .with_layer(&headers)
        .with_layer(&config.base_uri_layer())
        .build())
}

/// The proxy for this server. `own`: the proxy in a kubeconfig.
pub(super) fn proxy_for(
    server: &Uri,
    proxy: &Proxy,
    own: Option<&str>,
) -> Result<Option<ChosenProxy>, String> {
    let server =
        Url::parse(&server.to_string()).map_err(|error| format!("its address is no URL: {error}"))?;
    match proxy.for_server(&server, own).map_err(|error| error.to_string())? {
        ProxyChoice::Direct => Ok(None),
        ProxyChoice::Through(address) => {
            let is_of_kubeconfig = own.is_some() && *proxy == Proxy::ENVIRONMENT;
            Ok(Some(ChosenProxy { address, is_of_kubeconfig }))
        }
    }
}

#[cfg(test)]
mod tests;
