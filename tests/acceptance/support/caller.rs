//! A caller of the unmanaged endpoint with a bearer token.

use reqwest::{Certificate, Client, Proxy, StatusCode};
use serde_json::{Value, json};

use super::{Bed, block_on};

/// Sends requests with the token, to check the caller's identity and permissions.
#[derive(Debug)]
pub(crate) struct Caller {
    client: Client,
    token: String,
    pub(crate) endpoint: String,
}

impl Caller {
    pub(crate) fn new(bed: &Bed, token: &str) -> Self {
        let root = Certificate::from_pem(bed.local.ca_pem().as_bytes()).expect("a certificate");
        let proxy = Proxy::all(bed.local.proxy_url()).expect("a proxy");
        let client = Client::builder().tls_certs_only([root]).proxy(proxy).build().expect("a client");
        let endpoint = format!("https://{}", bed.cluster().unmanaged_host());
        Self { client, token: token.to_owned(), endpoint }
    }

    /// The caller's identity at the endpoint, or the status of the rejection.
    pub(crate) fn identity(&self) -> Result<Value, StatusCode> {
        let review = json!({ "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview" });
        let url = format!("{}/apis/authentication.k8s.io/v1/selfsubjectreviews", self.endpoint);
        block_on(async {
            let response = self
                .client
                .post(url)
                .bearer_auth(&self.token)
                .json(&review)
                .send()
                .await
                .expect("a response");
            match response.status() {
                StatusCode::CREATED => {
                    Ok(response.json::<Value>().await.expect("JSON")["status"]["userInfo"].clone())
                }
                status => Err(status),
            }
        })
    }

    /// Status of the response to a list of this resource, such as `secrets`.
    pub(crate) fn lists(&self, resource: &str) -> StatusCode {
        let url = format!("{}/api/v1/{resource}", self.endpoint);
        block_on(self.client.get(url).bearer_auth(&self.token).send()).expect("a response").status()
    }
}
