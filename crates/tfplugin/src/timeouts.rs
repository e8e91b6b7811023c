//! The `timeouts` block, by the habit of Terraform's users.
//!
//! A field `timeouts: Option<Timeouts>` with `#[schema(block)]` is all that a resource needs: the framework gives each operation
//! its limit as [`crate::Context::timeout`]. A resource with other operations declares a struct of its own with the same names.

use std::time::Duration;

use crate::{Schema, duration};

/// How long operations may take, such as `"30m"`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Schema)]
pub struct Timeouts {
    /// How long creating may take. Default: 20 minutes.
    #[schema(optional, validate(duration::validate), same = duration::same)]
    pub create: Option<String>,
    /// How long changing in place may take. Default: 20 minutes.
    #[schema(optional, validate(duration::validate), same = duration::same)]
    pub update: Option<String>,
    /// How long destroying may take. Default: 20 minutes.
    #[schema(optional, validate(duration::validate), same = duration::same)]
    pub delete: Option<String>,
}

impl Timeouts {
    /// The limit for creating, if the user gave one.
    pub fn create(&self) -> Option<Duration> {
        limit(self.create.as_deref())
    }

    /// The limit for changing in place, if the user gave one.
    pub fn update(&self) -> Option<Duration> {
        limit(self.update.as_deref())
    }

    /// The limit for destroying, if the user gave one.
    pub fn delete(&self) -> Option<Duration> {
        limit(self.delete.as_deref())
    }
}

fn limit(text: Option<&str>) -> Option<Duration> {
    text.and_then(|text| duration::parse(text).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    #[test]
    fn each_operation_has_the_limit_that_was_given() {
        let timeouts =
            Timeouts { create: Some("1h30m".to_owned()), update: None, delete: Some("45s".to_owned()) };
        assert_eq!(timeouts.create(), Some(Duration::from_mins(90)));
        assert_eq!(timeouts.update(), None);
        assert_eq!(timeouts.delete(), Some(Duration::from_secs(45)));
    }

    #[test]
    fn the_spelling_is_kept_and_the_meaning_compared() {
        for attribute in Timeouts::block().attributes {
            assert!(
                attribute.validators.iter().any(|rule| rule(&Value::string("30d")).is_err()),
                "{}",
                attribute.name
            );
            assert!(
                attribute.same.is_some_and(|same| same(&Value::string("60m"), &Value::string("1h"))),
                "{}",
                attribute.name
            );
        }
    }
}
