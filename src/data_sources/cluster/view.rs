//! Attributes of a cluster in the data sources. Empty values of the API become null.

use std::collections::BTreeSet;

use coreweave::Oidc;
use tfplugin::{Schema, Value};

/// Attributes of a cluster except id, name and zone, which one data source accepts as arguments and another returns.
#[derive(Clone, Debug, Schema)]
pub(in crate::data_sources) struct ClusterDetails {
    /// Id of the cluster's VPC.
    #[schema(computed)]
    vpc_id: Value<String>,
    /// Whether the API server can be reached from the internet.
    #[schema(computed)]
    public: Value<bool>,
    /// Minor version of Kubernetes, such as `v1.35`.
    #[schema(computed)]
    version: Value<String>,
    /// Status of the cluster, such as `STATUS_RUNNING`.
    #[schema(computed)]
    status: Value<String>,
    /// API server endpoint as CoreWeave's API returns it. Empty while the cluster is being created.
    #[schema(computed)]
    api_server_endpoint: Value<String>,
    /// URL of the managed endpoint, which accepts CoreWeave API access tokens only. Null while the cluster is being created.
    #[schema(computed)]
    managed_endpoint: Value<String>,
    /// URL of the unmanaged endpoint, which accepts Kubernetes credentials: OIDC, ServiceAccount and webhook-validated tokens. Null
    /// while the cluster is being created.
    #[schema(computed)]
    unmanaged_endpoint: Value<String>,
    /// URL of the issuer of the cluster's ServiceAccount tokens.
    #[schema(computed)]
    service_account_issuer: Value<String>,
    /// Whether the discovery document and keys of `service_account_issuer` are not published.
    #[schema(computed)]
    disable_oidc_info_publication: Value<bool>,
    /// OIDC issuer that the unmanaged endpoint trusts. Null if there is none.
    #[schema(computed)]
    oidc: Value<OidcView>,
    /// TokenReview webhook. Null if there is none.
    #[schema(computed)]
    authn_webhook: Value<WebhookView>,
    /// SubjectAccessReview webhook. Null if there is none.
    #[schema(computed)]
    authz_webhook: Value<WebhookView>,
    /// Network settings of the cluster.
    #[schema(computed)]
    network: Value<NetworkView>,
    /// Audit policy, JSON or YAML in base64. Null if there is none.
    #[schema(computed)]
    audit_policy: Value<String>,
    /// Overrides of the kubelet's configuration, as JSON text. Null if there are none.
    #[schema(computed)]
    kubelet: Value<String>,
    /// Additional subject alternative names in the API server's certificate.
    #[schema(computed)]
    additional_server_sans: Value<Vec<String>>,
    /// Tailscale connection of the cluster. Null if there is none.
    #[schema(computed)]
    tailscale: Value<TailscaleView>,
    /// Access to the API server without managed authentication. Null if CoreWeave's API returns none.
    #[schema(computed)]
    kube_api_access: Value<KubeApiAccessView>,
    /// Whether the cluster can be upgraded now.
    #[schema(computed)]
    is_upgradeable: Value<bool>,
    /// Time of creation (RFC 3339).
    #[schema(computed)]
    created_at: Value<String>,
    /// Time of the last change (RFC 3339).
    #[schema(computed)]
    updated_at: Value<String>,
}

