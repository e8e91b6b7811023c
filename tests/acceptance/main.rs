//! What users see, through the real Terraform and the real OpenTofu, against a local CKS.
//!
//! One file per group of promises; each promise is a function whose name says it, and runs on every host that
//! [`on_every_host`] or [`on_both_hosts`] lists. Nothing here needs an account or the internet.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod access;
mod asking;
mod changing;
mod checking;
mod conformance;
mod connecting;
mod creating;
mod credentials;
mod debugging;
mod discovering;
mod drifting;
mod examples;
mod existing;
mod faults;
mod importing;
mod installing;
mod kubeconfigs;
mod listing;
mod logging;
mod login;
mod naming;
mod networks;
mod objects;
mod reading;
mod reviews;
mod routes;
mod scale;
mod scenarios;
mod secrets;
mod support;
mod together;
mod tokens;
mod unknowns;
mod waiting;
mod whole_job;
