//! Why local CKS could not be started.

use std::io;

use child_processes::Error as ProcessError;

use crate::{kubernetes::KubernetesError, pki::PkiError};

/// Why local CKS, or a cluster of it, could not be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The runtime did not start.
    #[error("cannot start a runtime")]
    Runtime(#[source] io::Error),
    /// The temporary directory cannot be written.
    #[error("cannot write a temporary directory")]
    Directory(#[source] io::Error),
    /// A program, or the watchdog over programs, cannot be started.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The descriptors of the API's messages, which are compiled in, cannot be read.
    #[error("cannot read the API's messages")]
    Messages(#[from] prost_reflect::DescriptorError),
    /// There is no free loopback port.
    #[error("cannot listen on 127.0.0.1")]
    Listen(#[source] io::Error),
    /// A port that the caller chose is not free.
    #[error("cannot listen on 127.0.0.1:{port}")]
    Port {
        /// The port.
        port: u16,
        /// Why.
        source: io::Error,
    },
    /// A task of the runtime ended before it should.
    #[error("a background task ended early")]
    Task(#[source] tokio::task::JoinError),
    /// A certificate could not be created.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// The control plane of a cluster did not start, or rejected a request.
    #[error(transparent)]
    Kubernetes(#[from] KubernetesError),
    /// The OpenID provider rejected an administrative request.
    #[error("the OpenID provider rejected the request: {0}")]
    OpenIdProvider(String),
    /// A login by [`crate::OpenIdProvider::log_in`] failed.
    #[error("the login failed: {0}")]
    Login(String),
    /// The cluster has no control plane, or was deleted.
    #[error("cluster {0} has no control plane: create it with ClusterSpec::with_kubernetes")]
    NoKubernetes(String),
}

impl Error {
    /// A port, 0 for a free one, that cannot be listened on.
    pub(crate) fn listen(port: u16) -> impl FnOnce(io::Error) -> Self {
        move |source| if port == 0 { Self::Listen(source) } else { Self::Port { port, source } }
    }
}
