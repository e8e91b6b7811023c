//! Passes requests on to kube-apiserver: hop-by-hop headers are removed, responses are streamed (watches).

use axum::{
    body::Body,
    extract::Request,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderName, StatusCode, header};
use http_body_util::BodyExt as _;

/// Hop-by-hop headers of RFC 9110 §7.6.1, and the host, which differs at the next hop.
const ONE_HOP: [HeaderName; 9] = [
    header::CONNECTION,
    header::HOST,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
];

/// Sends the request to `base` and returns the response; 503 if there is none. Request bodies are read whole: those of Kubernetes are
/// small, and upgrades are not supported.
pub(super) async fn forward(client: &reqwest::Client, base: &str, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let path = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let mut headers = parts.headers;
    strip(&mut headers);
    let sent = client.request(parts.method, format!("{base}{path}")).headers(headers).body(body).send().await;
    match sent {
        Ok(answer) => {
            let (mut parts, body) = http::Response::<reqwest::Body>::from(answer).into_parts();
            strip(&mut parts.headers);
            Response::from_parts(parts, Body::new(body))
        }
        Err(error) => {
            tracing::debug!(%error, "kube-apiserver does not respond");
            (StatusCode::SERVICE_UNAVAILABLE, "upstream connect error or disconnect/reset before headers")
                .into_response()
        }
    }
}

fn strip(headers: &mut HeaderMap) {
    for name in &ONE_HOP {
        headers.remove(name);
    }
}
