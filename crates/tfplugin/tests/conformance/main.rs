//! A provider made with this framework, as Terraform uses it: over gRPC, checked by core's own rules.

mod calls;
mod concurrency;
mod deferral;
mod ephemeral;
mod errors;
mod identity;
mod late_replacement;
mod lifecycle;
mod logs;
mod nulls;
mod offers;
mod plans;
mod queries;
mod random;
#[path = "../support/mod.rs"]
mod support;
mod unknowns;
mod write_only;
