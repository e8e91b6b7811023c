//! Generated code of the Terraform plugin protocol 6.11 and of the services that go-plugin requires in addition.
//!
//! Each module holds messages, and per service a `*_server` module with the trait to implement and a
//! `*_client` module for tests. `proto/proto/` says what the fields mean; `proto/tests/wire.txt` guards
//! their numbers.

// Code that prost and tonic wrote follows their rules, not ours.
#![allow(missing_docs, unreachable_pub, clippy::pedantic, clippy::str_to_string)]

/// Protocol 6 itself: `provider_server::Provider` is what a provider implements.
pub mod tfplugin6 {
    tonic::include_proto!("tfplugin6");
}

/// go-plugin's own services: broker, controller and stdio.
pub mod plugin {
    tonic::include_proto!("plugin");
}

/// gRPC's health service, for the service named `plugin`.
pub mod health {
    tonic::include_proto!("grpc.health.v1");
}
