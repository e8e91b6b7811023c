//! Clusters: their specification, and a handle that reads and changes one without the client.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use http::Method;
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use uuid::Uuid;

use crate::{
    api::schema::{self, Object},
    control::{Control, Stored, now},
    error::Error,
    issuer::service_account_issuer,
    kubernetes::{KubernetesError, pool::ControlPlanes, storage::Storage},
};

/// Specification of a cluster.
#[derive(Clone, Debug)]
pub struct ClusterSpec {
    id: String,
    name: String,
    zone: String,
    version: String,
    organisation: Option<String>,
    fields: Object,
    pub(crate) kubernetes: bool,
    pub(crate) control_planes: Option<Arc<ControlPlanes>>,
    pub(crate) shared_with: Option<String>,
    pub(crate) longest_token: Option<Duration>,
}

impl ClusterSpec {
    /// A running cluster of this name: API side only, zone `US-EAST-04A`, version `v1.36`, a random id.
    pub fn new(name: &str) -> Self {
        Self {
            id: Uuid::new_v4().to_string(),
            name: name.to_owned(),
            zone: "US-EAST-04A".to_owned(),
            version: "v1.36".to_owned(),
            organisation: None,
            fields: Object::new(),
            kubernetes: false,
            control_planes: None,
            shared_with: None,
            longest_token: None,
        }
    }

    /// This id instead of a random one.
    #[must_use]
    pub fn with_id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.id);
        self
    }

    /// Another zone.
    #[must_use]
    pub fn zone(mut self, zone: &str) -> Self {
        zone.clone_into(&mut self.zone);
        self
    }

    /// Another version, such as `v1.35`. It does not change the version of the real kube-apiserver.
    #[must_use]
    pub fn version(mut self, version: &str) -> Self {
        version.clone_into(&mut self.version);
        self
    }

    /// Another organisation than the default one.
    #[must_use]
    pub fn organisation(mut self, organisation: &str) -> Self {
        self.organisation = Some(organisation.to_owned());
        self
    }

    /// Any field of the cluster in the API's format, also one that this crate does not define (`publicAccess`).
    #[must_use]
    pub fn field(mut self, name: &str, value: Value) -> Self {
        self.fields.insert(name.to_owned(), value);
        self
    }

    /// A real control plane: kube-apiserver and its controllers on a real etcd.
    #[must_use]
    pub fn with_kubernetes(mut self) -> Self {
        self.kubernetes = true;
        self
    }

    /// The same, with a shared control plane of a pool. The cluster must have the pool's id, and no settings.
    #[must_use]
    pub fn with_kubernetes_of(self, control_planes: &Arc<ControlPlanes>) -> Self {
        Self { control_planes: Some(Arc::clone(control_planes)), ..self.with_kubernetes() }
    }

    /// The Kubernetes of a cluster that exists already: both have all objects of either. For many clusters on a small machine, whose
    /// objects have different names. Clients are to reach it by the managed endpoint: the unmanaged one shows the other cluster's issuer.
    #[must_use]
    pub fn sharing_kubernetes_of(self, cluster_id: &str) -> Self {
        Self { shared_with: Some(cluster_id.to_owned()), ..self.with_kubernetes() }
    }

    /// Maximum lifetime of ServiceAccount tokens, an hour or more. Its Kubernetes shortens longer ones.
    #[must_use]
    pub fn longest_token(mut self, longest: Duration) -> Self {
        self.longest_token = Some(longest);
        self
    }

    /// Id of the cluster.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn organisation_or<'a>(&'a self, default: &'a str) -> &'a str {
        self.organisation.as_deref().unwrap_or(default)
    }

    /// The cluster as the API stores it, RUNNING.
    pub(crate) fn fields(&self, organisation: &str) -> Object {
        let fields = json!({
            "id": self.id,
            "name": self.name,
            "zone": self.zone,
            "vpcId": Uuid::new_v4().to_string(),
            "public": true,
            "version": self.version,
            "network": {
                "podCidrName": "pod-cidr", "serviceCidrName": "service-cidr", "internalLbCidrNames": ["internal-lb-cidr"],
            },
            "status": "STATUS_RUNNING",
            "apiServerEndpoint": managed_host(organisation, &self.name, &self.zone),
            "createdAt": now(),
            "updatedAt": now(),
            "isUpgradeable": true,
        });
        let Value::Object(mut fields) = fields else {
            return Object::new();
        };
        fields.extend(self.fields.clone());
        fields
    }
}

