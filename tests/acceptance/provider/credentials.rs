//! Each kind of credentials in the provider's `kubernetes`, and credentials that change while it runs.

use std::{os::unix::fs::PermissionsExt as _, path::Path};

use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    on_terraform,
    support::{
        ADMINISTRATOR, Administrator, Bed, CLUSTER_ID, Host, account, provider, secret_variables, who_am_i,
        who_am_i_in,
    },
};

on_terraform!(
    each_kind_of_credentials_authenticates_as_its_user_and_does_not_leak,
    credentials_that_change_during_a_run_are_reloaded,
    unusable_credentials_are_reported_without_their_secrets,
);

/// An entry of `kubernetes` with its expected user.
struct Entry {
    attributes: String,
    /// Values of its variables.
    variables: Vec<(&'static str, String)>,
    /// What must not leak.
    secrets: Vec<String>,
    username: String,
}

/// A directory outside the workspace, for files of the user, which may contain secrets.
fn outside_directory() -> TempDir {
    tempfile::Builder::new().prefix("cks-elsewhere-").tempdir().expect("a temporary directory")
}

fn put(directory: &Path, name: &str, content: &str) -> String {
    let path = directory.join(name);
    std::fs::write(&path, content).expect("the directory is ours");
    path.display().to_string()
}

/// A plugin with one argument that prints this status; the shell expands `$…` in it.
fn plugin(directory: &Path, name: &str, status: &str) -> String {
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = get ] || exit 9\ncat <<END\n{{\"apiVersion\": \"client.authentication.k8s.io/v1\", \
         \"kind\": \"ExecCredential\", \"status\": {status}}}\nEND\n"
    );
    let path = put(directory, name, &script);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("the file is ours");
    path
}

/// A kubeconfig with this user at the administrator's server; its current context has no cluster.
fn kubeconfig(administrator: &Administrator, user: &Value) -> String {
    let mut text: Value = serde_json::from_str(&administrator.kubeconfig).expect("JSON");
    text["users"] = json!([{"name": "caller", "user": user}]);
    text["contexts"] = json!([
        {"name": "nowhere", "context": {"cluster": "nowhere", "user": "caller"}},
        {"name": "here", "context": {"cluster": "cluster", "user": "caller"}},
    ]);
    text["current-context"] = json!("nowhere");
    text.to_string()
}

/// Users of other providers report: a kubeconfig cannot be set as text, and credentials need a program.
fn each_kind_of_credentials_authenticates_as_its_user_and_does_not_leak(host: &Host) {
    let mut bed = Bed::with_kubernetes(host);
    let directory = outside_directory();
    let administrator = Administrator::of(&bed.cluster());
    let cluster = format!("cluster_id = {CLUSTER_ID:?}");
    let token = |name: &str| bed.token_of(name).expose_secret().to_owned();
    let key = || administrator.secret().to_owned();

    let (given, filed, direct, printed, configured) =
        (token("given"), token("filed"), token("direct"), token("printed"), token("configured"));
    let token_file = put(directory.path(), "token", &format!("{filed}\n"));
    let program = plugin(directory.path(), "plugin", "{\"token\": \"$PLUGIN_TOKEN\"}");
    let exec = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "command": program, "args": ["get"],
        "env": [{"name": "PLUGIN_TOKEN", "value": configured}],
    });
    let config_path = put(directory.path(), "config", &kubeconfig(&administrator, &json!({"exec": exec})));
    let host_entry =
        |more: &str| format!("{cluster}\nhost = {:?}\nca_certificate = var.ca\n{more}", administrator.url);
    let entries = [
        Entry {
            attributes: format!("{cluster}\nendpoint = \"unmanaged\"\ntoken = var.token"),
            variables: vec![("token", given.clone())],
            secrets: vec![given],
            username: account("given"),
        },
        Entry {
            attributes: format!("endpoint = \"unmanaged\"\ntoken_file = {token_file:?}"),
            variables: vec![],
            secrets: vec![filed],
            username: account("filed"),
        },
        Entry {
            attributes: host_entry("token = var.token"),
            variables: vec![("ca", administrator.ca.clone()), ("token", direct.clone())],
            secrets: vec![direct],
            username: account("direct"),
        },
        Entry {
            attributes: host_entry("client_certificate = var.certificate\nclient_key = var.key"),
            variables: vec![
                ("ca", administrator.ca.clone()),
                ("certificate", administrator.certificate.clone()),
                ("key", administrator.key.clone()),
            ],
            secrets: vec![key()],
            username: ADMINISTRATOR.to_owned(),
        },
        Entry {
            attributes: format!("{cluster}\nkubeconfig = var.kubeconfig"),
            variables: vec![("kubeconfig", administrator.kubeconfig.clone())],
            secrets: vec![key()],
            username: ADMINISTRATOR.to_owned(),
        },
        Entry {
            attributes: format!("{cluster}\nconfig_path = {config_path:?}\nconfig_context = \"here\""),
            variables: vec![],
            secrets: vec![configured],
            username: account("configured"),
        },
        Entry {
            attributes: format!(
                "endpoint = \"unmanaged\"\nexec = {{\napi_version = \"client.authentication.k8s.io/v1\"\ncommand = {program:?}\n\
                 args = [\"get\"]\nenv = {{ PLUGIN_TOKEN = var.token }}\n}}"
            ),
            variables: vec![("token", printed.clone())],
            secrets: vec![printed],
            username: account("printed"),
        },
    ];
    bed.log_everything();
    for case in entries {
        eprintln!("{}", case.attributes);
        let names: Vec<&str> = case.variables.iter().map(|(name, _)| *name).collect();
        bed.write("provider.tf", &(secret_variables(&names) + &provider(&[&case.attributes], "")));
        bed.write("main.tf", &who_am_i(""));
        for (name, value) in &case.variables {
            bed.set_variable(&format!("TF_VAR_{name}"), Some(value));
        }
        let runs = [bed.plan().succeeded(), bed.apply_plan().succeeded(), bed.apply().succeeded()];
        assert_eq!(runs[2].output("it")["username"], case.username.as_str());
        let outputs: Vec<_> = runs.iter().map(ToString::to_string).collect();
        for secret in &case.secrets {
            bed.expect_configured_secret_absent(secret, &outputs);
        }
    }
    assert!(bed.log().contains("sent a request to Kubernetes"), "the provider's own lines are in the log");
}

