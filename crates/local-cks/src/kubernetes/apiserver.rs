//! The real kube-apiserver, started with the flags of a cluster's settings.

use std::time::{Duration, Instant};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use child_processes::{Process, Processes, Program};
use serde_json::json;
use tokio::net::TcpStream;
use url::Url;

use super::{
    KubernetesError, READY_WITHIN,
    files::{FRONT_PROXY, Files},
    ports::{free_port, lost_the_race},
    settings::Settings,
};
use crate::{programs, tools::Tool};

/// Attempts to find a port that stays free.
const ATTEMPTS: u32 = 5;

/// A running kube-apiserver.
#[derive(Debug)]
pub(crate) struct ApiServer {
    pub(crate) port: u16,
    /// `https://127.0.0.1:PORT`.
    pub(crate) url: String,
    process: Process,
}

impl ApiServer {
    /// Starts it, at this port if one is given, and waits until it is ready.
    pub(crate) async fn start(
        processes: &Processes,
        files: &Files,
        etcd_url: &str,
        port: Option<u16>,
        settings: &Settings,
        longest_token: Option<Duration>,
    ) -> Result<Self, KubernetesError> {
        let program = Tool::KubeApiserver.path()?;
        let mut port = port.unwrap_or_else(free_port);
        let mut attempt = 1;
        loop {
            let url = format!("https://127.0.0.1:{port}");
            let mut arguments = fixed_flags(files, etcd_url, port);
            if let Some(longest) = longest_token {
                arguments.push(format!("--service-account-max-token-expiration={}s", longest.as_secs()));
            }
            let flags = settings.flags(&files.directory);
            arguments.extend(flags.map_err(|source| KubernetesError::Write {
                path: files.directory.display().to_string(),
                source,
            })?);
            let log = files.path("kube-apiserver.log");
            let command = programs::command(processes, &program, arguments);
            let process = processes.start(Program::from(command).logged_to(log))?;
            let admin = files.upstream(&url)?.admin;
            let ready =
                process.wait_until_ready(READY_WITHIN, || async { admin.is_ready().await.then_some(()) });
            match ready.await {
                Ok(()) => return Ok(Self { port, url, process }),
                Err(_) if attempt < ATTEMPTS && lost_the_race(&process.printed().stdout) => {
                    attempt += 1;
                    port = free_port();
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    pub(crate) fn process(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn is_running(&self) -> bool {
        self.process.status().is_none()
    }

    /// Waits until the OIDC authenticator has the issuer's discovery document, or the time is up. kube-apiserver logs that for a token of the
    /// issuer, so it is sent an unsigned one.
    pub(crate) async fn wait_for_issuer(&self, issuer: &str, client: &reqwest::Client, limit: Duration) {
        // An issuer that this machine cannot reach, kube-apiserver cannot reach either.
        if !can_connect(issuer).await {
            tracing::info!(issuer, "the issuer cannot be reached");
            return;
        }
        let encode = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let token = format!(
            "{}.{}.AA",
            encode(json!({"alg": "RS256", "kid": "none"})),
            encode(json!({"iss": issuer}))
        );
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            let seen = self.process.printed().stdout.len();
            let answer = client.get(format!("{}/api", self.url)).bearer_auth(&token).send().await;
            let output = self.process.printed().stdout;
            let news = output.get(seen..).unwrap_or_default();
            if answer.is_ok() && news.contains("invalid bearer token") && !news.contains("not initialized") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        tracing::info!(issuer, "kube-apiserver has not reached the issuer");
    }
}

async fn can_connect(issuer: &str) -> bool {
    const WITHIN: Duration = Duration::from_secs(1);
    let Ok(issuer) = Url::parse(issuer) else { return false };
    let (Some(host), Some(port)) = (issuer.host_str(), issuer.port_or_known_default()) else { return false };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let connecting = tokio::time::timeout(WITHIN, TcpStream::connect((host, port)));
    matches!(connecting.await, Ok(Ok(_)))
}

fn fixed_flags(files: &Files, etcd_url: &str, port: u16) -> Vec<String> {
    let path = |name: &str| files.path(name).display().to_string();
    vec![
        format!("--etcd-servers={etcd_url}"),
        format!("--etcd-prefix={}", files.etcd_prefix),
        "--bind-address=127.0.0.1".to_owned(),
        "--advertise-address=127.0.0.1".to_owned(),
        format!("--secure-port={port}"),
        "--endpoint-reconciler-type=none".to_owned(),
        "--service-cluster-ip-range=10.96.0.0/16".to_owned(),
        format!("--tls-cert-file={}", path("serving.pem")),
        format!("--tls-private-key-file={}", path("serving.key")),
        format!("--client-ca-file={}", path("ca.pem")),
        // As on CKS: the unmanaged endpoint answers requests without credentials, as those of `system:anonymous`. The managed endpoint
        // passes on none.
        "--anonymous-auth=true".to_owned(),
        format!("--requestheader-client-ca-file={}", path("front-proxy-ca.pem")),
        format!("--requestheader-allowed-names={FRONT_PROXY}"),
        "--requestheader-username-headers=X-Remote-User".to_owned(),
        "--requestheader-group-headers=X-Remote-Group".to_owned(),
        "--requestheader-extra-headers-prefix=X-Remote-Extra-".to_owned(),
        format!("--service-account-issuer={}", files.issuer),
        format!("--service-account-jwks-uri={}/openid/v1/jwks", files.issuer),
        format!("--service-account-key-file={}", path("service-account.pub")),
        format!("--service-account-signing-key-file={}", path("service-account.key")),
        "--profiling=false".to_owned(),
    ]
}
