//! Exec plugins: programs that print credentials (`client.authentication.k8s.io`). Output may contain a token, and is never
//! shown.
//!
//! kube's own implementation runs the plugin three times for one connection, quotes its environment in errors, and caches a token without
//! an expiry for ever.

use std::{ffi::OsString, process::Stdio, time::Duration};

use jiff::Timestamp;
use request_pipeline::{COREWEAVE_TOKEN_FILE_VARIABLE, COREWEAVE_TOKEN_PREFIX, COREWEAVE_TOKEN_VARIABLES};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{io::AsyncReadExt as _, process::Command};

use super::connection::Exec;

/// Time limit, longer than any program without user interaction takes.
const LONGEST: Duration = Duration::from_mins(1);

/// Longer than any credential.
const LONGEST_OUTPUT: u64 = 1 << 20;

/// Credential of a plugin.
#[derive(Debug)]
pub(super) struct Printed {
    pub(super) token: Option<SecretString>,
    /// Client certificate and its key (PEM).
    pub(super) certificate: Option<(String, SecretString)>,
    /// Expiry; `None`: valid until the server rejects it.
    pub(super) until: Option<Timestamp>,
}

/// Runs the plugin once. Dropping the future kills it. `withheld`: a secret that it does not inherit.
pub(super) async fn run(exec: &Exec, withheld: Option<&SecretString>) -> Result<Printed, String> {
    let name = format!("its exec plugin {:?}", exec.command);
    let hint = exec.install_hint.as_ref().map(|hint| format!(". {hint}")).unwrap_or_default();
    let output = tokio::time::timeout(LONGEST, output_of(command(exec, withheld))).await;
    let output = output.unwrap_or(Err(Failure::TooLong)).map_err(|failure| match failure {
        Failure::Start(error) => format!("{name} cannot be started: {error}{hint}"),
        Failure::Ended(status) => format!("{name} ended with {status}; run it by hand to see what it says"),
        Failure::TooLong => format!("{name} did not end within {} s", LONGEST.as_secs()),
        Failure::Broken => format!("{name} could not be run to its end"),
    })?;
    printed(&output, &exec.api_version).map_err(|problem| format!("{name} {problem}"))
}

enum Failure {
    Start(std::io::Error),
    Ended(std::process::ExitStatus),
    TooLong,
    Broken,
}

