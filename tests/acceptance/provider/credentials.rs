//! Who calls a cluster's Kubernetes: each kind of credentials that the provider's `kubernetes` takes, and what changes while it runs.

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
    each_kind_of_credentials_calls_as_who_it_is_and_is_nowhere_to_be_read,
    credentials_that_change_while_terraform_runs_are_followed,
    credentials_that_are_of_no_use_are_named_and_not_shown,
);

/// One way to call.
struct Way {
    entry: String,
    /// Values of its variables.
    variables: Vec<(&'static str, String)>,
    /// What is to be nowhere.
    secrets: Vec<String>,
    who: String,
}

/// A directory that is not the workspace's: what lies in it was put there by the user.
fn elsewhere() -> TempDir {
    tempfile::Builder::new().prefix("cks-elsewhere-").tempdir().expect("a temporary directory")
}

fn put(directory: &Path, name: &str, content: &str) -> String {
    let path = directory.join(name);
    std::fs::write(&path, content).expect("the directory is ours");
    path.display().to_string()
}

/// A plugin that takes one argument, and prints this credential in the shell's words.
fn plugin(directory: &Path, name: &str, status: &str) -> String {
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = get ] || exit 9\ncat <<END\n{{\"apiVersion\": \"client.authentication.k8s.io/v1\", \
         \"kind\": \"ExecCredential\", \"status\": {status}}}\nEND\n"
    );
    let path = put(directory, name, &script);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("the file is ours");
    path
}

/// A kubeconfig with this user at the administrator's server; its current context leads nowhere.
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

/// Complaints 35 and 37 of the field: a kubeconfig as text, and credentials that need no program.
fn each_kind_of_credentials_calls_as_who_it_is_and_is_nowhere_to_be_read(host: &Host) {
    let mut bed = Bed::with_kubernetes(host);
    let directory = elsewhere();
    let administrator = Administrator::of(&bed.cluster());
    let cluster = format!("cluster_id = {CLUSTER_ID:?}");
    let token = |name: &str| bed.token_of(name).expose_secret().to_owned();
    let key = || administrator.secret().to_owned();

    let (given, filed, direct, printed, told) =
        (token("given"), token("filed"), token("direct"), token("printed"), token("told"));
    let token_file = put(directory.path(), "token", &format!("{filed}\n"));
    let program = plugin(directory.path(), "plugin", "{\"token\": \"$PLUGIN_TOKEN\"}");
    let exec = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "command": program, "args": ["get"],
        "env": [{"name": "PLUGIN_TOKEN", "value": told}],
    });
    let config_path = put(directory.path(), "config", &kubeconfig(&administrator, &json!({"exec": exec})));
    let host_entry =
        |more: &str| format!("{cluster}\nhost = {:?}\nca_certificate = var.ca\n{more}", administrator.url);
    let ways = [
        Way {
            entry: format!("{cluster}\nendpoint = \"unmanaged\"\ntoken = var.token"),
            variables: vec![("token", given.clone())],
            secrets: vec![given],
            who: account("given"),
        },
        Way {
            entry: format!("endpoint = \"unmanaged\"\ntoken_file = {token_file:?}"),
            variables: vec![],
            secrets: vec![filed],
            who: account("filed"),
        },
        Way {
            entry: host_entry("token = var.token"),
            variables: vec![("ca", administrator.ca.clone()), ("token", direct.clone())],
            secrets: vec![direct],
            who: account("direct"),
        },
        Way {
            entry: host_entry("client_certificate = var.certificate\nclient_key = var.key"),
            variables: vec![
                ("ca", administrator.ca.clone()),
                ("certificate", administrator.certificate.clone()),
                ("key", administrator.key.clone()),
            ],
            secrets: vec![key()],
            who: ADMINISTRATOR.to_owned(),
        },
        Way {
            entry: format!("{cluster}\nkubeconfig = var.kubeconfig"),
            variables: vec![("kubeconfig", administrator.kubeconfig.clone())],
            secrets: vec![key()],
            who: ADMINISTRATOR.to_owned(),
        },
        Way {
            entry: format!("{cluster}\nconfig_path = {config_path:?}\nconfig_context = \"here\""),
            variables: vec![],
            secrets: vec![told],
            who: account("told"),
        },
        Way {
            entry: format!(
                "endpoint = \"unmanaged\"\nexec = {{\napi_version = \"client.authentication.k8s.io/v1\"\ncommand = {program:?}\n\
                 args = [\"get\"]\nenv = {{ PLUGIN_TOKEN = var.token }}\n}}"
            ),
            variables: vec![("token", printed.clone())],
            secrets: vec![printed],
            who: account("printed"),
        },
    ];
    bed.log_everything();
    for way in ways {
        eprintln!("{}", way.entry);
        let names: Vec<&str> = way.variables.iter().map(|(name, _)| *name).collect();
        bed.write("provider.tf", &(secret_variables(&names) + &provider(&[&way.entry], "")));
        bed.write("main.tf", &who_am_i(""));
        for (name, value) in &way.variables {
            bed.set_variable(&format!("TF_VAR_{name}"), Some(value));
        }
        let runs = [bed.plan().succeeded(), bed.apply_plan().succeeded(), bed.apply().succeeded()];
        assert_eq!(runs[2].output("it")["username"], way.who.as_str());
        let outputs: Vec<_> = runs.iter().map(ToString::to_string).collect();
        for secret in &way.secrets {
            bed.expect_nowhere(secret, &outputs);
        }
    }
    assert!(bed.log().contains("sent a request to Kubernetes"), "the provider's own lines are in the log");
}

