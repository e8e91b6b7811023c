//! The `timeouts` block that Terraform's users expect on resources whose operations wait.
//!
//! A field `timeouts: Option<Timeouts>` with `#[schema(block)]` is all that a resource needs: each operation
//! receives its limit as [`Context::timeout`](crate::Context::timeout), and
//! [`Resource::TIMEOUT`](crate::Resource::TIMEOUT) where the user sets none.
//!
//! ```
//! use tfplugin::{Schema, Timeouts};
//!
//! /// Runs programs.
//! #[derive(Clone, Debug, Schema)]
//! #[schema(name = "shop_machine")]
//! struct Machine {
//!     /// Name of the machine.
//!     #[schema(required)]
//!     name: String,
//!     #[schema(block)]
//!     timeouts: Option<Timeouts>,
//! }
//! ```
//!
//! ```hcl
//! resource "shop_machine" "web" {
//!   name = "web"
//!   timeouts {
//!     create = "45m"
//!   }
//! }
//! ```
//!
//! The framework finds the limits by name: `create`, `update`, `delete`, and `read` in a block or attribute
//! `timeouts`. A resource with other operations or defaults, or a data source (`read`), declares a struct of
//! its own with these names, so that its documentation has the right attributes and defaults:
//!
//! ```
//! use tfplugin::{Schema, duration};
//!
//! /// Time limits.
//! #[derive(Clone, Debug, Schema)]
//! struct ReadTimeout {
//!     /// Time limit of the read as a Go duration, such as `5m`. Defaults to 20 minutes.
//!     #[schema(optional, validate(duration::validate), same = duration::same)]
//!     read: Option<String>,
//! }
//! ```
//!
//! A delete uses the block in the state: a user who changes `delete` has to apply that before the destroy.

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
    /// Limit of the create, if the user sets one. [`Context::timeout`](crate::Context::timeout) includes
    /// the default.
    pub fn create(&self) -> Option<Duration> {
        limit(self.create.as_deref())
    }

    /// Limit of the update, if the user sets one.
    pub fn update(&self) -> Option<Duration> {
        limit(self.update.as_deref())
    }

    /// Limit of the delete, if the user sets one.
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
