//! Starts the control plane of a cluster and opens its endpoints, for clusters of the builder and those made through the API.

use std::{sync::Arc, time::Duration};

use child_processes::{Processes, with_causes};
use tokio_util::sync::CancellationToken;

use crate::{
    behaviour::UnmanagedCertificate,
    control::Control,
    endpoints::{self, Kind, routes::Routes, serve::serve_tls},
    error::Error,
    kubernetes::{Kubernetes, etcd::Etcd, settings::Settings},
    pki::Authority,
};

/// What a cluster needs of this machine. Its futures run on the runtime of local CKS.
#[derive(Debug)]
pub(crate) struct Launcher {
    pub(crate) control: Arc<Control>,
    /// CA of all servers.
    pub(crate) authority: Authority,
    /// CA of unmanaged endpoints with [`UnmanagedCertificate::Private`].
    pub(crate) private_authority: Authority,
    pub(crate) processes: Arc<Processes>,
    /// Ends all servers.
    pub(crate) stop: CancellationToken,
    /// Whether clusters made through the API have a control plane.
    pub(crate) creates_kubernetes: bool,
    /// Started with the first cluster that needs it.
    pub(crate) etcd: tokio::sync::OnceCell<Arc<Etcd>>,
}

impl Launcher {
    /// A new control plane for the cluster with this id.
    pub(crate) async fn control_plane(
        &self,
        id: &str,
        settings: Settings,
        longest_token: Option<Duration>,
    ) -> Result<Arc<Kubernetes>, Error> {
        let start = || async { Ok::<_, Error>(Arc::new(Etcd::start(&self.processes).await?)) };
        let etcd = self.etcd.get_or_try_init(start).await?;
        Ok(Kubernetes::start(&self.processes, etcd, id, settings, longest_token).await?)
    }

    /// Opens both endpoints of the cluster.
    pub(crate) async fn open_endpoints(&self, id: &str, host: &str) -> Result<Routes, Error> {
        let stop = self.stop.child_token();
        let mut routes = Routes::new(&self.control.hosts, stop.clone().drop_guard());
        for (kind, host) in [(Kind::Managed, host.to_owned()), (Kind::Unmanaged, format!("api.{host}"))] {
            let authority = match (kind, self.control.behaviour().unmanaged_certificate) {
                (Kind::Unmanaged, UnmanagedCertificate::Private) => &self.private_authority,
                _ => &self.authority,
            };
            let tls = authority.server(&[host.as_str()])?.server_config()?;
            let endpoint = endpoints::router(&self.control, id, kind);
            let address = serve_tls(endpoint, tls, self.control.runtime(), stop.clone()).await;
            routes.add(&host, address.map_err(Error::Listen)?);
        }
        Ok(routes)
    }

    /// Brings up a cluster that is CREATING, in the background: it is RUNNING once its control plane is ready, and FAILED if that
    /// does not start.
    pub(crate) fn bring_up(self: &Arc<Self>, id: &str, revision: u64) {
        if !self.creates_kubernetes {
            self.control.settle(id, revision);
            return;
        }
        let (launcher, id) = (Arc::clone(self), id.to_owned());
        self.control.runtime().spawn(async move {
            let outcome = launcher.launch(&id).await;
            if let Err(error) = &outcome {
                let error = with_causes(error);
                tracing::warn!(cluster = id, error, "the control plane of a new cluster did not start");
            }
            launcher.control.launched(&id, outcome.ok());
        });
    }

    async fn launch(&self, id: &str) -> Result<(Arc<Kubernetes>, Routes), Error> {
        let (settings, host) = {
            let state = self.control.state();
            let cluster = state.clusters.get(id).ok_or_else(|| Error::NoKubernetes(id.to_owned()))?;
            let settings = Settings::of(&cluster.fields, state.behaviour.admin_group);
            (settings, cluster.text("apiServerEndpoint").to_owned())
        };
        let kubernetes = self.control_plane(id, settings, None).await?;
        let endpoints = self.open_endpoints(id, &host).await?;
        Ok((kubernetes, endpoints))
    }
}
