//! The certificate authority of one run, which signs all certificates of local CKS.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use secrecy::{ExposeSecret, SecretString};

/// Why a certificate could not be created.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// The name is not a DNS name, or the key generator failed.
    #[error("cannot create a certificate for {name}")]
    Make {
        /// Common name or host of the certificate.
        name: String,
        /// Error of rcgen.
        source: rcgen::Error,
    },
    /// rustls rejects the certificate.
    #[error("cannot serve TLS with the new certificate")]
    Serve(#[source] rustls::Error),
    /// The new PEM cannot be parsed.
    #[error("cannot read back the new certificate")]
    Parse(#[source] rustls::pki_types::pem::Error),
}

/// A certificate authority and its key.
pub struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

/// When a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// Today.
    Now,
    /// It has expired.
    Past,
    /// It is not valid yet.
    Future,
}

/// A certificate, with its key, both as PEM.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate.
    pub certificate: String,
    /// Its private key, PKCS #8.
    pub key: SecretString,
}

impl Authority {
    /// Creates an authority with this common name.
    pub fn new(name: &str) -> Result<Self, PkiError> {
        let failed = |source| PkiError::Make { name: name.to_owned(), source };
        let key = KeyPair::generate().map_err(failed)?;
        let mut params = CertificateParams::new(Vec::new()).map_err(failed)?;
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let pem = params.self_signed(&key).map_err(failed)?.pem();
        Ok(Self { pem, issuer: Issuer::new(params, key) })
    }

    /// The authority's certificate.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A server certificate for these hosts, `localhost` and 127.0.0.1.
    pub fn server(&self, hosts: &[&str]) -> Result<Identity, PkiError> {
        let names = hosts.iter().copied().chain(["localhost", "127.0.0.1"]).map(str::to_owned).collect();
        self.sign(
            hosts.first().unwrap_or(&"localhost"),
            &[],
            names,
            ExtendedKeyUsagePurpose::ServerAuth,
            Validity::Now,
        )
    }

    /// A server certificate for these hosts only.
    pub fn server_of(&self, hosts: &[&str], validity: Validity) -> Result<Identity, PkiError> {
        let names = hosts.iter().map(|host| (*host).to_owned()).collect();
        let name = hosts.first().unwrap_or(&"localhost");
        self.sign(name, &[], names, ExtendedKeyUsagePurpose::ServerAuth, validity)
    }

    /// A client certificate: Kubernetes reads user and groups from common name and organisations.
    pub fn client(&self, user: &str, groups: &[&str]) -> Result<Identity, PkiError> {
        self.sign(user, groups, Vec::new(), ExtendedKeyUsagePurpose::ClientAuth, Validity::Now)
    }

    fn sign(
        &self,
        name: &str,
        organisations: &[&str],
        alternative_names: Vec<String>,
        usage: ExtendedKeyUsagePurpose,
        validity: Validity,
    ) -> Result<Identity, PkiError> {
        let failed = |source| PkiError::Make { name: name.to_owned(), source };
        let key = KeyPair::generate().map_err(failed)?;
        let mut params = CertificateParams::new(alternative_names).map_err(failed)?;
        match validity {
            Validity::Now => {}
            Validity::Past => params.not_after = date_time_ymd(2020, 1, 1),
            Validity::Future => params.not_before = date_time_ymd(2999, 1, 1),
        }
        params.distinguished_name.push(DnType::CommonName, name);
        for organisation in organisations {
            params.distinguished_name.push(DnType::OrganizationName, *organisation);
        }
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![usage];
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed)?.pem();
        Ok(Identity { certificate, key: key.serialize_pem().into() })
    }
}

/// A key pair for signatures: private key (PKCS #8) and public key, both as PEM.
pub(crate) fn signing_key() -> Result<(SecretString, String), PkiError> {
    let key =
        KeyPair::generate().map_err(|source| PkiError::Make { name: "signing key".to_owned(), source })?;
    Ok((key.serialize_pem().into(), key.public_key_pem()))
}

impl Identity {
    /// TLS for a server that speaks HTTP/2 and HTTP/1.1.
    pub(crate) fn server_config(&self) -> Result<Arc<ServerConfig>, PkiError> {
        let chain = CertificateDer::pem_slice_iter(self.certificate.as_bytes())
            .collect::<Result<Vec<_>, _>>()
            .map_err(PkiError::Parse)?;
        let key =
            PrivateKeyDer::from_pem_slice(self.key.expose_secret().as_bytes()).map_err(PkiError::Parse)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(PkiError::Serve)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// Certificate and key in one text, the form of reqwest's client identity.
    pub(crate) fn combined_pem(&self) -> SecretString {
        format!("{}{}", self.certificate, self.key.expose_secret()).into()
    }
}
