//! The OpenID provider's protocol: discovery, login with PKCE, refresh, claims by scope.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use local_cks::{OpenIdClient, OpenIdProvider, User};
use reqwest::{Client, Response};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

const VERIFIER: &str = "a-verifier-that-is-long-enough-for-the-rules-of-pkce";
const REDIRECT: &str = "http://localhost:8000";

fn claims(token: &str) -> Value {
    let middle = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(middle).unwrap()).unwrap()
}

fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

async fn post(client: &Client, url: &str, fields: &[(&str, &str)]) -> Response {
    let request = client.post(url).header("content-type", "application/x-www-form-urlencoded");
    request.body(form(fields)).send().await.unwrap()
}

fn location(response: &Response, base: &str) -> Url {
    let location = response.headers()["location"].to_str().unwrap();
    Url::parse(base).unwrap().join(location).unwrap()
}

struct Bed {
    provider: OpenIdProvider,
    client: Client,
    discovery: Value,
}

impl Bed {
    async fn new(clients: Vec<OpenIdClient>) -> Self {
        let alice = User::new("alice").password("secret").email("alice@example.com").groups(&["team"]);
        let provider = OpenIdProvider::start_with(vec![alice], clients).await.unwrap();
        let root = reqwest::Certificate::from_pem(provider.ca_pem().as_bytes()).unwrap();
        let client = Client::builder()
            .tls_certs_only([root])
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let url = format!("{}/.well-known/openid-configuration", provider.issuer_url());
        let discovery = client.get(url).send().await.unwrap().json().await.unwrap();
        Self { provider, client, discovery }
    }

    fn endpoint(&self, name: &str) -> String {
        self.discovery[name].as_str().unwrap().to_owned()
    }

    /// Submits the login page, and returns the redirect to the client.
    async fn log_in(&self, client_id: &str, scope: &str, password: &str) -> Result<Url, u16> {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let query = form(&[
            ("client_id", client_id),
            ("redirect_uri", REDIRECT),
            ("response_type", "code"),
            ("scope", scope),
            ("state", "s"),
            ("nonce", "n"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        let start = format!("{}?{query}", self.endpoint("authorization_endpoint"));
        let issuer = self.provider.issuer_url();
        let page = location(&self.client.get(start).send().await.unwrap(), issuer);
        let html = self.client.get(page.clone()).send().await.unwrap().text().await.unwrap();
        let (_, request) = page.query_pairs().find(|(name, _)| name == "request").unwrap();
        assert!(html.contains(&*request), "{html}");
        let fields = [("request", &*request), ("name", "alice"), ("password", password)];
        let checked = post(&self.client, &format!("{issuer}/login"), &fields).await;
        if checked.status() != 302 {
            return Err(checked.status().as_u16());
        }
        let callback = location(&checked, issuer);
        Ok(location(&self.client.get(callback).send().await.unwrap(), issuer))
    }

    async fn tokens(&self, fields: &[(&str, &str)]) -> (u16, Value) {
        let response = post(&self.client, &self.endpoint("token_endpoint"), fields).await;
        (response.status().as_u16(), response.json().await.unwrap())
    }
}

#[tokio::test]
async fn a_login_with_pkce_gives_tokens_that_can_be_refreshed_once() {
    let bed = Bed::new(vec![]).await;
    assert_eq!(bed.discovery["issuer"], json!(bed.provider.issuer_url()));
    assert_eq!(bed.log_in("app", "openid", "wrong").await, Err(403));
    let back = bed.log_in("app", "openid email groups offline_access", "secret").await.unwrap();
    assert!(back.as_str().starts_with(REDIRECT), "{back}");
    let (_, code) = back.query_pairs().find(|(name, _)| name == "code").unwrap();
    let fields = |verifier| {
        [
            ("grant_type", "authorization_code"),
            ("client_id", "app"),
            ("code", &*code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", verifier),
        ]
    };
    assert_eq!(bed.tokens(&fields("another-verifier-that-is-also-long-enough-for-pkce")).await.0, 400);
    let (status, tokens) = bed.tokens(&fields(VERIFIER)).await;
    assert_eq!(status, 200, "{tokens}");
    let id = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!((&id["sub"], &id["aud"], &id["nonce"]), (&json!("alice"), &json!(["app"]), &json!("n")));
    assert_eq!((&id["email"], &id["email_verified"]), (&json!("alice@example.com"), &json!(true)));
    assert_eq!(id["groups"], json!(["team"]));

    let refresh = tokens["refresh_token"].as_str().unwrap();
    let again = [("grant_type", "refresh_token"), ("client_id", "app"), ("refresh_token", refresh)];
    let (status, tokens) = bed.tokens(&again).await;
    assert_eq!(status, 200, "{tokens}");
    assert_eq!(claims(tokens["id_token"].as_str().unwrap())["groups"], json!(["team"]));
    assert_eq!(bed.tokens(&again).await.0, 400, "a refresh token is good once");
}

#[tokio::test]
async fn claims_are_given_for_the_scopes_that_were_asked_for() {
    let bed = Bed::new(vec![OpenIdClient::confidential("web", "hush")]).await;
    let back = bed.log_in("web", "openid", "secret").await.unwrap();
    let (_, code) = back.query_pairs().find(|(name, _)| name == "code").unwrap();
    let fields = |secret| {
        [
            ("grant_type", "authorization_code"),
            ("client_id", "web"),
            ("client_secret", secret),
            ("code", &*code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ]
    };
    assert_ne!(bed.tokens(&fields("wrong")).await.0, 200);
    let (status, tokens) = bed.tokens(&fields("hush")).await;
    assert_eq!(status, 200, "{tokens}");
    let id = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!((id["sub"].as_str(), id.get("email"), id.get("groups")), (Some("alice"), None, None));
}

#[tokio::test]
async fn users_can_change_and_tokens_without_a_browser_show_it() {
    let bed = Bed::new(vec![]).await;
    let bob = User::new("bob")
        .claim("sub", json!("b-1"))
        .claim("email_verified", json!(false))
        .claim("tier", json!(3));
    bed.provider.id_token("bob", "app").await.unwrap_err();
    bed.provider.put_user(bob).await.unwrap();
    let token = bed.provider.id_token("bob", "app").await.unwrap();
    let id = claims(token.expose_secret());
    assert_eq!((&id["sub"], &id["email_verified"], &id["tier"]), (&json!("b-1"), &json!(false), &json!(3)));
    let unguarded = bed.client.post(format!("{}/admin/id-token", bed.provider.issuer_url())).body("{}");
    assert_eq!(unguarded.send().await.unwrap().status(), 401);
}
