//! The clusters for one operation, with its time limit and its cancellation.
//!
//! Reads of CoreWeave's API have a limit of their own. The operation's limit is that of its writes and of its session with a cluster's
//! Kubernetes, and counts from its turn.

use std::{pin::pin, sync::Arc, time::Duration};

use coreweave::{Change, Cluster, ClusterMember, Principal};
use kubernetes::ExpectedCluster;
use request_pipeline::Call;
use tokio_util::sync::CancellationToken;

use super::{
    ClusterKubernetes, Clusters, Doubt, Endpoint, EndpointOverride, Error, Gone, LedgerEntry,
    ManagedCredentials, MayWrite, Organisation, Presence, Reach, Target, Topic, Turn, Written,
    cluster_kubernetes::LedBy,
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
    beside_changes: bool,
}

/// What a state remembers of the cluster that something was found on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Remembered<'a> {
    /// Organisation of the cluster; `None` if an address in the configuration led there.
    pub organisation: Option<&'a Organisation>,
    /// UID of the namespace `kube-system`.
    pub cluster_uid: Option<&'a str>,
}

/// What follows if the cluster does not exist.
#[derive(Clone, Copy)]
enum Absence {
    IsAnError,
    /// It was deleted, if it belonged to the organisation that the state remembers.
    MayBeCertain,
}

impl Clusters {
    /// The clusters for an operation that may take this long and ends once `stopped` is cancelled.
    pub fn during<'a>(&'a self, limit: Duration, stopped: &'a CancellationToken) -> Operation<'a> {
        Operation { clusters: self, limit, stopped, beside_changes: false }
    }
}

impl<'a> Operation<'a> {
    /// The same operation with this limit.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// The same operation without a wait for a PATCH of this run that is settling, for what may meet a restart of the API servers.
    #[must_use]
    pub fn beside_changes(self) -> Self {
        Self { beside_changes: true, ..self }
    }

    /// The same operation with the limit of all reads.
    #[must_use]
    pub fn reading(self) -> Self {
        self.within(READ_LIMIT)
    }

    /// URL of an endpoint of this cluster, as CoreWeave's API named it.
    pub fn endpoint(self, endpoint: Endpoint, cluster: &Cluster) -> Result<String, Error> {
        Ok(self.clusters.named(endpoint, cluster)?.url)
    }

    /// Every cluster of the organisation, in all zones.
    pub async fn list(self) -> Result<Vec<Cluster>, Error> {
        Ok(self.clusters.client()?.clusters(&self.reading().call()).await?)
    }

    /// The cluster; an error if it does not exist.
    pub async fn expect(self, id: &str) -> Result<Arc<Cluster>, Error> {
        self.look_up(id).await?.ok_or_else(|| Error::NotFound { id: id.to_owned() })
    }

    /// The cluster. It is gone only if the API has no such cluster, and the list of all clusters of the organisation that the state remembers
    /// lacks it too.
    pub async fn find(
        self,
        id: &str,
        had_it: Option<&Organisation>,
    ) -> Result<Presence<Arc<Cluster>>, Error> {
        match self.look_up(id).await? {
            Some(cluster) => Ok(Presence::Present(cluster)),
            None => Ok(Presence::Gone(self.confirm_gone(id, had_it).await?)),
        }
    }

    /// The organisation of a cluster that was just read, for a later [`Operation::find`].
    pub async fn organisation_of(self, cluster: &Cluster) -> Organisation {
        // Without a response, the organisation is known by the cluster's host only.
        Organisation::of(cluster, self.principal().await)
    }

    /// Waits until no other operation of this run is at work on this thing. Take it before anything else of the cluster.
    pub async fn turn(self, thing: LedgerEntry) -> Result<Turn, Error> {
        let id = thing.cluster_id().to_owned();
        self.wait_for(&id, self.clusters.turns.wait(thing)).await
    }

