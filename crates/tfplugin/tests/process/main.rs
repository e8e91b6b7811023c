//! A provider's process from outside: how a host starts it, uses it, and ends it.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests, too")]

// All of them start a small binary, `provider.rs`, which cargo builds together with them.
mod debug;
mod end;
mod host;
mod logs;
mod services;
mod start;
mod tls;
