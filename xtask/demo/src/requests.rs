//! Requests of other clients than Terraform: of a user who logs in, of a colleague who changes the cluster, and of the checks.
//!
//! All go to the real host names, through the proxy, as a curl with the same environment would.

use std::time::{Duration, Instant};

use local_cks::API_HOST;
use reqwest::{Certificate, Client, Method, Proxy, RequestBuilder};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use crate::{failure::Failure, local::LocalCks};

/// Between two reads of a cluster that is changing.
const PAUSE: Duration = Duration::from_millis(100);

/// Response of the unmanaged endpoint to a SelfSubjectReview.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Login {
    /// 401: the token is rejected.
    Rejected,
    /// User name and groups of the caller in Kubernetes.
    Accepted { user: String, groups: Vec<String> },
}

/// A cluster, by what does not change of it.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) id: String,
    pub(crate) name: String,
    managed_host: String,
}

impl Cluster {
    /// Host of the unmanaged endpoint.
    pub(crate) fn unmanaged_host(&self) -> String {
        format!("api.{}", self.managed_host)
    }

    /// URL of SelfSubjectReviews at the unmanaged endpoint.
    pub(crate) fn login_url(&self) -> String {
        format!("https://{}/apis/authentication.k8s.io/v1/selfsubjectreviews", self.unmanaged_host())
    }

    /// URL in CoreWeave's API.
    pub(crate) fn url(&self) -> String {
        format!("{}/{}", clusters_url(), self.id)
    }
}

fn clusters_url() -> String {
    format!("https://{API_HOST}/v1beta1/cks/clusters")
}

/// A client in the environment that the demonstration sets for Terraform.
#[derive(Debug)]
pub(crate) struct Requests {
    client: Client,
    token: SecretString,
}

impl Requests {
    pub(crate) fn new(local: &LocalCks) -> Result<Self, Failure> {
        let (certificates, proxy) = (local.file("SSL_CERT_FILE")?, local.variable("HTTPS_PROXY")?);
        let make = || {
            Client::builder()
                .tls_certs_only(Certificate::from_pem_bundle(certificates.as_bytes())?)
                .proxy(Proxy::https(proxy)?)
                .build()
        };
        Ok(Self {
            client: make().map_err(Failure::of("making an HTTP client"))?,
            token: local.variable("COREWEAVE_API_TOKEN")?.into(),
        })
    }

    /// Sends a SelfSubjectReview with an ID token.
    pub(crate) async fn log_in(&self, cluster: &Cluster, id_token: &SecretString) -> Result<Login, Failure> {
        let question = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
        let request = self.client.post(cluster.login_url()).json(&question);
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

    /// The cluster of this name in CoreWeave's API.
    pub(crate) async fn find(&self, name: &str) -> Result<Cluster, Failure> {
        let list = self.get(&clusters_url()).await?;
        let mut clusters = list["items"].as_array().into_iter().flatten();
        let found = clusters.find(|cluster| cluster["name"] == name);
        let found = found.ok_or_else(|| Failure::new(format!("there is no cluster {name}")))?;
        let text = |field: &str| found[field].as_str().unwrap_or_default().to_owned();
        Ok(Cluster { id: text("id"), name: name.to_owned(), managed_host: text("apiServerEndpoint") })
    }

    /// The cluster in CoreWeave's API.
    pub(crate) async fn cluster(&self, cluster: &Cluster) -> Result<Value, Failure> {
        Ok(self.get(&cluster.url()).await?["cluster"].take())
    }

    /// Waits until the cluster is `STATUS_RUNNING`.
    pub(crate) async fn settled(&self, cluster: &Cluster, limit: Duration) -> Result<(), Failure> {
        let begun = Instant::now();
        loop {
            let found = self.cluster(cluster).await?;
            if found["status"] == "STATUS_RUNNING" {
                return Ok(());
            }
            if begun.elapsed() > limit {
                let (name, status) = (&cluster.name, &found["status"]);
                return Err(Failure::new(format!("cluster {name} is {status} after {} s", limit.as_secs())));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Reads from the cluster's Kubernetes, at the managed endpoint as a CKS Admin.
    pub(crate) async fn kubernetes(&self, cluster: &Cluster, path: &str) -> Result<Value, Failure> {
        self.get(&format!("https://{}{path}", cluster.managed_host)).await
    }

    /// Changes one text of the cluster's OIDC block as CoreWeave's API requires: the whole block, and a mask with the changed
    /// field. Returns the body of the request.
    pub(crate) async fn patch_oidc(
        &self,
        cluster: &Cluster,
        leaf: &str,
        value: &str,
    ) -> Result<Value, Failure> {
        let found = self.cluster(cluster).await?;
        let mut oidc = found["oidc"].clone();
        oidc[leaf] = value.into();
        let body = json!({
            "id": cluster.id,
            "version": found["version"],
            "oidc": oidc,
            "updateMask": format!("oidc.{leaf}"),
        });
        let url = cluster.url();
        let request = self.client.request(Method::PATCH, &url).json(&body);
        let (status, response) = send(request, &self.token).await?;
        if status == 200 {
            Ok(body)
        } else {
            Err(Failure::new(format!("PATCH {url} returned {status}: {response}")))
        }
    }

    async fn get(&self, url: &str) -> Result<Value, Failure> {
        let (status, response) = send(self.client.get(url), &self.token).await?;
        if status == 200 {
            Ok(response)
        } else {
            Err(Failure::new(format!("GET {url} returned {status}: {response}")))
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
