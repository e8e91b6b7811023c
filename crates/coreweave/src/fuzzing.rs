//! What reads responses, as a function of any response. It panics if a rule is broken.

use std::sync::LazyLock;

use reqwest::{StatusCode, header::HeaderMap};
use serde_json::Value;

use super::{
    block::BlockKind,
    certificates::Ca,
    client::{CLUSTERS, Client},
    cluster::{Cluster, ClusterMember as _},
    errors::IamRole,
    http::{Answer, Refusal, Request},
    oidc::Oidc,
    settings::Settings,
    webhook::{AuthnWebhook, AuthzWebhook},
};

/// The token of all requests, which no message may repeat.
pub const TOKEN: &str = "CW-SECRET-do-not-show";

static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let settings = Settings {
        token: Settings::token_for_tests(TOKEN),
        ..Settings::for_tests("https://api.example.com")
    };
    Client::new(settings).expect("good settings")
});

/// Reads a response. Returns the texts that a user may see.
pub fn response(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Vec<String> {
    let request = Request::get(&CLUSTERS);
    let transport = CLIENT.transport();
    let token = TOKEN.into();
    let answer = if status.is_success() {
        transport.success(status, body, &request, &token)
    } else {
        let refusal = transport.refusal(status, body, &request, &token);
        let message = refusal.body.message.clone();
        Answer::of_status(status, headers, &message, refusal)
    };
    match answer {
        Answer::Success(value) => {
            clusters(value);
            Vec::new()
        }
        Answer::Rejected(refusal) => rejection(refusal),
        Answer::Problem(problem) => vec![problem.cause],
        Answer::Tls(problem) => vec![problem.to_string()],
    }
}

/// Reads the `ca` of a block.
pub fn certificates(field: &str) {
    let ca = Ca::from_base64(field);
    if let Some(pem) = ca.to_pem() {
        assert_eq!(Ca::from_pem(&pem), ca, "the same certificates");
    }
    assert_eq!(ca.is_empty(), ca == Ca::default());
}

fn rejection(refusal: Refusal) -> Vec<String> {
    let _ = (
        refusal.is_certain_not_found("id"),
        refusal.is_about_state(),
        refusal.is_unexplained(),
        refusal.names_version(),
    );
    vec![refusal.into_error(CLIENT.transport(), IamRole::Admin, "id", Some(BlockKind::Oidc)).to_string()]
}

/// An answer about one cluster, about many, or one itself.
fn clusters(mut answer: Value) {
    let one = answer.get_mut("cluster").map(Value::take);
    let Some(Value::Array(many)) = answer.get_mut("items").map(Value::take) else {
        return cluster(one.unwrap_or(answer));
    };
    many.into_iter().chain(one).for_each(cluster);
}

fn cluster(json: Value) {
    let is_object = json.is_object();
    let Ok(cluster) = serde_json::from_value::<Cluster>(json) else {
        assert!(!is_object, "an object is always read");
        return;
    };
    let _ = (cluster.organisation(), cluster.service_account_issuer(), cluster.status.ends_a_wait());
    if let (Ok(managed), Ok(unmanaged)) = (cluster.managed_endpoint(), cluster.unmanaged_endpoint()) {
        for endpoint in [managed.url, unmanaged.url] {
            let url: url::Url = endpoint.parse().unwrap_or_else(|error| panic!("{endpoint:?}: {error}"));
            assert!(
                url.scheme() == "https" && url.path() == "/" && url.username().is_empty(),
                "{endpoint:?}"
            );
        }
    }
    let fields = [
        Oidc::of(&cluster).map(|block| block.ca),
        AuthnWebhook::of(&cluster).map(|block| block.ca),
        AuthzWebhook::of(&cluster).map(|block| block.ca),
    ];
    for ca in fields.into_iter().flatten() {
        certificates(ca.as_base64());
    }
}
