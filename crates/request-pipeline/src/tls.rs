//! TLS of all clients: which server certificates they trust, and how their rejection is reported.
//!
//! What Go trusts is trusted: in addition to the CAs that have signed a server's certificate, the server's own certificate, also if it says that
//! it is a CA's (`openssl req -x509` makes such ones). rustls alone rejects it. As in Go too, a certificate that is no CA's is trusted as
//! exactly itself, and never as the signer of others: rustls alone takes any as a CA's.

mod failure;
mod identity;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use go_formats::Certificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        ResolvesClientCert, WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};

pub use self::{
    failure::{Peer, TlsFailure, TlsProblem},
    identity::{ClientIdentity, IdentityError},
};

/// Which certificates of servers are trusted. Certificates are DER.
#[derive(Clone, PartialEq, Eq)]
pub enum Trust {
    /// Those that the system trusts (or those in the file that `SSL_CERT_FILE` names), and these.
    System {
        /// Trusted in addition.
        extra: Vec<Vec<u8>>,
    },
    /// These only.
    Only(Vec<Vec<u8>>),
    /// Any certificate, so that anyone between client and server can read and change everything.
    Anything,
}

/// Certificates that cannot be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// There is no certificate.
    #[error("there is no `-----BEGIN CERTIFICATE-----` in them")]
    NoCertificate,
    /// One of them cannot be read.
    #[error("{0}")]
    Unreadable(go_formats::Problem),
    /// None can be used as a CA's.
    #[error("none of them can verify a server")]
    Unusable,
    /// Those of the system cannot be read.
    #[error("the system's certificates cannot be read: {0}")]
    System(String),
}

/// The certificates (DER) of a PEM text, each of which must be readable.
pub fn certificates(pem: &str) -> Result<Vec<Vec<u8>>, TrustError> {
    let bundle = go_formats::read_bundle(pem.as_bytes());
    match (bundle.problems.into_iter().next(), bundle.certificates) {
        (Some(problem), _) => Err(TrustError::Unreadable(problem)),
        (None, found) if found.is_empty() => Err(TrustError::NoCertificate),
        (None, found) => Ok(found.iter().map(|certificate| certificate.der().to_vec()).collect()),
    }
}

/// The same, where unreadable certificates are skipped if there are others, as kubectl does.
pub fn readable_certificates(pem: &[u8]) -> Result<Vec<Vec<u8>>, TrustError> {
    let bundle = go_formats::read_bundle(pem);
    match (bundle.certificates, bundle.problems.into_iter().next()) {
        (found, _) if !found.is_empty() => Ok(found.iter().map(|found| found.der().to_vec()).collect()),
        (_, Some(problem)) => Err(TrustError::Unreadable(problem)),
        (_, None) => Err(TrustError::NoCertificate),
    }
}

/// TLS with this trust, as this caller. HTTP/2 is not offered.
pub fn client_config(trust: &Trust, identity: Option<&ClientIdentity>) -> Result<ClientConfig, TrustError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|_| TrustError::Unusable)?
        .dangerous()
        .with_custom_certificate_verifier(verifier(trust, &provider)?);
    Ok(match identity {
        Some(identity) => {
            builder.with_client_cert_resolver(identity.resolver() as Arc<dyn ResolvesClientCert>)
        }
        None => builder.with_no_client_auth(),
    })
}

fn verifier(
    trust: &Trust,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, TrustError> {
    let owned = |der: &Vec<u8>| CertificateDer::from(der.clone());
    let (inner, own): (Arc<dyn ServerCertVerifier>, &[Vec<u8>]) = match trust {
        Trust::Anything => return Ok(Arc::new(Unverified(Arc::clone(provider)))),
        Trust::System { extra } => {
            let extra_roots: Vec<_> = extra.iter().map(owned).filter(is_ca).filter(is_root).collect();
            (system_verifier(extra_roots, provider)?, extra)
        }
        Trust::Only(own) => {
            let mut roots = RootCertStore::empty();
            let cas: Vec<_> = own.iter().map(owned).filter(is_ca).collect();
            if cas.is_empty() && !own.is_empty() {
                (Arc::new(NoCa(Arc::clone(provider))), own)
            } else {
                roots.add_parsable_certificates(cas);
                let webpki =
                    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
                (webpki.build().map_err(|_| TrustError::Unusable)?, own)
            }
        }
    };
    Ok(Arc::new(Verifier { inner, own: own.iter().map(owned).collect() }))
}

/// Whether Go takes it as a CA's.
fn is_ca(certificate: &CertificateDer<'static>) -> bool {
    Certificate::parse(certificate).is_ok_and(|certificate| certificate.may_sign())
}

/// What the system trusts, and these roots. The system's are read once: they are some hundred files, and each client needs them.
fn system_verifier(
    extra_roots: Vec<CertificateDer<'static>>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, TrustError> {
    static ALONE: OnceLock<Arc<dyn ServerCertVerifier>> = OnceLock::new();
    let is_alone = extra_roots.is_empty();
    if let Some(verifier) = ALONE.get().filter(|_| is_alone) {
        return Ok(Arc::clone(verifier));
    }
    let verifier =
        rustls_platform_verifier::Verifier::new_with_extra_roots(extra_roots, Arc::clone(provider));
    let verifier: Arc<dyn ServerCertVerifier> =
        Arc::new(verifier.map_err(|error| TrustError::System(error.to_string()))?);
    Ok(if is_alone { Arc::clone(ALONE.get_or_init(|| verifier)) } else { verifier })
}

/// Whether rustls can use it as a CA's.
fn is_root(certificate: &CertificateDer<'static>) -> bool {
    RootCertStore::empty().add(certificate.clone()).is_ok()
}

/// Accepts what another verifier accepts, and these certificates as the server's own.
#[derive(Debug)]
struct Verifier {
    inner: Arc<dyn ServerCertVerifier>,
    own: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let by_ca = self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        if by_ca.is_ok() || !self.own.iter().any(|own| own == end_entity) {
            return by_ca;
        }
        verify_validity(end_entity, now)?;
        verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Trusts no CA: whoever is trusted is so as exactly itself.
#[derive(Debug)]
struct NoCa(Arc<CryptoProvider>);

impl ServerCertVerifier for NoCa {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Err(CertificateError::UnknownIssuer.into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

fn verify_validity(certificate: &CertificateDer<'_>, time: UnixTime) -> Result<(), CertificateError> {
    let certificate = Certificate::parse(certificate).map_err(|_| CertificateError::BadEncoding)?;
    let unix = |seconds: i64| {
        UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(seconds).unwrap_or_default()))
    };
    let (not_before, not_after) = certificate.validity();
    let (not_before, not_after) = (unix(not_before), unix(not_after));
    if time < not_before {
        return Err(CertificateError::NotValidYetContext { time, not_before });
    }
    if time > not_after {
        return Err(CertificateError::ExpiredContext { time, not_after });
    }
    Ok(())
}

/// Accepts every certificate, for `insecure-skip-tls-verify`.
#[derive(Debug)]
struct Unverified(Arc<CryptoProvider>);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System { extra } => write!(out, "System and {} more", extra.len()),
            Self::Only(own) => write!(out, "Only {}", own.len()),
            Self::Anything => out.write_str("Anything"),
        }
    }
}
