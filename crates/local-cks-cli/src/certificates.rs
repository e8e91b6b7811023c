//! The certificates that programs in the environment trust: this machine's, so that other hosts still verify, and local CKS' own.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Characters of a line of PEM.
const LINE: usize = 64;

/// The system's certificates (or those of `SSL_CERT_FILE` and `SSL_CERT_DIR`), then these, as PEM; and how many are the system's.
pub(crate) fn bundle(own: &[&str]) -> (String, usize) {
    let system = rustls_native_certs::load_native_certs().certs;
    let mut pem: String = system.iter().map(|certificate| in_pem(certificate)).collect();
    for own in own {
        pem.push_str(own.trim_end());
        pem.push('\n');
    }
    (pem, system.len())
}

fn in_pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = "-----BEGIN CERTIFICATE-----\n".to_owned();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem + "-----END CERTIFICATE-----\n"
}

#[cfg(test)]
mod tests {
    use local_cks::Authority;

    use super::{STANDARD, bundle, in_pem};
    use base64::Engine as _;

    #[test]
    fn certificates_are_written_as_their_authority_writes_them() {
        let authority = Authority::new("example").unwrap();
        let body: String = authority.pem().lines().filter(|line| !line.starts_with("-----")).collect();
        let pem = in_pem(&STANDARD.decode(body).unwrap());
        assert_eq!(pem.trim_end(), authority.pem().replace("\r\n", "\n").trim_end());
    }

    #[test]
    fn the_own_certificates_come_after_all_of_the_system() {
        let authority = Authority::new("example").unwrap();
        let (pem, system) = bundle(&[authority.pem(), authority.pem()]);
        assert_eq!(pem.matches("BEGIN CERTIFICATE").count(), system + 2);
        assert!(pem.ends_with(&format!("{}\n", authority.pem().trim_end())));
    }
}
