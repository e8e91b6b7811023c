//! Texts as people have them.

use proptest::prelude::*;

use super::*;

fn pem() -> String {
    let key = rcgen::KeyPair::generate().expect("a key");
    let params = rcgen::CertificateParams::new(vec!["example.com".to_owned()]).expect("a name");
    params.self_signed(&key).expect("a certificate").pem().replace("\r\n", "\n")
}

/// How many certificates are read, and each problem.
fn read(text: &str) -> (usize, Vec<String>) {
    let bundle = read_bundle(text.as_bytes());
    (bundle.certificates.len(), bundle.problems.iter().map(ToString::to_string).collect())
}

#[test]
fn texts_that_go_reads_have_no_problem() {
    let pem = pem();
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    for (text, expected) in [
        (pem.clone(), 1),
        (format!("{pem}{pem}"), 2),
        (pem.replace('\n', "\r\n"), 1),
        (pem.trim_end().to_owned(), 1),
        (format!("Subject: CN = example\n\n{pem}and more\n"), 1),
        (format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----"), 1),
        (pem.replace('\n', " \t\n"), 1),
        (format!("{pem}-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"), 1),
        (String::new(), 0),
        ("hello".to_owned(), 0),
    ] {
        assert_eq!(read(&text), (expected, Vec::new()), "{text}");
    }
}

#[test]
fn what_go_would_not_read_is_named_with_its_place() {
    let pem = pem();
    let indented = format!("  {}\n", pem.trim_end().replace('\n', "\n  "));
    let truncated = pem.lines().take(4).collect::<Vec<_>>().join("\n");
    let with = |line: usize, text: &str| {
        let mut lines: Vec<&str> = pem.lines().collect();
        lines[line] = text;
        lines.join("\n")
    };
    for (text, read_anyway, expected) in [
        (pem.replace('\n', "\r"), 0, "certificate 1 (line 1): its lines end with a carriage return alone"),
        (format!("{pem}{}", pem.replace('\n', "\r")), 1, "certificate 2 (line "),
        (indented, 0, "not at the beginning of its line"),
        (format!("\u{feff}{pem}"), 0, "byte order mark"),
        (truncated.clone(), 0, "no line -----END CERTIFICATE-----"),
        (format!("{truncated}\n{pem}"), 1, "another block begins before"),
        (with(2, "!"), 0, "line 3 has a character that is not base64"),
        (with(2, "AAA"), 0, "its base64 is incomplete"),
        (with(2, "AAAA"), 0, "it is not the DER of a certificate"),
        (with(0, "-----BEGIN CERTIFICATE----- x"), 0, "more after the dashes"),
        (pem.replace("-----END CERTIFICATE-----", "-----END CERT-----"), 0, "its last line is not exactly"),
        (pem.replace("CERTIFICATE", "TRUSTED CERTIFICATE"), 0, "this is -----BEGIN TRUSTED CERTIFICATE-----"),
        (pem.replacen('\n', "\nProc-Type: 4\n\n", 1), 0, "has headers"),
        (
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n".to_owned(),
            0,
            "certificate 1 (line 1): it is not the DER",
        ),
    ] {
        let (found, problems) = read(&text);
        assert_eq!(found, read_anyway, "{text}");
        assert!(problems.len() == 1 && problems[0].contains(expected), "{expected}: {problems:?}\n{text}");
    }
    let line = pem.lines().count() + 1;
    assert!(
        read(&format!("{pem}{}", with(2, "AAAA"))).1[0]
            .starts_with(&format!("certificate 2 (line {line}): "))
    );
}

proptest! {
    #[test]
    fn no_text_is_quoted_and_none_panics(text in "(-----BEGIN |CERTIFICATE|-----|\n|\r|-----END |[ -~]|hunter2|\u{feff}|:){0,40}") {
        for problem in read_bundle(text.as_bytes()).problems {
            prop_assert!(!problem.to_string().contains("hunter2"), "{problem}");
        }
    }
}
