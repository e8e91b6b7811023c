//! `--keep`: applies the example again, and prints the commands for another shell.
//!
//! Each printed command has been run, unless its program is not on `PATH`, which is printed instead.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use child_processes::Printed;
use secrecy::ExposeSecret as _;

use crate::{
    environment::{EMAIL, Environment},
    failure::Failure,
    steps,
    story::Story,
};

/// ID tokens are valid for one hour: the file always has one that is valid for at least half an hour.
const RENEWED_EVERY: Duration = Duration::from_mins(30);

/// Time limit of a printed command.
const LIMIT: Duration = Duration::from_mins(1);

/// Applies, and prints the running servers and commands.
pub(crate) async fn explain(story: &mut Story, environment: &Environment) -> Result<(), Failure> {
    story.step("Apply once more, and keep it running (--keep)");
    steps::apply(story, environment, steps::CREATED).await?;
    let id_token = environment.id_token().await?;
    let promise = "the cluster trusts the OpenID provider";
    steps::login(story, environment, &id_token, &steps::as_user("oidc:"), promise).await?;

    story.step("Use it in a shell");
    story.explain("Paste this into a new shell, since its HTTPS_PROXY leads to this demonstration only:");
    story.paste(&exports(environment));
    write_id_token(environment).await?;
    let who = who_am_i(environment);
    let promise = format!("Ada's user name in Kubernetes is oidc:{EMAIL}");
    match &who {
        Some(command) => {
            let output = shell(environment, command).await?;
            story.check(&promise, &output.contains(&format!("oidc:{EMAIL}")), &true)?;
            story.explain("For example:");
            story.paste(std::slice::from_ref(command));
        }
        None => story.explain("Neither kubectl nor curl is on PATH: install kubectl to log in by hand."),
    }
    story.explain("Change the cluster or main.tf, and run a plan:");
    story.paste(&[format!("{} plan", environment.terraform.name())]);
    story.explain("The file ./id-token always has a valid ID token of Ada's. Ctrl-C stops everything and removes the directory.");
    Ok(())
}

/// Renews the file `id-token`; ends only if that fails.
pub(crate) async fn renew_id_token(environment: &Environment) -> Failure {
    loop {
        tokio::time::sleep(RENEWED_EVERY).await;
        if let Err(failure) = write_id_token(environment).await {
            return failure;
        }
    }
}

async fn write_id_token(environment: &Environment) -> Result<(), Failure> {
    let token = environment.id_token().await?;
    let (file, partial) = (id_token(environment), id_token(environment).with_extension("partial"));
    fs::write(&partial, token.expose_secret()).map_err(Failure::io("write", &partial))?;
    fs::rename(&partial, &file).map_err(Failure::io("write", &file))
}

fn id_token(environment: &Environment) -> PathBuf {
    environment.terraform.directory().join("id-token")
}

fn exports(environment: &Environment) -> Vec<String> {
    let variables = environment.variables.iter();
    let mut lines: Vec<_> = variables.map(|(name, value)| format!("export {name}={value}")).collect();
    let terraform = &environment.terraform;
    if on_path(&terraform.name()).as_deref() != Some(terraform.program()) {
        let directory = terraform.program().parent().unwrap_or(Path::new("/"));
        lines.push(format!("export PATH={}:$PATH", directory.display()));
    }
    lines.push(format!("cd {}", terraform.directory().display()));
    lines
}

/// A command that prints Ada's identity at the unmanaged endpoint, for an installed program.
fn who_am_i(environment: &Environment) -> Option<String> {
    let host = environment.cluster.unmanaged_host();
    if on_path("kubectl").is_some() {
        return Some(format!(
            "kubectl --kubeconfig /dev/null --server https://{host} --certificate-authority \"$SSL_CERT_FILE\" \
             --token \"$(cat id-token)\" auth whoami"
        ));
    }
    on_path("curl").map(|_| {
        let question = r#"{"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}"#;
        format!(
            "curl --cacert \"$SSL_CERT_FILE\" --oauth2-bearer \"$(cat id-token)\" --json '{question}' \
             https://{host}/apis/authentication.k8s.io/v1/selfsubjectreviews"
        )
    })
}

/// Runs a command as pasted after the exports.
async fn shell(environment: &Environment, command: &str) -> Result<String, Failure> {
    let script = format!("{}\n{command}", exports(environment).join("\n"));
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &script]);
    let process = environment.processes.start(shell).map_err(Failure::of("running a shell"))?;
    let status = process.finish_async(LIMIT).await.map_err(Failure::of("running a shell"))?;
    let Printed { stdout, stderr } = process.printed();
    if status.success() {
        return Ok(stdout);
    }
    Err(Failure::new(format!("`{command}`: {status}\n{stdout}{stderr}")))
}

fn on_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|directory| directory.join(name)).find(|path| path.is_file())
}
