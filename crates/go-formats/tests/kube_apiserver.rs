//! The same certificates and URLs for the real kube-apiserver and for this crate.

use base64::Engine as _;
use go_formats::{GoUrl, read_bundle};
use local_cks::{Authority, DryStart};

/// A certificate of OpenSSL's, with a key on P-224.
const P224: &str = "-----BEGIN CERTIFICATE-----\nMIIBYDCCAQ6gAwIBAgIUajNnfG5TmzVTtyRUEPZptKOdXoQwCgYIKoZIzj0EAwIw\nDzENMAsGA1UEAwwEcDIyNDAeFw0yNjExMjkyMjI4NTdaFw0zNjExMjYyMjI4NTda\nMA8xDTALBgNVBAMMBHAyMjQwTjAQBgcqhkjOPQIBBgUrgQQAIQM6AAQ9uZAdcsPn\nJOckdQXxh3bXmGg5HbaFd2IbuNKiS52a2hejnAoFlhOqxCaeM+xiCWznb3wJnGVA\n06NTMFEwHQYDVR0OBBYEFGZDyIcD7LFUjr03TvF3hAJ7P22jMB8GA1UdIwQYMBaA\nFGZDyIcD7LFUjr03TvF3hAJ7P22jMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0E\nAwIDQAAwPQIca45kUEJlgqsaGAXi61sb9q5rC0AC+jhq4r/nHwIdAKeKzVEogyWU\nyGF9qhBhgDOj3yZ++9nM/hMBVY0=\n-----END CERTIFICATE-----\n";

/// Whether kube-apiserver reads these settings of an issuer, and what it says.
fn reads(server: &DryStart, issuer: &str, ca: Option<&str>) -> (bool, String) {
    let ended = server.with_issuer(issuer, ca).expect("it ends");
    assert!(ended.reads || ended.said.contains("invalid authentication configuration"), "{}", ended.said);
    (ended.reads, ended.said)
}

/// The certificate with another last byte of its key.
fn off_its_curve(pem: &str) -> String {
    let mut der = read_bundle(pem.as_bytes()).certificates[0].der().to_vec();
    let key = read_bundle(pem.as_bytes()).certificates[0].public_key_info().to_vec();
    let place = der.windows(key.len()).position(|part| part == key).expect("it is there") + key.len() - 1;
    der[place] ^= 1;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line)).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

#[test]
fn kube_apiserver_starts_with_the_certificates_that_are_accepted() {
    let Some(server) = DryStart::new().expect("the tools are built") else { return };
    let authority = Authority::new("example").expect("a certificate");
    let good = authority.pem().replace("\r\n", "\n");
    let broken = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    let indented = format!("  {}\n", good.trim_end().replace('\n', "\n  "));
    for (name, text, starts) in [
        ("one", good.clone(), true),
        ("two", format!("{good}{good}"), true),
        ("CRLF", good.replace('\n', "\r\n"), true),
        ("text around it", format!("Issuer: example\n{good}end\n"), true),
        ("no line end at the end", good.trim_end().to_owned(), true),
        ("lone carriage returns", good.replace('\n', "\r"), false),
        ("a good one, then a broken one", format!("{good}{broken}"), false),
        ("bad DER", broken.to_owned(), false),
        ("indented", indented, false),
        ("a byte order mark", format!("\u{feff}{good}"), false),
        ("cut off", good.lines().take(4).collect::<Vec<_>>().join("\n"), false),
        ("no certificate", "hello".to_owned(), false),
        ("a key on P-224", P224.to_owned(), true),
        ("a point that is not on P-224", off_its_curve(P224), false),
    ] {
        let bundle = read_bundle(text.as_bytes());
        let accepted = bundle.problems.is_empty() && !bundle.certificates.is_empty();
        let (reads, said) = reads(&server, "https://issuer.example.com", Some(&text));
        assert_eq!((accepted, reads), (starts, starts), "{name}: {bundle:?} {said}");
    }
}

#[test]
fn kube_apiserver_starts_with_the_issuers_that_are_accepted() {
    let Some(server) = DryStart::new().expect("the tools are built") else { return };
    for (issuer, starts) in [
        ("https://issuer.example.com/tenant%20a", true),
        ("https://[::1]:8443", true),
        ("https://issuer%2Eexample.com", false),
        ("https://issuer.example.com:port", false),
        ("https://issuer.example.com/%zz", false),
        ("https://iss{uer}.example.com", false),
        ("https://[127.0.0.1]", false),
        ("https://a:1:2", false),
    ] {
        let (reads, said) = reads(&server, issuer, None);
        assert_eq!((GoUrl::parse(issuer).is_ok(), reads), (starts, starts), "{issuer}: {said}");
    }
}
