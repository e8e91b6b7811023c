//! Why local CKS could not be started.

use std::io;

use child_processes::Error as ProcessError;

use crate::{kubernetes::KubernetesError, pki::PkiError};

/// Why local CKS, or a cluster of it, could not be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No threads to be had.
    #[error("cannot start a runtime")]
    Runtime(#[source] io::Error),
    /// The temporary directory cannot be written.
    #[error("cannot write a temporary directory")]
    Directory(#[source] io::Error),
    /// A program, or the watchdog over programs, cannot be started.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// No loopback port to be had.
    #[error("cannot listen on 127.0.0.1")]
    Listen(#[source] io::Error),
    /// A task of the runtime ended before it should.
    #[error("a background task ended early")]
    Task(#[source] tokio::task::JoinError),
    /// A certificate could not be made.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// The control plane behind a cluster did not start, or refused a request.
    #[error(transparent)]
    Kubernetes(#[from] KubernetesError),
    /// The OpenID provider refused a request of its administration.
    #[error("the OpenID provider refused: {0}")]
    OpenIdProvider(String),
    /// A login by [`crate::OpenIdProvider::log_in`] did not come to its end.
    #[error("the login failed: {0}")]
    Login(String),
    /// The cluster has an API side only, or is gone.
    #[error("cluster {0} has no Kubernetes behind it: make it with ClusterSpec::with_kubernetes")]
    NoKubernetes(String),
}
