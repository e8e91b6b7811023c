//! From `cluster_id` to a handle: one reading of a cluster for all that ask, one writer at a time, and its Kubernetes.
//!
//! Knows both APIs, not Terraform.

mod cluster_kubernetes;
mod endpoint_override;
mod errors;
mod handle;
mod ledger;
mod organisation;
mod routes;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

pub use cluster_kubernetes::Kubernetes;
pub use endpoint_override::EndpointOverride;
pub use errors::Error;
pub use handle::Written;
pub use ledger::{DeclaredTwice, Entry as LedgerEntry, Ledger, Planned};
pub use organisation::{Doubt, Organisation};
pub use routes::{Common, Endpoint, Entry, Route, Routes, Target};

use coreweave::{Change, Client, Cluster, ClusterMember, Principal};
use handle::Handle;
use kubernetes::Session;
use request_pipeline::Call;

/// Reads go on for at most this long, whatever the operation's own limit: a refresh should not take twenty minutes to fail.
const READING: Duration = Duration::from_mins(2);

/// How long the API may take to say whose token it is.
const ASKING_WHO: Duration = Duration::from_secs(5);

fn reading(stopped: &CancellationToken) -> Call {
    Call::within(READING, stopped.clone())
}

/// Whether CoreWeave's API can be asked.
#[derive(Debug)]
pub enum Access {
    /// It can.
    Ready(Client),
    /// These attributes of the provider block are known only after apply.
    Unknown(Vec<String>),
    /// Nobody gave a token.
    MissingToken,
}

/// What it means when there is no such cluster.
enum Absence<'a> {
    IsAnError,
    /// It is gone, if this organisation had it.
    MayBeCertain(Option<&'a Organisation>),
}

/// All clusters that the provider's credentials reach.
#[derive(Debug)]
pub struct Clusters {
    access: Access,
    routes: Routes,
    handles: Mutex<HashMap<String, Arc<Handle>>>,
    ledger: Ledger,
    principal: OnceCell<Option<Principal>>,
    /// What asks the issuers that clusters trust; `Err`: provider attributes that are known only after apply.
    issuers: Result<openid::Client, Vec<String>>,
}

impl Clusters {
    /// Clusters that this access reaches, the routes to their Kubernetes, and the client for their issuers or the provider attributes
    /// that it waits for. Asks nothing yet.
    pub fn new(access: Access, routes: Routes, issuers: Result<openid::Client, Vec<String>>) -> Self {
        Self {
            access,
            routes,
            handles: Mutex::default(),
            ledger: Ledger::default(),
            principal: OnceCell::new(),
            issuers,
        }
    }

    /// None, as long as these attributes of the provider block are known only after apply.
    pub fn unknown(attributes: &[String], issuers: Result<openid::Client, Vec<String>>) -> Self {
        let routes = Routes { unknown_cluster: attributes.to_vec(), ..Routes::default() };
        Self::new(Access::Unknown(attributes.to_vec()), routes, issuers)
    }

    /// What asks the issuers that clusters trust: it works without a CoreWeave token.
    pub fn issuers(&self) -> Result<&openid::Client, Error> {
        self.issuers
            .as_ref()
            .map_err(|attributes| Error::UnknownConfiguration { attributes: attributes.clone() })
    }

    /// Every cluster of the organisation, in all zones.
    pub async fn list(&self, stopped: &CancellationToken) -> Result<Vec<Cluster>, Error> {
        Ok(self.client()?.clusters(&reading(stopped)).await?)
    }

    /// The cluster; an error when there is none.
    pub async fn expect(&self, id: &str, stopped: &CancellationToken) -> Result<Arc<Cluster>, Error> {
        self.look_up(id, stopped).await?.ok_or_else(|| Error::NotFound { id: id.to_owned() })
    }

    /// The cluster; `None` only when it is certain that it is gone: the API says so, and it is the API of the organisation
    /// that had it.
    pub async fn find(
        &self,
        id: &str,
        had_it: Option<&Organisation>,
        stopped: &CancellationToken,
    ) -> Result<Option<Arc<Cluster>>, Error> {
        let found = self.look_up(id, stopped).await?;
        if found.is_none() {
            self.confirm_organisation(id, had_it, stopped).await?;
        }
        Ok(found)
    }

    /// The organisation of a cluster that was just read: what [`Clusters::find`] needs later.
    pub async fn organisation_of(&self, cluster: &Cluster, stopped: &CancellationToken) -> Organisation {
        // Only a help for later: when it cannot be asked now, the host still tells.
        let principal = self.principal(stopped).await;
        Organisation::of(cluster, principal)
    }

