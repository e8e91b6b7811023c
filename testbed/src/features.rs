//! Which feature of the language needs which version of Terraform or OpenTofu: the one table, for the documentation and for the tests on
//! older versions (`cargo xtask matrix`), which check that each feature works exactly where this says.
//!
//! Source: the changelogs of both programs, and the versions of the plugin protocol that they speak.

/// A release of Terraform or OpenTofu, without its patch number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Release {
    /// Its first number.
    pub major: u32,
    /// Its second number.
    pub minor: u32,
}

impl Release {
    const fn v1(minor: u32) -> Self {
        Self { major: 1, minor }
    }

    /// From a version such as `1.16.0`.
    pub fn parse(version: &str) -> Option<Self> {
        let mut numbers = version.trim().split('.');
        let mut next = || numbers.next()?.parse().ok();
        Some(Self { major: next()?, minor: next()? })
    }
}

impl std::fmt::Display for Release {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}.{}", self.major, self.minor)
    }
}

/// What not every version can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// Resources and data sources, `import` blocks by id, `check` blocks, `timeouts`.
    Basics,
    /// `import` blocks with `for_each`.
    ImportForEach,
    /// `removed` blocks with `destroy = false`.
    Removed,
    /// `provider::cks::…`.
    Functions,
    /// `moved` blocks from the types of another provider.
    Moves,
    /// `ephemeral` blocks.
    Ephemeral,
    /// A destroy of what an `ephemeral` block of the configuration needs: the block is not opened in it.
    EphemeralDestroy,
    /// Arguments that are in no plan and no state.
    WriteOnly,
    /// `import` blocks by `identity`.
    Identity,
    /// The command `query`.
    Lists,
    /// `action` blocks, with the events before and after a create or update, and by command.
    Actions,
    /// Events of actions before and after a destroy.
    DestroyActions,
    /// A replacement that the apply decides on, because the plan did not know the new value.
    LateReplacement,
}

impl Feature {
    /// Every feature, oldest first.
    pub const ALL: [Self; 13] = [
        Self::Basics,
        Self::ImportForEach,
        Self::Removed,
        Self::Functions,
        Self::Moves,
        Self::Ephemeral,
        Self::EphemeralDestroy,
        Self::WriteOnly,
        Self::Identity,
        Self::Lists,
        Self::Actions,
        Self::DestroyActions,
        Self::LateReplacement,
    ];

    /// The first Terraform that has it.
    pub const fn terraform(self) -> Release {
        Release::v1(match self {
            Self::Basics => 5,
            Self::ImportForEach | Self::Removed => 7,
            Self::Functions | Self::Moves => 8,
            Self::Ephemeral | Self::EphemeralDestroy => 10,
            Self::WriteOnly => 11,
            Self::Identity => 12,
            Self::Lists | Self::Actions => 14,
            Self::DestroyActions | Self::LateReplacement => 16,
        })
    }

    /// The first OpenTofu that has it, if any has.
    pub const fn open_tofu(self) -> Option<Release> {
        Some(Release::v1(match self {
            Self::Basics => 6,
            Self::ImportForEach | Self::Functions => 7,
            // The block itself is in 1.7, and always keeps the object.
            Self::Removed | Self::Moves => 10,
            Self::Ephemeral | Self::WriteOnly => 11,
            Self::EphemeralDestroy | Self::Identity => 12,
            Self::Lists | Self::Actions | Self::DestroyActions | Self::LateReplacement => return None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_compared_by_their_numbers() {
        let release = |text| Release::parse(text).unwrap();
        assert!(release("1.5.7") < release("1.10.0"));
        assert_eq!(release("1.16.0-rc1"), Release::v1(16));
        assert_eq!(release("1.8.5").to_string(), "1.8");
        assert_eq!(["", "1", "x.1", "v1.5"].map(Release::parse), [None; 4]);
    }

    #[test]
    fn features_are_in_the_order_of_their_releases() {
        assert!(Feature::ALL.is_sorted_by_key(|feature| feature.terraform()));
    }
}