/// The OIDC issuer that the unmanaged endpoint trusts.
#[derive(Clone, Debug, Schema)]
pub(crate) struct OidcView {
    /// URL of the issuer.
    #[schema(computed)]
    issuer_url: Option<String>,
    /// Client id, which tokens must have in their `aud` claim.
    #[schema(computed)]
    client_id: Option<String>,
    /// Claim with the user name.
    #[schema(computed)]
    username_claim: Option<String>,
    /// Prefix of user names, as configured.
    #[schema(computed)]
    username_prefix: Option<String>,
    /// Claim with the user's groups.
    #[schema(computed)]
    groups_claim: Option<String>,
    /// Prefix of group names.
    #[schema(computed)]
    groups_prefix: Option<String>,
    /// Claim that tokens must have, as `key=value`.
    #[schema(computed)]
    required_claim: Option<String>,
    /// Signature algorithms that are accepted.
    #[schema(computed)]
    signing_algorithms: Option<BTreeSet<String>>,
    /// Certificates (PEM) to trust for the issuer.
    #[schema(computed)]
    ca_certificate: Option<String>,
    /// Group that CoreWeave binds to `cluster-admin`.
    #[schema(computed)]
    admin_group_binding: Option<String>,
}

/// A webhook of the unmanaged endpoint.
#[derive(Clone, Debug, Schema)]
pub(crate) struct WebhookView {
    /// URL that receives the reviews.
    #[schema(computed)]
    server: Option<String>,
    /// Certificates (PEM) to trust for the webhook.
    #[schema(computed)]
    ca_certificate: Option<String>,
}

/// Network settings of a cluster.
#[derive(Clone, Debug, Schema)]
pub(crate) struct NetworkView {
    /// Name of the VPC prefix for pods.
    #[schema(computed)]
    pod_cidr_name: Option<String>,
    /// Name of the VPC prefix for Services.
    #[schema(computed)]
    service_cidr_name: Option<String>,
    /// Names of the VPC prefixes for internal load balancers.
    #[schema(computed)]
    internal_lb_cidr_names: Vec<String>,
    /// Name of the IPv6 VPC prefix for pods.
    #[schema(computed)]
    pod_cidr_name_v6: Option<String>,
    /// Name of the IPv6 VPC prefix for Services.
    #[schema(computed)]
    service_cidr_name_v6: Option<String>,
    /// Names of the IPv6 VPC prefixes for internal load balancers.
    #[schema(computed)]
    internal_lb_cidr_names_v6: Vec<String>,
    /// Port range of Services of type NodePort.
    #[schema(computed)]
    service_node_port_range: Option<NodePortRangeView>,
}

/// A range of ports, both ends included.
#[derive(Clone, Debug, Schema)]
pub(crate) struct NodePortRangeView {
    /// First port.
    #[schema(computed)]
    start: Option<i64>,
    /// Last port.
    #[schema(computed)]
    end: Option<i64>,
}

/// A Tailscale connection.
#[derive(Clone, Debug, Schema)]
pub(crate) struct TailscaleView {
    /// Id of the OAuth client.
    #[schema(computed)]
    client_id: Option<String>,
    /// Domain of the tailnet.
    #[schema(computed)]
    tailnet_domain: Option<String>,
}

/// Access to the API server without managed authentication.
#[derive(Clone, Debug, Schema)]
pub(crate) struct KubeApiAccessView {
    /// Access from the internet, which older versions of CoreWeave's API return as `publicAccess`.
    #[schema(computed)]
    public: Option<PublicAccessView>,
}

/// Access to the API server from the internet.
#[derive(Clone, Debug, Schema)]
pub(crate) struct PublicAccessView {
    /// Mode, such as `TLS`. Null if CoreWeave's API returns none.
    #[schema(computed)]
    mode: Option<String>,
    /// Address ranges that may connect, such as `192.0.2.0/24`.
    #[schema(computed)]
    allow_cidrs: Vec<String>,
}

