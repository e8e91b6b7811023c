//! A PATCH takes effect: tokens of a real OpenID provider at the unmanaged endpoint of a real kube-apiserver.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use std::time::{Duration, Instant};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use local_cks::{AdminGroup, Cluster, ClusterSpec, LocalCks, OpenIdProvider, Role, User};
use reqwest::{Client, Method, Proxy};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_mins(2);

struct Bed {
    local: LocalCks,
    cluster: Cluster,
    issuer: OpenIdProvider,
    client: Client,
}

impl Bed {
    async fn new() -> Self {
        let spec = ClusterSpec::new("oidc").with_kubernetes();
        let alice = User::new("alice").email("alice@example.com").groups(&["team", "admins"]);
        let (local, issuer) = tokio::join!(
            LocalCks::builder().cluster(spec.clone()).start(),
            OpenIdProvider::start(vec![alice])
        );
        let (local, issuer) = (local.unwrap(), issuer.unwrap());
        let root = reqwest::Certificate::from_pem(local.ca_pem().as_bytes()).unwrap();
        let proxy = Proxy::all(local.proxy_url()).unwrap();
        let client = Client::builder().tls_certs_only([root]).proxy(proxy).build().unwrap();
        Self { cluster: local.cluster(spec.id()), local, issuer, client }
    }

    async fn token(&self) -> SecretString {
        self.issuer.id_token("alice", "kubernetes").await.unwrap()
    }

    fn oidc(&self) -> Value {
        json!({
            "issuerUrl": self.issuer.issuer_url(), "clientId": "kubernetes", "ca": STANDARD.encode(self.issuer.ca_pem()),
            "usernameClaim": "email", "groupsClaim": "groups", "groupsPrefix": "oidc:",
        })
    }

    async fn patch(&self, mask: &str, oidc: Value) {
        let url = format!("https://api.coreweave.com/v1beta1/cks/clusters/{}", self.cluster.id());
        let mut body = json!({"id": self.cluster.id(), "version": "v1.36", "updateMask": mask});
        if !oidc.is_null() {
            body["oidc"] = oidc;
        }
        let request = self.client.patch(url).bearer_auth(self.local.token(Role::Admin).expose_secret());
        let response = request.json(&body).send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert_eq!(status, 200, "{text}");
        assert!(text.contains("STATUS_UPDATING"), "{text}");
        assert!(self.cluster.settled(LIMIT).await);
        assert_eq!(self.cluster.status(), "STATUS_RUNNING");
    }

    async fn who(&self, host: &str, token: &SecretString) -> Result<(String, Vec<String>), u16> {
        let body = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
        let url = format!("https://{host}/apis/authentication.k8s.io/v1/selfsubjectreviews");
        let request = self.client.post(url).bearer_auth(token.expose_secret()).json(&body);
        let response = request.send().await.unwrap();
        if response.status() != 201 {
            return Err(response.status().as_u16());
        }
        let response: Value = response.json().await.unwrap();
        let user = &response["status"]["userInfo"];
        let groups = user["groups"].as_array().into_iter().flatten();
        let groups = groups.filter_map(Value::as_str).filter(|group| !group.starts_with("system:"));
        Ok((user["username"].as_str().unwrap().to_owned(), groups.map(str::to_owned).collect()))
    }

    async fn unmanaged(&self) -> Result<(String, Vec<String>), u16> {
        self.who(&self.cluster.unmanaged_host(), &self.token().await).await
    }

    async fn secrets(&self) -> u16 {
        let url = format!("https://{}/api/v1/secrets", self.cluster.unmanaged_host());
        let token = self.token().await;
        self.client.get(url).bearer_auth(token.expose_secret()).send().await.unwrap().status().as_u16()
    }

