//! The API has one form for "not set"; the user has several (`null`, `""`, `[]`), and the state keeps theirs.

use std::collections::BTreeSet;

use coreweave::Ca;

/// The user's spelling of a value that the API has as `L`.
pub(crate) trait Spelling<L> {
    /// The value for the API.
    fn to_api(&self) -> L;

    /// Sets the value of the API, except where the user's spelling means the same.
    fn read(&mut self, found: &L);

    /// The same as a new value.
    fn with_found(mut self, found: &L) -> Self
    where
        Self: Sized,
    {
        self.read(found);
        self
    }
}

impl Spelling<String> for String {
    fn to_api(&self) -> String {
        self.clone()
    }

    fn read(&mut self, found: &String) {
        self.clone_from(found);
    }
}

impl Spelling<String> for Option<String> {
    fn to_api(&self) -> String {
        self.clone().unwrap_or_default()
    }

    fn read(&mut self, found: &String) {
        if Spelling::<String>::to_api(self) != *found {
            *self = Some(found.clone()).filter(|found| !found.is_empty());
        }
    }
}

impl Spelling<BTreeSet<String>> for Option<BTreeSet<String>> {
    fn to_api(&self) -> BTreeSet<String> {
        self.clone().unwrap_or_default()
    }

    fn read(&mut self, found: &BTreeSet<String>) {
        if self.to_api() != *found {
            *self = Some(found.clone()).filter(|found| !found.is_empty());
        }
    }
}

/// Certificates, as PEM.
impl Spelling<Ca> for Option<String> {
    fn to_api(&self) -> Ca {
        Ca::from_pem(self.as_deref().unwrap_or_default())
    }

    fn read(&mut self, found: &Ca) {
        if Spelling::<Ca>::to_api(self) != *found {
            // Text that cannot be decoded is shown as it is: a refresh must not fail on it.
            let pem = found.to_pem().unwrap_or_else(|| found.as_base64().to_owned());
            *self = Some(pem).filter(|pem| !pem.is_empty());
        }
    }
}
