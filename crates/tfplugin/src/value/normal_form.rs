//! Unicode normal form C (NFC), in which Terraform keeps all text (go-cty, `cty.NormalizeString`).
//!
//! The same few lines as in `normal-form`: the clients of APIs compare with that crate and may not depend on a framework, and this crate is
//! published, so that it depends on no crate that is not. Both only call `icu_normalizer`.

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
