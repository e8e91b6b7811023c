//! A real OpenID provider over https, whose users, claims and groups the caller chooses.
//!
//! The program is `testbed/openid-provider`: discovery, keys and tokens are those of a certified library. It has a CA of its own,
//! like an organisation's provider with a private CA.

use std::{path::PathBuf, time::Duration};

use child_processes::{Process, Processes};
use reqwest::Client;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use crate::{
    background::Background,
    error::Error,
    kubernetes::{KubernetesError, READY_WITHIN},
    pki::Authority,
    programs,
    tools::Tool,
};

/// A user of the provider.
#[derive(Clone, Debug)]
pub struct User {
    name: String,
    password: SecretString,
    claims: Map<String, Value>,
}

impl User {
    /// A user of this name, who is also its `sub`; the password is `password`.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), password: "password".into(), claims: Map::new() }
    }

    /// Sets another password.
    #[must_use]
    pub fn password(mut self, password: &str) -> Self {
        self.password = password.into();
        self
    }

    /// Adds `email`, verified, for the scope `email`.
    #[must_use]
    pub fn email(self, email: &str) -> Self {
        self.claim("email", json!(email)).claim("email_verified", json!(true))
    }

    /// Adds `groups` for the scope `groups`.
    #[must_use]
    pub fn groups(self, groups: &[&str]) -> Self {
        self.claim("groups", json!(groups))
    }

    /// Sets any claim of the tokens, also `sub`.
    #[must_use]
    pub fn claim(mut self, name: &str, value: Value) -> Self {
        self.claims.insert(name.to_owned(), value);
        self
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn own_password(&self) -> &SecretString {
        &self.password
    }

    fn json(&self) -> Value {
        json!({"name": self.name, "password": self.password.expose_secret(), "claims": self.claims})
    }
}

/// A client of the provider.
#[derive(Clone, Debug)]
pub struct OpenIdClient {
    id: String,
    secret: SecretString,
    redirects: Vec<String>,
}

impl OpenIdClient {
    /// A public client: PKCE, any loopback redirect.
    pub fn public(id: &str) -> Self {
        Self { id: id.to_owned(), secret: SecretString::default(), redirects: Vec::new() }
    }

    /// A client with a secret.
    pub fn confidential(id: &str, secret: &str) -> Self {
        Self { secret: secret.into(), ..Self::public(id) }
    }

    /// Only these redirects, instead of any loopback one. Ports of loopback redirects do not count.
    #[must_use]
    pub fn redirects(mut self, redirects: &[&str]) -> Self {
        self.redirects = redirects.iter().map(|&redirect| redirect.to_owned()).collect();
        self
    }
}

/// A running OpenID provider. Dropping it ends it.
#[derive(Debug)]
pub struct OpenIdProvider {
    issuer_url: String,
    ca: String,
    ca_file: PathBuf,
    admin_token: SecretString,
    client: Client,
    _process: Process,
    _processes: Processes,
    background: Background,
}

impl OpenIdProvider {
    /// Starts one that accepts any client id as a public client.
    pub async fn start(users: Vec<User>) -> Result<Self, Error> {
        Self::start_with(users, Vec::new()).await
    }

    /// Starts one with these clients only.
    pub async fn start_with(users: Vec<User>, clients: Vec<OpenIdClient>) -> Result<Self, Error> {
        Self::start_at(0, &Self::authority()?, users, clients).await
    }

    /// A CA for [`Self::start_at`].
    pub fn authority() -> Result<Authority, Error> {
        Ok(Authority::new("openid-provider")?)
    }