/// The host of the managed endpoint: organisation, the first eight hex digits of the name's SHA-1, zone.
pub fn managed_host(organisation: &str, name: &str, zone: &str) -> String {
    let mut hash = String::new();
    for byte in &Sha1::digest(name.as_bytes())[..4] {
        let _ = write!(hash, "{byte:02x}");
    }
    format!("{organisation}-{hash}.k8s.{}.coreweave.com", zone.to_lowercase())
}

/// A cluster of a running [`crate::LocalCks`].
#[derive(Clone, Debug)]
pub struct Cluster {
    control: Arc<Control>,
    id: String,
}

impl Cluster {
    pub(crate) fn new(control: Arc<Control>, id: String) -> Self {
        Self { control, id }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The cluster as stored: enums by name, zero values absent. `None` once it is deleted.
    pub fn json(&self) -> Option<Value> {
        self.read(|cluster| Value::Object(cluster.fields.clone()))
    }

    /// One field by its JSON name; `Null` if it is absent.
    pub fn field(&self, name: &str) -> Value {
        self.read(|cluster| cluster.fields.get(name).cloned().unwrap_or_default()).unwrap_or_default()
    }

    /// Its status, such as `STATUS_RUNNING`; empty once it is deleted.
    pub fn status(&self) -> String {
        self.read(|cluster| cluster.text("status").to_owned()).unwrap_or_default()
    }

    /// Host of the managed endpoint, as in `apiServerEndpoint`.
    pub fn managed_host(&self) -> String {
        self.read(|cluster| cluster.text("apiServerEndpoint").to_owned()).unwrap_or_default()
    }

    /// Host of the unmanaged endpoint.
    pub fn unmanaged_host(&self) -> String {
        format!("api.{}", self.managed_host())
    }

    /// Issuer of its ServiceAccount tokens.
    pub fn service_account_issuer(&self) -> String {
        service_account_issuer(&self.id)
    }

    /// Sets a field as another client's PATCH would, with the same transition and without checks.
    /// `Null` removes the field. Fields of the API are brought into stored form; others are kept as they are.
    pub fn set_field(&self, name: &str, value: Value) {
        let canonical =
            schema::canonical(schema::CLUSTER, &Object::from_iter([(name.to_owned(), value.clone())]));
        let known = schema::find(schema::CLUSTER, name).is_some();
        let value = match canonical {
            Ok(mut fields) if known => fields.remove(name),
            _ => (!value.is_null()).then_some(value),
        };
        let revision = self.write(|cluster| {
            match value {
                Some(value) => cluster.fields.insert(name.to_owned(), value),
                None => cluster.fields.remove(name),
            };
            cluster.touch("STATUS_UPDATING")
        });
        if let Some(revision) = revision {
            self.control.settle(&self.id, revision);
        }
    }

    /// Sets or, with `None`, clears the OIDC block, as another client would.
    pub fn set_oidc(&self, oidc: Option<Value>) {
        self.set_field("oidc", oidc.unwrap_or_default());
    }

    /// Sets the status until the next change.
    pub fn set_status(&self, status: &str) {
        self.write(|cluster| cluster.touch(status));
    }

    /// Deletes the cluster at once: 404 from now on.
    pub fn delete(&self) {
        self.control.forget(&self.id);
    }

    /// Sends a request to kube-apiserver as `system:masters`, as another client would. `PATCH` is a JSON merge patch. Returns HTTP status
    /// and body.
    pub async fn kubernetes(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<(u16, Value), Error> {
        let none = || Error::NoKubernetes(self.id.clone());
        let admin = self.control.upstream(&self.id).ok_or_else(none)?.admin;
        let path = path.to_owned();
        let request = async move { admin.send(method, &path, body.as_ref()).await };
        let answer = self.control.runtime().spawn(request).await.map_err(Error::Task)?;
        Ok(answer.map_err(KubernetesError::Admin)?)
    }

    /// Writes copies of an object of the cluster (not of a namespace) into kube-apiserver's storage, named `NAME-0` and so on, as other clients
    /// leave them over years: thousands in a second. `resource` is the plural, such as `clusterrolebindings`. Nothing checks them.
    pub async fn fill(&self, resource: &str, object: &Value, count: usize) -> Result<(), Error> {
        let (storage, resource, object) = (self.storage()?, resource.to_owned(), object.clone());
        let fill = async move { storage.fill(&resource, &object, count).await };
        Ok(self.control.runtime().spawn(fill).await.map_err(Error::Task)??)
    }

    /// Forgets all revisions of the storage but the last, as etcd does every few minutes.
    pub async fn compact(&self) -> Result<(), Error> {
        let storage = self.storage()?;
        let compact = async move { storage.compact().await };
        Ok(self.control.runtime().spawn(compact).await.map_err(Error::Task)??)
    }

    fn storage(&self) -> Result<Storage, Error> {
        let kubernetes = self.control.kubernetes(&self.id);
        let kubernetes = kubernetes.ok_or_else(|| Error::NoKubernetes(self.id.clone()))?;
        Ok(kubernetes.storage()?)
    }

    /// Kubeconfig of the group `system:masters` for kube-apiserver.
    pub fn admin_kubeconfig(&self) -> Option<String> {
        self.control.kubernetes(&self.id).map(|kubernetes| kubernetes.admin_kubeconfig())
    }

    /// URL of the kube-apiserver itself; it may change with each restart.
    pub fn kubernetes_url(&self) -> Option<String> {
        self.control.upstream(&self.id).map(|upstream| upstream.url)
    }

    /// Process id of the kube-apiserver; it may change with each restart.
    pub async fn kubernetes_process(&self) -> Option<u32> {
        self.control.kubernetes(&self.id)?.process().await
    }

    /// Waits until the cluster is in no transition; `false` after `limit`.
    pub async fn settled(&self, limit: Duration) -> bool {
        let moving = || {
            matches!(
                self.status().as_str(),
                "STATUS_CREATING" | "STATUS_UPDATING" | "STATUS_UPGRADING" | "STATUS_DELETING"
            )
        };
        let deadline = std::time::Instant::now() + limit;
        while moving() {
            if std::time::Instant::now() > deadline {
                return false;
            }
            crate::pause(self.control.runtime(), Duration::from_millis(10)).await;
        }
        true
    }

    fn read<T>(&self, look: impl FnOnce(&Stored) -> T) -> Option<T> {
        self.control.state().clusters.get(&self.id).map(look)
    }

    fn write<T>(&self, change: impl FnOnce(&mut Stored) -> T) -> Option<T> {
        self.control.state().clusters.get_mut(&self.id).map(change)
    }
}

#[cfg(test)]
mod tests {
    use super::managed_host;

    #[test]
    fn hosts_carry_the_start_of_the_sha1_of_the_name() {
        let check = |name, hash: &str| {
            assert_eq!(
                managed_host("ab1cd2", name, "US-EAST-04A"),
                format!("ab1cd2-{hash}.k8s.us-east-04a.coreweave.com")
            );
        };
        check("test-timeout", "22df2adc");
        check("waldorf", "33de361c");
        check("test-cluster", "ac58c12a");
    }
}
