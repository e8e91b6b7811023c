//! The sweep: faults that it must find, generated histories, and the simulation beside a real kube-apiserver.

mod contract;
mod faults;
mod generated;
mod proof;
mod verification;
mod waits;
