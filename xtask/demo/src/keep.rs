//! `--keep`: applies the example again, and prints what to try in another shell.
//!
//! That shell reads one file, which puts kubectl, kubelogin and Terraform on its `PATH`. Its browser is a script that passes the login
//! page on to this program, which logs in there as Ada. Each printed command has been run.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use child_processes::Printed;

use crate::{
    environment::{EMAIL, Environment},
    failure::Failure,
    kubectl::{link_programs, write},
    steps,
    story::Story,
};

/// Time limit of a printed command.
const LIMIT: Duration = Duration::from_mins(1);

/// How often a login is looked for.
const LOOKED_FOR_EVERY: Duration = Duration::from_millis(200);

/// Commands of people, with what a check finds in their output.
const OF_PEOPLE: [(&str, &str); 3] = [
    ("kubectl auth whoami", EMAIL),
    ("kubectl get namespaces", "team-a"),
    ("kubectl get secrets --all-namespaces || echo 'not with the role view'", "not with"),
];

/// The same of the pipeline.
const OF_THE_PIPELINE: [(&str, &str); 1] =
    [("kubectl --kubeconfig ci.yaml auth whoami", "system:serviceaccount:")];

/// Applies, and prints the file for another shell, and the commands.
pub(crate) async fn explain(story: &mut Story, environment: &Environment) -> Result<(), Failure> {
    story.step("Apply once more, and keep it running (--keep)");
    steps::apply(story, environment, steps::CREATED).await?;
    let id_token = environment.id_token().await?;
    let promise = "the cluster trusts the OpenID provider";
    steps::login(story, environment, &id_token, &steps::as_user("oidc:"), promise).await?;

    story.step("Use it in another shell");
    let settings = prepare_shell(environment).await?;
    let plan = format!("{} plan", environment.terraform.name());
    let changes_nothing = (plan.as_str(), "No changes.");
    for (command, expected) in OF_PEOPLE.into_iter().chain(OF_THE_PIPELINE).chain([changes_nothing]) {
        let output = shell(environment, &settings, command).await?;
        story.check(&format!("works in that shell: {command}"), &output.contains(expected), &true)?;
    }
    let paste = |commands: &[(&str, &str)]| {
        story.paste(&commands.iter().map(|(command, _)| (*command).to_owned()).collect::<Vec<_>>());
    };
    story.explain("Its proxy leads to this demonstration only, so use a new shell for it:");
    story.paste(&[format!(". {}", settings.display())]);
    story.explain(
        "Log in as Ada. kubelogin opens the login page; in that shell the demonstration is the browser, and submits the page.",
    );
    paste(&OF_PEOPLE);
    story.explain("Use the pipeline's token:");
    paste(&OF_THE_PIPELINE);
    story.explain("Then change main.tf, or the cluster with the pipeline's kubeconfig, and run a plan:");
    paste(&[changes_nothing]);
    story.explain("Ctrl-C here stops everything and removes the directory.");
    Ok(())
}

/// Logs Ada in at the pages that kubelogin opens in the other shell; ends only if that fails.
pub(crate) async fn log_in(environment: &Environment) -> Failure {
    loop {
        tokio::time::sleep(LOOKED_FOR_EVERY).await;
        if let Err(failure) = log_in_at_open_pages(environment).await {
            return failure;
        }
    }
}

/// A login that the user has ended fails, and ends nothing here.
async fn log_in_at_open_pages(environment: &Environment) -> Result<(), Failure> {
    let pages = pages(environment);
    for entry in fs::read_dir(&pages).map_err(Failure::io("read", &pages))? {
        let file = entry.map_err(Failure::io("read", &pages))?.path();
        if file.extension().is_some_and(|extension| extension == "page") {
            let page = fs::read_to_string(&file).map_err(Failure::io("read", &file))?;
            fs::remove_file(&file).map_err(Failure::io("remove", &file))?;
            if let Err(cause) = environment.issuer.log_in(&environment.ada, page.trim_end()).await {
                eprintln!("A login failed: {cause}. Run the command again.");
            }
        }
    }
    Ok(())
}

/// Where the browser of the other shell puts pages.
fn pages(environment: &Environment) -> PathBuf {
    environment.directory().join("pages")
}

/// Writes programs, kubeconfigs, and the file that a shell reads, whose path it returns.
async fn prepare_shell(environment: &Environment) -> Result<PathBuf, Failure> {
    let (terraform, pages) = (&environment.terraform, pages(environment));
    let work = terraform.directory();
    for (file, output) in [("people.yaml", "people_kubeconfig"), ("ci.yaml", "ci_kubeconfig")] {
        write(&work.join(file), &terraform.output(output).await?, 0o600)?;
    }
    fs::create_dir_all(&pages).map_err(Failure::io("create", &pages))?;
    let programs = environment.directory().join("bin");
    let partial = pages.join("$$");
    let (partial, page) = (partial.display(), partial.with_extension("page"));
    // Renamed, so that only whole pages are found.
    let browser = format!("printf '%s\\n' \"$1\" >\"{partial}\" && mv \"{partial}\" \"{}\"", page.display());
    link_programs(&programs, &browser)?;
    let link = programs.join(terraform.name());
    symlink(terraform.program(), &link).map_err(Failure::io("create", &link))?;

    let mut variables = environment.variables.clone();
    for (name, path) in [
        ("KUBECONFIG", work.join("people.yaml")),
        // kubelogin keeps tokens there.
        ("KUBECACHEDIR", environment.directory().join("cache")),
    ] {
        variables.push((name.to_owned(), path.display().to_string()));
    }
    let mut lines: Vec<_> =
        variables.iter().map(|(name, value)| format!("export {name}='{value}'\n")).collect();
    lines.push(format!("export PATH='{}':\"$PATH\"\n", programs.display()));
    lines.push(format!("cd '{}'\n", work.display()));
    let settings = environment.directory().join("shell");
    write(&settings, &lines.concat(), 0o600)?;
    Ok(settings)
}

/// Output of a command in a shell that has read the settings, while logins are submitted.
async fn shell(environment: &Environment, settings: &Path, command: &str) -> Result<String, Failure> {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &format!(". '{}'\n{command}", settings.display())]);
    let process = environment.processes.start(shell).map_err(Failure::of("running a shell"))?;
    let status = tokio::select! {
        status = process.finish_async(LIMIT) => status.map_err(Failure::of("running a shell"))?,
        failure = log_in(environment) => return Err(failure),
    };
    let Printed { stdout, stderr } = process.printed();
    if status.success() {
        return Ok(stdout);
    }
    Err(Failure::new(format!("`{command}`: {status}\n{stdout}{stderr}")))
}
