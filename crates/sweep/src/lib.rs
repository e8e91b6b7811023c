//! The sweep: every fault at every request of generated histories.
//!
//! ```text
//! history     what users, other clients and faults do       things     what configurations declare
//! generate    histories by chance, for proptest             sweep      one history with its fault, or with all of them
//! bench       carries a history out                         many       many of them, each fault at each kind of request
//! record      what it has led to so far                     check      what must hold
//! terraform   a model of Terraform on the provider's own gRPC service
//! wire        the network: latency, faults                  fault      what can go wrong
//! world       simulations of both APIs
//! ```
//!
//! Nothing here opens a socket, and no time passes: the provider is the one that users run, with [`wire::Wire`] in place of the network.

pub mod bench;
mod check;
pub mod fault;
pub mod generate;
pub mod history;
mod log;
pub mod many;
pub mod provider;
pub mod record;
pub mod sweep;
pub mod terraform;
pub mod things;
pub mod wire;
pub mod world;
