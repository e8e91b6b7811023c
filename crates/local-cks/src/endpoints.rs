//! Servers: TLS servers of the API and of each cluster's two endpoints, and the CONNECT proxy before them.

mod forward;
pub(crate) mod interrupt;
mod managed;
pub(crate) mod other_hosts;
pub(crate) mod proxy;
pub(crate) mod routes;
pub(crate) mod serve;
mod unmanaged;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use http::{StatusCode, header};
use serde_json::json;

use crate::{
    control::Control,
    faults::Call,
    requests::{Request as Noted, path_without_secrets, without_secrets},
};

/// The managed or the unmanaged endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Managed,
    Unmanaged,
}

#[derive(Clone, Debug)]
struct Endpoint {
    control: Arc<Control>,
    cluster: String,
    kind: Kind,
}

/// One endpoint of a cluster.
pub(crate) fn router(control: &Arc<Control>, cluster: &str, kind: Kind) -> Router {
    let endpoint = Endpoint { control: Arc::clone(control), cluster: cluster.to_owned(), kind };
    Router::new().fallback(serve).with_state(endpoint)
}

/// Logs the request, injects its fault, and passes it to the endpoint.
async fn serve(State(endpoint): State<Endpoint>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let call = if endpoint.kind == Kind::Managed { Call::Managed } else { Call::Unmanaged };
    let control = Arc::clone(&endpoint.control);
    let cut = interrupt::cut_of(&parts);
    let number = control.log().note(Noted {
        call,
        connection: cut.connection,
        host: interrupt::host(&parts),
        method: parts.method.clone(),
        path: path_without_secrets(&parts.uri),
        headers: without_secrets(&parts.headers),
        body: serde_json::Value::Null,
        status: None,
    });
    let fault = control.take_fault(call, &parts);
    let style = control.behaviour().error_style;
    let work = async move {
        let Some(upstream) = endpoint.control.upstream(&endpoint.cluster) else {
            return (StatusCode::SERVICE_UNAVAILABLE, "no healthy upstream").into_response();
        };
        let request = without_claims(Request::from_parts(parts, body));
        match endpoint.kind {
            Kind::Managed => managed::handle(&endpoint.control, &endpoint.cluster, &upstream, request).await,
            Kind::Unmanaged => unmanaged::handle(&endpoint.control, &upstream, request).await,
        }
    };
    let response = interrupt::carry_out(fault, &cut, style, work).await;
    if !cut.is_cut() {
        control.log().answered(number, response.status());
    }
    response
}

/// A rejection in Kubernetes' format.
fn refuse(status: StatusCode, reason: &str, message: &str) -> Response {
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": status.as_u16(),
    });
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

/// Removes the headers that only a front proxy may set.
fn without_claims(mut request: Request) -> Request {
    let headers = request.headers_mut();
    let claims: Vec<_> =
        headers.keys().filter(|name| name.as_str().starts_with("x-remote-")).cloned().collect();
    for name in claims {
        headers.remove(name);
    }
    request
}
