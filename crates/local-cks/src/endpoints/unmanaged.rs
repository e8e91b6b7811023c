//! The unmanaged endpoint: kube-apiserver authenticates the caller. CoreWeave access tokens are rejected.

use axum::{extract::Request, response::Response};
use http::{StatusCode, header};

use super::{forward::forward, refuse};
use crate::{accounts, control::Control, kubernetes::Upstream};

pub(super) async fn handle(control: &Control, upstream: &Upstream, request: Request) -> Response {
    let authorization = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    // Rejected here, so that no authentication webhook receives one.
    if accounts::find(&control.state().accounts, authorization).is_some() {
        return refuse(StatusCode::UNAUTHORIZED, "Unauthorized", "Unauthorized");
    }
    forward(&upstream.plain, &upstream.url, request).await
}
