//! The life of a provider's process, from outside: what a host starts, sees and ends.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests, too")]

// All of them start a small binary, `provider.rs`, which cargo builds beside them.
mod debug;
mod end;
mod host;
mod logs;
mod services;
mod start;
mod tls;
