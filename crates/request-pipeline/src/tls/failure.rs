//! Failures of TLS that do not pass: a repetition would end the same, and the reason has a name. Words of the TLS library reach nobody.

use std::{error::Error as StdError, fmt, io};

use rustls::{AlertDescription, CertificateError, InvalidMessage};

use crate::redact::shortened;

/// A TLS connection that failed for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsProblem {
    /// At the other end of the connection.
    pub peer: Peer,
    /// What is wrong.
    pub failure: TlsFailure,
}

/// The other end of a TLS connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// The server.
    Server,
    /// An https proxy on the way to it.
    Proxy,
}

/// What is wrong with a TLS connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsFailure {
    /// No trusted CA has signed the certificate.
    NotTrusted,
    /// The certificate has expired, at this time if known.
    Expired(Option<String>),
    /// The certificate is not valid yet, before this time if known.
    NotValidYet(Option<String>),
    /// The certificate is for other names.
    OtherName {
        /// The name of the server.
        expected: String,
        /// The names in the certificate.
        names: Vec<String>,
    },
    /// The certificate cannot be used; the reason is a clause.
    Unusable(String),
    /// The other end rejected the client certificate, or requires one; the reason is a clause.
    ClientRejected(&'static str),
    /// The other end does not speak TLS, or no version of it that is supported.
    NoTls,
}

impl TlsProblem {
    /// The failure of TLS among the causes of an error, if there is one. It is inside an `io::Error`, with a proxy inside two, and an
    /// `io::Error` does not return it as its source.
    pub fn find(error: &(dyn StdError + 'static)) -> Option<Self> {
        let mut peer = Peer::Server;
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(error) = error.downcast_ref::<rustls::Error>() {
                return TlsFailure::of(error).map(|failure| Self { peer, failure });
            }
            // The words of hyper-util's tunnel when it cannot connect to the proxy.
            if error.to_string().ends_with("failed to create underlying connection") {
                peer = Peer::Proxy;
            }
            let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            next = inside.map(|inside| inside as &(dyn StdError + 'static)).or_else(|| error.source());
        }
        None
    }
}

impl TlsFailure {
    fn of(error: &rustls::Error) -> Option<Self> {
        use rustls::Error as E;
        match error {
            E::InvalidCertificate(error) => Some(Self::of_certificate(error)),
            E::NoCertificatesPresented => Some(Self::Unusable("there is none".to_owned())),
            E::AlertReceived(alert) => Self::of_alert(*alert),
            // The former is an answer in plain text, such as an HTTP error.
            E::InvalidMessage(InvalidMessage::InvalidContentType) | E::PeerIncompatible(_) => {
                Some(Self::NoTls)
            }
            _ => None,
        }
    }

    fn of_certificate(error: &CertificateError) -> Self {
        use CertificateError as E;
        let unusable = |why: &str| Self::Unusable(why.to_owned());
        match error {
            // With a bad signature, a trusted CA has the same name, and another key.
            E::UnknownIssuer | E::BadSignature => Self::NotTrusted,
            E::Expired => Self::Expired(None),
            E::ExpiredContext { not_after, .. } => Self::Expired(Some(date(not_after.as_secs()))),
            E::NotValidYet => Self::NotValidYet(None),
            E::NotValidYetContext { not_before, .. } => Self::NotValidYet(Some(date(not_before.as_secs()))),
            E::NotValidForName => Self::OtherName { expected: String::new(), names: Vec::new() },
            E::NotValidForNameContext { expected, presented } => Self::OtherName {
                expected: expected.to_str().into_owned(),
                names: presented.iter().map(|name| shortened(plain_name(name))).collect(),
            },
            E::BadEncoding => {
                unusable("it is malformed, or an X.509 version 1 certificate, which names no server")
            }
            E::Revoked => unusable("it was revoked"),
            E::UnhandledCriticalExtension => unusable("it has a critical extension that is not supported"),
            E::InvalidPurpose | E::InvalidPurposeContext { .. } => unusable("it is not for servers"),
            E::UnsupportedSignatureAlgorithmContext { .. }
            | E::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => unusable(
                "it is signed with an algorithm that is not supported, such as SHA-1 or RSA of less than 2048 bits",
            ),
            E::Other(error) => Self::of_other(&error.to_string()),
            _ => unusable("it cannot be verified"),
        }
    }

    /// By the names of webpki's errors, and by those of a verifier of the operating system.
    fn of_other(name: &str) -> Self {
        let why = match name {
            "CaUsedAsEndEntity" => {
                "it is a CA's certificate, used as the server's own; to trust it nevertheless, put it into `ca_certificate`"
            }
            "UnsupportedCertVersion" => "it is an X.509 version 1 certificate, which names no server",
            "EndEntityUsedAsCa" => "one of those that signed it is not a CA's",
            "NameConstraintViolation" | "PathLenConstraintViolated" => "a CA that signed it may not sign it",
            "UnsupportedCriticalExtension" => "it has a critical extension that is not supported",
            "MaximumPathDepthExceeded"
            | "MaximumPathBuildCallsExceeded"
            | "MaximumSignatureChecksExceeded" => "too many certificates stand between it and a trusted CA",
            _ => "it cannot be verified",
        };
        Self::Unusable(why.to_owned())
    }

    fn of_alert(alert: AlertDescription) -> Option<Self> {
        use AlertDescription as A;
        let why = match alert {
            A::CertificateRequired | A::NoCertificate => "it requires a client certificate",
            A::CertificateExpired => "the client certificate has expired",
            A::CertificateRevoked => "the client certificate was revoked",
            A::UnknownCA => "it does not trust the CA of the client certificate",
            A::BadCertificate | A::UnsupportedCertificate | A::CertificateUnknown | A::AccessDenied => {
                "it does not accept the client certificate"
            }
            A::ProtocolVersion | A::InsufficientSecurity => return Some(Self::NoTls),
            _ => return None,
        };
        Some(Self::ClientRejected(why))
    }
}

/// `DnsName("example.com")` as `example.com`.
fn plain_name(name: &str) -> &str {
    name.split_once("(\"").and_then(|(_, rest)| rest.strip_suffix("\")")).unwrap_or(name)
}

fn date(unix: u64) -> String {
    let limit = 253_402_300_799;
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + std::time::Duration::from_secs(unix.min(limit)))
}

impl fmt::Display for TlsProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let peer = match self.peer {
            Peer::Server => "the server",
            Peer::Proxy => "the proxy",
        };
        match &self.failure {
            TlsFailure::NotTrusted => {
                write!(out, "{peer}'s certificate is not trusted: no trusted CA has signed it")
            }
            TlsFailure::Expired(time) => {
                write!(out, "{peer}'s certificate has expired{}", at(time.as_deref()))
            }
            TlsFailure::NotValidYet(time) => {
                let time = time.as_deref().map(|time| format!(" before {time}")).unwrap_or_default();
                write!(out, "{peer}'s certificate is not valid yet{time}: check this machine's clock")
            }
            TlsFailure::OtherName { expected, names } => {
                write!(out, "{peer}'s certificate is for another name")?;
                match names.as_slice() {
                    [] => write!(out, " than {expected:?}"),
                    names => write!(out, " than {expected:?}, only for {}", names.join(", ")),
                }
            }
            TlsFailure::Unusable(why) => write!(out, "{peer}'s certificate cannot be used: {why}"),
            TlsFailure::ClientRejected(why) => write!(out, "{peer} rejected the TLS connection: {why}"),
            TlsFailure::NoTls => {
                write!(
                    out,
                    "{peer} does not speak TLS 1.2 or 1.3 on this port: check scheme and port of its address"
                )
            }
        }
    }
}

