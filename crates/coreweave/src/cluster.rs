//! A cluster as the API returns it (`coreweave.cks.v1beta1.Cluster`). Members unknown here are ignored.

use serde::Deserialize;
use serde_json::Value;

use super::{
    block::ConfigBlock,
    hosts::{self, HostError},
    oidc::Oidc,
    status::Status,
    tolerant,
    webhook::{AuthnWebhook, AuthzWebhook},
};

/// A CKS cluster. `""` is unset in every text.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Cluster {
    /// UUID in lower case.
    #[serde(deserialize_with = "tolerant::text")]
    pub id: String,
    /// Unique within a zone.
    #[serde(deserialize_with = "tolerant::text")]
    pub name: String,
    /// Such as `US-EAST-04A`.
    #[serde(deserialize_with = "tolerant::text")]
    pub zone: String,
    /// UUID of its VPC.
    #[serde(deserialize_with = "tolerant::text")]
    pub vpc_id: String,
    /// The API server can be reached from the internet.
    #[serde(deserialize_with = "tolerant::flag")]
    pub public: bool,
    /// Kubernetes minor version, such as `v1.35`.
    #[serde(deserialize_with = "tolerant::text")]
    pub version: String,
    /// Address ranges.
    #[serde(deserialize_with = "tolerant::part")]
    pub network: Network,
    /// The trusted OIDC issuer.
    #[serde(deserialize_with = "tolerant::optional_part")]
    pub oidc: Option<Oidc>,
    /// The TokenReview webhook.
    #[serde(deserialize_with = "tolerant::optional_part")]
    pub authn_webhook: Option<AuthnWebhook>,
    /// The SubjectAccessReview webhook.
    #[serde(deserialize_with = "tolerant::optional_part")]
    pub authz_webhook: Option<AuthzWebhook>,
    /// Base64 of the audit policy.
    #[serde(deserialize_with = "tolerant::text")]
    pub audit_policy: String,
    /// Status of the cluster.
    pub status: Status,
    /// Host of the managed endpoint, as returned; unset while the cluster is being created.
    #[serde(deserialize_with = "tolerant::text")]
    pub api_server_endpoint: String,
    /// RFC 3339, UTC.
    #[serde(deserialize_with = "tolerant::text")]
    pub created_at: String,
    /// RFC 3339, UTC.
    #[serde(deserialize_with = "tolerant::text")]
    pub updated_at: String,
    /// A newer Kubernetes version can be chosen.
    #[serde(deserialize_with = "tolerant::flag")]
    pub is_upgradeable: bool,
    /// ServiceAccount discovery is not published.
    #[serde(deserialize_with = "tolerant::flag")]
    pub disable_oidc_info_publication: bool,
    /// Free-form kubelet overrides; null is unset.
    #[serde(deserialize_with = "tolerant::raw")]
    pub kubelet: Value,
    /// Further names in the API server's certificate.
    #[serde(deserialize_with = "tolerant::texts")]
    pub additional_server_sans: Vec<String>,
    /// Access by Tailscale.
    #[serde(deserialize_with = "tolerant::optional_part")]
    pub tailscale: Option<Tailscale>,
    /// Access to the API server without managed authentication. Read it by [`Cluster::public_access`].
    #[serde(deserialize_with = "tolerant::optional_part")]
    pub kube_api_access: Option<KubeApiAccess>,
    /// Its part `public`, under the name that older answers have for it.
    #[serde(deserialize_with = "tolerant::optional_part")]
    pub public_access: Option<PublicAccess>,
    /// The API that returned it.
    #[serde(skip)]
    pub returned_by: ReturnedBy,
}

/// Address ranges of a cluster, by the names that its VPC gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Network {
    /// Pods.
    #[serde(deserialize_with = "tolerant::text")]
    pub pod_cidr_name: String,
    /// Services.
    #[serde(deserialize_with = "tolerant::text")]
    pub service_cidr_name: String,
    /// Internal load balancers, in order.
    #[serde(deserialize_with = "tolerant::texts")]
    pub internal_lb_cidr_names: Vec<String>,
    /// Ports of NodePort services.
    #[serde(deserialize_with = "tolerant::optional_part")]
    pub service_node_port_range: Option<NodePortRange>,
    /// Pods, IPv6.
    #[serde(deserialize_with = "tolerant::text")]
    pub pod_cidr_name_v6: String,
    /// Services, IPv6.
    #[serde(deserialize_with = "tolerant::text")]
    pub service_cidr_name_v6: String,
    /// Internal load balancers, IPv6, in order.
    #[serde(deserialize_with = "tolerant::texts")]
    pub internal_lb_cidr_names_v6: Vec<String>,
}

/// Ports from `start` to `end`, both included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodePortRange {
    /// First port.
    #[serde(deserialize_with = "tolerant::number")]
    pub start: u32,
    /// Last port.
    #[serde(deserialize_with = "tolerant::number")]
    pub end: u32,
}

/// Access by Tailscale.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Tailscale {
    /// OAuth client of the tailnet.
    #[serde(deserialize_with = "tolerant::text")]
    pub client_id: String,
    /// Domain of the tailnet, once connected.
    #[serde(deserialize_with = "tolerant::text")]
    pub tailnet_domain: String,
}

