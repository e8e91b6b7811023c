//! What the tests of the engine share: a provider with one of everything, a host that behaves like Terraform, and the rules
//! by which it judges.

pub(crate) mod core_rules;
pub(crate) mod host;
pub(crate) mod provider;
