//! Support for the tests of the engine: a provider with one type of every kind, and the host of [`tfplugin::testing`] for it.

pub(crate) mod host;
pub(crate) mod lease;
pub(crate) mod provider;
pub(crate) mod sealed;
pub(crate) mod wearing;