/// Access to the API server without managed authentication.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KubeApiAccess {
    /// From the internet.
    #[serde(deserialize_with = "tolerant::optional_part")]
    pub public: Option<PublicAccess>,
}

/// Access to the API server from the internet, without managed authentication.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PublicAccess {
    /// Mode, such as `TLS`, as returned. Only older answers have one.
    #[serde(deserialize_with = "tolerant::text")]
    pub mode: String,
    /// Address ranges that may connect.
    #[serde(deserialize_with = "tolerant::texts")]
    pub allow_cidrs: Vec<String>,
}

/// The API that returned a cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReturnedBy {
    /// CoreWeave's own.
    CoreWeave,
    /// Another one that the configuration names, such as a gateway.
    #[default]
    Other,
}

/// An endpoint of a cluster, as an API named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedEndpoint {
    /// Its URL.
    pub url: String,
    /// Whether its host is one of CoreWeave's. It is if CoreWeave's own API named it; any other API may name any host.
    pub is_coreweaves: bool,
}

impl Cluster {
    /// By what lists of clusters are ordered: zone, name, id.
    pub fn place(&self) -> (&str, &str, &str) {
        (&self.zone, &self.name, &self.id)
    }

    /// The endpoint that accepts CoreWeave tokens only. An error if CoreWeave's own API named a host that is not CoreWeave's: credentials go
    /// there, and a CoreWeave token is valid for the whole organisation.
    pub fn managed_endpoint(&self) -> Result<NamedEndpoint, HostError> {
        self.named(hosts::managed_endpoint(&self.api_server_endpoint)?)
    }

    /// The endpoint that accepts OIDC and ServiceAccount tokens, with the same check.
    pub fn unmanaged_endpoint(&self) -> Result<NamedEndpoint, HostError> {
        self.named(hosts::unmanaged_endpoint(&self.api_server_endpoint)?)
    }

    fn named(&self, url: String) -> Result<NamedEndpoint, HostError> {
        let is_coreweaves = hosts::is_coreweave_endpoint(&url);
        if self.returned_by == ReturnedBy::CoreWeave && !is_coreweaves {
            return Err(HostError::Foreign { host: url.trim_start_matches("https://").to_owned() });
        }
        Ok(NamedEndpoint { url, is_coreweaves })
    }

    /// Access to the API server from the internet without managed authentication, under whichever name the API returned it.
    pub fn public_access(&self) -> Option<&PublicAccess> {
        let access = self.kube_api_access.as_ref().and_then(|access| access.public.as_ref());
        access.or(self.public_access.as_ref())
    }

    /// Issuer of the cluster's own ServiceAccount tokens.
    pub fn service_account_issuer(&self) -> String {
        hosts::service_account_issuer(&self.id)
    }

    /// The organisation of the cluster, if its host contains it.
    pub fn organisation(&self) -> Option<String> {
        hosts::organisation(&self.api_server_endpoint)
    }
}

/// A block of which a cluster has one.
pub trait ClusterMember: ConfigBlock {
    /// The block of this cluster; `None` if nothing in it is set.
    fn of(cluster: &Cluster) -> Option<Self>;
}

impl ClusterMember for Oidc {
    fn of(cluster: &Cluster) -> Option<Self> {
        cluster.oidc.clone()
    }
}

impl ClusterMember for AuthnWebhook {
    fn of(cluster: &Cluster) -> Option<Self> {
        cluster.authn_webhook.clone()
    }
}

