//! Deferral: what a plan leaves to a later run, since something that it needs is known only after an apply.
//!
//! Terraform defers where it was told to (`-allow-deferral`, or in stacks): it applies what it can, and plans the rest again. The framework
//! answers with a deferral if the host allows it and an operation returns [`Error::unknown_configuration`] or
//! [`Error::unknown_argument`]. Other hosts get what these errors mean without it.
//!
//! [`Error::unknown_configuration`]: crate::Error::unknown_configuration
//! [`Error::unknown_argument`]: crate::Error::unknown_argument

/// Why something is deferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deferral {
    /// A part of the provider's configuration is unknown.
    ProviderConfiguration,
    /// An argument of the resource itself is unknown.
    Arguments,
}
