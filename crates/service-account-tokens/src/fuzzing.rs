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
    if let Some(seconds) = seconds_of(text) {
        assert_eq!(seconds_of(&rfc3339(seconds)), Some(seconds), "{text:?}");
    }
}
