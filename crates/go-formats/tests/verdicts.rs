//! Certificates with changed, missing and added bytes, with what Go 1.26.8 (`x509.ParseCertificate`) said of each: `ok` or `bad`.
//!
//! The lines were drawn from 20,000 such certificates, and from 20,000 with keys on P-224 or mailboxes in name constraints, on all of which
//! both agreed.

use go_formats::Certificate;

#[test]
fn certificates_with_changed_bytes_are_read_as_go_reads_them() {
    for line in include_str!("verdicts.txt").lines() {
        let (verdict, digits) = line.split_once(' ').expect("two words");
        let found = Certificate::parse(&bytes(digits));
        assert_eq!(found.is_ok(), verdict == "ok", "{digits}: {found:?}");
    }
}

fn bytes(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("ASCII"));
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal")).collect()
}
