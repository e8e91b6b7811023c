//! A request without credentials, after the server rejected some: it tells whether the network or the credentials are wrong.
//!
//! kube-apiserver answers `/version` to everybody (the ClusterRole `system:public-info-viewer`), and CoreWeave's unmanaged endpoint
//! forwards such requests.

use std::time::Duration;

use http::header;
use http_body_util::Full;
use request_pipeline::{Redactor, shortened};
use serde_json::Value;

use super::{client::Connected, errors::Anonymous};

/// How long the answer may take. It is only a help.
const LIMIT: Duration = Duration::from_secs(5);

/// Longest answer in bytes.
const LONGEST: usize = 64 << 10;

impl Connected {
    /// Asks for the version without credentials. `None` if that tells nothing: the connection itself has credentials, Kubernetes rejects
    /// such requests too, or nothing answers.
    pub(super) async fn anonymous_version(&self) -> Option<Anonymous> {
        let token = self.token().ok().flatten()?;
        let request = http::Request::get("/version").header(header::ACCEPT, "application/json");
        let exchange = async {
            let server = self.pool.server().await.ok()?;
            let connection = self.pool.to(&server).await.ok()?;
            let response =
                self.pool.send(connection, request.body(Full::default()).ok()?, LONGEST).await.ok()?;
            let body = String::from_utf8_lossy(response.body());
            understood(response.status().as_u16(), &body, Redactor(Some(&token)))
        };
        tokio::time::timeout(LIMIT, exchange).await.ok().flatten()
    }
}

fn understood(status: u16, body: &str, redactor: Redactor<'_>) -> Option<Anonymous> {
    let json = serde_json::from_str::<Value>(body).unwrap_or_default();
    if json["kind"] == "Status" {
        return None;
    }
    Some(match json["gitVersion"].as_str().filter(|_| status == 200) {
        Some(version) => Anonymous::Kubernetes { version: shortened(version) },
        None => Anonymous::Other { status, message: shortened(&redactor.text(body)) },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_of_kubernetes_is_told_from_that_of_a_proxy() {
        let understood = |status, body: &str| understood(status, body, Redactor(None));
        let version = "v1.36.1".to_owned();
        let answer = r#"{"major": "1", "gitVersion": "v1.36.1"}"#;
        assert_eq!(understood(200, answer), Some(Anonymous::Kubernetes { version }));
        assert_eq!(understood(401, r#"{"kind": "Status", "reason": "Unauthorized"}"#), None);
        let message = "<html>Log in</html>".to_owned();
        assert_eq!(understood(200, &message), Some(Anonymous::Other { status: 200, message }));
    }
}
