//! ClusterService by REST and over Connect, as JSON and as binary protobuf: one service with three forms.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod caller;
mod contract;
mod creation;
mod protocol;
