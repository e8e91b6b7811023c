//! What the tests of the engine share: a provider with one of everything, and the host of [`tfplugin::testing`] for it.

pub(crate) mod host;
pub(crate) mod provider;
