//! The examples of this crate, under the real Terraform and OpenTofu, and under a host that is written from the protocol.

mod complete;
/// The example with its own tests, as in the crate of a reader.
#[expect(dead_code, reason = "the program itself does not run here")]
#[path = "../../examples/minimal/main.rs"]
mod example;
mod minimal;
mod protocol;
mod workspace;
