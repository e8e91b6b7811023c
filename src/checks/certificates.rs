//! Certificates as PEM text, by the rules of Go: a text that it cannot read stops a cluster's API server.

use base64::Engine as _;

/// Certificates as PEM text, all of which Go can read. The base64 form of CoreWeave's API is recognised and rejected, with the text to
/// write instead.
pub(crate) fn pem_certificates(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    if text.contains("PRIVATE KEY-----") {
        // The value is shown in plans, stored in the state and sent to CoreWeave.
        return Err(
            "It contains a private key, which would be stored in the state and sent to the cluster. Set the certificates only.".to_owned()
        );
    }
    let bundle = go_formats::read_bundle(text.as_bytes());
    match (bundle.problems.as_slice(), bundle.certificates.as_slice()) {
        ([], [_, ..]) => Ok(()),
        ([], []) if is_base64_of_pem(text) => Err("This is PEM in base64, the form of CoreWeave's API. Set the PEM text, with base64decode(…) or \
             file(\"ca.pem\"): the provider encodes it."
            .to_owned()),
        ([], []) => Err("There is no certificate in it. Set PEM text, with the lines -----BEGIN CERTIFICATE----- and -----END \
             CERTIFICATE-----."
            .to_owned()),
        (problems, _) => {
            let listed: Vec<_> = problems.iter().take(3).map(ToString::to_string).collect();
            Err(format!(
                "Kubernetes would not read all of it, or an API server would not start with it. Correct {}. Set the whole content of the \
                 certificate file, with all its lines.",
                listed.join("; ")
            ))
        }
    }
}

fn is_base64_of_pem(text: &str) -> bool {
    let packed: String = text.split_whitespace().collect();
    base64::engine::general_purpose::STANDARD
        .decode(packed)
        .is_ok_and(|decoded| String::from_utf8_lossy(&decoded).contains("-----BEGIN"))
}

/// Whether two certificate texts contain the same certificates. Line ends and blank lines are ignored.
pub(crate) fn same_pem(one: &str, other: &str) -> bool {
    let lines = |text: &str| {
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    lines(one) == lines(other)
}

#[cfg(test)]
mod tests {
    use super::{super::testing::check, *};

    #[test]
    fn certificates_are_pem_and_base64_of_them_is_recognised() {
        let pem = local_cks::Authority::new("example").expect("a certificate").pem().to_owned();
        check(pem_certificates, &pem, "");
        check(pem_certificates, "", "");
        check(pem_certificates, &base64::engine::general_purpose::STANDARD.encode(&pem), "PEM in base64");
        check(pem_certificates, "hello", "no certificate in it");
        check(
            pem_certificates,
            "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n",
            "private key",
        );
        let broken = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
        check(pem_certificates, broken, "certificate 1 (line 1): it is not the DER of a certificate");
        check(pem_certificates, &format!("{pem}{broken}"), "certificate 2 (line ");
        check(pem_certificates, &pem.replace("\r\n", "\n").replace('\n', "\r"), "carriage return alone");
        check(
            pem_certificates,
            "-----BEGIN CERTIFICATE-----\nMIIB\n",
            "it has no line -----END CERTIFICATE-----",
        );
    }
}