impl ClusterMember for AuthzWebhook {
    fn of(cluster: &Cluster) -> Option<Self> {
        cluster.authz_webhook.clone()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::certificates::Ca;

    fn read(json: Value) -> Cluster {
        serde_json::from_value(json).expect("an object is always read")
    }

    #[test]
    fn a_full_cluster_is_read() {
        let cluster = read(json!({
            "id": "81540112-93fc-4d39-af10-fe6c2f4b8824", "name": "test-timeout", "zone": "US-EAST-04A",
            "vpcId": "d0584354-6fc2-465b-b2df-aa0722f919a1", "public": true, "version": "v1.35",
            "network": {"podCidrName": "pod-cidr", "serviceCidrName": "service-cidr", "internalLbCidrNames": ["lb"],
                "serviceNodePortRange": {"start": 30000, "end": 39534}, "podCidrNameV6": "pod-6"},
            "oidc": {"issuerUrl": "https://samples.example.com/", "clientId": "abc", "usernameClaim": "email"},
            "status": "STATUS_RUNNING", "apiServerEndpoint": "a74af4-22df2adc.k8s.us-east-04a.coreweave.com",
            "createdAt": "2026-03-01T09:30:00Z", "updatedAt": "2026-03-01T10:02:11.412Z", "isUpgradeable": true,
            "kubelet": {"maxPods": 50}, "additionalServerSans": ["a.example.com"],
            "tailscale": {"clientId": "c", "tailnetDomain": "d.ts.net"}, "publicAccess": {"mode": "TLS"},
            "kubeApiAccess": {"public": {"allowCidrs": ["192.0.2.0/24"]}},
        }));
        assert_eq!(cluster.status, Status::Running);
        assert_eq!(cluster.vpc_id, "d0584354-6fc2-465b-b2df-aa0722f919a1");
        assert_eq!(cluster.network.service_node_port_range, Some(NodePortRange { start: 30000, end: 39534 }));
        assert_eq!(cluster.network.pod_cidr_name_v6, "pod-6");
        assert_eq!(cluster.oidc.as_ref().map(|oidc| oidc.username_claim.as_str()), Some("email"));
        assert_eq!(
            cluster.tailscale.as_ref().map(|tailscale| tailscale.tailnet_domain.as_str()),
            Some("d.ts.net")
        );
        assert_eq!(cluster.kubelet, json!({"maxPods": 50}));
        assert!(cluster.public && cluster.is_upgradeable && !cluster.disable_oidc_info_publication);
        assert_eq!(cluster.organisation().as_deref(), Some("a74af4"));
        assert_eq!(
            cluster.unmanaged_endpoint().map(|endpoint| endpoint.url).as_deref(),
            Ok("https://api.a74af4-22df2adc.k8s.us-east-04a.coreweave.com")
        );
    }

    #[test]
    fn zero_values_left_out_and_spelled_out_are_the_same_cluster() {
        let sparse = read(json!({"id": "1"}));
        let members = [
            "name",
            "network",
            "oidc",
            "authnWebhook",
            "authzWebhook",
            "status",
            "apiServerEndpoint",
            "createdAt",
            "kubelet",
            "additionalServerSans",
            "tailscale",
            "kubeApiAccess",
            "publicAccess",
            "public",
            "isUpgradeable",
            "version",
        ];
        for empty in [json!(null), json!(""), json!([]), json!({})] {
            let mut written: Value =
                members.iter().map(|member| ((*member).to_owned(), empty.clone())).collect();
            written["id"] = json!("1");
            assert_eq!(read(written), sparse, "{empty}");
        }
        let spelled = json!({"id": "1", "public": false, "status": 0, "authnWebhook": {"server": "", "ca": ""},
            "oidc": {"issuerUrl": "", "clientId": null, "signingAlgorithms": [], "ca": {}},
            "network": {"serviceNodePortRange": {"start": 0, "end": 0}}, "tailscale": {"clientId": ""},
            "kubeApiAccess": {"public": {"allowCidrs": []}}, "publicAccess": {"mode": "", "allowCidrs": null}});
        assert_eq!(read(spelled), sparse);
    }

    #[test]
    fn access_without_managed_authentication_is_read_under_both_names() {
        let range = || vec!["192.0.2.0/24".to_owned()];
        let public = |json| read(json).public_access().cloned();
        let newer = json!({"public": {"allowCidrs": range()}});
        let older = json!({"mode": "TLS", "allowCidrs": range()});
        let access = |mode: &str| Some(PublicAccess { mode: mode.to_owned(), allow_cidrs: range() });
        assert_eq!(public(json!({ "kubeApiAccess": newer })), access(""));
        assert_eq!(public(json!({ "publicAccess": older })), access("TLS"));
        assert_eq!(public(json!({ "kubeApiAccess": newer, "publicAccess": older })), access(""));
        assert_eq!(
            public(json!({ "kubeApiAccess": {"somethingNew": 1}, "publicAccess": older })),
            access("TLS")
        );
        assert_eq!(public(json!({})), None);
    }

    #[test]
    fn each_webhook_is_read_from_its_own_member() {
        let cluster = read(json!({
            "authnWebhook": {"server": "https://who.example.com", "ca": ""},
            "authzWebhook": {"server": "https://what.example.com", "ca": null},
        }));
        assert_eq!(
            AuthnWebhook::of(&cluster),
            Some(AuthnWebhook::new("https://who.example.com", Ca::default()))
        );
        assert_eq!(
            AuthzWebhook::of(&cluster),
            Some(AuthzWebhook::new("https://what.example.com", Ca::default()))
        );
    }

    #[test]
    fn content_of_a_wrong_type_never_hides_the_rest() {
        let cluster =
            read(json!({"id": "1", "createdAt": {"seconds": 5}, "status": 3, "network": "none", "oidc": [1],
            "public": "true", "additionalServerSans": "one", "kubelet": 5, "tailscale": false,
            "kubeApiAccess": {"public": {"mode": 2, "allowCidrs": "192.0.2.0/24"}}, "publicAccess": ["TLS"],
            "network2": {"x": []}, "version": "v1.35"}));
        assert_eq!(cluster.status, Status::Running);
        assert_eq!(cluster.network, Network::default());
        assert_eq!(cluster.oidc, None);
        assert_eq!(cluster.version, "v1.35");
        assert_eq!(cluster.additional_server_sans, ["one"]);
        let access = PublicAccess { mode: "2".to_owned(), allow_cidrs: vec!["192.0.2.0/24".to_owned()] };
        assert_eq!(cluster.public_access(), Some(&access));
        assert!(cluster.public);
    }
}
