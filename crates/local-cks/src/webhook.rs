//! A webhook over https for kube-apiserver, with a decision function of the caller and a log of reviews.
//!
//! Rule: TokenReview and SubjectAccessReview v1; the response is the review with its `status`.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::Bytes,
    response::{IntoResponse as _, Response},
    routing::post,
};
use http::{StatusCode, Uri, header};
use serde_json::{Value, json};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{background::Background, endpoints::serve::serve_tls, error::Error, pki::Authority};

type Decide = Arc<dyn Fn(&Value) -> Value + Send + Sync>;

/// A review, with path and query of its request.
struct Review {
    at: String,
    spec: Value,
}

/// A running webhook. Dropping it ends it.
pub struct Webhook {
    address: SocketAddr,
    ca: String,
    reviews: Arc<Mutex<Vec<Review>>>,
    _stop: DropGuard,
    _background: Background,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Webhook {
    /// Starts one with this decision function, from the review's `spec` to its `status`, such as `{"authenticated": true, "user": …}` or
    /// `{"allowed": true}`.
    pub async fn start(decide: impl Fn(&Value) -> Value + Send + Sync + 'static) -> Result<Self, Error> {
        let background = Background::new()?;
        let authority = Authority::new("webhook")?;
        let tls = authority.server(&[])?.server_config()?;
        let reviews = Arc::new(Mutex::new(Vec::new()));
        let (seen, decide): (_, Decide) = (Arc::clone(&reviews), Arc::new(decide));
        let handler = move |uri: Uri, body: Bytes| std::future::ready(answer(&uri, &body, &seen, &decide));
        let router = Router::new().route("/", post(handler));
        let (handle, stop) = (background.handle().clone(), CancellationToken::new());
        let token = stop.clone();
        let listening = background.run(async move { serve_tls(router, tls, &handle, token).await });
        let address = listening.await?.map_err(Error::Listen)?;
        let ca = authority.pem().to_owned();
        Ok(Self { address, ca, reviews, _stop: stop.drop_guard(), _background: background })
    }

    /// URL for the cluster's `server`.
    pub fn url(&self) -> String {
        format!("https://{}/", self.address)
    }

    /// The CA of its certificate, as PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca
    }

    /// The `spec` of every review so far, with tokens as they were sent.
    pub fn reviews(&self) -> Vec<Value> {
        self.reviewed(|review| review.spec.clone())
    }

    /// Path and query of every review so far.
    pub fn paths(&self) -> Vec<String> {
        self.reviewed(|review| review.at.clone())
    }

    fn reviewed<T>(&self, part: impl Fn(&Review) -> T) -> Vec<T> {
        self.reviews.lock().unwrap_or_else(PoisonError::into_inner).iter().map(part).collect()
    }
}

fn answer(uri: &Uri, body: &Bytes, seen: &Mutex<Vec<Review>>, decide: &Decide) -> Response {
    let Ok(mut review) = serde_json::from_slice::<Value>(body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let spec = review["spec"].clone();
    review["status"] = decide(&spec);
    let at = uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    seen.lock().unwrap_or_else(PoisonError::into_inner).push(Review { at, spec });
    let answer =
        json!({"apiVersion": review["apiVersion"], "kind": review["kind"], "status": review["status"]});
    ([(header::CONTENT_TYPE, "application/json")], answer.to_string()).into_response()
}
