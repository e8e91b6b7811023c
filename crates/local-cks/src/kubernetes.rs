//! The real control plane of one cluster, and how changes of the cluster's settings are applied to it.

mod admin;
mod apiserver;
mod controller_manager;
pub(crate) mod etcd;
mod files;
mod inventory;
pub(crate) mod pool;
pub(crate) mod ports;
pub(crate) mod settings;
pub(crate) mod storage;

use std::{
    io,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use child_processes::{Error as ProcessError, Processes};

use admin::Admin;
use apiserver::ApiServer;
use controller_manager::ControllerManager;
use etcd::Etcd;
use files::Files;
use settings::Settings;
use storage::Storage;

use crate::{pki::PkiError, tools::ToolError};

pub use admin::AdminError;
pub(crate) use admin::managed_group;

/// Time limit for a program to become ready: long, since many start at once on small machines.
pub(crate) const READY_WITHIN: Duration = Duration::from_mins(2);

/// How long a change waits for kube-apiserver to reach the issuer. CKS does not check issuers: the cluster's status does not depend on
/// that.
const ISSUER_WITHIN: Duration = Duration::from_secs(5);

/// Why a control plane could not be started or changed.
#[derive(Debug, thiserror::Error)]
pub enum KubernetesError {
    /// A program of the test bed is missing.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// A certificate could not be created.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// A file could not be written.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A program did not start, or ended or took too long before it was ready.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// An HTTP client could not be created.
    #[error("cannot create an HTTP client")]
    Client(#[source] reqwest::Error),
    /// A request to etcd failed.
    #[error("cannot reach etcd")]
    Etcd(#[source] reqwest::Error),
    /// A request to kube-apiserver failed.
    #[error(transparent)]
    Admin(#[from] AdminError),
}

/// The control plane of one cluster.
#[derive(Debug)]
pub(crate) struct Kubernetes {
    files: Files,
    etcd_url: String,
    processes: Arc<Processes>,
    /// Maximum lifetime of ServiceAccount tokens; `None`: no maximum.
    longest_token: Option<Duration>,
    /// Held while a change is applied: one at a time.
    current: tokio::sync::Mutex<Current>,
    upstream: RwLock<Upstream>,
}

#[derive(Debug)]
struct Current {
    settings: Settings,
    server: Option<ApiServer>,
    controllers: Option<ControllerManager>,
}

/// Clients of the endpoints for the current kube-apiserver.
#[derive(Clone, Debug)]
pub(crate) struct Upstream {
    /// `https://127.0.0.1:PORT`.
    pub(crate) url: String,
    /// Authenticates as the front proxy, whose user headers kube-apiserver trusts.
    pub(crate) front_proxy: reqwest::Client,
    /// Without credentials: callers authenticate themselves.
    pub(crate) plain: reqwest::Client,
    pub(crate) admin: Admin,
}

impl Kubernetes {
    /// Starts the control plane with these settings, and waits until it is ready, including default roles.
    pub(crate) async fn start(
        processes: &Arc<Processes>,
        etcd: &Etcd,
        id: &str,
        settings: Settings,
        longest_token: Option<Duration>,
    ) -> Result<Arc<Self>, KubernetesError> {
        Self::start_in(id, processes, etcd, id, settings, longest_token).await
    }

    /// The same, with this name for its directory and its prefix in etcd, since several control planes have the same id.
    async fn start_in(
        name: &str,
        processes: &Arc<Processes>,
        etcd: &Etcd,
        id: &str,
        settings: Settings,
        longest_token: Option<Duration>,
    ) -> Result<Arc<Self>, KubernetesError> {
        let files = Files::write(&processes.directory().join(name), name, id)?;
        let server = ApiServer::start(processes, &files, &etcd.url, None, &settings, longest_token).await?;
        let upstream = files.upstream(&server.url)?;
        let controllers = ControllerManager::start(processes, &files, &server.url)?;
        upstream.admin.bind_managed_groups().await?;
        upstream.admin.bind_admin_group(settings.admin_group.as_deref()).await?;
        controllers.ready(&upstream.admin).await?;
        Ok(Arc::new(Self {
            files,
            etcd_url: etcd.url.clone(),
            processes: Arc::clone(processes),
            longest_token,
            current: tokio::sync::Mutex::new(Current {
                settings,
                server: Some(server),
                controllers: Some(controllers),
            }),
            upstream: RwLock::new(upstream),
        }))
    }

    pub(crate) fn upstream(&self) -> Upstream {
        self.upstream.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Process id of the kube-apiserver, once no change is being applied.
    pub(crate) async fn process(&self) -> Option<u32> {
        self.current.lock().await.server.as_ref().map(ApiServer::process)
    }

    /// Kubeconfig of the group `system:masters` for kube-apiserver.
    pub(crate) fn admin_kubeconfig(&self) -> String {
        self.files.admin_kubeconfig(&self.upstream().url)
    }

    /// What the kube-apiserver stores.
    pub(crate) fn storage(&self) -> Result<Storage, KubernetesError> {
        Storage::new(&self.etcd_url, &self.files.etcd_prefix)
    }

    /// Applies a change; `wanted` is called when it is this change's turn. If kube-apiserver rejects the settings, it runs with the previous
    /// ones.
    pub(crate) async fn apply(
        &self,
        wanted: impl FnOnce() -> Option<Settings>,
    ) -> Result<(), KubernetesError> {
        let mut current = self.current.lock().await;
        let Some(wanted) = wanted() else { return Ok(()) };
        if !current.settings.same_flags(&wanted) {
            let restarted = self.restart(&mut current, &wanted).await;
            if restarted.is_err() {
                let before = current.settings.clone();
                self.restart(&mut current, &before).await?;
            }
            restarted?;
            if let Some(issuer) = wanted.issuer()
                && let Some(server) = &current.server
            {
                server.wait_for_issuer(issuer, &self.upstream().plain, ISSUER_WITHIN).await;
            }
        }
        if current.settings.admin_group != wanted.admin_group {
            self.upstream().admin.bind_admin_group(wanted.admin_group.as_deref()).await?;
        }
        current.settings = wanted;
        Ok(())
    }

    /// Whether it runs with the settings of a new cluster, and no change is pending.
    fn is_as_started(&self) -> bool {
        self.current.try_lock().is_ok_and(|current| {
            let runs = current.server.as_ref().is_some_and(ApiServer::is_running)
                && current.controllers.as_ref().is_some_and(ControllerManager::is_running);
            runs && current.settings == Settings::default()
        })
    }

    /// Fresh clients: connections belong to the runtime that opened them, which may have ended.
    fn reconnect(&self) -> Result<(), KubernetesError> {
        let mut upstream = self.upstream.write().unwrap_or_else(PoisonError::into_inner);
        *upstream = self.files.upstream(&upstream.url)?;
        Ok(())
    }

    /// Ends all programs of this cluster.
    pub(crate) async fn end(&self) {
        let mut current = self.current.lock().await;
        current.controllers = None;
        current.server = None;
    }

    async fn restart(&self, current: &mut Current, settings: &Settings) -> Result<(), KubernetesError> {
        let port = current.server.as_ref().map(|server| server.port);
        current.server = None;
        let longest_token = self.longest_token;
        let start =
            ApiServer::start(&self.processes, &self.files, &self.etcd_url, port, settings, longest_token);
        let server = start.await?;
        let upstream = self.files.upstream(&server.url)?;
        if Some(server.port) != port {
            current.controllers = None;
            current.controllers = Some(ControllerManager::start(&self.processes, &self.files, &server.url)?);
        }
        *self.upstream.write().unwrap_or_else(PoisonError::into_inner) = upstream;
        current.server = Some(server);
        Ok(())
    }
}
