//! An X.509 certificate, as `crypto/x509.ParseCertificate` reads it.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use super::{
    der::{Der, INTEGER, SEQUENCE, constructed, context, is_negative},
    extensions::{self, Extensions},
    names::{Wrong, distinguished_name},
    public_key::{PublicKey, algorithm, public_key},
};

/// A certificate that Go can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    version: u8,
    subject: String,
    not_before: i64,
    not_after: i64,
    public_key_info: Vec<u8>,
    public_key: PublicKey,
    extensions: Extensions,
}

impl Certificate {
    /// Reads it, or says what is wrong, as a clause.
    pub fn parse(der: &[u8]) -> Result<Self, &'static str> {
        let mut rest = Der(der);
        let mut outer = rest.read(SEQUENCE).ok_or("it is not the DER of a certificate, or is incomplete")?;
        let mut inner = outer.read(SEQUENCE).ok_or("it is not the DER of a certificate")?;
        let version = version(&mut inner)?;
        serial_number(&mut inner)?;
        let signed_with = inner.read(SEQUENCE).ok_or("its signature algorithm is malformed")?;
        if outer.read(SEQUENCE).ok_or("its signature algorithm is malformed")? != signed_with {
            return Err("it names two signature algorithms that differ");
        }
        algorithm(signed_with)?;
        let issuer = inner.element(SEQUENCE).ok_or("its issuer is malformed")?;
        distinguished_name(issuer)?;
        let mut validity = inner.read(SEQUENCE).ok_or("its validity is malformed")?;
        let not_before = time(&mut validity)?;
        let not_after = time(&mut validity)?;
        let subject = distinguished_name(inner.element(SEQUENCE).ok_or("its subject is malformed")?)?;
        let key_info = inner.element(SEQUENCE).ok_or("its public key is malformed")?;
        let public_key = key_of(key_info)?;
        let extensions = extensions_of(version, &mut inner)?;
        outer.bit_string().ok_or("its signature is malformed")?;
        if !rest.is_empty() {
            return Err("something follows it inside the same block");
        }
        Ok(Self {
            der: der.to_vec(),
            version,
            subject,
            not_before,
            not_after,
            public_key_info: key_info.0.to_vec(),
            public_key,
            extensions,
        })
    }

    /// Its bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// X.509 version, 1 to 3.
    pub fn version(&self) -> u8 {
        self.version
    }

    /// Its subject as text, such as `CN=example, O=Example Ltd`; may be empty.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// First and last second of its validity, as Unix time.
    pub fn validity(&self) -> (i64, i64) {
        (self.not_before, self.not_after)
    }

    /// Its public key with the algorithm (`SubjectPublicKeyInfo`).
    pub fn public_key_info(&self) -> &[u8] {
        &self.public_key_info
    }

    /// Its public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The SHA-256 of its bytes, as `openssl x509 -fingerprint -sha256` prints it.
    pub fn fingerprint(&self) -> String {
        let bytes = digest(&SHA256, &self.der);
        bytes.as_ref().iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
    }

    /// Whether it has names of servers or persons, without which Go accepts it for no server.
    pub fn has_names(&self) -> bool {
        self.extensions.has_names
    }

    /// Whether Go accepts it as that of a CA, which may sign others: it says that it is one, or is of a version that cannot say so, and its
    /// key usage does not exclude that.
    pub fn may_sign(&self) -> bool {
        may_sign(self.version, &self.extensions)
    }

    /// Whether it says that it is a CA's.
    pub fn is_ca(&self) -> bool {
        self.extensions.is_ca == Some(true)
    }
}

/// Certificates in a message, the first few of them.
pub fn listed<'a>(certificates: impl IntoIterator<Item = &'a Certificate>) -> String {
    const MOST: usize = 3;
    let mut rest = certificates.into_iter();
    let mut shown: Vec<String> = rest.by_ref().take(MOST).map(ToString::to_string).collect();
    match rest.count() {
        0 => {}
        more => shown.push(format!("{more} more")),
    }
    shown.join(", ")
}

/// For messages: subject, day of expiry, and fingerprint. One line, whatever the subject has in it.
impl fmt::Display for Certificate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Longest part of a subject.
        const LONGEST: usize = 60;
        let printable: String =
            self.subject.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
        match (printable.trim(), printable.char_indices().nth(LONGEST)) {
            ("", _) => out.write_str("no subject")?,
            (_, Some((end, _))) => write!(out, "{}…", printable.get(..end).unwrap_or_default())?,
            (subject, None) => out.write_str(subject)?,
        }
        let day = Timestamp::from_second(self.not_after).map(|end| TimeZone::UTC.to_datetime(end).date());
        let day = day.map_or_else(|_| "never".to_owned(), |day| day.to_string());
        write!(out, " (expires {day}, SHA-256 {})", self.fingerprint())
    }
}