    /// Writes one block of a cluster by a claim to it or its deletion, when the turn of the cluster comes; the time limit counts from then.
    pub async fn put<B: ClusterMember>(
        self,
        block: &impl MayWrite,
        change: Change<B>,
    ) -> Result<Written<B>, Error> {
        let client = self.clusters.client()?;
        let id = block.entry().cluster_id();
        let handle = self.clusters.handle(id);
        let turn = self.wait_for(id, handle.turn()).await?;
        handle.put(client, change, turn, self.call()).await
    }

    /// The Kubernetes API of a cluster that must exist, for what no state has yet, once no PATCH is settling; the time limit counts from then.
    pub async fn kubernetes(self, id: &str) -> Result<ClusterKubernetes, Error> {
        self.expect_kubernetes(id, Remembered::default()).await
    }

    /// The same for what a state has: an address must lead to the cluster that the state remembers.
    pub async fn expect_kubernetes(
        self,
        id: &str,
        remembered: Remembered<'_>,
    ) -> Result<ClusterKubernetes, Error> {
        match self.reach(id, Absence::IsAnError, remembered).await? {
            Reach::Present(kubernetes) => Ok(*kubernetes),
            Reach::Going(_) | Reach::Gone(_) => Err(Error::NotFound { id: id.to_owned() }),
        }
    }

    /// The same for a cluster that may be gone: it was certainly deleted, or is being deleted.
    pub async fn find_kubernetes(self, id: &str, remembered: Remembered<'_>) -> Result<Reach, Error> {
        self.reach(id, Absence::MayBeCertain, remembered).await
    }

    /// Fails only if an address in the configuration leads to another cluster, for a plan, which goes on without an answer. Returns whether it
    /// is to be said, once in a run, that nothing shows where the address leads: before a create, which has no `prior` state. An address that
    /// is out of reach is tried once in a run.
    pub async fn expect_right_cluster(self, id: &str, prior: Option<Remembered<'_>>) -> Result<bool, Error> {
        let ledger = self.clusters.ledger();
        if !self.is_by_address(id).unwrap_or(false) || ledger.is_reported(Topic::OutOfReach, id) {
            return Ok(false);
        }
        let remembered = prior.unwrap_or_default();
        let proof = async { Ok(self.expect_kubernetes(id, remembered).await?.proof().await?) };
        match tokio::time::timeout(self.limit, proof).await {
            Ok(Err(Error::Kubernetes(error))) if matches!(*error, kubernetes::Error::OtherCluster { .. }) => {
                Err(Error::Kubernetes(error))
            }
            Ok(Err(_)) | Err(_) => {
                ledger.is_first_report(Topic::OutOfReach, id);
                Ok(false)
            }
            Ok(Ok(proof)) => {
                Ok(prior.is_none() && proof.is_none() && ledger.is_first_report(Topic::Unproved, id))
            }
        }
    }

    /// Fails while the provider's configuration does not say how CoreWeave's API is reached.
    pub fn expect_known_api(self) -> Result<(), Error> {
        match self.clusters.client() {
            Err(error @ Error::UnknownConfiguration { .. }) => Err(error),
            _ => Ok(()),
        }
    }

    /// Fails while the provider's configuration does not say how this cluster's Kubernetes is reached.
    pub fn expect_known_route(self, id: &str) -> Result<(), Error> {
        self.clusters.routes.to(id).map(drop)
    }

    /// Whether the configuration names an address for this cluster's Kubernetes, so that CoreWeave's API is not needed to reach it.
    pub fn is_by_address(self, id: &str) -> Result<bool, Error> {
        Ok(!self.clusters.routes.to(id)?.needs_cluster())
    }

    /// Whether the certificate of the cluster's Kubernetes is not verified, because a kubeconfig says so.
    pub fn skips_verification(self, id: &str) -> bool {
        self.clusters.routes.to(id).is_ok_and(|route| route.skips_verification())
    }

