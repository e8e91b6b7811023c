//! Real programs, mostly shells: how they end, what they leave behind, and their output.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod ending;
mod errors;
mod killed_owner;
mod output;
mod support;
mod tasks;
