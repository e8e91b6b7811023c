//! Local CKS: start, read, change and stop it.

use std::{
    net::SocketAddr,
    num::NonZero,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use child_processes::Processes;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;

use crate::{
    accounts::{Account, Role},
    api,
    background::Background,
    behaviour::Behaviour,
    cluster::{Cluster, ClusterSpec},
    control::{Control, Stored},
    endpoints::{
        other_hosts::OtherHosts,
        proxy,
        serve::{serve_tls, serve_tls_at},
    },
    error::Error,
    faults::{Call, Injection},
    kubernetes::{
        Kubernetes,
        pool::{ControlPlanes, Lease},
        settings::Settings,
    },
    launcher::Launcher,
    pki::Authority,
    programs::ROOTS,
    requests::Request,
};

/// Host of the real API, which the proxy maps to the simulated one.
pub const API_HOST: &str = "api.coreweave.com";

const DEFAULT_ORGANISATION: &str = "ab1cd2";

/// Builder of local CKS.
#[derive(Debug, Default)]
pub struct Builder {
    clusters: Vec<ClusterSpec>,
    creates_kubernetes: bool,
    behaviour: Behaviour,
    organisation: Option<String>,
    api_port: u16,
    proxy_port: u16,
    other_hosts: OtherHosts,
    roots: Option<String>,
    log_limit: Option<usize>,
}

impl Builder {
    /// Adds a cluster.
    #[must_use]
    pub fn cluster(mut self, spec: ClusterSpec) -> Self {
        self.clusters.push(spec);
        self
    }

    /// Clusters made through the API have a control plane too, as those of [`ClusterSpec::with_kubernetes`] have.
    #[must_use]
    pub fn create_with_kubernetes(mut self) -> Self {
        self.creates_kubernetes = true;
        self
    }

    /// Sets the switches from the start.
    #[must_use]
    pub fn behaviour(mut self, behaviour: Behaviour) -> Self {
        self.behaviour = behaviour;
        self
    }

    /// Another default organisation than `ab1cd2`.
    #[must_use]
    pub fn organisation(mut self, organisation: &str) -> Self {
        self.organisation = Some(organisation.to_owned());
        self
    }

    /// This port for the API instead of a free one.
    #[must_use]
    pub fn api_port(mut self, port: u16) -> Self {
        self.api_port = port;
        self
    }

    /// This port for the proxy instead of a free one.
    #[must_use]
    pub fn proxy_port(mut self, port: u16) -> Self {
        self.proxy_port = port;
        self
    }

    /// What the proxy does with hosts that are not CoreWeave's, instead of rejecting them.
    #[must_use]
    pub fn other_hosts(mut self, other_hosts: OtherHosts) -> Self {
        self.other_hosts = other_hosts;
        self
    }

    /// Certificates, as PEM, that the API servers trust for issuers and webhooks without a `ca`, in place of this machine's.
    #[must_use]
    pub fn roots(mut self, pem: &str) -> Self {
        self.roots = Some(pem.to_owned());
        self
    }

    /// Logs only the last requests, this many, so that it can run for long.
    #[must_use]
    pub fn log_limit(mut self, requests: usize) -> Self {
        self.log_limit = Some(requests);
        self
    }

    /// Starts it, as many clusters at once as the machine has processors, and waits until all servers are ready.
    pub async fn start(self) -> Result<LocalCks, Error> {
        let background = Background::new()?;
        let runtime = background.handle().clone();
        let control = Control::new(runtime.clone());
        let organisation = self.organisation.unwrap_or_else(|| DEFAULT_ORGANISATION.to_owned());
        {
            let mut state = control.state();
            state.behaviour = self.behaviour;
            state.accounts =
                [Role::None, Role::Viewer, Role::Admin].map(|role| Account::new(&organisation, role)).into();
        }

        if let Some(limit) = self.log_limit {
            control.log().set_limit(limit);
        }

        let processes = Arc::new(Processes::new("local-cks-")?);
        let authority = Authority::new("local-cks")?;
        let ca_file = processes.directory().join("ca.pem");
        std::fs::write(&ca_file, authority.pem()).map_err(Error::Directory)?;
        if let Some(roots) = self.roots {
            std::fs::write(processes.directory().join(ROOTS), roots).map_err(Error::Directory)?;
        }

        let stop = CancellationToken::new();
        let tls = authority.server(&[API_HOST])?.server_config()?;
        let launcher = Arc::new(Launcher {
            control: Arc::clone(&control),
            authority,
            private_authority: Authority::new("local-cks unmanaged")?,
            processes: Arc::clone(&processes),
            stop: stop.clone(),
            creates_kubernetes: self.creates_kubernetes,
            etcd: tokio::sync::OnceCell::new(),
        });
        let (router, hosts, handle) = (api::router(&launcher)?, control.hosts.clone(), runtime.clone());
        let (api_stop, proxy_stop) = (stop.child_token(), stop.child_token());
        let (api_port, proxy_port, other_hosts) = (self.api_port, self.proxy_port, self.other_hosts);
        let listening = runtime.spawn(async move {
            let api = serve_tls_at(api_port, router, tls, &handle, api_stop).await;
            let api = api.map_err(Error::listen(api_port))?;
            hosts.set(API_HOST, api);
            let proxy = proxy::serve(proxy_port, hosts, other_hosts, &handle, proxy_stop).await;
            Ok::<_, Error>((api, proxy.map_err(Error::listen(proxy_port))?))
        });
        let (api, proxy) = listening.await.map_err(Error::Task)??;

        let local = LocalCks {
            control,
            organisation,
            launcher,
            api,
            proxy,
            ca_file,
            processes,
            stop,
            background,
            leases: Mutex::default(),
        };
        let (sharing, own): (Vec<_>, Vec<_>) =
            self.clusters.into_iter().partition(|spec| spec.shared_with.is_some());
        // The start of a control plane is work for one processor. More at once take as long, and each longer.
        let at_once = std::thread::available_parallelism().map_or(1, NonZero::get);
        let starting = stream::iter(own).map(|spec| local.add_cluster(spec)).buffer_unordered(at_once);
        starting.try_collect::<Vec<_>>().await?;
        for spec in sharing {
            local.add_cluster(spec).await?;
        }
        Ok(local)
    }
}

/// CoreWeave Kubernetes Service on this machine. Dropping it ends all of it.
///
/// It has a runtime of its own: callers may block, and may be on any runtime or none.
#[derive(Debug)]
pub struct LocalCks {
    control: Arc<Control>,
    organisation: String,
    launcher: Arc<Launcher>,
    api: SocketAddr,
    proxy: SocketAddr,
    ca_file: PathBuf,
    processes: Arc<Processes>,
    stop: CancellationToken,
    background: Background,
    /// Dropped last, after all tasks that could write.
    leases: Mutex<Vec<Lease>>,
}

impl LocalCks {
    /// A builder.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// URL of the API on loopback, for clients that use no proxy. Its certificate is valid for `127.0.0.1` too.
    pub fn api_url(&self) -> String {
        format!("https://{}", self.api)
    }

    /// URL of the CONNECT proxy for `api.coreweave.com` and the clusters' hosts.
    pub fn proxy_url(&self) -> String {
        format!("http://{}", self.proxy)
    }

    /// Environment variables for a program that uses this instead of CoreWeave, with the token of a CKS Admin.
    pub fn environment(&self) -> Vec<(String, String)> {
        let token = self.token(Role::Admin);
        [
            ("HTTPS_PROXY", self.proxy_url()),
            ("SSL_CERT_FILE", self.ca_file.display().to_string()),
            ("COREWEAVE_API_TOKEN", token.expose_secret().to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    /// Maps `https://HOST` at the proxy to a listener of the caller.
    pub fn add_host(&self, host: &str, address: SocketAddr) {
        self.control.hosts.set(host, address);
    }

    /// Serves `https://HOST` at the proxy with a certificate of the CA, such as a registry of Terraform.
    pub async fn add_site(&self, host: &str, site: axum::Router) -> Result<(), Error> {
        let tls = self.launcher.authority.server(&[host])?.server_config()?;
        let (handle, stop) = (self.control.runtime().clone(), self.stop.child_token());
        let listening = self.spawn(async move { serve_tls(site, tls, &handle, stop).await }).await?;
        self.add_host(host, listening.map_err(Error::Listen)?);
        Ok(())
    }

    /// The CA of all servers, as PEM.
    pub fn ca_pem(&self) -> &str {
        self.launcher.authority.pem()
    }

    /// The same in a file, for `SSL_CERT_FILE`.
    pub fn ca_file(&self) -> &Path {
        &self.ca_file
    }

    /// The CA of unmanaged endpoints with [`crate::UnmanagedCertificate::Private`], as PEM.
    pub fn unmanaged_ca_pem(&self) -> &str {
        self.launcher.private_authority.pem()
    }

    /// The organisation of [`Self::token`]'s tokens.
    pub fn organisation(&self) -> &str {
        &self.organisation
    }

    /// The default organisation's token with this role.
    pub fn token(&self, role: Role) -> SecretString {
        let state = self.control.state();
        let mut own = state.accounts.iter().filter(|account| account.organisation == self.organisation);
        own.find(|account| account.role == role).map(|account| account.token.clone()).unwrap_or_default()
    }

    /// A new token.
    pub fn add_token(&self, organisation: &str, role: Role) -> SecretString {
        let account = Account::new(organisation, role);
        let token = account.token.clone();
        self.control.state().accounts.push(account);
        token
    }

    /// Lets a token expire: 401 from the API, 403 from managed endpoints.
    pub fn expire_token(&self, token: &SecretString) {
        for account in &mut self.control.state().accounts {
            if account.token.expose_secret() == token.expose_secret() {
                account.expired = true;
            }
        }
    }

    /// Creates a cluster, and waits until it is usable.
    pub async fn add_cluster(&self, spec: ClusterSpec) -> Result<Cluster, Error> {
        let organisation = spec.organisation_or(&self.organisation).to_owned();
        let mut stored = Stored::new(&organisation, spec.fields(&organisation));
        if spec.kubernetes {
            stored.kubernetes = Some(self.control_plane(&spec, &stored).await?);
            let (launcher, id) = (Arc::clone(&self.launcher), spec.id().to_owned());
            let host = stored.text("apiServerEndpoint").to_owned();
            let open = async move { launcher.open_endpoints(&id, &host).await };
            stored.endpoints = Some(self.spawn(open).await??);
        }
        self.control.state().clusters.insert(spec.id().to_owned(), stored);
        Ok(self.cluster(spec.id()))
    }

    /// A control plane for the cluster: another cluster's if the specification names it, else an idle one of the caller's pool, else a new one.
    async fn control_plane(&self, spec: &ClusterSpec, stored: &Stored) -> Result<Arc<Kubernetes>, Error> {
        if let Some(id) = &spec.shared_with {
            return self.control.kubernetes(id).ok_or_else(|| Error::NoKubernetes(id.clone()));
        }
        let settings = Settings::of(&stored.fields, self.behaviour().admin_group);
        let longest_token = spec.longest_token;
        let is_plain = settings == Settings::default() && longest_token.is_none();
        let fits = |pool: &&Arc<ControlPlanes>| is_plain && pool.cluster_id() == spec.id();
        if let Some(pool) = spec.control_planes.as_ref().filter(fits).cloned() {
            let lease = self.spawn(async move { pool.take().await }).await??;
            let kubernetes = lease.kubernetes();
            self.leases.lock().unwrap_or_else(PoisonError::into_inner).push(lease);
            return Ok(kubernetes);
        }
        let (launcher, id) = (Arc::clone(&self.launcher), spec.id().to_owned());
        self.spawn(async move { launcher.control_plane(&id, settings, longest_token).await }).await?
    }

    /// Runs on the runtime of local CKS, from any context.
    async fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Error> {
        self.background.run(work).await
    }

    /// A handle to the cluster with this id, which need not exist.
    pub fn cluster(&self, id: &str) -> Cluster {
        Cluster::new(Arc::clone(&self.control), id.to_owned())
    }

    /// All clusters.
    pub fn clusters(&self) -> Vec<Cluster> {
        let ids: Vec<String> = self.control.state().clusters.keys().cloned().collect();
        ids.iter().map(|id| self.cluster(id)).collect()
    }

    /// The current switches.
    pub fn behaviour(&self) -> Behaviour {
        self.control.behaviour()
    }

    /// Changes switches while it runs.
    pub fn set_behaviour(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.control.state().behaviour);
    }

    /// Injects a fault.
    pub fn inject(&self, injection: Injection) {
        self.control.state().faults.add(injection);
    }

    /// Number of pending faults.
    pub fn pending_faults(&self) -> usize {
        self.control.state().faults.pending()
    }

    /// Removes all pending faults.
    pub fn clear_faults(&self) {
        self.control.state().faults.clear();
    }

    /// All requests so far, API and Kubernetes endpoints alike, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.control.log().requests().cloned().collect()
    }

    /// Number of all requests since the log was last cleared.
    pub fn count_of_requests(&self) -> usize {
        let log = self.control.log();
        log.requests().count() + log.dropped()
    }

    /// How many requests since the log was last cleared are not in it, because of [`Builder::log_limit`].
    pub fn dropped_requests(&self) -> usize {
        self.control.log().dropped()
    }

    /// The requests of this kind.
    pub fn requests_of(&self, call: Call) -> Vec<Request> {
        self.control.log().requests().filter(|request| request.call == call).cloned().collect()
    }

    /// Clears the log of requests.
    pub fn clear_requests(&self) {
        self.control.log().forget();
    }

    /// Ends all servers and programs, and waits for that. Dropping does the same.
    #[expect(clippy::unused_async, reason = "callers need not change when it has something to wait for")]
    pub async fn stop(self) {
        drop(self);
    }
}

impl Drop for LocalCks {
    fn drop(&mut self) {
        self.stop.cancel();
        self.processes.end();
    }
}

#[cfg(test)]
mod tests {
    use super::LocalCks;

    #[test]
    fn one_run_can_be_shared_by_many_threads() {
        fn check<T: Send + Sync>() {}
        check::<LocalCks>();
    }

    #[test]
    fn it_needs_no_runtime_to_be_used_and_dropped() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let local = runtime.block_on(LocalCks::builder().start()).unwrap();
        drop(runtime);
        let directory = local.ca_file().parent().unwrap().to_owned();
        assert!(std::net::TcpStream::connect(local.api).is_ok());
        drop(local);
        assert!(!directory.exists());
    }
}