/// Two questions that one run of the provider puts at apply, and a command between them.
fn questions_around(command: &str) -> String {
    let question =
        |name: &str, after: &str| who_am_i_in(CLUSTER_ID, name, &format!("depends_on = [{after}]"));
    format!(
        "resource \"terraform_data\" \"start\" {{}}\n{}resource \"terraform_data\" \"change\" {{\n  input = \
         data.cks_self_subject_review.before.username\n  provisioner \"local-exec\" {{\n    command = {command:?}\n  }}\n}}\n{}",
        question("before", "terraform_data.start"),
        question("after", "terraform_data.change"),
    )
}

/// Complaint 44 of the field: federated credentials change while a long apply runs.
fn credentials_that_change_while_terraform_runs_are_followed(host: &Host) {
    let bed = Bed::with_kubernetes(host);
    let directory = elsewhere();
    let tokens = ["first", "second", "third"].map(|name| {
        let token = bed.token_of(name);
        put(directory.path(), name, token.expose_secret())
    });
    let current = put(directory.path(), "current", "");
    let use_token = |token: &str| std::fs::copy(token, &current).expect("the files are ours");
    // By its own account this one has ended, so that it is asked for before each request.
    let status =
        format!("{{\"token\": \"$(cat {current})\", \"expirationTimestamp\": \"2020-01-01T00:00:00Z\"}}");
    let program = plugin(directory.path(), "plugin", &status);
    let exec = format!(
        "exec = {{\napi_version = \"client.authentication.k8s.io/v1\"\ncommand = {program:?}\nargs = [\"get\"]\n}}"
    );
    for credentials in [format!("token_file = {current:?}"), exec] {
        eprintln!("{credentials}");
        bed.begin_anew();
        bed.write("provider.tf", &provider(&[&format!("endpoint = \"unmanaged\"\n{credentials}")], ""));
        bed.write("main.tf", &questions_around(&format!("cp {} {current}", tokens[2])));
        use_token(&tokens[0]);
        bed.plan().succeeded();
        use_token(&tokens[1]);
        let applied = bed.apply_plan().succeeded();
        assert_eq!(applied.output("before")["username"], account("second"), "as it is at apply");
        assert_eq!(applied.output("after")["username"], account("third"), "as it became meanwhile");
    }
}

fn credentials_that_are_of_no_use_are_named_and_not_shown(host: &Host) {
    let mut bed = Bed::with_kubernetes(host);
    let directory = elsewhere();
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
    for (credentials, complaint) in [
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
        run.expect_error(&complaint);
        let shown: Vec<_> =
            run.errors().iter().map(|error| format!("{} {}", error.summary, error.detail)).collect();
        bed.remove("provider.tf");
        bed.expect_nowhere(secret, &shown);
    }
    let old = exec(&failing).replace("k8s.io/v1\"", "k8s.io/v1alpha1\"");
    bed.write("provider.tf", &provider(&[&format!("endpoint = \"unmanaged\"\n{old}")], ""));
    bed.validate().failed().expect_error(&["client.authentication.k8s.io/v1beta1"]);
}
