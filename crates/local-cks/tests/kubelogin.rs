//! Logins with the real kubelogin and a simulated browser.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use local_cks::{Error, OpenIdProvider, User, page_to_visit, tools::Tool};
use serde_json::Value;

/// A kubelogin that waits for a login. Dropping it ends it.
struct Kubelogin {
    child: Child,
    home: tempfile::TempDir,
}

impl Kubelogin {
    fn start(program: &Path, provider: &OpenIdProvider) -> Self {
        let home = tempfile::tempdir().unwrap();
        let file = |name: &str| File::create(home.path().join(name)).unwrap();
        let child = Command::new(program)
            .arg("get-token")
            .arg(format!("--oidc-issuer-url={}", provider.issuer_url()))
            .arg(format!("--certificate-authority={}", provider.ca_file().display()))
            .args(["--oidc-client-id=kubernetes", "--oidc-extra-scope=email", "--oidc-use-pkce"])
            .args(["--listen-address=127.0.0.1:0", "--skip-open-browser"])
            .env_clear()
            .env("HOME", home.path())
            .stdin(Stdio::null())
            .stdout(file("stdout"))
            .stderr(file("stderr"))
            .spawn()
            .unwrap();
        Self { child, home }
    }

    fn printed(&self, stream: &str) -> String {
        fs::read_to_string(self.home.path().join(stream)).unwrap()
    }

    async fn page(&self) -> String {
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            if let Some(page) = page_to_visit(&self.printed("stderr")) {
                return page.to_owned();
            }
            assert!(Instant::now() < deadline, "{}", self.printed("stderr"));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Kubelogin {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
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
    let mut kubelogin = Kubelogin::start(&program, &provider);
    let visited = provider.log_in(&ada, &kubelogin.page().await).await.unwrap();
    assert!(kubelogin.child.wait().unwrap().success(), "{}", kubelogin.printed("stderr"));
    let credential: Value = serde_json::from_str(&kubelogin.printed("stdout")).unwrap();
    assert_eq!(credential["apiVersion"], "client.authentication.k8s.io/v1beta1");
    assert_eq!(credential["status"]["token"].as_str().unwrap().split('.').count(), 3);
    let back = visited.last().unwrap();
    assert!(back.query_pairs().any(|(name, _)| name == "code"), "{back}");
}

#[tokio::test]
async fn a_wrong_password_is_rejected() {
    let Some(program) = program() else { return };
    let provider = OpenIdProvider::start(vec![User::new("ada").password("secret")]).await.unwrap();
    let mut kubelogin = Kubelogin::start(&program, &provider);
    let impostor = User::new("ada").password("guess");
    let refused = provider.log_in(&impostor, &kubelogin.page().await).await.unwrap_err();
    assert!(matches!(&refused, Error::Login(why) if why.contains("name or password is wrong")), "{refused}");
    assert_eq!(kubelogin.child.try_wait().unwrap(), None, "it waits on");
}
