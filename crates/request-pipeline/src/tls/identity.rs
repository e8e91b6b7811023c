//! A client certificate with its key, as Go reads the two (`tls.X509KeyPair`): also X.509 v1, which rustls rejects before it sends it.

use std::{fmt, sync::Arc};

use go_formats::{Certificate, pem};
use rustls::{
    crypto::aws_lc_rs::sign::any_supported_type,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer},
    sign::{CertifiedKey, SigningKey, SingleCertAndKey},
};
use secrecy::{ExposeSecret as _, SecretString};

/// A client certificate with its key.
#[derive(Clone)]
pub struct ClientIdentity(Arc<SingleCertAndKey>);

/// Why a client certificate cannot be used. It contains neither certificate nor key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// There is no certificate.
    #[error("the client certificate has no -----BEGIN CERTIFICATE----- in it")]
    NoCertificate,
    /// The certificate cannot be read.
    #[error("the client certificate cannot be read: {0}")]
    Certificate(String),
    /// There is no key.
    #[error("the client key has no -----BEGIN PRIVATE KEY----- in it")]
    NoKey,
    /// The key is encrypted.
    #[error(
        "the client key is encrypted, and neither kubectl nor this provider can decrypt it: decrypt it with `openssl pkey -in KEY -out \
         DECRYPTED`"
    )]
    EncryptedKey,
    /// The key is malformed, or of another kind.
    #[error(
        "the client key is malformed, or not one of RSA with 2048 to 8192 bits, ECDSA on P-256, P-384 or P-521, and Ed25519"
    )]
    UnsupportedKey,
    /// The key belongs to another certificate.
    #[error("the client key is the key of another certificate")]
    OtherKey,
}

impl ClientIdentity {
    /// Reads both from PEM.
    pub fn new(certificate: &[u8], key: &SecretString) -> Result<Self, IdentityError> {
        let bundle = go_formats::read_bundle(certificate);
        if let Some(problem) = bundle.problems.first().filter(|_| bundle.certificates.is_empty()) {
            return Err(IdentityError::Certificate(problem.to_string()));
        }
        let own = bundle.certificates.first().ok_or(IdentityError::NoCertificate)?;
        let key = signing_key(key.expose_secret())?;
        if key.public_key().is_some_and(|public| !is_key_of(&public, own)) {
            return Err(IdentityError::OtherKey);
        }
        let chain = bundle.certificates.iter().map(|found| CertificateDer::from(found.der().to_vec()));
        Ok(Self(Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain.collect(), key)))))
    }

    pub(super) fn resolver(&self) -> Arc<SingleCertAndKey> {
        Arc::clone(&self.0)
    }
}

impl fmt::Debug for ClientIdentity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ClientIdentity")
    }
}

fn is_key_of(public: &[u8], certificate: &Certificate) -> bool {
    public == certificate.public_key_info()
}

/// The first private key, in any of the three forms, whatever the label says.
fn signing_key(text: &str) -> Result<Arc<dyn SigningKey>, IdentityError> {
    let blocks = pem::blocks(text.as_bytes());
    let is_key = |block: &&pem::Block| block.label == "PRIVATE KEY" || block.label.ends_with(" PRIVATE KEY");
    let block = blocks.iter().find(is_key).ok_or(IdentityError::NoKey)?;
    if block.label.starts_with("ENCRYPTED ") || block.has_headers {
        return Err(IdentityError::EncryptedKey);
    }
    let der = || block.bytes.clone();
    let forms = [
        PrivateKeyDer::from(PrivatePkcs1KeyDer::from(der())),
        PrivateKeyDer::from(PrivatePkcs8KeyDer::from(der())),
        PrivateKeyDer::from(PrivateSec1KeyDer::from(der())),
    ];
    forms.iter().find_map(|form| any_supported_type(form).ok()).ok_or(IdentityError::UnsupportedKey)
}
