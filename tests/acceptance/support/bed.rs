//! A local CKS with one cluster, and a workspace.

use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, LazyLock},
    time::Duration,
};

use local_cks::{Builder, Call, Cluster, ClusterSpec, ControlPlanes, LocalCks, Request, Role, by_method};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::{Block, Host, OIDC, Workspace};

/// Id of the cluster that every bed has.
pub(crate) const CLUSTER_ID: &str = "81540112-93fc-4d39-af10-fe6c2f4b8824";

/// A local CKS and a [`Workspace`] whose environment uses it instead of CoreWeave.
#[derive(Debug)]
pub(crate) struct Bed {
    pub(crate) local: LocalCks,
    workspace: Workspace,
}

impl Bed {
    /// With a cluster named `example`.
    pub(crate) fn new(host: &Host) -> Self {
        Self::with(host, LocalCks::builder().cluster(ClusterSpec::new("example").with_id(CLUSTER_ID)))
    }

    /// The same, with a real Kubernetes behind the cluster.
    pub(crate) fn with_kubernetes(host: &Host) -> Self {
        Self::with(host, LocalCks::builder().cluster(kubernetes_cluster()))
    }

    /// Sends a request to the cluster's Kubernetes as `system:masters`. `PATCH` is a JSON merge patch. Returns status and
    /// body.
    #[track_caller]
    pub(crate) fn kubernetes(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let method = method.parse().expect("a method");
        block_on(self.cluster().kubernetes(method, path, body)).expect("kube-apiserver responds")
    }

    /// The same, with this configuration.
    pub(crate) fn of(host: &Host, configuration: &str) -> Self {
        let bed = Self::new(host);
        bed.write("main.tf", configuration);
        bed
    }

    /// The same, applied, with an empty log of requests.
    #[track_caller]
    pub(crate) fn applied(host: &Host, configuration: &str) -> Self {
        let bed = Self::of(host, configuration);
        bed.apply().succeeded();
        bed.local.clear_requests();
        bed
    }

    /// With another local CKS.
    pub(crate) fn with(host: &Host, builder: Builder) -> Self {
        let local = block_on(builder.start()).expect("local CKS starts");
        let workspace = Workspace::new(host, local.environment());
        Self { local, workspace }
    }

    /// The cluster of every bed.
    pub(crate) fn cluster(&self) -> Cluster {
        self.local.cluster(CLUSTER_ID)
    }

    /// Changes the cluster's `oidc` as another client, and waits until it is in force.
    pub(crate) fn change_as_another_client(&self, oidc: Option<Value>) {
        self.change_block(&OIDC, oidc);
    }

    /// The same for any block.
    pub(crate) fn change_block(&self, block: &Block, content: Option<Value>) {
        self.cluster().set_field(block.member, content.unwrap_or_default());
        assert!(block_on(self.cluster().settled(Duration::from_mins(1))), "the cluster does not settle");
    }

    /// The block as local CKS stores it.
    pub(crate) fn block(&self, block: &Block) -> Value {
        self.cluster().field(block.member)
    }

    /// Makes the host use this token.
    pub(crate) fn use_token(&mut self, token: &SecretString) {
        let token = token.expose_secret().to_owned();
        self.set_variable("COREWEAVE_API_TOKEN", Some(&token));
    }

    /// The host's initial token, of a CKS Admin.
    pub(crate) fn admin_token(&self) -> SecretString {
        self.local.token(Role::Admin)
    }

    /// All writes so far.
    pub(crate) fn patches(&self) -> Vec<Request> {
        self.local.requests_of(Call::UpdateCluster)
    }

    /// The masks of all writes so far.
    pub(crate) fn masks(&self) -> Vec<String> {
        let mask = |request: &Request| request.body["updateMask"].as_str().unwrap_or_default().to_owned();
        self.patches().iter().map(mask).collect()
    }

    /// All requests so far must be reads.
    #[track_caller]
    pub(crate) fn expect_only_reads(&self) {
        let methods = by_method(&self.local.requests());
        assert!(methods.keys().all(|method| method == "GET"), "{methods:?}");
    }
}

impl Deref for Bed {
    type Target = Workspace;

    fn deref(&self) -> &Workspace {
        &self.workspace
    }
}

impl DerefMut for Bed {
    fn deref_mut(&mut self) -> &mut Workspace {
        &mut self.workspace
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("requests to local CKS:");
            for request in self.local.requests() {
                eprintln!("  {} {} -> {:?} {}", request.method, request.path, request.status, request.body);
            }
            eprintln!("the cluster: {}", self.cluster().json().unwrap_or_default());
        }
    }
}

/// The cluster of a bed with a real Kubernetes: a control plane with default flags, without objects of earlier
/// tests. One that ends with other flags is not used again.
fn kubernetes_cluster() -> ClusterSpec {
    static CONTROL_PLANES: LazyLock<Arc<ControlPlanes>> = LazyLock::new(|| ControlPlanes::new(CLUSTER_ID));
    ClusterSpec::new("example").with_id(CLUSTER_ID).with_kubernetes_of(&CONTROL_PLANES)
}

/// Waits for a result of local CKS, which has a runtime of its own.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(future)
}
