//! The examples of this crate, under the real Terraform and OpenTofu, and under a host that is written from the protocol.

mod complete;
mod minimal;
mod protocol;
mod workspace;