fn at(time: Option<&str>) -> String {
    time.map(|time| format!(", at {time}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(error: rustls::Error) -> Option<String> {
        let plain = TlsProblem::find(&error).map(|problem| problem.to_string());
        let inside = io::Error::new(io::ErrorKind::InvalidData, error);
        assert_eq!(TlsProblem::find(&inside).map(|problem| problem.to_string()), plain);
        assert_eq!(TlsProblem::find(&io::Error::other(inside)).map(|problem| problem.to_string()), plain);
        plain
    }

    #[test]
    fn each_failure_that_does_not_pass_has_a_name() {
        let certificate = |error: CertificateError| found(error.into()).expect("it is final");
        assert!(certificate(CertificateError::UnknownIssuer).contains("no trusted CA has signed it"));
        assert!(certificate(CertificateError::Expired).ends_with("certificate has expired"));
        assert!(certificate(CertificateError::NotValidYet).contains("clock"));
        for alert in [AlertDescription::UnknownCA, AlertDescription::CertificateRequired] {
            assert!(
                found(rustls::Error::AlertReceived(alert)).expect("final").contains("client certificate")
            );
        }
        let plain = rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType);
        assert!(found(plain).expect("final").contains("does not speak TLS"));
        assert_eq!(found(rustls::Error::DecryptError), None);
        assert_eq!(found(rustls::Error::AlertReceived(AlertDescription::InternalError)), None);
        assert_eq!(TlsProblem::find(&io::Error::other("reset")), None);
    }
}
