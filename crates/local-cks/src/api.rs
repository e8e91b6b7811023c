//! The CoreWeave API over HTTP: routes, tokens, faults and the log of requests.
//!
//! Rule: `coreweave.cks.v1beta1.ClusterService` by its HTTP bindings and over Connect, and `/v1beta1/auth/whoami`. Both lead to the
//! same functions, in `clusters`.

mod clusters;
mod connect;
pub(crate) mod errors;
mod mask;
mod messages;
mod rest;
pub(crate) mod schema;
mod style;
mod validate;

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt as _;
use prost_reflect::DescriptorError;

use self::{
    errors::{ApiError, Code},
    messages::Messages,
    schema::Object,
};
use crate::{
    accounts::{self, Account},
    behaviour::ErrorStyle,
    control::Control,
    endpoints::interrupt,
    faults::Call,
    launcher::Launcher,
    requests::{Request as Noted, path_without_secrets, without_secrets},
};

type Shared = State<Arc<Api>>;

/// What all routes use.
#[derive(Debug)]
pub(crate) struct Api {
    control: Arc<Control>,
    launcher: Arc<Launcher>,
    messages: Messages,
}

/// All routes of the API.
pub(crate) fn router(launcher: &Arc<Launcher>) -> Result<Router, DescriptorError> {
    let control = Arc::clone(&launcher.control);
    let api = Arc::new(Api { control, launcher: Arc::clone(launcher), messages: Messages::new()? });
    Ok(Router::new()
        .route("/v1beta1/cks/clusters", get(rest::list).post(rest::create))
        .route("/v1beta1/cks/clusters/{id}", get(rest::read).patch(rest::update).delete(rest::delete))
        .route("/v1beta1/auth/whoami", get(rest::whoami))
        .route(&format!("{}{{procedure}}", Call::PROCEDURES), post(connect::serve))
        .fallback(rest::unknown)
        .layer(middleware::from_fn_with_state(Arc::clone(&api), record))
        .with_state(api))
}

/// User and organisation of the token.
fn caller(control: &Control, headers: &HeaderMap) -> Result<Account, ApiError> {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let state = control.state();
    match accounts::find(&state.accounts, authorization) {
        Some(account) if !account.expired => Ok(account.clone()),
        Some(_) => Err(ApiError::new(Code::Unauthenticated, "token expired")),
        None if authorization.is_some() => Err(ApiError::new(Code::Unauthenticated, "invalid token")),
        None => Err(ApiError::new(Code::Unauthenticated, "missing credentials")),
    }
}

fn object(body: &Bytes) -> Result<Object, ApiError> {
    serde_json::from_slice(body)
        .map_err(|error| ApiError::new(Code::InvalidArgument, format!("proto: syntax error: {error}")))
}

/// Logs each request, and injects its fault.
async fn record(State(api): Shared, request: Request, next: Next) -> Response {
    let control = Arc::clone(&api.control);
    let call = Call::of_api(request.method(), request.uri().path());
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let cut = interrupt::cut_of(&parts);
    let path = parts.uri.path();
    let content = connect::readable(&api.messages, path, &parts.headers, &body);
    let style = match content {
        Some(_) => ErrorStyle::Connect,
        None => control.behaviour().error_style,
    };
    let number = control.log().note(Noted {
        call,
        connection: cut.connection,
        host: interrupt::host(&parts),
        method: parts.method.clone(),
        path: path_without_secrets(&parts.uri),
        headers: without_secrets(&parts.headers),
        body: content.unwrap_or_else(|| serde_json::from_slice(&body).unwrap_or_default()),
        status: None,
    });
    let fault = control.take_fault(call, &parts);
    let work = next.run(Request::from_parts(parts, Body::from(body)));
    let response = interrupt::carry_out(fault, &cut, style, work).await;
    if !cut.is_cut() {
        control.log().answered(number, response.status());
    }
    response
}
