//! ClusterService by its HTTP bindings, and `/v1beta1/auth/whoami`.

use axum::{
    body::Bytes,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, header};
use serde_json::{Value, json};

use super::{
    Api, Shared, caller, clusters,
    errors::{ApiError, Code},
    object,
};
use crate::accounts::Role;

pub(crate) async fn list(State(api): Shared, headers: HeaderMap) -> Response {
    let behaviour = api.control.behaviour();
    let result =
        caller(&api.control, &headers).and_then(|caller| clusters::list(&api.control, &caller, &behaviour));
    answer(&api, result)
}

pub(crate) async fn read(State(api): Shared, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let behaviour = api.control.behaviour();
    let result = caller(&api.control, &headers)
        .and_then(|caller| clusters::get(&api.control, &caller, &id, &behaviour));
    answer(&api, result)
}

pub(crate) async fn create(State(api): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let behaviour = api.control.behaviour();
    let result = caller(&api.control, &headers)
        .and_then(|caller| clusters::create(&api.launcher, &caller, &object(&body)?, &behaviour));
    answer(&api, result)
}

pub(crate) async fn update(
    State(api): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let behaviour = api.control.behaviour();
    let result = caller(&api.control, &headers)
        .and_then(|caller| clusters::update(&api.control, &caller, &id, &object(&body)?, &behaviour));
    answer(&api, result)
}

pub(crate) async fn delete(State(api): Shared, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let behaviour = api.control.behaviour();
    let result = caller(&api.control, &headers)
        .and_then(|caller| clusters::delete(&api.control, &caller, &id, &behaviour));
    answer(&api, result)
}

pub(crate) async fn whoami(State(api): Shared, headers: HeaderMap) -> Response {
    let result = caller(&api.control, &headers).map(|caller| {
        let (groups, actions) = match caller.role {
            Role::None => (json!([]), json!([])),
            Role::Viewer => (json!(["read"]), json!(["cks:read"])),
            Role::Admin => (json!(["admin"]), json!(["cks:read", "cks:write"])),
        };
        json!({"principal": {
            "uid": caller.user, "orgUid": caller.organisation, "groups": groups, "consoleActions": actions,
        }})
    });
    answer(&api, result)
}

pub(crate) async fn unknown(State(api): Shared) -> Response {
    answer(&api, Err(ApiError::new(Code::NotFound, "Not Found")))
}

fn answer(api: &Api, result: Result<Value, ApiError>) -> Response {
    match result {
        Ok(value) => ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response(),
        Err(error) => error.respond(api.control.behaviour().error_style),
    }
}
