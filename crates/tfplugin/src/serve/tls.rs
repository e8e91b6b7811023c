//! AutoMTLS: both sides make a certificate for this one connection and trust exactly that of the other (go-plugin
//! mtls.go).

mod pinned_client;

use std::sync::Arc;

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rustls::{
    ServerConfig,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

use self::pinned_client::PinnedClient;

/// The name hosts expect in the certificate, whatever the socket.
const SERVER_NAME: &str = "localhost";

/// The server's side of one connection: a fresh certificate, and the one client that may connect.
#[derive(Debug)]
pub(super) struct Identity {
    certificate: CertificateDer<'static>,
    config: Arc<ServerConfig>,
}

/// Why there can be no TLS.
#[derive(Debug, thiserror::Error)]
pub(super) enum TlsError {
    #[error("PLUGIN_CLIENT_CERT holds no certificate in PEM")]
    ClientCertificate(#[source] rustls::pki_types::pem::Error),
    #[error("cannot make a certificate")]
    Certificate(#[from] rcgen::Error),
    #[error("cannot use the certificate made")]
    Config(#[from] rustls::Error),
}

/// Makes aws-lc the one provider of cryptography for all of the process: here, and in every HTTP client.
pub(super) fn install_crypto_provider() {
    // Fails when there is one already, which only a caller that wanted it could have done.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

impl Identity {
    /// Makes a certificate, and accepts connections of the client with the given certificate (PEM) only.
    pub(super) fn for_client(pem: &str) -> Result<Self, TlsError> {
        let client = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(TlsError::ClientCertificate)?;
        let (certificate, key) = make_certificate()?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier = PinnedClient::new(client, &provider);
        Ok(Self { config: Arc::new(config(provider, verifier, &certificate, key)?), certificate })
    }

    /// The certificate for the handshake, as DER.
    pub(super) fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    pub(super) fn into_config(self) -> Arc<ServerConfig> {
        self.config
    }
}

fn config(
    provider: Arc<CryptoProvider>,
    verifier: PinnedClient,
    certificate: &CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_single_cert(vec![certificate.clone()], key)?;
    // Newer hosts reject a server that does not negotiate it.
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

/// A self-signed P-256 certificate. Its validity spans millennia, so that no clock can be wrong; it exists only in this process.
fn make_certificate() -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new([SERVER_NAME.to_owned()])?;
    params.distinguished_name.push(DnType::CommonName, SERVER_NAME);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = params.self_signed(&key)?;
    Ok((certificate.into(), PrivateKeyDer::Pkcs8(key.serialize_der().into())))
}
