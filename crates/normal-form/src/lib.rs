//! Unicode normal form C (NFC), as Terraform keeps every string (go-cty, `cty.NormalizeString`). Servers keep strings as they were sent,
//! so a value of a server and a value of a state are compared in normal form, whoever compares them. (`tfplugin` has its own few lines for
//! it, since it is published.)

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;

/// The text in normal form: borrowed if it is already.
pub fn normalized(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

/// Whether two texts have the same normal form.
///
/// ```
/// assert!(normal_form::same("Café", "Cafe\u{301}"));
/// assert!(!normal_form::same("Café", "Cafe"));
/// ```
pub fn same(one: &str, other: &str) -> bool {
    one == other || normalized(one) == normalized(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_composed_as_terraform_composes_it() {
        for (text, expected) in [
            ("plain", "plain"),
            ("a\u{308}", "ä"),
            ("ä", "ä"),
            // Ångström sign, and a Hangul syllable of three letters.
            ("\u{212b}", "\u{c5}"),
            ("\u{1112}\u{1161}\u{11ab}", "한"),
            // Marks in another order than the canonical one.
            ("q\u{307}\u{323}", "q\u{323}\u{307}"),
            // Compatibility is not equivalence.
            ("ﬁ", "ﬁ"),
        ] {
            assert_eq!(normalized(text), expected, "{text:?}");
            assert!(same(text, expected));
        }
        assert!(!same("ﬁ", "fi"));
    }
}
