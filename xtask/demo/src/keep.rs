//! `--keep`: applies the example again, and prints what to try in another shell.
//!
//! That shell uses local CKS as any user of the program does: by its environment file, and the programs of `$LOCAL_CKS_BIN`. Each
//! printed command has been run.

use std::{
    fs,
    path::{self, Path},
    process::Command,
    time::Duration,
};

use child_processes::Printed;

use crate::{
    environment::{EMAIL, Environment, USER},
    failure::Failure,
    kubectl::write,
    local::ENVIRONMENT,
    steps,
    story::Story,
};

/// Time limit of a printed command.
const LIMIT: Duration = Duration::from_mins(2);

/// Directory in which kubelogin keeps logins.
const LOGINS: &str = "logins";

/// Commands of people, with what a check finds in their output.
const OF_PEOPLE: [(&str, &str); 3] = [
    ("kubectl auth whoami", EMAIL),
    ("kubectl get namespaces", "team-a"),
    ("kubectl get secrets --all-namespaces || echo 'not with the role view'", "not with"),
];

/// The same of the pipeline.
const OF_THE_PIPELINE: [(&str, &str); 1] =
    [("kubectl --kubeconfig ci.yaml auth whoami", "system:serviceaccount:")];

/// Applies, and prints the commands.
pub(crate) async fn explain(story: &mut Story, environment: &Environment) -> Result<(), Failure> {
    story.step("Apply once more, and keep it running (--keep)");
    steps::apply(story, environment, steps::CREATED).await?;
    let id_token = environment.id_token().await?;
    let promise = "the cluster trusts the OpenID provider";
    steps::login(story, environment, &id_token, &steps::as_user("oidc:"), promise).await?;

    story.step("Use it in another shell");
    let settings = prepare_shell(environment).await?;
    let plan = format!("{} plan", environment.terraform.name());
    let plan = (plan.as_str(), "No changes.");
    let requests = ("local-cks requests", "/v1beta1/cks/clusters");
    let fault = ("local-cks fault 503 retry-after=2s on=get-cluster times=2", "pending faults: 1");
    let of_terraform = [("local-cks requests --clear", "no request"), plan, requests];
    let of_faults = [fault, plan, ("local-cks status", "pending faults 0")];
    for (command, expected) in
        OF_PEOPLE.into_iter().chain(OF_THE_PIPELINE).chain(of_terraform).chain(of_faults)
    {
        let output = shell(environment, &settings, command).await?;
        story.check(&format!("works in that shell: {command}"), &output.contains(expected), &true)?;
    }
    // So that the user of the shell logs in.
    let logins = environment.directory().join(LOGINS);
    fs::remove_dir_all(&logins).map_err(Failure::io("remove", &logins))?;
    let paste = |commands: &[(&str, &str)]| {
        story.paste(&commands.iter().map(|(command, _)| (*command).to_owned()).collect::<Vec<_>>());
    };
    story.explain("Its proxy leads to this demonstration only, so use a new shell for it:");
    story.paste(&settings);
    story.explain("Log in as Ada. kubelogin opens the login page; the browser of $LOCAL_CKS_BIN submits it.");
    paste(&OF_PEOPLE);
    story.explain("Use the pipeline's token:");
    paste(&OF_THE_PIPELINE);
    story.explain("See what a plan sends, also after a change of main.tf, or of the cluster with ci.yaml:");
    paste(&of_terraform);
    story.explain("Let CoreWeave's API fail twice, and see that a plan waits and succeeds:");
    paste(&of_faults);
    story.explain("Ctrl-C here, or `local-cks down` there, stops everything and removes the directory.");
    Ok(())
}

/// Writes kubeconfigs, and returns the commands with which a shell uses local CKS and Terraform in the copy of the example.
async fn prepare_shell(environment: &Environment) -> Result<[String; 5], Failure> {
    let terraform = &environment.terraform;
    let work = terraform.directory();
    for (file, output) in [("people.yaml", "people_kubeconfig"), ("ci.yaml", "ci_kubeconfig")] {
        write(&work.join(file), &terraform.output(output).await?)?;
    }
    let program = path::absolute(terraform.program()).map_err(Failure::io("find", terraform.program()))?;
    let programs = program.parent().unwrap_or(Path::new("/"));
    Ok([
        format!("cd '{}'", work.display()),
        format!("set -a; . ../{ENVIRONMENT}; set +a"),
        format!("PATH=$LOCAL_CKS_BIN:'{}':$PATH", programs.display()),
        format!("export LOCAL_CKS_USER={USER} KUBECONFIG=$PWD/people.yaml"),
        format!("export KUBECACHEDIR=$PWD/../{LOGINS} TF_CLI_CONFIG_FILE=$PWD/../terraform.rc"),
    ])
}

/// Output of a command in a shell with these settings.
async fn shell(environment: &Environment, settings: &[String], command: &str) -> Result<String, Failure> {
    let failed = || Failure::of("running a shell");
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &format!("{}\n{command}", settings.join("\n"))]);
    let process = environment.processes.start(shell).map_err(failed())?;
    let status = process.finish_async(LIMIT).await.map_err(failed())?;
    let Printed { stdout, stderr } = process.printed();
    if status.success() {
        return Ok(stdout);
    }
    Err(Failure::new(format!("`{command}`: {status}\n{stdout}{stderr}")))
}
