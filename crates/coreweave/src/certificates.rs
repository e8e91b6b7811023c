//! Certificates in a cluster's configuration: PEM text for users, base64 of it in the API's `ca` fields.

use std::borrow::Cow;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};

/// One `ca` field: base64 of PEM as the API returns it, empty if unset. Two are equal if they decode to the same text,
/// with any whitespace around the PEM or inside the base64.
#[derive(Clone, Debug, Default)]
pub struct Ca(String);

/// Padding is optional, as with protobuf's JSON.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

impl Ca {
    /// The field for this PEM text, as the API expects it.
    pub fn from_pem(pem: &str) -> Self {
        if pem.trim_ascii().is_empty() { Self::default() } else { Self(STANDARD.encode(pem)) }
    }

    /// The field as read from the API, with any content.
    pub fn from_base64(base64: impl Into<String>) -> Self {
        Self(base64.into())
    }

    /// The field as it is sent.
    pub fn as_base64(&self) -> &str {
        &self.0
    }

    /// The PEM text; `None` if the field does not hold base64 of text.
    pub fn to_pem(&self) -> Option<String> {
        String::from_utf8(self.decoded()?.into_owned()).ok()
    }

    /// Whether it is unset, or only whitespace.
    pub fn is_empty(&self) -> bool {
        self.meaning().is_empty()
    }

    /// `None` if it is not base64. PEM that was sent without encoding counts as PEM.
    fn decoded(&self) -> Option<Cow<'_, [u8]>> {
        if self.0.trim_start().starts_with("-----BEGIN") {
            return Some(Cow::Borrowed(self.0.as_bytes()));
        }
        decode_base64(&self.0).map(Cow::Owned)
    }

    /// What is compared: the decoded bytes, or the text itself if it cannot be decoded.
    fn meaning(&self) -> Vec<u8> {
        self.decoded().unwrap_or(Cow::Borrowed(self.0.as_bytes())).trim_ascii().to_vec()
    }
}

/// Base64 with or without padding and line breaks.
pub(super) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    LENIENT.decode(text.split_ascii_whitespace().collect::<String>()).ok()
}

impl PartialEq for Ca {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.meaning() == other.meaning()
    }
}

impl Eq for Ca {}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

    #[test]
    fn pem_is_read_back_byte_for_byte() {
        let certificates = Ca::from_pem(PEM);
        assert_eq!(certificates.to_pem().as_deref(), Some(PEM));
        assert!(certificates.as_base64().starts_with("LS0tLS1CRUdJTi"));
    }

    #[test]
    fn spellings_of_the_same_certificates_are_equal() {
        #[track_caller]
        fn check(other: &Ca) {
            assert_eq!(&Ca::from_pem(PEM), other);
        }
        let base64 = STANDARD.encode(PEM);
        check(&Ca::from_pem(PEM.trim_end()));
        check(&Ca::from_pem(&format!("{PEM}\n\n")));
        check(&Ca::from_base64(base64.trim_end_matches('=')));
        check(&Ca::from_base64(format!("{}\n{}\n", &base64[..40], &base64[40..])));
        check(&Ca::from_base64(PEM));
    }

    #[test]
    fn different_certificates_differ() {
        assert_ne!(Ca::from_pem(PEM), Ca::from_pem(&PEM.replace("AAAA", "AAAB")));
        assert_ne!(Ca::from_pem(PEM), Ca::default());
    }

    #[test]
    fn nothing_and_whitespace_are_unset() {
        for unset in [Ca::default(), Ca::from_pem(" \n"), Ca::from_base64("\n")] {
            assert!(unset.is_empty());
            assert_eq!(unset, Ca::default());
        }
        assert!(Ca::from_base64(STANDARD.encode("\n")).is_empty());
        // One meaning of whitespace in both directions: that of ASCII, which has no vertical tab.
        for text in ["\u{b}", "\u{a0}", "\u{2028}"] {
            assert!(!Ca::from_pem(text).is_empty());
            assert_eq!(Ca::from_pem(text), Ca::from_base64(STANDARD.encode(text)));
        }
    }

    #[test]
    fn foreign_content_is_kept_and_has_no_pem() {
        let foreign = Ca::from_base64("@@@ not base64");
        assert_eq!(foreign.to_pem(), None);
        assert!(!foreign.is_empty());
        assert_eq!(foreign.as_base64(), "@@@ not base64");
        assert_eq!(Ca::from_base64(STANDARD.encode([0xff, 0xfe])).to_pem(), None);
    }
}
