//! Somebody with a bearer token at the unmanaged endpoint.

use reqwest::{Certificate, Client, Proxy, StatusCode};
use serde_json::{Value, json};

use super::{Bed, block_on};

/// Asks who the caller is, and whether it may do things.
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

    /// The user that the endpoint takes the caller for, or the status with which it refuses.
    pub(crate) fn identity(&self) -> Result<Value, StatusCode> {
        let review = json!({ "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview" });
        let url = format!("{}/apis/authentication.k8s.io/v1/selfsubjectreviews", self.endpoint);
        block_on(async {
            let answer =
                self.client.post(url).bearer_auth(&self.token).json(&review).send().await.expect("an answer");
            match answer.status() {
                StatusCode::CREATED => {
                    Ok(answer.json::<Value>().await.expect("JSON")["status"]["userInfo"].clone())
                }
                refused => Err(refused),
            }
        })
    }

    /// What it gets when it lists all of these, such as `secrets`.
    pub(crate) fn lists(&self, resource: &str) -> StatusCode {
        let url = format!("{}/api/v1/{resource}", self.endpoint);
        block_on(self.client.get(url).bearer_auth(&self.token).send()).expect("an answer").status()
    }
}
