//! Whole configurations, as users have them.

mod complete;
mod coreweave_provider;
pub(crate) mod examples;
mod login;
mod refreshes;
mod scale;
mod webhooks;
mod whole_job;
