//! CoreWeave Kubernetes Service on one machine: its API, and both endpoints before a real kube-apiserver.
//!
//! A simulation for tests and demonstrations, written from public sources only. Behaviour that they do not define is a switch
//! ([`Behaviour`]). Faults can be injected ([`Injection`]).
//!
//! The API is served by REST and over Connect (JSON, and the binary protobuf that CoreWeave's own provider sends): the same clusters,
//! rules and errors. Clusters can be made and deleted through it; with [`Builder::create_with_kubernetes`] each gets a control plane.
//!
//! ```no_run
//! # async fn example() -> Result<(), local_cks::Error> {
//! use local_cks::{Call, ClusterSpec, Fault, Injection, LocalCks, OpenIdProvider, User};
//!
//! let local = LocalCks::builder().cluster(ClusterSpec::new("demo").with_kubernetes()).start().await?;
//! let issuer = OpenIdProvider::start(vec![User::new("alice").groups(&["team"])]).await?;
//! local.inject(Injection::new(Fault::ResetAfter).on(Call::UpdateCluster));
//! // A program that uses CoreWeave's real host names runs with these variables.
//! for (name, value) in local.environment() {
//!     println!("{name}={value}");
//! }
//! let _token = issuer.id_token("alice", "kubernetes").await?;
//! local.stop().await;
//! # Ok(())
//! # }
//! ```

mod accounts;
mod api;
mod background;
mod behaviour;
mod browser;
mod cluster;
mod control;
mod dry_start;
mod endpoints;
mod error;
mod faults;
mod issuer;
mod kubernetes;
mod launcher;
mod local;
mod openid_provider;
mod pki;
mod programs;
mod requests;
mod tally;
mod user_programs;
mod webhook;

pub use accounts::Role;
pub use behaviour::{
    AdminGroup, Behaviour, ChangesEnd, ClearedBlock, EmptyPatch, EndpointForm, Enums, ErrorStyle,
    MalformedId, ManagedNames, PatchAnswer, UnknownMaskPath, UnmanagedCertificate, WhileDeleting,
    WhileUpdating, ZeroValues,
};
pub use browser::page_to_visit;
pub use cluster::{Cluster, ClusterSpec, managed_host};
pub use dry_start::{DryStart, Ended, WebhookKind};
pub use endpoints::other_hosts::OtherHosts;
pub use error::Error;
pub use faults::{Call, Fault, Injection, RetryAfter};
pub use kubernetes::{AdminError, KubernetesError, pool::ControlPlanes};
pub use local::{API_HOST, Builder, LocalCks};
pub use openid_provider::{OpenIdClient, OpenIdProvider, User};
pub use pki::{Authority, Identity, PkiError, Validity};
pub use requests::{Request, by_method};
pub use tally::{Tally, Verb};
pub use testbed as tools;
pub use user_programs::link_programs;
pub use webhook::Webhook;

/// Sleeps on `runtime`, so that the caller may be on another one or on none.
async fn pause(runtime: &tokio::runtime::Handle, time: std::time::Duration) {
    let _ = runtime.spawn(tokio::time::sleep(time)).await;
}
