//! The roots that a connection trusts, as kube's type.

use request_pipeline::TrustError;

/// The certificates of a PEM text, each of which must be readable, or what is wrong with them.
pub(super) fn certificates(pem: &str) -> Result<Vec<Vec<u8>>, String> {
    request_pipeline::certificates(pem).map_err(|error| in_words(&error))
}

/// The certificates of a kubeconfig. Like kubectl, it skips those that cannot be read if there are others.
pub(super) fn of_kubeconfig(pem: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    request_pipeline::readable_certificates(pem).map_err(|error| in_words(&error))
}

fn in_words(error: &TrustError) -> String {
    format!("its certificates cannot be used: {error}")
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