/// As `CheckSignatureFrom` decides.
fn may_sign(version: u8, extensions: &Extensions) -> bool {
    extensions.is_ca.unwrap_or(version < 3) && !extensions.is_barred_from_signing
}

fn version(inner: &mut Der<'_>) -> Result<u8, Wrong> {
    const MALFORMED: Wrong = "its version is malformed";
    let Some(mut explicit) = inner.optional(constructed(0)).map_err(|_| MALFORMED)? else { return Ok(1) };
    let number = explicit.small_integer().filter(|_| explicit.is_empty()).ok_or(MALFORMED)?;
    match number {
        0 => Ok(1),
        1 => Ok(2),
        2 => Ok(3),
        _ => Err("its version is not one of 1, 2 and 3"),
    }
}

fn serial_number(inner: &mut Der<'_>) -> Result<(), Wrong> {
    let number = inner.read(INTEGER).and_then(Der::as_integer).ok_or("its serial number is malformed")?;
    if is_negative(number) { Err("its serial number is negative") } else { Ok(()) }
}

fn key_of(mut info: Der<'_>) -> Result<PublicKey, Wrong> {
    const MALFORMED: Wrong = "its public key is malformed";
    let mut content = info.read(SEQUENCE).ok_or(MALFORMED)?;
    let algorithm = algorithm(content.read(SEQUENCE).ok_or(MALFORMED)?)?;
    let (unused, key) = content.bit_string().ok_or(MALFORMED)?;
    public_key(&algorithm, unused, key)
}

fn extensions_of(version: u8, inner: &mut Der<'_>) -> Result<Extensions, Wrong> {
    const MALFORMED: Wrong = "its extensions are malformed";
    if version > 1 {
        inner.optional(context(1)).map_err(|_| "its issuer's unique id is malformed")?;
        inner.optional(context(2)).map_err(|_| "its subject's unique id is malformed")?;
    }
    if version < 3 {
        return Ok(Extensions::default());
    }
    match inner.optional(constructed(3)).map_err(|_| MALFORMED)? {
        None => Ok(Extensions::default()),
        Some(mut explicit) => extensions::read(explicit.read(SEQUENCE).ok_or(MALFORMED)?),
    }
}

/// A time as Unix time.
fn time(validity: &mut Der<'_>) -> Result<i64, Wrong> {
    const MALFORMED: Wrong = "a time in it is malformed";
    let (tag, text) = validity.any().ok_or(MALFORMED)?;
    let text = std::str::from_utf8(text.0).map_err(|_| MALFORMED)?;
    let time = match tag {
        0x17 => utc_time(text),
        0x18 => text.split_at_checked(4).and_then(|(year, rest)| moment(number(year)?, rest, true)),
        _ => None,
    };
    time.ok_or(MALFORMED)
}

/// `UTCTime`: years with two digits, of 1950 to 2049; seconds may be missing.
fn utc_time(text: &str) -> Option<i64> {
    let (year, rest) = text.split_at_checked(2)?;
    let year = number(year)?;
    let year = if year < 50 { 2000 + year } else { 1900 + year };
    moment(year, rest, true).or_else(|| moment(year, rest, false))
}

/// Month, day, hour, minute, perhaps second, and a zone: `Z` or an offset such as `+0130`, but not one of zero.
fn moment(year: i16, text: &str, has_seconds: bool) -> Option<i64> {
    let mut rest = text;
    let mut next = || {
        let (digits, behind) = rest.split_at_checked(2)?;
        rest = behind;
        number(digits).and_then(|number| i8::try_from(number).ok())
    };
    let (month, day, hour, minute) = (next()?, next()?, next()?, next()?);
    let second = if has_seconds { next()? } else { 0 };
    let offset = offset(rest)?;
    let time = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    let epoch = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
    Some(time.duration_since(epoch).as_secs() - offset)
}

fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let (sign, digits) = zone.split_at_checked(1)?;
    let (hours, minutes) = digits.split_at_checked(2)?;
    let (hours, minutes) =
        (i64::from(number(hours)?), i64::from(number(minutes).filter(|_| minutes.len() == 2)?));
    let seconds = (hours * 60 + minutes) * 60;
    match sign {
        "+" if seconds > 0 && hours <= 24 && minutes < 60 => Some(seconds),
        "-" if seconds > 0 && hours <= 24 && minutes < 60 => Some(-seconds),
        _ => None,
    }
}