impl ClusterDetails {
    /// The attributes of this cluster.
    pub(in crate::data_sources) fn of(cluster: &coreweave::Cluster) -> Self {
        let kubelet = (!cluster.kubelet.is_null()).then(|| cluster.kubelet.to_string());
        Self {
            vpc_id: text(&cluster.vpc_id).into(),
            public: Value::Known(cluster.public),
            version: text(&cluster.version).into(),
            status: Value::Known(cluster.status.to_string()),
            api_server_endpoint: Value::Known(cluster.api_server_endpoint.clone()),
            managed_endpoint: cluster.managed_endpoint().ok().map(|endpoint| endpoint.url).into(),
            unmanaged_endpoint: cluster.unmanaged_endpoint().ok().map(|endpoint| endpoint.url).into(),
            service_account_issuer: Value::Known(cluster.service_account_issuer()),
            disable_oidc_info_publication: Value::Known(cluster.disable_oidc_info_publication),
            oidc: cluster.oidc.as_ref().map(OidcView::of).into(),
            authn_webhook: cluster.authn_webhook.as_ref().map(WebhookView::of).into(),
            authz_webhook: cluster.authz_webhook.as_ref().map(WebhookView::of).into(),
            network: Value::Known(NetworkView::of(&cluster.network)),
            audit_policy: text(&cluster.audit_policy).into(),
            kubelet: kubelet.into(),
            additional_server_sans: Value::Known(cluster.additional_server_sans.clone()),
            tailscale: cluster.tailscale.as_ref().map(TailscaleView::of).into(),
            kube_api_access: cluster.public_access().map(KubeApiAccessView::of).into(),
            is_upgradeable: Value::Known(cluster.is_upgradeable),
            created_at: text(&cluster.created_at).into(),
            updated_at: text(&cluster.updated_at).into(),
        }
    }
}

impl OidcView {
    fn of(oidc: &Oidc) -> Self {
        // All leaves by name: a new one does not compile until it is shown.
        let Oidc {
            issuer_url,
            client_id,
            username_claim,
            username_prefix,
            groups_claim,
            groups_prefix,
            ca,
            required_claim,
            signing_algorithms,
            admin_group_binding,
        } = oidc;
        Self {
            issuer_url: text(issuer_url),
            client_id: text(client_id),
            username_claim: text(username_claim),
            username_prefix: text(username_prefix),
            groups_claim: text(groups_claim),
            groups_prefix: text(groups_prefix),
            required_claim: text(required_claim),
            signing_algorithms: Some(signing_algorithms.clone()).filter(|names| !names.is_empty()),
            ca_certificate: certificates(ca),
            admin_group_binding: text(admin_group_binding),
        }
    }
}

impl WebhookView {
    fn of<R>(webhook: &coreweave::Webhook<R>) -> Self {
        Self { server: text(&webhook.server), ca_certificate: certificates(&webhook.ca) }
    }
}

impl NetworkView {
    fn of(network: &coreweave::Network) -> Self {
        Self {
            pod_cidr_name: text(&network.pod_cidr_name),
            service_cidr_name: text(&network.service_cidr_name),
            internal_lb_cidr_names: network.internal_lb_cidr_names.clone(),
            pod_cidr_name_v6: text(&network.pod_cidr_name_v6),
            service_cidr_name_v6: text(&network.service_cidr_name_v6),
            internal_lb_cidr_names_v6: network.internal_lb_cidr_names_v6.clone(),
            service_node_port_range: network.service_node_port_range.as_ref().map(|range| {
                NodePortRangeView { start: Some(range.start.into()), end: Some(range.end.into()) }
            }),
        }
    }
}

impl TailscaleView {
    fn of(tailscale: &coreweave::Tailscale) -> Self {
        Self { client_id: text(&tailscale.client_id), tailnet_domain: text(&tailscale.tailnet_domain) }
    }
}

impl KubeApiAccessView {
    fn of(public: &coreweave::PublicAccess) -> Self {
        let public = PublicAccessView { mode: text(&public.mode), allow_cidrs: public.allow_cidrs.clone() };
        Self { public: Some(public) }
    }
}

fn text(value: &str) -> Option<String> {
    Some(value.to_owned()).filter(|value| !value.is_empty())
}

/// PEM text, or the API's own text if that cannot be decoded.
fn certificates(ca: &coreweave::Ca) -> Option<String> {
    text(&ca.to_pem().unwrap_or_else(|| ca.as_base64().to_owned()))
}
