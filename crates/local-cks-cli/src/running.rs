//! What `local-cks up` has started: local CKS, the OpenID provider, and the files for users.

use std::time::Instant;

use child_processes::Processes;
use local_cks::{Cluster, LocalCks, OpenIdProvider, User};
use serde_json::{Value, json};

/// Everything that runs. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) local: LocalCks,
    pub(crate) issuer: OpenIdProvider,
    pub(crate) users: Vec<(String, User)>,
    pub(crate) since: Instant,
    /// Owner of the directory with the files for users.
    pub(crate) directory: Processes,
}

impl Running {
    /// All clusters, by name.
    pub(crate) fn clusters(&self) -> Vec<(String, Cluster)> {
        let text =
            |cluster: &Cluster, name: &str| cluster.field(name).as_str().unwrap_or_default().to_owned();
        let mut clusters: Vec<_> =
            self.local.clusters().into_iter().map(|cluster| (text(&cluster, "name"), cluster)).collect();
        clusters.sort_by(|(one, _), (other, _)| one.cmp(other));
        clusters
    }

    /// The user of this name.
    pub(crate) fn user(&self, name: &str) -> Result<User, String> {
        let found = self.users.iter().find(|(user, _)| user == name).map(|(_, user)| user.clone());
        found.ok_or_else(|| format!("there is no user {name:?}: the users are {}", self.user_names()))
    }

    pub(crate) fn user_names(&self) -> String {
        self.users.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// The response to `local-cks status`.
    pub(crate) fn status(&self) -> Value {
        let clusters = self.clusters().into_iter().map(|(name, cluster)| {
            json!({
                "name": name,
                "zone": cluster.field("zone"),
                "id": cluster.id(),
                "status": cluster.status(),
                "managed_endpoint": format!("https://{}", cluster.managed_host()),
                "unmanaged_endpoint": format!("https://{}", cluster.unmanaged_host()),
            })
        });
        json!({
            "process": std::process::id(),
            "seconds": self.since.elapsed().as_secs(),
            "clusters": clusters.collect::<Vec<_>>(),
            "issuer_url": self.issuer.issuer_url(),
            "users": self.users.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            "pending_faults": self.local.pending_faults(),
            "requests": self.local.count_of_requests(),
        })
    }
}
