//! What users see, through the real Terraform and the real OpenTofu, against a local CKS.
//!
//! A folder for each subject, a file for each group of promises, a function for each promise, whose name is the promise. No test needs
//! an account or the internet. A promise is tested on every host on which it could break for a reason of its own:
//!
//! | hosts | macro | what | why |
//! |---|---|---|---|
//! | Terraform | [`on_terraform`] | all decisions of the provider: its requests, its reaction to responses, its messages | every host sends it the same calls, so that a second host would have the same result |
//! | Terraform, OpenTofu | [`on_both_hosts`] | one lifecycle of every type (`conformance`, `objects::lifecycle`, `tokens::issue`), ephemeral tokens (`tokens::ephemeral`), unknown values (`objects::unknowns`, `objects::unknown_again`, `objects::scope`, `blocks::unknowns`), imports (`queries::imports` too), examples, the tests of modules (`modules::own_tests`) and the module with most expressions (`modules::access_map`), the whole job, logs, the other provider of a cluster (`scenarios::coreweave_provider`), installation of a release (`release`) | they differ in proposals for unknown values, in imports, in evaluation, in what they open and close, in their logs, and in installation: methods, registries, signatures |
//! | the same, and this machine's own Terraform | [`on_every_host`] | the handshake and the process (`provider::debug_mode`, `provider::logs`, `provider::installation`), the positions of validation errors, creation, imports, and interrupted waits of blocks, and which features a version has (`versions`) | an older Terraform starts, stops, and interrupts a provider in its own way |
//!
//! `cargo xtask matrix` runs a subset on older versions too, in place of Terraform and OpenTofu. These tests heed [`support::Host::has`].
//!
//! A promise about many samples or examples is tested [`in_parts`], in parallel.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod blocks;
mod conformance;
mod data_sources;
mod modules;
mod objects;
mod protocol;
mod provider;
mod queries;
mod release;
mod scenarios;
mod support;
mod tokens;
mod versions;
