//! Whole configurations, as users have them.

mod complete;
pub(crate) mod examples;
mod login;
mod refreshes;
mod scale;
mod webhooks;
mod whole_job;
