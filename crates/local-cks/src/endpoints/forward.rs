//! Passes requests on to kube-apiserver: headers that are meant for one hop only stay behind, answers are streamed (watches).

use axum::{
    body::Body,
    extract::Request,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderName, StatusCode, header};
use http_body_util::BodyExt as _;

/// Headers of RFC 9110 §7.6.1 for one hop only, and the host, which the next hop has of its own.
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

/// Sends the request to `base` and gives back the answer; 503 when there is none. Request bodies are read whole: those of
/// Kubernetes are small, streams are for upgrades, which are not offered.
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
            tracing::debug!(%error, "kube-apiserver does not answer");
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
