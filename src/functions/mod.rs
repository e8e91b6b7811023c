//! Functions: one file per function, named after it.

pub(crate) mod unmanaged_endpoint;
