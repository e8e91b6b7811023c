//! `cargo xtask demo`: builds what the demonstration needs, in parallel, then becomes the program of the demonstration. Only
//! hashicorp/kubernetes, which one of the later steps needs, is built while the first steps run.
//!
//! That program is a crate of its own, `xtask/demo`, so that no other command waits for its dependencies.

mod recording;

use std::{
    env,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use ::testbed::Tool;
use lexopt::{Arg, Parser, ValueExt};

use crate::{
    failure::Failure,
    install::{self, Package},
    local_cks, process,
    provider::{self, Profile},
    testbed::{ensure_while, progress},
};

const HELP: &str = "\
Usage: cargo xtask demo [--keep | --record FILE]

Shows the provider's whole job on this machine: one apply opens a cluster to people (OIDC), a pipeline (a token) and robots (a
webhook); they log in with the real kubectl and kubelogin; the token is rotated, and revoked by an action; a
query finds and imports what people made by hand; other clients change things without Terraform, and Terraform shows and repairs
that; the real hashicorp/kubernetes works with a token for one run, and what it made moves to this provider; at the end a destroy
removes everything. Nothing leaves the machine.
  --keep          then apply once more and leave everything running until Ctrl-C or `local-cks down`, with what to try in a shell
                  of your own
  --record FILE   write the output as a picture (SVG) that scrolls through it, such as docs/demo.svg

Terraform or OpenTofu is the one that TERRAFORM or TOFU names, else the first on PATH that has what is shown (Terraform 1.14,
OpenTofu 1.11), else one that is built here.
";

/// Package and binary of the demonstration.
const PROGRAM: &str = "demo";

/// Programs of its first steps, with any Terraform.
const TOOLS: [Tool; 6] = [
    Tool::Etcd,
    Tool::KubeApiserver,
    Tool::KubeControllerManager,
    Tool::Kubectl,
    Tool::Kubelogin,
    Tool::OpenIdProvider,
];

/// The option with which the demonstration runs this command while its first steps run.
const OTHER_PROVIDER: &str = "other-provider";

/// What looks like Terraform, with the oldest version that has ephemeral resources, and actions if it has any.
const PROGRAMS: [(&str, (u32, u32)); 2] = [("terraform", (1, 14)), ("tofu", (1, 11))];

pub(crate) fn run(mut arguments: Parser) -> Result<(), Failure> {
    let (mut keep, mut record) = (false, None);
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("keep") => keep = true,
            Arg::Long(OTHER_PROVIDER) => {
                return put_other_provider(&arguments.value()?.parse::<PathBuf>()?);
            }
            Arg::Long("record") => record = Some(arguments.value()?.parse::<PathBuf>()?),
            Arg::Short('h') | Arg::Long("help") => {
                print!("{HELP}");
                return Ok(());
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if keep && record.is_some() {
        return Err(Failure::new("--keep and --record exclude each other: a recording ends"));
    }

    let begun = Instant::now();
    let installed = installed_terraform()?;
    let [provider, demo, local_cks] = build(installed.is_none())?;
    let terraform = match installed {
        Some(path) => path,
        None => Tool::Terraform.path()?,
    };
    let directory = directory(&provider)?;
    eprintln!("what the first steps need is built after {} s", begun.elapsed().as_secs());
    let mut command = Command::new(demo);
    command.arg("--directory").arg(&directory);
    command.arg("--terraform").arg(terraform).arg("--local-cks").arg(local_cks);
    let xtask = env::current_exe().map_err(Failure::io("find", Path::new("this program")))?;
    command.arg("--xtask").arg(xtask);
    if keep {
        command.arg("--keep");
    }
    if let Some(file) = record {
        let output = process::read(command.arg("--coloured"))?;
        recording::write(&output, &file)?;
        eprintln!("{} is written", file.display());
        return Ok(());
    }
    let failure = process::replace_with(&mut command);
    // Only if the program cannot be started: otherwise it removes the directory at its end.
    fs::remove_dir_all(&directory).map_err(Failure::io("remove", &directory))?;
    Err(failure)
}

/// The installed Terraform or OpenTofu of this machine, if any.
fn installed_terraform() -> Result<Option<PathBuf>, Failure> {
    for (variable, tool) in [("TERRAFORM", Tool::Terraform), ("TOFU", Tool::OpenTofu)] {
        if env::var_os(variable).is_some_and(|value| !value.is_empty()) {
            return Ok(Some(tool.path()?));
        }
    }
    Ok(PROGRAMS.into_iter().find_map(|(name, oldest)| {
        let path = process::on_path(name)?;
        let Some(version) = version(&path) else {
            eprintln!("{} does not say its version: not used", path.display());
            return None;
        };
        let is_new_enough = version >= oldest;
        if !is_new_enough {
            eprintln!("{} is older than {}.{}: not used", path.display(), oldest.0, oldest.1);
        }
        is_new_enough.then_some(path)
    }))
}

/// Major and minor version of a Terraform or OpenTofu; `None` if it does not say.
fn version(program: &Path) -> Option<(u32, u32)> {
    // Its warnings, about the user's settings, are not about this.
    let output = Command::new(program)
        .args(["version", "-json"])
        .env("CHECKPOINT_DISABLE", "1")
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
    let mut parts = printed["terraform_version"].as_str()?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Runs Go's and cargo's builds in parallel; returns the paths of the provider, of the demonstration's program, and of local-cks.
fn build(with_terraform: bool) -> Result<[PathBuf; 3], Failure> {
    let mut tools = TOOLS.to_vec();
    if with_terraform {
        tools.push(Tool::Terraform);
    }
    let programs =
        [(provider::NAME, provider::NAME), (PROGRAM, PROGRAM), (local_cks::PACKAGE, local_cks::PROGRAM)];
    ensure_while(&tools, || provider::build_programs(programs, Profile::Unoptimised))
}

/// A new temporary directory with this provider in a mirror, and settings with which Terraform installs both from there.
fn directory(provider: &Path) -> Result<PathBuf, Failure> {
    let place = "a temporary directory";
    let directory = tempfile::Builder::new()
        .prefix("cks-demo-")
        .permissions(Permissions::from_mode(0o700))
        .tempdir()
        .map_err(Failure::io("create", Path::new(place)))?;
    let mirror = directory.path().join("mirror");
    install::put_all(&Package::own(), provider, &mirror)?;
    let settings = directory.path().join("terraform.rc");
    let installation = install::settings(&mirror, &[Package::own(), other_provider()?]);
    fs::write(&settings, installation).map_err(Failure::io("write", &settings))?;
    Ok(directory.keep())
}

/// The other provider of the demonstration.
fn other_provider() -> Result<Package, Failure> {
    Ok(Package { source: "hashicorp/kubernetes", version: Tool::HashicorpKubernetes.version()? })
}

/// Builds the other provider, and puts it into the mirror.
fn put_other_provider(mirror: &Path) -> Result<(), Failure> {
    ::testbed::ensure(&[Tool::HashicorpKubernetes], &progress)?;
    install::put_all(&other_provider()?, &Tool::HashicorpKubernetes.path()?, mirror)?;
    Ok(())
}