    /// Whether the cluster's Kubernetes is reached with the CoreWeave token, by its managed endpoint.
    pub fn is_by_coreweave_token(self, id: &str) -> bool {
        self.clusters
            .routes
            .to(id)
            .is_ok_and(|route| matches!(route.target, Target::Managed(ManagedCredentials::CoreWeaveToken)))
    }

    /// Whether the cluster's Kubernetes is reached by its managed endpoint, which uses neither the cluster's trust nor its webhooks.
    pub fn is_by_managed_endpoint(self, id: &str) -> bool {
        self.clusters.routes.to(id).is_ok_and(|route| matches!(route.target, Target::Managed(_)))
    }

    /// The Kubernetes API of a cluster that must exist, with another route than the provider's, on connections of its own.
    pub async fn kubernetes_by(
        self,
        id: &str,
        endpoint_override: EndpointOverride,
    ) -> Result<ClusterKubernetes, Error> {
        let route = self.clusters.routes.overridden(id, endpoint_override)?;
        let cluster = self.expect(id).await?;
        let handle = self.clusters.handle(id);
        let turn = self.wait_for(id, handle.quiet()).await?;
        let client = self.clusters.connect(id, route, Some(&cluster))?;
        let led_by = LedBy::CoreWeave { cluster, api: self.clusters.client()?.clone() };
        let expected = expected(id, Remembered::default());
        Ok(ClusterKubernetes::new(client, self.call(), expected, led_by, Some(turn)))
    }

    async fn reach(self, id: &str, absence: Absence, remembered: Remembered<'_>) -> Result<Reach, Error> {
        let route = self.clusters.routes.to(id)?;
        let cluster = match absence {
            _ if !route.needs_cluster() => None,
            Absence::IsAnError => Some(self.expect(id).await?),
            Absence::MayBeCertain => match self.find(id, remembered.organisation).await? {
                Presence::Present(cluster) if cluster.status.is_going() => return Ok(Reach::Going(cluster)),
                Presence::Present(cluster) => Some(cluster),
                Presence::Gone(gone) => return Ok(Reach::Gone(gone)),
            },
        };
        let handle = self.clusters.handle(id);
        let turn = if self.beside_changes { None } else { Some(self.wait_for(id, handle.quiet()).await?) };
        let connect = || async { self.clusters.connect(id, route, cluster.as_deref()) };
        let client = handle.kubernetes.get_or_try_init(connect).await?.clone();
        let led_by = match cluster {
            Some(cluster) => LedBy::CoreWeave { cluster, api: self.clusters.client()?.clone() },
            None => LedBy::Address,
        };
        let expected = expected(id, remembered);
        let kubernetes = ClusterKubernetes::new(client, self.call(), expected, led_by, turn);
        Ok(Reach::Present(Box::new(kubernetes)))
    }

    async fn look_up(self, id: &str) -> Result<Option<Arc<Cluster>>, Error> {
        let client = self.clusters.client()?;
        self.clusters.handle(id).read(client, &self.reading().call()).await
    }

    async fn confirm_gone(self, id: &str, had_it: Option<&Organisation>) -> Result<Gone, Error> {
        let uncertain = |why| Error::Uncertain { id: id.to_owned(), why };
        let Some(had_it) = had_it else {
            return Err(uncertain(Doubt::NotRemembered));
        };
        // Without a response, the hosts of the token's clusters are compared; failing to list them is an error.
        let principal = self.principal().await;
        let clusters = self.list().await?;
        had_it.confirmed_by(id, &clusters, principal).map_err(uncertain)?;
        Ok(Gone::with_its_cluster())
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

/// The cluster that a session must reach.
fn expected(id: &str, remembered: Remembered<'_>) -> ExpectedCluster {
    ExpectedCluster {
        id: id.to_owned(),
        issuer_base: coreweave::service_account_issuer(""),
        uid: remembered.cluster_uid.map(str::to_owned),
    }
}
