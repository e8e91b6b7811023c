//! The clusters for one operation, with its time limit and its cancellation.
//!
//! Reads of CoreWeave's API have a limit of their own. The operation's limit is that of its writes and of its session with a cluster's
//! Kubernetes, and counts from its turn.

use std::{pin::pin, sync::Arc, time::Duration};

use coreweave::{Change, Cluster, ClusterMember, Principal};
use kubernetes::Session;
use request_pipeline::Call;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use super::{
    ClusterKubernetes, Clusters, Doubt, Endpoint, EndpointOverride, Error, Organisation, Target, Written,
    status_watch,
};

/// Time limit of reads, independent of the operation's: a refresh should not take twenty minutes to fail.
const READ_LIMIT: Duration = Duration::from_mins(2);

/// Time limit of the request for the identity of the token.
const IDENTITY_LIMIT: Duration = Duration::from_secs(5);

/// Longest wait for a turn without a line in the log.
const SILENCE: Duration = Duration::from_secs(10);

/// All clusters, for one operation.
#[derive(Clone, Copy, Debug)]
pub struct Operation<'a> {
    clusters: &'a Clusters,
    limit: Duration,
    stopped: &'a CancellationToken,
}

/// What follows if the cluster does not exist.
enum Absence<'a> {
    IsAnError,
    /// It was deleted, if it belonged to this organisation.
    MayBeCertain(Option<&'a Organisation>),
}

impl Clusters {
    /// The clusters for an operation that may take this long and ends once `stopped` is cancelled.
    pub fn during<'a>(&'a self, limit: Duration, stopped: &'a CancellationToken) -> Operation<'a> {
        Operation { clusters: self, limit, stopped }
    }
}

impl<'a> Operation<'a> {
    /// The same operation with this limit.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// The same operation with the limit of all reads.
    #[must_use]
    pub fn reading(self) -> Self {
        self.within(READ_LIMIT)
    }

    /// Every cluster of the organisation, in all zones.
    pub async fn list(self) -> Result<Vec<Cluster>, Error> {
        Ok(self.clusters.client()?.clusters(&self.reading().call()).await?)
    }

    /// The cluster; an error if it does not exist.
    pub async fn expect(self, id: &str) -> Result<Arc<Cluster>, Error> {
        self.look_up(id).await?.ok_or_else(|| Error::NotFound { id: id.to_owned() })
    }

    /// The cluster; `None` only if it is certain that it was deleted: the API has no such cluster, and the token belongs to the
    /// cluster's organisation.
    pub async fn find(self, id: &str, had_it: Option<&Organisation>) -> Result<Option<Arc<Cluster>>, Error> {
        let found = self.look_up(id).await?;
        if found.is_none() {
            self.confirm_organisation(id, had_it).await?;
        }
        Ok(found)
    }

    /// The organisation of a cluster that was just read, for a later [`Operation::find`].
    pub async fn organisation_of(self, cluster: &Cluster) -> Organisation {
        // Without a response, the organisation is known by the cluster's host only.
        Organisation::of(cluster, self.principal().await)
    }

    /// Writes one block of a cluster when its turn comes; the time limit counts from then.
    pub async fn put<B: ClusterMember>(self, id: &str, change: Change<B>) -> Result<Written<B>, Error> {
        let client = self.clusters.client()?;
        let handle = self.clusters.handle(id);
        let turn = self.wait_for(id, handle.turn()).await?;
        handle.put(client, change, turn, self.call()).await
    }

    /// The Kubernetes API of a cluster that must exist, once no PATCH is settling; the time limit counts from then.
    pub async fn kubernetes(self, id: &str) -> Result<ClusterKubernetes, Error> {
        self.reach(id, Absence::IsAnError).await?.ok_or_else(|| Error::NotFound { id: id.to_owned() })
    }

    /// The same; `None` only if it is certain that the cluster was deleted, or is being deleted.
    pub async fn find_kubernetes(
        self,
        id: &str,
        had_it: Option<&Organisation>,
    ) -> Result<Option<ClusterKubernetes>, Error> {
        self.reach(id, Absence::MayBeCertain(had_it)).await
    }

    /// Whether the cluster's Kubernetes is reached with the CoreWeave token, by its managed endpoint.
    pub fn is_by_coreweave_token(self, id: &str) -> bool {
        self.clusters.routes.to(id).is_ok_and(|route| {
            matches!(route.target, Target::Endpoint(Endpoint::Managed)) && route.credentials.is_none()
        })
    }

