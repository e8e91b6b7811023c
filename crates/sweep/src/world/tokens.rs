//! Tokens that were issued.

use super::place::Place;

/// A token that was issued.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// The token.
    pub text: String,
    /// The ServiceAccount and its uid.
    pub account: (Place, String),
    /// The Secret that it is bound to and its uid.
    pub secret: Option<(Place, String)>,
    /// When it expires, in milliseconds since 1970.
    pub expires: i64,
}

impl Token {
    /// Uid of the Secret that it is bound to.
    pub fn secret_uid(&self) -> Option<&str> {
        self.secret.as_ref().map(|(_, uid)| uid.as_str())
    }
}
