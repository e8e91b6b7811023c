//! AutoMTLS, with a client certificate like the hosts': P-521, self-signed, and a certificate authority.
//!
//! With TLS 1.3 the handshake of a rejected client succeeds on its own side: the rejection arrives with the first read.

use std::{io, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use hyper_util::rt::TokioIo;
use protocol_host::{ClientCertificate, PinnedServer};
use rustls::{
    ClientConfig, SupportedProtocolVersion,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName},
    sign::{CertifiedKey, SingleCertAndKey},
    version::{TLS12, TLS13},
};
use tfplugin_proto::health::health_check_response::ServingStatus;
use tokio::{io::AsyncReadExt as _, net::UnixStream};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tonic::transport::Endpoint;
use tower::service_fn;

use crate::{
    host::{Plugin, provider_of_a_host, with},
    services::health,
};

/// Credentials of a client: a chain of certificates, and a key.
type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn plugin_of(client: &ClientCertificate) -> Plugin {
    Plugin::start(with(provider_of_a_host(), "PLUGIN_CLIENT_CERT", &client.pem))
}

/// The certificate of the handshake.
fn certificate_of(plugin: &Plugin) -> CertificateDer<'static> {
    // A strict decoder: padding would be an error.
    STANDARD_NO_PAD.decode(plugin.fields()[5]).unwrap().into()
}

/// Connects with the given chain and key, or none.
async fn connect(
    plugin: &Plugin,
    version: &'static SupportedProtocolVersion,
    identity: Option<Identity>,
) -> io::Result<TlsStream<UnixStream>> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = PinnedServer::new(certificate_of(plugin), provider.clone());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[version])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match identity {
        // Unlike the usual method, this one accepts a key of another certificate.
        Some((chain, key)) => {
            let key = provider.key_provider.load_private_key(key).unwrap();
            let resolver = SingleCertAndKey::from(CertifiedKey::new(chain, key));
            builder.with_client_cert_resolver(Arc::new(resolver))
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    let socket = UnixStream::connect(plugin.socket()).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), socket).await
}

/// Connects, reads, and expects that the server rejects it with the given alert.
async fn check_rejected(
    version: &'static SupportedProtocolVersion,
    identity: impl FnOnce(&ClientCertificate) -> Option<Identity>,
    alert: &str,
) {
    let client = ClientCertificate::new();
    let plugin = plugin_of(&client);
    let outcome = match connect(&plugin, version, identity(&client)).await {
        Ok(mut stream) => stream.read_u8().await.map(|_| ()),
        Err(error) => Err(error),
    };
    let error = outcome.expect_err("the server rejects the client");
    assert!(error.to_string().contains(alert), "{error}");
}

#[tokio::test]
async fn the_hosts_certificate_is_accepted() {
    for version in [&TLS13, &TLS12] {
        let client = ClientCertificate::new();
        let plugin = plugin_of(&client);
        let identity = Some((vec![client.certificate.clone()], client.key.clone_key()));
        let stream = connect(&plugin, version, identity).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
        assert_eq!(stream.get_ref().1.protocol_version(), Some(version.version));

        let mut stream = Some(TokioIo::new(stream));
        let channel = Endpoint::from_static("http://localhost")
            .connect_with_connector(service_fn(move |_| {
                std::future::ready(stream.take().ok_or_else(|| io::Error::other("connected twice")))
            }))
            .await
            .unwrap();
        assert_eq!(health(channel, "plugin").await.unwrap(), ServingStatus::Serving);
    }
}

#[tokio::test]
async fn every_process_has_a_certificate_of_its_own() {
    let client = ClientCertificate::new();
    assert_ne!(certificate_of(&plugin_of(&client)), certificate_of(&plugin_of(&client)));
}

#[tokio::test]
async fn a_client_without_a_certificate_is_rejected() {
    check_rejected(&TLS13, |_| None, "CertificateRequired").await;
    check_rejected(&TLS12, |_| None, "").await;
}

#[tokio::test]
async fn another_certificate_of_the_same_name_is_rejected() {
    for version in [&TLS13, &TLS12] {
        let with_right_one_behind = |right: &ClientCertificate| {
            let other = ClientCertificate::new();
            Some((vec![other.certificate, right.certificate.clone()], other.key))
        };
        check_rejected(version, with_right_one_behind, "AccessDenied").await;
    }
}

#[tokio::test]
async fn the_right_certificate_without_its_key_is_rejected() {
    for version in [&TLS13, &TLS12] {
        let stolen =
            |right: &ClientCertificate| Some((vec![right.certificate.clone()], ClientCertificate::new().key));
        check_rejected(version, stolen, "DecryptError").await;
    }
}

#[tokio::test]
async fn a_client_that_stalls_does_not_block_others() {
    let client = ClientCertificate::new();
    let plugin = plugin_of(&client);
    let _stalled = UnixStream::connect(plugin.socket()).await.unwrap();
    let identity = Some((vec![client.certificate.clone()], client.key.clone_key()));
    connect(&plugin, &TLS13, identity).await.unwrap();
}