    /// Bindings are in force a moment after their creation.
    async fn secrets_become(&self, expected: u16) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.secrets().await != expected {
            assert!(Instant::now() < deadline, "never {expected}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

const ALL: &str = "oidc.issuerUrl,oidc.clientId,oidc.usernameClaim,oidc.usernamePrefix,oidc.groupsClaim,oidc.groupsPrefix,\
                   oidc.ca,oidc.requiredClaim,oidc.signingAlgorithms,oidc.adminGroupBinding";

#[tokio::test]
async fn a_token_is_rejected_before_the_patch_and_accepted_after_it() {
    let bed = Bed::new().await;
    assert_eq!(bed.unmanaged().await, Err(401));

    bed.patch(ALL, bed.oidc()).await;
    let groups = vec!["oidc:team".to_owned(), "oidc:admins".to_owned()];
    assert_eq!(bed.unmanaged().await, Ok(("alice@example.com".to_owned(), groups)));
    let managed = bed.cluster.managed_host();
    assert_eq!(
        bed.who(&managed, &bed.token().await).await,
        Err(401),
        "the managed endpoint takes no ID tokens"
    );
    assert_eq!(bed.who(&managed, &bed.local.token(Role::Admin)).await.map(|_| ()), Ok(()));
    let other = bed.issuer.id_token("alice", "another-client").await.unwrap();
    assert_eq!(bed.who(&bed.cluster.unmanaged_host(), &other).await, Err(401));
    let expired = bed.issuer.id_token_for("alice", "kubernetes", -60).await.unwrap();
    assert_eq!(bed.who(&bed.cluster.unmanaged_host(), &expired).await, Err(401));

    // Kubernetes' own defaults: `sub`, prefixed by the issuer.
    bed.patch("oidc.usernameClaim,oidc.groupsClaim", {
        let mut oidc = bed.oidc();
        oidc.as_object_mut()
            .unwrap()
            .retain(|name, _| !matches!(name.as_str(), "usernameClaim" | "groupsClaim"));
        oidc
    })
    .await;
    let name = format!("{}#alice", bed.issuer.issuer_url());
    assert_eq!(bed.unmanaged().await, Ok((name, vec![])));

    bed.patch(ALL, Value::Null).await;
    assert_eq!(bed.unmanaged().await, Err(401));
}

#[tokio::test]
async fn the_admin_group_is_bound_to_cluster_admin_and_unbound() {
    let bed = Bed::new().await;
    bed.patch(ALL, bed.oidc()).await;
    assert_eq!(bed.secrets().await, 403);
    let with_group = |group: &str| {
        let mut oidc = bed.oidc();
        oidc["adminGroupBinding"] = json!(group);
        oidc
    };
    bed.patch("oidc.adminGroupBinding", with_group("oidc:admins")).await;
    bed.secrets_become(200).await;
    // As it is, `admins` lacks the prefix that the token's groups get.
    bed.patch("oidc.adminGroupBinding", with_group("admins")).await;
    bed.secrets_become(403).await;
    bed.local.set_behaviour(|behaviour| behaviour.admin_group = AdminGroup::Prefixed);
    bed.patch("oidc.adminGroupBinding", with_group("team")).await;
    bed.secrets_become(200).await;
    bed.patch("oidc.adminGroupBinding", bed.oidc()).await;
    bed.secrets_become(403).await;
}

#[tokio::test]
async fn a_change_by_another_client_takes_effect_too() {
    let bed = Bed::new().await;
    bed.cluster.set_oidc(Some(bed.oidc()));
    assert!(bed.cluster.settled(LIMIT).await);
    assert!(bed.unmanaged().await.is_ok());

    // An issuer that cannot be reached does not change the status.
    let mut unreachable = bed.oidc();
    unreachable["issuerUrl"] = json!("https://127.0.0.1:1/");
    bed.patch("oidc.issuerUrl", unreachable).await;
    assert_eq!(bed.unmanaged().await, Err(401));

    // After settings that kube-apiserver rejects, the cluster is in error and works with the previous ones.
    let mut wrong = bed.oidc();
    wrong["requiredClaim"] = json!("no equals sign");
    bed.cluster.set_oidc(Some(wrong));
    assert!(bed.cluster.settled(LIMIT).await);
    assert_eq!(bed.cluster.status(), "STATUS_ERROR");
    let pods = bed.cluster.kubernetes(Method::GET, "/api/v1/pods", None).await.unwrap();
    assert_eq!(pods.0, 200);
}
