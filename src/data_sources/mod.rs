//! Data sources: one file per type, named after it.

pub(crate) mod cluster;
