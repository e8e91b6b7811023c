//! Other programs' words, made fit to be shown: errors with their causes, and answers of any length.

use std::error::Error;

use secrecy::{ExposeSecret as _, SecretString};

/// An error with its causes, each said once: the real one is often four levels down, and the first two only say that a
/// request failed.
pub(crate) fn chain(error: &dyn Error) -> String {
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
    let telling =
        empty_words.iter().fold(text.as_str(), |text, empty| text.strip_prefix(empty).unwrap_or(text));
    shortened(telling)
}

/// One line of at most 300 characters, without control characters.
pub(crate) fn shortened(text: &str) -> String {
    const LONGEST: usize = 300;
    let visible = text.split(|character: char| character.is_whitespace() || character.is_control());
    let line = visible.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// The text without this secret, and without anything that looks like a CoreWeave token.
pub(crate) fn redacted(text: &str, secret: Option<&SecretString>) -> String {
    const MARK: &str = "CW-SECRET-";
    const INSTEAD: &str = "[token]";
    let secret = secret.map(SecretString::expose_secret).filter(|secret| !secret.is_empty());
    let mut rest = secret.map_or_else(|| text.to_owned(), |secret| text.replace(secret, INSTEAD));
    let mut clean = String::new();
    while let Some((before, after)) = rest.split_once(MARK) {
        clean += before;
        clean += INSTEAD;
        rest = after
            .trim_start_matches(|character: char| {
                character.is_ascii_alphanumeric() || "-_".contains(character)
            })
            .to_owned();
    }
    clean + &rest
}