/// Two reviews in the same apply, and a command that runs between them.
fn identities_before_and_after(command: &str) -> String {
    let review = |name: &str, after: &str| who_am_i_in(CLUSTER_ID, name, &format!("depends_on = [{after}]"));
    format!(
        "resource \"terraform_data\" \"start\" {{}}\n{}resource \"terraform_data\" \"change\" {{\n  input = \
         data.cks_self_subject_review.before.username\n  provisioner \"local-exec\" {{\n    command = {command:?}\n  }}\n}}\n{}",
        review("before", "terraform_data.start"),
        review("after", "terraform_data.change"),
    )
}

/// Users of other providers report: federated credentials change while a long apply runs.
fn credentials_that_change_during_a_run_are_reloaded(host: &Host) {
    let bed = Bed::with_kubernetes(host);
    let directory = outside_directory();
    let tokens = ["first", "second", "third"].map(|name| {
        let token = bed.token_of(name);
        put(directory.path(), name, token.expose_secret())
    });
    let current = put(directory.path(), "current", "");
    let use_token = |token: &str| std::fs::copy(token, &current).expect("the files are ours");
    // This credential is always expired, so that the plugin runs before each request.
    let status =
        format!("{{\"token\": \"$(cat {current})\", \"expirationTimestamp\": \"2020-01-01T00:00:00Z\"}}");
    let program = plugin(directory.path(), "plugin", &status);
    let exec = format!(
        "exec = {{\napi_version = \"client.authentication.k8s.io/v1\"\ncommand = {program:?}\nargs = [\"get\"]\n}}"
    );
    for credentials in [format!("token_file = {current:?}"), exec] {
        eprintln!("{credentials}");
        bed.clear();
        bed.write("provider.tf", &provider(&[&format!("endpoint = \"unmanaged\"\n{credentials}")], ""));
        bed.write("main.tf", &identities_before_and_after(&format!("cp {} {current}", tokens[2])));
        use_token(&tokens[0]);
        bed.plan().succeeded();
        use_token(&tokens[1]);
        let applied = bed.apply_plan().succeeded();
        assert_eq!(applied.output("before")["username"], account("second"), "as it is at apply");
        assert_eq!(applied.output("after")["username"], account("third"), "as changed during the apply");
    }
}

fn unusable_credentials_are_reported_without_their_secrets(host: &Host) {
    let mut bed = Bed::with_kubernetes(host);
    let directory = outside_directory();
    let secret = "a-secret-that-a-plugin-prints";
    let failing =
        plugin(directory.path(), "failing", &format!("$(echo {secret}; echo {secret} >&2; exit 1)"));
    let chatting =
        put(directory.path(), "chatting", &format!("#!/bin/sh\necho {secret}\necho {secret} >&2\nexit 3\n"));
    std::fs::set_permissions(&chatting, std::fs::Permissions::from_mode(0o755)).expect("the file is ours");
    let revoked = plugin(directory.path(), "revoked", &format!("{{\"token\": \"{secret}\"}}"));
    let exec = |program: &str| {
        format!(
            "exec = {{\napi_version = \"client.authentication.k8s.io/v1\"\ncommand = {program:?}\nargs = [\"get\"]\nenv = {{ PASSWORD = \
             {secret:?} }}\n}}"
        )
    };
    let missing = directory.path().join("missing").display().to_string();
    bed.log_everything();
    bed.write("main.tf", &who_am_i(""));
    for (credentials, message) in [
        (exec(&failing), vec![failing.as_str(), "printed no ExecCredential"]),
        (exec(&chatting), vec![&chatting, "exit status: 3", "run it by hand"]),
        (exec(&missing), vec![&missing, "cannot be started"]),
        (exec(&revoked), vec!["Credentials rejected by Kubernetes", &revoked]),
        (format!("token_file = {missing:?}"), vec!["the token file", &missing, "cannot be read"]),
        ("token = \"eyJ\\n\"".to_owned(), vec!["a line break"]),
    ] {
        let entry = format!("endpoint = \"unmanaged\"\n{credentials}");
        bed.write("provider.tf", &provider(&[&entry], ""));
        let run = bed.plan().failed();
        run.expect_error(&message);
        let shown: Vec<_> =
            run.errors().iter().map(|error| format!("{} {}", error.summary, error.detail)).collect();
        bed.remove("provider.tf");
        bed.expect_configured_secret_absent(secret, &shown);
    }
    let old = exec(&failing).replace("k8s.io/v1\"", "k8s.io/v1alpha1\"");
    bed.write("provider.tf", &provider(&[&format!("endpoint = \"unmanaged\"\n{old}")], ""));
    bed.validate().failed().expect_error(&["client.authentication.k8s.io/v1beta1"]);
}
