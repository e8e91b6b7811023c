//! AutoMTLS, with a client certificate like the hosts': P-521, self-signed, and a certificate authority.
//!
//! With TLS 1.3 the handshake of a rejected client succeeds on its own side: the rejection arrives with the first read.

use std::{io, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use hyper_util::rt::TokioIo;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P521_SHA512,
};
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, SignatureScheme, SupportedProtocolVersion,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime},
    server::ParsedCertificate,
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

/// A client's certificate and key.
struct Client {
    certificate: CertificateDer<'static>,
    pem: String,
    key: PrivateKeyDer<'static>,
}

impl Client {
    fn new() -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512).unwrap();
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "localhost");
        params.distinguished_name.push(DnType::OrganizationName, "HashiCorp");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
            KeyUsagePurpose::KeyAgreement,
            KeyUsagePurpose::KeyCertSign,
        ];
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.self_signed(&key).unwrap();
        Self {
            pem: certificate.pem(),
            certificate: certificate.into(),
            key: PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        }
    }

    fn plugin(&self) -> Plugin {
        Plugin::start(with(provider_of_a_host(), "PLUGIN_CLIENT_CERT", &self.pem))
    }
}

/// Trusts one server certificate, for the name in it only.
#[derive(Debug)]
struct PinnedServer {
    certificate: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
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
    let verifier = PinnedServer { certificate: certificate_of(plugin), provider: provider.clone() };
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
    identity: impl FnOnce(&Client) -> Option<Identity>,
    alert: &str,
) {
    let client = Client::new();
    let plugin = client.plugin();
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
        let client = Client::new();
        let plugin = client.plugin();
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
    let client = Client::new();
    assert_ne!(certificate_of(&client.plugin()), certificate_of(&client.plugin()));
}

#[tokio::test]
async fn a_client_without_a_certificate_is_rejected() {
    check_rejected(&TLS13, |_| None, "CertificateRequired").await;
    check_rejected(&TLS12, |_| None, "").await;
}

#[tokio::test]
async fn another_certificate_of_the_same_name_is_rejected() {
    for version in [&TLS13, &TLS12] {
        let with_right_one_behind = |right: &Client| {
            let other = Client::new();
            Some((vec![other.certificate, right.certificate.clone()], other.key))
        };
        check_rejected(version, with_right_one_behind, "AccessDenied").await;
    }
}

#[tokio::test]
async fn the_right_certificate_without_its_key_is_rejected() {
    for version in [&TLS13, &TLS12] {
        let stolen = |right: &Client| Some((vec![right.certificate.clone()], Client::new().key));
        check_rejected(version, stolen, "DecryptError").await;
    }
}

#[tokio::test]
async fn a_client_that_stalls_does_not_block_others() {
    let client = Client::new();
    let plugin = client.plugin();
    let _stalled = UnixStream::connect(plugin.socket()).await.unwrap();
    let identity = Some((vec![client.certificate.clone()], client.key.clone_key()));
    connect(&plugin, &TLS13, identity).await.unwrap();
}

impl ServerCertVerifier for PinnedServer {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        assert_eq!(*end_entity, self.certificate, "the handshake named another certificate");
        verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