    /// The Kubernetes API of a cluster that must exist, with another route than the provider's, on connections of its own.
    pub async fn kubernetes_by(
        self,
        id: &str,
        endpoint_override: EndpointOverride,
    ) -> Result<ClusterKubernetes, Error> {
        let route = self.clusters.routes.overridden(id, endpoint_override)?;
        let cluster = self.expect(id).await?;
        let turn = self.wait_for(id, self.clusters.handle(id).quiet()).await?;
        let client = self.clusters.connect(id, route, Some(&cluster))?;
        // Not the shared one: this caller may have fewer permissions than the provider.
        let uid = Arc::new(OnceCell::new());
        let session = Session::new(client, self.call());
        Ok(ClusterKubernetes { id: id.to_owned(), session, uid, cluster: Some(cluster), _turn: turn })
    }

    async fn reach(self, id: &str, absence: Absence<'_>) -> Result<Option<ClusterKubernetes>, Error> {
        let route = self.clusters.routes.to(id)?;
        let cluster = match absence {
            _ if !route.needs_cluster() => None,
            Absence::IsAnError => Some(self.expect(id).await?),
            Absence::MayBeCertain(had_it) => match self.find(id, had_it).await? {
                Some(cluster) if !cluster.status.is_going() => Some(cluster),
                _ => return Ok(None),
            },
        };
        let handle = self.clusters.handle(id);
        let turn = self.wait_for(id, handle.quiet()).await?;
        let connect = || async { self.clusters.connect(id, route, cluster.as_deref()) };
        let client = handle.kubernetes.get_or_try_init(connect).await?.clone();
        // A route by address sends CoreWeave's API nothing.
        let watch = match &cluster {
            Some(cluster) => Some(status_watch::watch(self.clusters.client()?.clone(), cluster.id.clone())),
            None => None,
        };
        let session = Session::new(client, self.call().watching(watch));
        let uid = Arc::clone(&handle.uid);
        Ok(Some(ClusterKubernetes { id: id.to_owned(), session, uid, cluster, _turn: turn }))
    }

    async fn look_up(self, id: &str) -> Result<Option<Arc<Cluster>>, Error> {
        let client = self.clusters.client()?;
        self.clusters.handle(id).read(client, &self.reading().call()).await
    }

    async fn confirm_organisation(self, id: &str, had_it: Option<&Organisation>) -> Result<(), Error> {
        let uncertain = |why| Error::Uncertain { id: id.to_owned(), why };
        let Some(had_it) = had_it else {
            return Err(uncertain(Doubt::NotRemembered));
        };
        // Without a response, the hosts of the token's clusters are compared; failing to list them is an error.
        let principal = self.principal().await;
        if had_it.is_of(principal) {
            return Ok(());
        }
        let clusters = self.list().await?;
        had_it.confirmed_by(&clusters, principal).map_err(uncertain)
    }

    /// The identity of the token; `None` if the API does not return it. It is requested once, with a short limit, since it is optional.
    async fn principal(self) -> Option<&'a Principal> {
        let client = self.clusters.client().ok()?;
        let ask = async {
            client.whoami(&self.within(IDENTITY_LIMIT).call()).await.unwrap_or_else(|error| {
                tracing::debug!(%error, "the API does not say whose token it is");
                None
            })
        };
        self.clusters.principal.get_or_init(|| ask).await.as_ref()
    }

    /// A call whose time limit begins now.
    fn call(self) -> Call {
        Call::within(self.limit, self.stopped.clone())
    }

    /// Waits for a turn at this cluster, unless the operation is stopped before.
    async fn wait_for<T>(self, id: &str, turn: impl Future<Output = T>) -> Result<T, Error> {
        let what = format!("waiting for another change of cluster {id} by this run");
        let turn = async {
            let mut turn = pin!(turn);
            loop {
                if let Ok(turn) = tokio::time::timeout(SILENCE, &mut turn).await {
                    return turn;
                }
                tracing::info!("{what}");
            }
        };
        let turn = self.stopped.run_until_cancelled(turn).await;
        turn.ok_or_else(|| coreweave::Error::Cancelled { what: what.clone() }.into())
    }
}
