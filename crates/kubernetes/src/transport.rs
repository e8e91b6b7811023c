//! How connections are opened: TLS and proxies.
//!
//! What a cluster's server is trusted by is not what an https proxy is trusted by, which may get a login of its own: that proxy needs a
//! certificate that the system's roots or the provider's `ca_certificate` trust. kubectl uses the cluster's trust for both. So that its files
//! work, the proxy that a kubeconfig itself names may have a certificate that the kubeconfig trusts; without verification it gets no login.
//!
//! kube's own connector would send a client certificate to an https proxy too, expect `tls_server_name` there, run exec plugins, and reject X.509 v1
//! client certificates.

use std::{sync::Arc, time::Duration};

use base64::Engine as _;
use http::Uri;
use hyper::rt;
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::{
    Connection, HttpConnector,
    proxy::{SocksV5, Tunnel},
};
use kube::{Config, client::ConfigExt as _};
use request_pipeline::{ClientIdentity, Network, Proxy, ProxyAddress, ProxyChoice, Trust, client_config};
use rustls::{ClientConfig, client::Resumption, pki_types::ServerName};
use secrecy::{ExposeSecret as _, SecretString};
use tower::{BoxError, Service, ServiceExt as _};
use url::Url;

use super::{
    pool::{self, Failure, Open, Pool},
    trust,
};

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

/// The connections to this server, through this proxy, or in a test's network. `extra_roots`: certificates (PEM) that an https proxy may have
/// in addition to the system's. `tells_servers_apart`: whether it matters to which of the servers behind the address a connection leads.
pub(super) fn pool(
    config: &Config,
    proxy: Option<&ChosenProxy>,
    extra_roots: Option<&str>,
    connect_timeout: Duration,
    network: Option<&Arc<dyn Network>>,
    tells_servers_apart: bool,
) -> Result<Pool, Unusable> {
    let headers = config
        .extra_headers_layer()
        .map_err(|_| Unusable("its impersonation has characters that no header can have".to_owned()))?;
    let open = match network {
        Some(network) => pool::simulated(network, &config.cluster_url),
        None => opener(config, proxy, extra_roots, connect_timeout)?,
    };
    Ok(Pool::new(open, config.base_uri_layer(), headers, tells_servers_apart))
}

fn opener(
    config: &Config,
    proxy: Option<&ChosenProxy>,
    extra_roots: Option<&str>,
    connect_timeout: Duration,
) -> Result<Open, Unusable> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(connect_timeout));
    let trust = trust_in_server(config);
    let mut tls = tls(&trust, identity(config)?.as_ref())?;
    // Each connection shows its server's certificate anew, and not that of an earlier one.
    tls.resumption = Resumption::disabled();
    let (name, server) = (config.tls_server_name.as_deref(), &config.cluster_url);
    Ok(match proxy {
        None => open(https(tls, name, tcp)?, server),
        Some(ChosenProxy { address, .. }) if address.is_socks() => {
            open(https(tls, name, socks(address, tcp))?, server)
        }
        Some(chosen) if chosen.address.uri().scheme_str() == Some("https") => {
            let trust = trust_in_proxy(chosen, &trust, extra_roots)?;
            let to_proxy = https(self::tls(&trust, None)?, None, tcp)?;
            open(https(tls, name, tunnel(&chosen.address, to_proxy))?, server)
        }
        Some(ChosenProxy { address, .. }) => open(https(tls, name, tunnel(address, tcp))?, server),
    })
}

/// Opens connections to this server, each with the certificate that the server presents on it.
fn open<C>(connector: HttpsConnector<C>, server: &Uri) -> Open
where
    C: Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Connection + rt::Read + rt::Write + Send + Unpin + 'static,
    C::Future: Send + 'static,
    C::Error: Into<BoxError>,
{
    let server = server.clone();
    Box::new(move || {
        let connecting = connector.clone().oneshot(server.clone());
        Box::pin(async move {
            let stream = connecting.await.map_err(Failure::NotConnected)?;
            let certificate = match &stream {
                MaybeHttpsStream::Https(tls) => tls.inner().get_ref().1.peer_certificates(),
                MaybeHttpsStream::Http(_) => None,
            };
            let certificate = certificate.and_then(|chain| chain.first());
            let certificate = certificate
                .map(|certificate| certificate.to_vec())
                .ok_or_else(|| Failure::NotConnected("the server presented no certificate".into()))?;
            Ok((pool::http(stream).await?, certificate))
        })
    })
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
