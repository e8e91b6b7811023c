//! From `cluster_id` to a handle: one read of a cluster for all callers, one writer at a time, and its Kubernetes.
//!
//! It uses both APIs, and nothing of Terraform.

mod cluster_kubernetes;
mod endpoint;
mod endpoint_override;
mod entry;
mod entry_server;
mod errors;
mod foreign_host;
mod handle;
mod ledger;
mod operation;
mod organisation;
mod presence;
mod routes;
mod status_watch;
mod turn;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use coreweave::{Client, Cluster, NamedEndpoint, Principal};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::OnceCell;

pub use self::{
    cluster_kubernetes::{ClusterKubernetes, Reach},
    endpoint::Endpoint,
    endpoint_override::EndpointOverride,
    entry::LedgerEntry,
    entry_server::{Argument, EntryServer, ServerAddress},
    errors::Error,
    foreign_host::ForeignHost,
    handle::Written,
    ledger::{Bound, Ledger, Meeting, Planned, Topic},
    operation::{Operation, Remembered},
    organisation::{Doubt, Organisation},
    presence::{Gone, Presence},
    routes::{AccessEntry, Common, ManagedCredentials, Route, Routes, Target},
    turn::{Claim, DeclaredTwice, Deletion, MayWrite, Turn},
};
use self::{foreign_host::FirstForeignHost, handle::Handle, turn::Turns};

/// Whether CoreWeave's API can be used.
#[derive(Debug)]
pub enum Access {
    /// It can.
    Ready(Client),
    /// These attributes of the provider block are known only after apply.
    Unknown(Vec<String>),
    /// Nobody gave a token.
    MissingToken,
}

/// All clusters that the provider's credentials reach. They are used [during](Clusters::during) an operation.
#[derive(Debug)]
pub struct Clusters {
    access: Access,
    routes: Routes,
    handles: Mutex<HashMap<String, Arc<Handle>>>,
    ledger: Ledger,
    turns: Turns,
    foreign_host: FirstForeignHost,
    principal: OnceCell<Option<Principal>>,
    /// Client of the issuers that clusters trust; `Err`: provider attributes that are known only after apply.
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
            turns: Turns::default(),
            foreign_host: FirstForeignHost::default(),
            principal: OnceCell::new(),
            issuers,
        }
    }

    /// None, as long as these attributes of the provider block are known only after apply.
    pub fn unknown(attributes: &[String], issuers: Result<openid::Client, Vec<String>>) -> Self {
        let routes = Routes { unknown_cluster: attributes.to_vec(), ..Routes::default() };
        Self::new(Access::Unknown(attributes.to_vec()), routes, issuers)
    }

    /// Client of the issuers that clusters trust: it works without a CoreWeave token.
    pub fn issuers(&self) -> Result<&openid::Client, Error> {
        self.issuers
            .as_ref()
            .map_err(|attributes| Error::UnknownConfiguration { attributes: attributes.clone() })
    }

    /// What this run found and planned.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Whether this is the provider's CoreWeave token, whatever its form.
    pub fn is_coreweave_token(&self, token: &SecretString) -> bool {
        let own = self.routes.coreweave_token.as_ref();
        let own = own.and_then(|own| own.read().ok());
        own.is_some_and(|own| own.expose_secret() == token.expose_secret())
    }

    /// Whether this run is writing to this cluster, which keeps its Kubernetes from being read.
    pub fn is_settling(&self, id: &str) -> bool {
        self.handle(id).is_settling()
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

    /// A client of a cluster's Kubernetes by this route.
    fn connect(
        &self,
        id: &str,
        route: Route,
        cluster: Option<&Cluster>,
    ) -> Result<kubernetes::Client, Error> {
        let endpoint = match (route.target.endpoint(), cluster) {
            (Some(endpoint), Some(cluster)) => Some(self.named(endpoint, cluster)?),
            _ => None,
        };
        Ok(kubernetes::Client::new(self.routes.connection(id, route, endpoint)?))
    }

    /// An endpoint as the API named it, which is noted if neither of them is CoreWeave's.
    fn named(&self, endpoint: Endpoint, cluster: &Cluster) -> Result<NamedEndpoint, Error> {
        let named = endpoint.of(cluster)?;
        if let Some(foreign) = self.client()?.foreign_api().and_then(|api| ForeignHost::of(api, &named)) {
            self.foreign_host.note(foreign);
        }
        Ok(named)
    }

    /// A host that is not CoreWeave's and that an API which is not CoreWeave's either named for a cluster's endpoint, so that credentials go
    /// there: the first one, once in a run.
    pub fn take_foreign_host(&self) -> Option<ForeignHost> {
        self.foreign_host.take()
    }

    fn handle(&self, id: &str) -> Arc<Handle> {
        // Whole after a panic too: the only change is one insertion.
        let mut handles = self.handles.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(handles.entry(id.to_owned()).or_insert_with(|| Arc::new(Handle::new(id))))
    }
}
