//! State as Terraform stores it: what an upgrade or a move begins with.

use crate::diagnostics::Error;

/// State in JSON, as Terraform stores it: an object with the attributes of the schema that wrote it. May hold secrets: `Debug` does
/// not show it.
#[derive(Clone)]
pub struct StoredState(Vec<u8>);

impl StoredState {
    /// From JSON, for tests of an upgrade or move. The text is not checked before it is parsed.
    pub fn from_json(json: impl Into<Vec<u8>>) -> Self {
        Self(json.into())
    }

    /// The state as a type of the author's own, or as a [`serde_json::Value`].
    ///
    /// A struct with the old attributes documents the old schema better than a chain of look-ups:
    ///
    /// ```
    /// use serde::Deserialize;
    /// use tfplugin::StoredState;
    ///
    /// #[derive(Deserialize)]
    /// struct Version0 {
    ///     title: String,
    ///     size_gib: Option<i64>, // optional attributes are null in the state
    /// }
    ///
    /// let stored = StoredState::from_json(r#"{"title": "disk", "size_gib": null, "id": "d-1"}"#);
    /// let version_0: Version0 = stored.parse()?;
    /// assert_eq!((version_0.title.as_str(), version_0.size_gib), ("disk", None));
    /// # Ok::<(), tfplugin::Error>(())
    /// ```
    ///
    /// # Errors
    /// When it has another form. The message names the place, and no value.
    pub fn parse<T: serde::de::DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.0).map_err(|error| {
            Error::new(
                "State cannot be read",
                format!(
                    "The stored state has another form than expected, at line {} column {} of its JSON. Nothing was changed. \
                     Remove the object from the state (`terraform state rm`) and import it again.",
                    error.line(),
                    error.column()
                ),
            )
        })
    }

    pub(crate) fn json(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for StoredState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredState({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_state_is_parsed_and_never_shown() {
        let stored = StoredState::from_json(r#"{"token": "hunter2"}"#);
        assert_eq!(stored.parse::<serde_json::Value>().map(|state| state["token"] == "hunter2"), Ok(true));
        let error = stored.parse::<Vec<u8>>().expect_err("it is an object");
        assert!(!format!("{stored:?} {error:?}").contains("hunter2"));
    }
}
