//! Real programs, mostly shells: how they end, what is left of them, and what they wrote.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod ending;
mod errors;
mod output;
mod owner_death;
mod support;
mod tasks;