    /// Writes one block of a cluster when its turn comes; the time limit counts from then.
    pub async fn put<B: ClusterMember>(
        &self,
        id: &str,
        change: Change<B>,
        timeout: Duration,
        stopped: &CancellationToken,
    ) -> Result<Written<B>, Error> {
        let client = self.client()?.clone();
        self.handle(id).put(client, change, timeout, stopped).await
    }

    /// What this run planned and applied.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The Kubernetes API of a cluster that must exist, for an operation that may take this long once no PATCH is settling.
    pub async fn kubernetes(
        &self,
        id: &str,
        timeout: Duration,
        stopped: &CancellationToken,
    ) -> Result<Kubernetes, Error> {
        self.reach(id, Absence::IsAnError, timeout, stopped)
            .await?
            .ok_or_else(|| Error::NotFound { id: id.to_owned() })
    }

    /// The same; `None` only when it is certain that the cluster, and all that was in it, is gone or going.
    pub async fn find_kubernetes(
        &self,
        id: &str,
        had_it: Option<&Organisation>,
        timeout: Duration,
        stopped: &CancellationToken,
    ) -> Result<Option<Kubernetes>, Error> {
        self.reach(id, Absence::MayBeCertain(had_it), timeout, stopped).await
    }

    /// How long a read of Kubernetes may take.
    pub const READING: Duration = READING;

    async fn reach(
        &self,
        id: &str,
        absence: Absence<'_>,
        timeout: Duration,
        stopped: &CancellationToken,
    ) -> Result<Option<Kubernetes>, Error> {
        let route = self.routes.to(id)?;
        let by_id = route.needs_cluster();
        let cluster = match absence {
            _ if !by_id => None,
            Absence::IsAnError => Some(self.expect(id, stopped).await?),
            Absence::MayBeCertain(had_it) => match self.find(id, had_it, stopped).await? {
                Some(cluster) if !cluster.status.is_going() => Some(cluster),
                _ => return Ok(None),
            },
        };
        let handle = self.handle(id);
        let turn = handle.quiet(stopped).await?;
        let connect = || async {
            let connection = self.routes.connection(id, route, cluster.as_deref())?;
            Ok::<_, Error>(kubernetes::Client::new(connection))
        };
        let client = handle.kubernetes.get_or_try_init(connect).await?.clone();
        let session = Session::new(client, Call::within(timeout, stopped.clone()));
        let uid = Arc::clone(&handle.uid);
        Ok(Some(Kubernetes { id: id.to_owned(), session, uid, by_id, _turn: turn }))
    }

    async fn look_up(&self, id: &str, stopped: &CancellationToken) -> Result<Option<Arc<Cluster>>, Error> {
        let client = self.client()?;
        self.handle(id).read(client, &reading(stopped)).await
    }

    async fn confirm_organisation(
        &self,
        id: &str,
        had_it: Option<&Organisation>,
        stopped: &CancellationToken,
    ) -> Result<(), Error> {
        let uncertain = |why| Error::Uncertain { id: id.to_owned(), why };
        let Some(had_it) = had_it else {
            return Err(uncertain(organisation::Doubt::NotRemembered));
        };
        // Without an answer the hosts of the clusters that the token sees still tell; failing to list them is an error.
        let principal = self.principal(stopped).await;
        if had_it.is_of(principal) {
            return Ok(());
        }
        let clusters = self.list(stopped).await?;
        had_it.confirmed_by(&clusters, principal).map_err(uncertain)
    }

    /// Whose token it is; `None` when the API does not say. Asked once, and only for a moment: it is a help, and no reason to
    /// keep anybody waiting.
    async fn principal(&self, stopped: &CancellationToken) -> Option<&Principal> {
        let client = self.client().ok()?;
        let ask = async {
            client.whoami(&Call::within(ASKING_WHO, stopped.clone())).await.unwrap_or_else(|error| {
                tracing::debug!(%error, "the API does not say whose token it is");
                None
            })
        };
        self.principal.get_or_init(|| ask).await.as_ref()
    }

    fn client(&self) -> Result<&Client, Error> {
        match &self.access {
            Access::Ready(client) => Ok(client),
            Access::Unknown(attributes) => {
                Err(Error::UnknownConfiguration { attributes: attributes.clone() })
            }
            Access::MissingToken => Err(Error::MissingToken),
        }
    }

    fn handle(&self, id: &str) -> Arc<Handle> {
        // Whole after a panic too: the only change is one insertion.
        let mut handles = self.handles.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(handles.entry(id.to_owned()).or_insert_with(|| Arc::new(Handle::new(id))))
    }
}
