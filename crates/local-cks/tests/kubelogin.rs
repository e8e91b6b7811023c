//! Logins with the real kubelogin and a simulated browser.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use child_processes::{Process, Processes};
use local_cks::{Error, OpenIdProvider, User, page_to_visit, tools::Tool};
use serde_json::Value;

/// Time limit for what takes seconds, unless the machine is very busy.
const LIMIT: Duration = Duration::from_mins(1);

/// A kubelogin that waits for a login. Dropping it ends it.
struct Kubelogin {
    process: Process,
    /// Its home.
    _processes: Processes,
}

impl Kubelogin {
    fn start(program: &Path, provider: &OpenIdProvider) -> Self {
        let processes = Processes::new("kubelogin-").unwrap();
        let mut command = Command::new(program);
        command
            .arg("get-token")
            .arg(format!("--oidc-issuer-url={}", provider.issuer_url()))
            .arg(format!("--certificate-authority={}", provider.ca_file().display()))
            .args(["--oidc-client-id=kubernetes", "--oidc-extra-scope=email", "--oidc-use-pkce"])
            .args(["--listen-address=127.0.0.1:0", "--skip-open-browser"])
            .env_clear()
            .env("HOME", processes.directory());
        Self { process: processes.start(command).unwrap(), _processes: processes }
    }

    async fn page(&self) -> String {
        let page = self
            .process
            .wait_for_output_async(LIMIT, |printed| page_to_visit(&printed.stderr).map(str::to_owned));
        page.await.unwrap()
    }
}

fn program() -> Option<PathBuf> {
    let program = Tool::Kubelogin.find().unwrap();
    if program.is_none() {
        eprintln!("not run: kubelogin is missing, which was allowed");
    }
    program
}

#[tokio::test]
async fn kubelogin_has_a_token_when_the_user_has_logged_in() {
    let Some(program) = program() else { return };
    let ada = User::new("ada").password("secret").email("ada@example.com");
    let provider = OpenIdProvider::start(vec![ada.clone()]).await.unwrap();
    let kubelogin = Kubelogin::start(&program, &provider);
    let visited = provider.log_in(&ada, &kubelogin.page().await).await.unwrap();
    assert!(
        kubelogin.process.finish_async(LIMIT).await.unwrap().success(),
        "{}",
        kubelogin.process.printed().stderr
    );
    let credential: Value = serde_json::from_str(&kubelogin.process.printed().stdout).unwrap();
    assert_eq!(credential["apiVersion"], "client.authentication.k8s.io/v1beta1");
    assert_eq!(credential["status"]["token"].as_str().unwrap().split('.').count(), 3);
    let back = visited.last().unwrap();
    assert!(back.query_pairs().any(|(name, _)| name == "code"), "{back}");
}

#[tokio::test]
async fn a_wrong_password_is_rejected() {
    let Some(program) = program() else { return };
    let provider = OpenIdProvider::start(vec![User::new("ada").password("secret")]).await.unwrap();
    let kubelogin = Kubelogin::start(&program, &provider);
    let impostor = User::new("ada").password("guess");
    let error = provider.log_in(&impostor, &kubelogin.page().await).await.unwrap_err();
    assert!(matches!(&error, Error::Login(why) if why.contains("name or password is wrong")), "{error}");
    assert_eq!(kubelogin.process.status(), None, "it waits on");
}
