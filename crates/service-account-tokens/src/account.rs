//! The ServiceAccount of a token.

use std::fmt;

use kubernetes::ObjectPlace;

/// A ServiceAccount, which is always in a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
}

impl Account<'_> {
    /// Its place as an object.
    pub fn place(self) -> ObjectPlace {
        ObjectPlace::namespaced(self.namespace, self.name)
    }
}

/// As in `kubectl`: `shop/ci`.
impl fmt::Display for Account<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.namespace, self.name)
    }
}
