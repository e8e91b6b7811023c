//! Requests of other clients than Terraform: of a user who logs in, and of a colleague who changes the cluster.
//!
//! Both go to the real host names, through the proxy, as a curl with the same environment would.

use local_cks::{API_HOST, Cluster, LocalCks, Role};
use reqwest::{Certificate, Client, Method, Proxy, RequestBuilder};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use crate::failure::Failure;

/// Response of the unmanaged endpoint to a SelfSubjectReview.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Login {
    /// 401: the token is rejected.
    Rejected,
    /// User name and groups of the caller in Kubernetes.
    Accepted { user: String, groups: Vec<String> },
}

/// A client in the environment that the demonstration sets for Terraform.
#[derive(Debug)]
pub(crate) struct Requests {
    client: Client,
    token: SecretString,
}

impl Requests {
    pub(crate) fn new(local: &LocalCks) -> Result<Self, Failure> {
        let make = || {
            Client::builder()
                .tls_certs_only([Certificate::from_pem(local.ca_pem().as_bytes())?])
                .proxy(Proxy::https(local.proxy_url())?)
                .build()
        };
        Ok(Self {
            client: make().map_err(Failure::of("making an HTTP client"))?,
            token: local.token(Role::Admin),
        })
    }

    /// URL of SelfSubjectReviews at the cluster's unmanaged endpoint.
    pub(crate) fn login_url(cluster: &Cluster) -> String {
        format!("https://{}/apis/authentication.k8s.io/v1/selfsubjectreviews", cluster.unmanaged_host())
    }

    /// Sends a SelfSubjectReview with an ID token.
    pub(crate) async fn log_in(&self, cluster: &Cluster, id_token: &SecretString) -> Result<Login, Failure> {
        let question = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
        let request = self.client.post(Self::login_url(cluster)).json(&question);
        let (status, response) = send(request, id_token).await?;
        let user = &response["status"]["userInfo"];
        match status {
            401 => Ok(Login::Rejected),
            201 => Ok(Login::Accepted {
                user: user["username"].as_str().unwrap_or_default().to_owned(),
                groups: texts(&user["groups"]),
            }),
            _ => Err(Failure::new(format!("the unmanaged endpoint returned {status}: {response}"))),
        }
    }

    /// URL of the cluster in CoreWeave's API.
    pub(crate) fn cluster_url(cluster: &Cluster) -> String {
        format!("https://{API_HOST}/v1beta1/cks/clusters/{}", cluster.id())
    }

    /// Changes one text of the cluster's OIDC block as CoreWeave's API requires: the whole block, and a mask with the changed
    /// field. Returns the body of the request.
    pub(crate) async fn patch_oidc(
        &self,
        cluster: &Cluster,
        leaf: &str,
        value: &str,
    ) -> Result<Value, Failure> {
        let url = Self::cluster_url(cluster);
        let (status, response) = send(self.client.get(&url), &self.token).await?;
        let found = response.get("cluster").filter(|_| status == 200);
        let Some(found) = found else {
            return Err(Failure::new(format!("GET {url} returned {status}: {response}")));
        };
        let mut oidc = found["oidc"].clone();
        oidc[leaf] = value.into();
        let body = json!({
            "id": cluster.id(),
            "version": found["version"],
            "oidc": oidc,
            "updateMask": format!("oidc.{leaf}"),
        });
        let request = self.client.request(Method::PATCH, &url).json(&body);
        let (status, response) = send(request, &self.token).await?;
        if status == 200 {
            Ok(body)
        } else {
            Err(Failure::new(format!("PATCH {url} returned {status}: {response}")))
        }
    }
}

async fn send(request: RequestBuilder, token: &SecretString) -> Result<(u16, Value), Failure> {
    let exchange = async {
        let response = request.bearer_auth(token.expose_secret()).send().await?;
        Ok((response.status().as_u16(), response.text().await?))
    };
    let (status, body) = exchange.await.map_err(Failure::of::<reqwest::Error>("a request failed"))?;
    let response = serde_json::from_str(&body).unwrap_or(Value::String(body));
    Ok((status, response))
}

fn texts(list: &Value) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}
