//! Redaction: errors with their causes, and texts of servers, shortened and without secrets.

use std::{borrow::Cow, error::Error};

use secrecy::{ExposeSecret as _, SecretString};

/// An error with its causes, each once: the useful one is often four levels down, and the first two only mean that a request failed.
pub fn chain(error: &dyn Error) -> String {
    shortened(&whole_chain(error))
}

fn whole_chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        next = cause.source();
    }
    let empty_words = ["error sending request: ", "client error (Connect): ", "client error (SendRequest): "];
    empty_words.iter().fold(text.as_str(), |text, empty| text.strip_prefix(empty).unwrap_or(text)).to_owned()
}

/// One line of at most 300 characters, in words of at most 150, without control characters. Reads hardly more of the text than it returns.
pub fn shortened(text: &str) -> String {
    const LONGEST: usize = 300;
    /// Longer ones are no words of a sentence, but encoded documents, keys, and the like.
    const LONGEST_WORD: usize = 150;
    let words = text.split(|character: char| character.is_whitespace() || character.is_control());
    let mut line = String::new();
    let mut length = 0;
    for word in words.filter(|word| !word.is_empty()) {
        let space = if line.is_empty() { "" } else { " " };
        let cut = word.char_indices().nth(LONGEST_WORD).map(|(end, _)| end);
        let (word, end) = match cut {
            Some(end) => (word.get(..end).unwrap_or_default(), "…"),
            None => (word, ""),
        };
        for character in space.chars().chain(word.chars()).chain(end.chars()) {
            if length == LONGEST {
                line.push('…');
                return line;
            }
            line.push(character);
            length += 1;
        }
    }
    line
}

/// A body as text, or how many bytes it has if it is not text: compressed, an image, or another format.
pub fn body_text(body: &[u8]) -> Cow<'_, str> {
    let is_text = |text: &&str| !text.chars().any(|sign| sign.is_control() && !sign.is_whitespace());
    match std::str::from_utf8(body).ok().filter(is_text) {
        Some(text) => Cow::Borrowed(text),
        None => Cow::Owned(format!("{} bytes that are not text", body.len())),
    }
}

/// What every CoreWeave API access token begins with.
pub const COREWEAVE_TOKEN_PREFIX: &str = "CW-SECRET-";

/// Environment variables in which this provider and other tools for CoreWeave look for such a token. The provider reads the first.
pub const COREWEAVE_TOKEN_VARIABLES: [&str; 4] =
    ["COREWEAVE_API_TOKEN", "CW_API_ACCESS_TOKEN", "CW_API_TOKEN", "CW_TOKEN"];

/// The environment variable with the path of a file that has such a token.
pub const COREWEAVE_TOKEN_FILE_VARIABLE: &str = "COREWEAVE_API_TOKEN_FILE";

/// Removes secrets from texts of servers and proxies, which may repeat the caller's token.
#[derive(Clone, Copy, Debug)]
pub struct Redactor<'a>(pub Option<&'a SecretString>);

impl Redactor<'_> {
    /// The text without this secret, and without texts in the form of a CoreWeave token or a JWT. Use it before a text is shortened: half a
    /// token would not be recognised.
    pub fn text(&self, text: &str) -> String {
        let secret = self.0.map(SecretString::expose_secret).filter(|secret| !secret.is_empty());
        let text = secret.map_or_else(|| text.to_owned(), |secret| text.replace(secret, INSTEAD));
        // Each part of a JWT except the last begins with `{"` in base64.
        without(&without(&text, COREWEAVE_TOKEN_PREFIX, "-_"), "eyJ", "-_.")
    }

    /// An error with its causes, as [`chain`], without secrets.
    pub fn chain(&self, error: &dyn Error) -> String {
        shortened(&self.text(&whole_chain(error)))
    }
}

const INSTEAD: &str = "[token]";

/// The text without words that begin with the mark, followed by letters, digits and these signs.
fn without(text: &str, mark: &str, signs: &str) -> String {
    let mut rest = text;
    let mut clean = String::new();
    while let Some((before, after)) = rest.split_once(mark) {
        clean += before;
        clean += INSTEAD;
        rest = after.trim_start_matches(|sign: char| sign.is_ascii_alphanumeric() || signs.contains(sign));
    }
    clean + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_in_the_form_of_a_token_are_removed() {
        #[track_caller]
        fn check(text: &str, secret: Option<&str>, expected: &str) {
            let secret = secret.map(|secret| secret.to_owned().into());
            assert_eq!(Redactor(secret.as_ref()).text(text), expected);
        }
        check("bad token hunter2!", Some("hunter2"), "bad token [token]!");
        check("CW-SECRET-a_b-c, and more", None, "[token], and more");
        check("{\"token\":\"eyJhbGci.eyJpc3Mi.a-b_c\"}", None, "{\"token\":\"[token]\"}");
        check("nothing here", Some(""), "nothing here");
    }

    #[test]
    fn a_body_that_is_not_text_is_counted_and_not_shown() {
        assert_eq!(body_text("{\"a\":\n\t1}".as_bytes()), "{\"a\":\n\t1}");
        assert_eq!(body_text("zu groß".as_bytes()), "zu groß");
        for other in [&b"\x1f\x8b\x08\x00"[..], b"a\0b", b"\xff\xfe", b"\x1b[31m"] {
            assert_eq!(body_text(other), format!("{} bytes that are not text", other.len()));
        }
    }

    #[test]
    fn a_text_becomes_one_short_line() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(shortened(text), expected);
        }
        check("", "");
        check(" \n\t ", "");
        check(" a\u{1b}[2J b\r\n\u{7f}ä ", "a [2J b ä");
        check(&"ä".repeat(150), &"ä".repeat(150));
        check(&"ä".repeat(151), &format!("{}…", "ä".repeat(150)));
        check(&format!("{} b", "ä".repeat(5000)), &format!("{}… b", "ä".repeat(150)));
        check(&"a ".repeat(1000), &format!("{}…", "a ".repeat(150)));
        let two = format!("{} {}", "a".repeat(150), "b".repeat(148));
        check(&format!("{two} c"), &format!("{two} …"));
    }

    #[test]
    fn a_secret_at_the_end_of_a_long_error_is_removed_before_the_error_is_shortened() {
        let error = std::io::Error::other(format!("{}CW-SECRET-abcdef", "x".repeat(295)));
        let shown = Redactor(None).chain(&error);
        assert!(!shown.contains("CW-S"), "{shown}");
    }
}
