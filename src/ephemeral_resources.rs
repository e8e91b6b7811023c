//! Ephemeral resources: one file per type, named after it. What they return is in no plan and in no state.

pub(crate) mod kubeconfig;
pub(crate) mod service_account_token;
