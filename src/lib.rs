//! The provider as a library: what the program serves, and what tests drive in its place.

mod actions;
mod checks;
mod data_sources;
mod ephemeral_resources;
mod errors;
mod existing;
mod functions;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod kubeconfig;
mod list_resources;
mod listing;
mod oidc_names;
mod operation;
mod provider;
mod resources;
mod settings;
mod wait_outcome;

pub use self::provider::{Cks, CksPartial};
