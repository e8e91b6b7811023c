//! The managed endpoint: accepts CoreWeave access tokens only, and passes user and groups to kube-apiserver.
//!
//! Rule: the accepted callers, and the 403 for an expired token, are documented. Names of users and groups are not published: they are a
//! switch, and no client may depend on them. Impersonation headers pass: Kubernetes checks the right to use them.

use axum::{extract::Request, response::Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::{forward::forward, refuse};
use crate::{
    accounts::{self, Account},
    behaviour::ManagedNames,
    control::Control,
    kubernetes::{Upstream, managed_group},
};

pub(super) async fn handle(
    control: &Control,
    cluster: &str,
    upstream: &Upstream,
    mut request: Request,
) -> Response {
    let account = match caller(control, cluster, request.headers()) {
        Ok(account) => account,
        Err(reason) => return reason.response(),
    };
    let headers = request.headers_mut();
    headers.remove(header::AUTHORIZATION);
    let names = control.behaviour().managed_names;
    let user = match names {
        ManagedNames::Prefixed => account.user.clone(),
        ManagedNames::Plain => format!("{}@example.com", account.user),
    };
    if let Ok(user) = HeaderValue::from_str(&user) {
        headers.insert(HeaderName::from_static("x-remote-user"), user);
    }
    if let Some(group) = managed_group(names, account.role) {
        headers.insert(HeaderName::from_static("x-remote-group"), HeaderValue::from_static(group));
    }
    forward(&upstream.front_proxy, &upstream.url, request).await
}

/// Why a caller is rejected.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    NotACoreWeaveToken,
    Expired,
    OtherOrganisation,
}

impl Refusal {
    fn response(&self) -> Response {
        match self {
            Self::NotACoreWeaveToken => refuse(StatusCode::UNAUTHORIZED, "Unauthorized", "Unauthorized"),
            Self::Expired => refuse(StatusCode::FORBIDDEN, "Forbidden", "access token expired"),
            Self::OtherOrganisation => {
                refuse(StatusCode::FORBIDDEN, "Forbidden", "access token of another organization")
            }
        }
    }
}

fn caller(control: &Control, cluster: &str, headers: &HeaderMap) -> Result<Account, Refusal> {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let state = control.state();
    let account = accounts::find(&state.accounts, authorization).ok_or(Refusal::NotACoreWeaveToken)?;
    if account.expired {
        return Err(Refusal::Expired);
    }
    let owner = state.clusters.get(cluster).map(|cluster| cluster.organisation.as_str());
    if owner != Some(account.organisation.as_str()) {
        return Err(Refusal::OtherOrganisation);
    }
    Ok(account.clone())
}
