//! Exec plugins that need no program of their own: a shell script in the kubeconfig's arguments prints the ID token of a pipeline's job. The
//! script is fixed; what differs are its arguments, so that no value becomes part of it.

use coreweave::Cluster;
use tfplugin::{
    Diagnostic, Diagnostics, Error, Value,
    path::{AttributePath, Step},
};

use super::{
    ClusterKubeconfigPartial,
    checks::{self, GITHUB_ACTIONS, VARIABLE},
    inputs::{ExecInput, ExecInputPartial},
    set,
};
use crate::kubeconfig::Exec;

const API_VERSION: &str = "client.authentication.k8s.io/v1";

/// The scripts: each sets `token`, and the same end prints it.
const OF_GITHUB_ACTIONS: &str =
    concat!(include_str!("preset/github-actions.sh"), include_str!("preset/print.sh"));
const OF_VARIABLE: &str = concat!(include_str!("preset/variable.sh"), include_str!("preset/print.sh"));

/// Which attributes of `exec` belong together, as far as known.
pub(super) fn check(config: &ClusterKubeconfigPartial, report: &mut Diagnostics) {
    let Some(exec) = config.exec.as_known() else { return };
    let mut complain = |attribute: &str, title: &str, detail: &str| {
        report.push(Diagnostic::error(title, detail).at_path(path(attribute)));
    };
    for (attribute, title, detail) in complaints(exec) {
        complain(attribute, title, detail);
    }
    let is_managed = checks::is_managed(config.endpoint.as_known().map(String::as_str));
    if is_managed && exec.preset.as_known().is_some() {
        complain(
            "preset",
            "exec.preset conflicts with endpoint = \"managed\"",
            "The managed endpoint accepts CoreWeave API access tokens only, and no ID tokens. Remove `endpoint`, so that the job logs in at the \
             unmanaged endpoint.",
        );
    }
}

type Complaint = (&'static str, &'static str, &'static str);

fn complaints(exec: &ExecInputPartial) -> Vec<Complaint> {
    fn given<T>(value: &Value<T>) -> bool {
        value.as_known().is_some()
    }
    let preset = match &exec.preset {
        Value::Unknown => return Vec::new(),
        Value::Null => None,
        Value::Known(preset) => Some(preset.as_str()),
    };
    let rules: [(bool, Complaint); 6] = [
        (
            preset.is_none() && exec.command.is_null(),
            (
                "command",
                "exec needs a command or a preset",
                "Set `command` to the program that prints credentials, or `preset` to \"github-actions\" or \"variable\".",
            ),
        ),
        (
            preset.is_none() && given(&exec.command) && exec.api_version.is_null(),
            (
                "api_version",
                "exec.command needs api_version",
                "Set `api_version` to the version that the program supports, such as \"client.authentication.k8s.io/v1\".",
            ),
        ),
        (
            preset.is_some() && (given(&exec.command) || given(&exec.args)),
            (
                "preset",
                "exec.preset conflicts with command and args",
                "A preset has its own command and arguments. Remove `command` and `args`, or `preset`.",
            ),
        ),
        (
            preset != Some(GITHUB_ACTIONS) && given(&exec.audience),
            (
                "audience",
                "exec.audience needs the preset github-actions",
                "Only this preset requests tokens; those of others have an audience already. Remove `audience`, or set preset = \"github-actions\".",
            ),
        ),
        (
            preset != Some(VARIABLE) && given(&exec.variable),
            (
                "variable",
                "exec.variable needs preset = \"variable\"",
                "Only the preset `variable` reads it. Remove it, or set preset = \"variable\".",
            ),
        ),
        (
            preset == Some(VARIABLE) && exec.variable.is_null(),
            (
                "variable",
                "exec.preset = \"variable\" needs exec.variable",
                "Set `variable` to the name of the environment variable that has the ID token in the job.",
            ),
        ),
    ];
    rules.into_iter().filter_map(|(applies, complaint)| applies.then_some(complaint)).collect()
}

/// The program to run, as configured or of the preset.
pub(super) fn resolve(input: &ExecInput, cluster: &Cluster) -> Result<Exec, Error> {
    let (command, args, hint) = match input.preset.as_deref() {
        Some(preset) => {
            let (script, argument, hint) = script(preset, input, cluster)?;
            // `$0`, `$1` and `$2` of the script.
            let version = input.api_version.as_deref().unwrap_or(API_VERSION);
            let args = ["-c", script, "sh", version, &argument].map(str::to_owned).to_vec();
            ("sh".to_owned(), args, Some(hint))
        }
        None => (input.command.clone().unwrap_or_default(), input.args.clone().unwrap_or_default(), None),
    };
    Ok(Exec {
        api_version: input.api_version.as_deref().unwrap_or(API_VERSION).to_owned(),
        command,
        args: args.into_iter().map(Into::into).collect(),
        env: input.env.clone().unwrap_or_default(),
        install_hint: set(input.install_hint.as_deref()).or_else(|| hint.map(str::to_owned)),
    })
}

/// The script of a preset, its argument, and what it needs.
fn script(
    preset: &str,
    input: &ExecInput,
    cluster: &Cluster,
) -> Result<(&'static str, String, &'static str), Error> {
    if preset == VARIABLE {
        let variable = input.variable.clone().unwrap_or_default();
        return Ok((
            OF_VARIABLE,
            variable,
            "A shell (sh) is needed to log in to this cluster with an ID token",
        ));
    }
    let own = cluster.oidc.as_ref().and_then(|oidc| set(Some(&oidc.client_id)));
    let audience = set(input.audience.as_deref()).or(own).ok_or_else(|| {
        let detail = format!(
            "Cluster {} has no OIDC issuer, so `audience` has no default. If a cks_cluster_oidc of this configuration sets it, write \
             cluster_id = cks_cluster_oidc.NAME.id, so that Terraform applies it first. Otherwise set `audience` here.",
            cluster.id
        );
        Diagnostic::error("No audience for ID tokens", detail).at_path(path("audience"))
    })?;
    Ok((
        OF_GITHUB_ACTIONS,
        audience,
        "A shell (sh) and curl are needed to log in to this cluster with an ID token",
    ))
}

fn path(attribute: &str) -> AttributePath {
    AttributePath::attribute("exec").then(Step::Attribute(attribute.to_owned()))
}

#[cfg(test)]
mod tests;