fn command(exec: &Exec, withheld: Option<&SecretString>) -> Command {
    let mut spec = json!({ "interactive": false });
    if let Some(cluster) = &exec.cluster {
        spec["cluster"] = cluster.clone();
    }
    let info = json!({ "apiVersion": exec.api_version, "kind": "ExecCredential", "spec": spec });
    let mut command = Command::new(&exec.command);
    // A kubeconfig may name any program: it gets the organisation's token only if the configuration sets it.
    for name in not_inherited(std::env::vars_os(), withheld) {
        command.env_remove(name);
    }
    command
        .args(&exec.args)
        .envs(exec.env.iter().map(|(name, value)| (name, value.expose_secret())))
        .env("KUBERNETES_EXEC_INFO", info.to_string())
        // Terraform's streams are not a terminal.
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Variables with a CoreWeave token or the path of one, by their names or their values.
fn not_inherited(
    variables: impl Iterator<Item = (OsString, OsString)>,
    withheld: Option<&SecretString>,
) -> Vec<OsString> {
    let withheld =
        withheld.map(|secret| secret.expose_secret().as_bytes()).filter(|secret| !secret.is_empty());
    let holds_one = |(name, value): &(OsString, OsString)| {
        let value = value.as_encoded_bytes();
        COREWEAVE_TOKEN_VARIABLES.iter().any(|known| name.eq_ignore_ascii_case(known))
            || name.eq_ignore_ascii_case(COREWEAVE_TOKEN_FILE_VARIABLE)
            || value.trim_ascii_start().starts_with(COREWEAVE_TOKEN_PREFIX.as_bytes())
            || withheld.is_some_and(|secret| value.windows(secret.len()).any(|part| part == secret))
    };
    variables.filter(holds_one).map(|(name, _)| name).collect()
}

/// Its output until it ends.
async fn output_of(mut command: Command) -> Result<Vec<u8>, Failure> {
    let mut child = command.spawn().map_err(Failure::Start)?;
    let stdout = child.stdout.take().ok_or(Failure::Broken)?;
    let mut read = std::pin::pin!(async move {
        let mut bytes = Vec::new();
        stdout.take(LONGEST_OUTPUT).read_to_end(&mut bytes).await.map(|_| bytes)
    });
    let mut output = None;
    // At the same time, since a full pipe would block it.
    let status = loop {
        tokio::select! {
            status = child.wait() => break status.map_err(|_| Failure::Broken)?,
            read = &mut read, if output.is_none() => output = Some(read),
        }
    };
    if !status.success() {
        return Err(Failure::Ended(status));
    }
    // A process that it started may keep the pipe open until the time limit.
    let output = match output {
        Some(output) => output,
        None => read.await,
    };
    output.map_err(|_| Failure::Broken)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credential {
    kind: String,
    api_version: String,
    #[serde(default)]
    status: Status,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
    expiration_timestamp: Option<String>,
}

pub(super) fn printed(output: &[u8], api_version: &str) -> Result<Printed, String> {
    let nothing = || "printed no ExecCredential".to_owned();
    // Of another version, the members may be elsewhere.
    let form: Value = serde_json::from_slice(output).map_err(|_| nothing())?;
    let credential: Credential = serde_json::from_value(form).map_err(|_| nothing())?;
    if credential.kind != "ExecCredential" {
        return Err(nothing());
    }
    if credential.api_version != api_version {
        // Only values that cannot be secret are shown.
        let known = API_VERSIONS.iter().find(|known| **known == credential.api_version);
        let other = known.map(|known| format!(", {known},")).unwrap_or_default();
        return Err(format!("prints another version{other} than the requested {api_version}"));
    }
    let Status { token, client_certificate_data, client_key_data, expiration_timestamp } = credential.status;
    let until = expiration_timestamp
        .filter(|time| !time.is_empty())
        .map(|time| time.parse().map_err(|_| "printed an expirationTimestamp that is no time".to_owned()))
        .transpose()?;
    let token = token.filter(|token| !token.is_empty()).map(SecretString::from);
    // An empty text is unset, as in kubectl.
    let set = |text: Option<String>| text.filter(|text| !text.is_empty());
    let certificate = match (set(client_certificate_data), set(client_key_data)) {
        (Some(certificate), Some(key)) => Some((certificate, key.into())),
        (None, None) => None,
        _ => return Err("printed only one of a client certificate and its key".to_owned()),
    };
    if token.is_none() && certificate.is_none() {
        return Err("printed neither a token nor a client certificate".to_owned());
    }
    Ok(Printed { token, certificate, until })
}

/// Versions of the protocol that this client supports.
pub const API_VERSIONS: [&str; 2] =
    ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const V1: &str = API_VERSIONS[0];

    fn shell(script: &str) -> Exec {
        Exec {
            api_version: V1.to_owned(),
            command: "/bin/sh".to_owned(),
            args: vec!["-c".to_owned(), script.to_owned(), "plugin".to_owned(), "first".to_owned()],
            env: BTreeMap::from([("SECRET".to_owned(), "hunter2".into())]),
            cluster: None,
            install_hint: None,
        }
    }

    fn saying(status: &Value) -> Exec {
        let credential = json!({"apiVersion": V1, "kind": "ExecCredential", "status": status});
        shell(&format!("printf %s '{credential}'"))
    }

    #[track_caller]
    fn complaint(result: Result<Printed, String>) -> String {
        let said = result.expect_err("refused");
        assert!(!said.contains("hunter2") && said.contains("/bin/sh"), "{said}");
        said
    }

    #[tokio::test]
    async fn a_plugin_gets_its_arguments_its_environment_and_the_cluster() {
        let script = r#"read -r line && exit 1
            printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s %s"}}' "$1" "$SECRET"
            printf '%s' "$KUBERNETES_EXEC_INFO" | grep -q '"interactive":false'"#;
        let printed = run(&shell(script), None).await.expect("credentials");
        assert_eq!(printed.token.expect("a token").expose_secret(), "first hunter2");
        assert!(printed.certificate.is_none() && printed.until.is_none());
    }

    #[test]
    fn a_variable_with_a_coreweave_token_is_not_inherited() {
        let withheld = SecretString::from("an-older-token");
        let names = |withheld: Option<&SecretString>, variables: &[(&str, &str)]| -> Vec<String> {
            let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
            let names = not_inherited(variables, withheld).into_iter();
            names.map(|name| name.into_string().expect("text")).collect()
        };
        let variables = [
            ("PATH", "/usr/bin"),
            ("COREWEAVE_API_TOKEN", "x"),
            ("COREWEAVE_API_TOKEN_FILE", "/run/token"),
            ("CW_API_ACCESS_TOKEN", "x"),
            ("CW_API_TOKEN", ""),
            ("CW_TOKEN", "x"),
            ("cw_token", "x"),
            ("TF_VAR_token", "CW-SECRET-another"),
            ("QUOTED", " CW-SECRET-another"),
            ("HEADER", "Authorization: Bearer an-older-token"),
            ("EMPTY", ""),
            ("CW_TOKEN_FILE", "/run/token"),
            ("OLDER", "an-older-toke"),
        ];
        let always = [
            "COREWEAVE_API_TOKEN",
            "COREWEAVE_API_TOKEN_FILE",
            "CW_API_ACCESS_TOKEN",
            "CW_API_TOKEN",
            "CW_TOKEN",
            "cw_token",
        ];
        let by_prefix = ["TF_VAR_token", "QUOTED"];
        assert_eq!(names(None, &variables), [&always[..], &by_prefix].concat());
        assert_eq!(names(Some(&"".into()), &variables), [&always[..], &by_prefix].concat());
        assert_eq!(names(Some(&withheld), &variables), [&always[..], &by_prefix, &["HEADER"]].concat());
    }

    #[tokio::test]
    async fn a_plugin_does_not_inherit_what_is_withheld_but_gets_what_is_set() {
        // Whatever this variable has on this machine, as if it were the token.
        let (name, value) =
            std::env::vars().find(|(name, _)| name == "CARGO_MANIFEST_DIR").expect("cargo sets it");
        let script = format!(
            r#"printf '{{"apiVersion":"{V1}","kind":"ExecCredential","status":{{"token":"<%s>"}}}}' "${name}""#
        );
        let token = async |exec: &Exec, withheld: Option<&str>| {
            let withheld = withheld.map(SecretString::from);
            let printed = run(exec, withheld.as_ref()).await.expect("credentials");
            printed.token.expect("a token").expose_secret().to_owned()
        };
        let exec = shell(&script);
        assert_eq!(token(&exec, None).await, format!("<{value}>"));
        assert_eq!(token(&exec, Some(&value)).await, "<>");
        let set = Exec { env: BTreeMap::from([(name, value.clone().into())]), ..exec };
        assert_eq!(token(&set, Some(&value)).await, format!("<{value}>"));
    }

    #[tokio::test]
    async fn a_token_a_certificate_and_their_expiry_are_read() {
        let status = json!({
            "token": "t", "clientCertificateData": "C", "clientKeyData": "K", "expirationTimestamp": "2026-01-02T03:04:05Z",
        });
        let printed = run(&saying(&status), None).await.expect("credentials");
        assert_eq!(printed.certificate.map(|(certificate, _)| certificate).as_deref(), Some("C"));
        assert_eq!(printed.until.map(|time| time.to_string()).as_deref(), Some("2026-01-02T03:04:05Z"));
    }

    #[tokio::test]
    async fn output_of_a_plugin_is_never_shown() {
        let failing = shell("echo hunter2; echo hunter2 >&2; exit 3");
        assert!(complaint(run(&failing, None).await).contains("exit status: 3"));
        assert!(complaint(run(&shell("echo hunter2"), None).await).contains("printed no ExecCredential"));
        let status = json!({"token": "hunter2", "expirationTimestamp": "hunter2"});
        assert!(complaint(run(&saying(&status), None).await).contains("no time"));
        let version = json!({"apiVersion": "hunter2", "kind": "ExecCredential", "status": {"token": "t"}});
        let other = shell(&format!("printf %s '{version}'"));
        assert!(complaint(run(&other, None).await).contains("another version than"));
    }

    #[tokio::test]
    async fn a_plugin_of_another_version_is_an_error() {
        let exec = Exec { api_version: API_VERSIONS[1].to_owned(), ..saying(&json!({"token": "t"})) };
        assert!(
            complaint(run(&exec, None).await)
                .contains("another version, client.authentication.k8s.io/v1, than the")
        );
    }

    #[tokio::test]
    async fn half_a_credential_is_an_error() {
        for (status, expected) in [
            (json!({}), "neither a token nor a client certificate"),
            (json!({"token": ""}), "neither a token nor a client certificate"),
            (json!({"clientKeyData": "K"}), "only one of"),
            (json!({"clientCertificateData": "C", "clientKeyData": ""}), "only one of"),
            (
                json!({"clientCertificateData": "", "clientKeyData": ""}),
                "neither a token nor a client certificate",
            ),
        ] {
            assert!(complaint(run(&saying(&status), None).await).contains(expected), "{status}");
        }
    }

    #[tokio::test]
    async fn a_missing_plugin_is_named_with_its_install_hint() {
        let exec = Exec {
            command: "/nowhere/plugin".to_owned(),
            install_hint: Some("Get it from example.com".to_owned()),
            ..shell("")
        };
        let said = run(&exec, None).await.expect_err("refused");
        assert!(
            said.contains("\"/nowhere/plugin\" cannot be started")
                && said.ends_with("Get it from example.com"),
            "{said}"
        );
    }

    #[tokio::test]
    async fn a_plugin_is_killed_when_its_future_is_dropped() {
        let directory = tempfile::tempdir().expect("a directory");
        let (started, survived) = (directory.path().join("started"), directory.path().join("survived"));
        let script = format!("touch {0}; sleep 1; sleep 1; touch {1}", started.display(), survived.display());
        let exec = shell(&script);
        let running = tokio::spawn(async move { run(&exec, None).await });
        while !started.exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        running.abort();
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert!(!survived.exists(), "it went on");
    }
}