    /// The same at this port (0: a free one), with a certificate of this CA. No client at all: any client id is a public client.
    pub async fn start_at(
        port: u16,
        authority: &Authority,
        users: Vec<User>,
        clients: Vec<OpenIdClient>,
    ) -> Result<Self, Error> {
        let program = Tool::OpenIdProvider.path().map_err(KubernetesError::Tool)?;
        let background = Background::new()?;
        let processes = Processes::new("local-cks-")?;
        let identity = authority.server(&[])?;
        let secret: String = std::iter::repeat_with(fastrand::alphanumeric).take(40).collect();
        let config = json!({
            "adminToken": secret,
            "users": users.iter().map(User::json).collect::<Vec<_>>(),
            "clients": clients.iter().map(|client| json!({
                "id": client.id, "secret": client.secret.expose_secret(), "redirectUris": client.redirects,
            })).collect::<Vec<_>>(),
        });
        let put = |name: &str, content: &str| {
            let path = processes.directory().join(name);
            std::fs::write(&path, content).map(|()| path).map_err(Error::Directory)
        };
        let ca_file = put("ca.pem", authority.pem())?;
        let arguments = [
            format!("-certificate={}", put("server.pem", &identity.certificate)?.display()),
            format!("-key={}", put("server.key", identity.key.expose_secret())?.display()),
            format!("-config={}", put("config.json", &config.to_string())?.display()),
            format!("-port={port}"),
        ];
        let process = processes.start(programs::command(&processes, &program, arguments))?;
        let (process, issuer_url) = background
            .run(async move {
                let issuer = process.wait_for_output_async(READY_WITHIN, |printed| {
                    let first: Value = serde_json::from_str(printed.stdout.lines().next()?).ok()?;
                    first["issuer"].as_str().map(str::to_owned)
                });
                issuer.await.map(|issuer| (process, issuer))
            })
            .await??;
        let root =
            reqwest::Certificate::from_pem(authority.pem().as_bytes()).map_err(KubernetesError::Client)?;
        let client = Client::builder().tls_certs_only([root]).no_proxy().timeout(Duration::from_secs(30));
        Ok(Self {
            issuer_url,
            ca: authority.pem().to_owned(),
            ca_file,
            admin_token: secret.into(),
            client: client.build().map_err(KubernetesError::Client)?,
            _process: process,
            _processes: processes,
            background,
        })
    }

    /// `https://127.0.0.1:PORT`, equal to `iss`.
    pub fn issuer_url(&self) -> &str {
        &self.issuer_url
    }

    /// The CA of its certificate, as PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca
    }

    /// The same in a file.
    pub fn ca_file(&self) -> &std::path::Path {
        &self.ca_file
    }

    /// A valid ID token for this user and client, with a lifetime of one hour and all claims of the user.
    pub async fn id_token(&self, user: &str, client_id: &str) -> Result<SecretString, Error> {
        self.id_token_for(user, client_id, 3600).await
    }

    /// The same with a lifetime in seconds; negative: expired that long ago.
    pub async fn id_token_for(
        &self,
        user: &str,
        client_id: &str,
        lifetime: i64,
    ) -> Result<SecretString, Error> {
        let body = json!({"user": user, "client": client_id, "lifetime": lifetime});
        let answer = self.administer(reqwest::Method::POST, "/admin/id-token", body).await?;
        let token = serde_json::from_str::<Value>(&answer).ok();
        let token = token.as_ref().and_then(|answer| answer["id_token"].as_str());
        token.map(SecretString::from).ok_or(Error::OpenIdProvider("it gave no token".to_owned()))
    }

    /// Adds a user, or replaces the one of that name, from the next token on.
    pub async fn put_user(&self, user: User) -> Result<(), Error> {
        self.administer(reqwest::Method::PUT, "/admin/users", user.json()).await.map(drop)
    }

    /// Ends it, and waits for that. Dropping does the same.
    #[expect(clippy::unused_async, reason = "callers need not change when it has something to wait for")]
    pub async fn stop(self) {
        drop(self);
    }

    pub(crate) fn background(&self) -> &Background {
        &self.background
    }

    async fn administer(&self, method: reqwest::Method, path: &str, body: Value) -> Result<String, Error> {
        let request = self.client.request(method, format!("{}{path}", self.issuer_url));
        let request = request.bearer_auth(self.admin_token.expose_secret()).body(body.to_string());
        let answer = self.background.run(async move {
            let answer = request.send().await?;
            Ok::<_, reqwest::Error>((answer.status(), answer.text().await?))
        });
        match answer.await? {
            Ok((status, text)) if status.is_success() => Ok(text),
            Ok((_, text)) => Err(Error::OpenIdProvider(text.trim().to_owned())),
            Err(error) => Err(Error::OpenIdProvider(error.to_string())),
        }
    }
}
