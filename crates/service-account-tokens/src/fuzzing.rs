//! What reads tokens and times, as functions of any text.

use super::{claims, rfc3339, seconds_of};

/// Reads the claims of a token.
pub fn claims(token: &str) {
    let claims = claims::read(&token.into());
    if let Some(issued_at) = claims.issued_at {
        time(&rfc3339(issued_at));
    }
}

/// Reads a time.
pub fn time(text: &str) {
    let seconds = seconds_of(Some(&text.to_owned()));
    assert_eq!(seconds_of(Some(&rfc3339(seconds))), seconds, "{text:?}");
}
