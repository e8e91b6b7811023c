//! The CoreWeave API over HTTP: routes, tokens, faults and the log of requests.
//!
//! Rule: the HTTP bindings of `coreweave.cks.v1beta1.ClusterService`, and `/v1beta1/auth/whoami`.

mod clusters;
pub(crate) mod errors;
mod mask;
pub(crate) mod schema;
mod style;
mod validate;

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use self::{
    errors::{ApiError, Code},
    schema::Object,
};
use crate::{
    accounts::{self, Account, Role},
    control::Control,
    endpoints::interrupt,
    faults::Call,
    requests::{Request as Noted, without_secrets},
};

type Shared = State<Arc<Control>>;

/// All routes of the API.
pub(crate) fn router(control: &Arc<Control>) -> Router {
    Router::new()
        .route("/v1beta1/cks/clusters", get(list).post(create))
        .route("/v1beta1/cks/clusters/{id}", get(read).patch(update).delete(delete))
        .route("/v1beta1/auth/whoami", get(whoami))
        .fallback(unknown)
        .layer(middleware::from_fn_with_state(Arc::clone(control), record))
        .with_state(Arc::clone(control))
}

async fn list(State(control): Shared, headers: HeaderMap) -> Response {
    let result = caller(&control, &headers).and_then(|caller| clusters::list(&control, &caller));
    answer(&control, result)
}

async fn read(State(control): Shared, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let result = caller(&control, &headers).and_then(|caller| clusters::get(&control, &caller, &id));
    answer(&control, result)
}

async fn create(State(control): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let result =
        caller(&control, &headers).and_then(|caller| clusters::create(&control, &caller, &object(&body)?));
    answer(&control, result)
}

async fn update(State(control): Shared, Path(id): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let result = caller(&control, &headers)
        .and_then(|caller| clusters::update(&control, &caller, &id, &object(&body)?));
    answer(&control, result)
}

async fn delete(State(control): Shared, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let result = caller(&control, &headers).and_then(|caller| clusters::delete(&control, &caller, &id));
    answer(&control, result)
}

async fn whoami(State(control): Shared, headers: HeaderMap) -> Response {
    let result = caller(&control, &headers).map(|caller| {
        let (groups, actions) = match caller.role {
            Role::None => (json!([]), json!([])),
            Role::Viewer => (json!(["read"]), json!(["cks:read"])),
            Role::Admin => (json!(["admin"]), json!(["cks:read", "cks:write"])),
        };
        json!({"principal": {
            "uid": caller.user, "orgUid": caller.organisation, "groups": groups, "consoleActions": actions,
        }})
    });
    answer(&control, result)
}

async fn unknown(State(control): Shared) -> Response {
    answer(&control, Err(ApiError::new(Code::NotFound, "Not Found")))
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

fn answer(control: &Control, result: Result<Value, ApiError>) -> Response {
    match result {
        Ok(value) => ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response(),
        Err(error) => error.respond(control.behaviour().error_style),
    }
}

/// Logs each request, and injects its fault.
async fn record(State(control): Shared, request: Request, next: Next) -> Response {
    let call = Call::of_api(request.method(), request.uri().path());
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let cut = interrupt::cut_of(&parts);
    let number = control.log().note(Noted {
        call,
        connection: cut.connection,
        host: interrupt::host(&parts),
        method: parts.method.clone(),
        path: parts.uri.path_and_query().map_or_else(String::new, ToString::to_string),
        headers: without_secrets(&parts.headers),
        body: serde_json::from_slice(&body).unwrap_or_default(),
        status: None,
    });
    let fault = control.take_fault(call, &parts);
    let work = next.run(Request::from_parts(parts, Body::from(body)));
    let response = interrupt::carry_out(fault, &cut, control.behaviour().error_style, work).await;
    if !cut.is_cut() {
        control.log().answered(number, response.status());
    }
    response
}
