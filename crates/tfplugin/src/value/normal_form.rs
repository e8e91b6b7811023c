//! Unicode normal form C (NFC), in which Terraform keeps all text (go-cty, `cty.NormalizeString`).

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;

/// The text in normal form: borrowed if it is already.
pub(crate) fn normalized(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_composed_and_keeps_what_is_only_compatible() {
        assert_eq!(normalized("e\u{301}"), "é");
        assert_eq!(normalized("ﬁ"), "ﬁ");
    }
}
