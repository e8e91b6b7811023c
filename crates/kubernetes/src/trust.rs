//! The roots that a connection trusts, as kube's type.

use rustls_pki_types::{CertificateDer, pem::PemObject as _};

/// The certificates of a PEM text, or its error.
pub(super) fn certificates(pem: &str) -> Result<Vec<Vec<u8>>, String> {
    let parsed: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(pem.as_bytes()).map(|found| found.map(|der| der.to_vec())).collect();
    match parsed {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err("there is no `-----BEGIN CERTIFICATE-----` in its certificates".to_owned()),
        Err(_) => Err("its certificates are no whole PEM".to_owned()),
    }
}

/// The system's roots (or those in the file that `SSL_CERT_FILE` names) with more. kube accepts a list instead of the
/// system's roots only, not in addition.
pub(super) fn system_and(extra: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let system = rustls_native_certs::load_native_certs();
    for error in &system.errors {
        tracing::debug!(%error, "a root certificate of the system cannot be read");
    }
    system.certs.iter().map(|certificate| certificate.to_vec()).chain(extra).collect()
}
