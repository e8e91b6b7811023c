//! Whole configurations, as users have them.

mod complete;
mod coreweave_provider;
pub(crate) mod examples;
mod local_cks;
mod login;
mod pipelines;
mod plan_and_apply;
mod refreshes;
mod scale;
mod webhooks;
mod whole_job;