fn number(digits: &str) -> Option<i16> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ca_is_who_says_so_or_cannot_say_so() {
        for (version, is_ca, is_barred_from_signing, expected) in [
            (1, None, false, true),
            (3, None, false, false),
            (3, Some(false), false, false),
            (3, Some(true), false, true),
            (3, Some(true), true, false),
        ] {
            let extensions = Extensions { has_names: true, is_ca, is_barred_from_signing };
            assert_eq!(may_sign(version, &extensions), expected, "{version} {extensions:?}");
        }
    }

    #[test]
    fn times_have_the_forms_that_go_reads() {
        #[track_caller]
        fn check(tag: u8, text: &str, expected: Option<&str>) {
            let bytes = [&[tag, u8::try_from(text.len()).expect("short")], text.as_bytes()].concat();
            let expected = expected.map(|expected| {
                let expected: DateTime = expected.parse().expect("a time");
                expected.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0)).as_secs()
            });
            assert_eq!(time(&mut Der(&bytes)).ok(), expected, "{text}");
        }
        check(0x17, "260102030405Z", Some("2026-01-02T03:04:05"));
        check(0x17, "500102030405Z", Some("1950-01-02T03:04:05"));
        check(0x17, "2601020304Z", Some("2026-01-02T03:04:00"));
        check(0x17, "260102030405+0130", Some("2026-01-02T01:34:05"));
        check(0x17, "260102030405+0000", None);
        check(0x17, "261302030405Z", None);
        check(0x17, "260230030405Z", None);
        check(0x17, "260102030405", None);
        check(0x17, "260102030460Z", None);
        check(0x17, "260102030405.5Z", None);
        check(0x18, "21260102030405Z", Some("2126-01-02T03:04:05"));
        check(0x18, "212601020304Z", None);
        check(0x18, "99991231235959Z", Some("9999-12-31T23:59:59"));
        check(0x16, "260102030405Z", None);
    }

    fn certificate(pem: &str) -> Certificate {
        crate::read_bundle(pem.as_bytes()).certificates.remove(0)
    }

    /// Made by OpenSSL, which also prints the fingerprint.
    const P224: &str = "-----BEGIN CERTIFICATE-----\nMIIBYDCCAQ6gAwIBAgIUajNnfG5TmzVTtyRUEPZptKOdXoQwCgYIKoZIzj0EAwIw\nDzENMAsGA1UEAwwEcDIyNDAeFw0yNjExMjkyMjI4NTdaFw0zNjExMjYyMjI4NTda\nMA8xDTALBgNVBAMMBHAyMjQwTjAQBgcqhkjOPQIBBgUrgQQAIQM6AAQ9uZAdcsPn\nJOckdQXxh3bXmGg5HbaFd2IbuNKiS52a2hejnAoFlhOqxCaeM+xiCWznb3wJnGVA\n06NTMFEwHQYDVR0OBBYEFGZDyIcD7LFUjr03TvF3hAJ7P22jMB8GA1UdIwQYMBaA\nFGZDyIcD7LFUjr03TvF3hAJ7P22jMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0E\nAwIDQAAwPQIca45kUEJlgqsaGAXi61sb9q5rC0AC+jhq4r/nHwIdAKeKzVEogyWU\nyGF9qhBhgDOj3yZ++9nM/hMBVY0=\n-----END CERTIFICATE-----";

    #[test]
    fn a_message_has_subject_expiry_and_fingerprint_and_no_bytes() {
        let known = certificate(P224);
        assert_eq!(
            known.to_string(),
            "CN=p224 (expires 2036-11-26, SHA-256 84:68:22:7E:19:92:71:FE:8C:CD:B6:68:60:E1:82:12:91:46:A8:0D:57:D5:0D:55:EC:9B:C6:99:3F:4E:7B:55)"
        );
        let with = |subject: &str| Certificate { subject: subject.to_owned(), ..known.clone() }.to_string();
        assert!(with("").starts_with("no subject (expires "));
        assert!(with("CN=a\n\u{1b}[2J").starts_with("CN=a  [2J (expires "));
        let long = with(&"ä".repeat(5000));
        assert!(
            long.starts_with(&format!("{}… (expires ", "ä".repeat(60))) && long.chars().count() < 200,
            "{long}"
        );
        let all = [(); 5].map(|()| known.clone());
        assert_eq!(listed(&all).matches("SHA-256").count(), 3);
        assert!(
            listed(&all).ends_with(", 2 more") && listed(&all[..2]).ends_with(')') && listed([]).is_empty()
        );
    }
}
