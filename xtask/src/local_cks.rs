//! `cargo xtask package-local-cks`: the release archive of local-cks, with the programs that it runs and the licences of all.
//!
//! `local-cks_VERSION_OS_ARCH.tar.gz`, with one folder of that name: `local-cks`, `programs/`, `LICENSE`, `licences/`.

mod archive;
mod licences;

use std::{fs, path::PathBuf};

use ::testbed::Tool;
use lexopt::{Arg, Parser, ValueExt};

use self::archive::Archive;
use crate::{
    failure::Failure,
    package,
    platform::{Platform, VERSION},
    provider::{self, Profile},
    repository,
    testbed::ensure_while,
};

const HELP: &str = "\
Usage: cargo xtask package-local-cks [--dev] [--out DIRECTORY]

Builds local-cks and the programs that it runs (etcd, Kubernetes, kubectl, kubelogin, an OpenID provider) for this machine's
platform, and writes local-cks_VERSION_OS_ARCH.tar.gz with them and their licences.
  --dev            a quick debug build of local-cks instead of a release build
  --out DIRECTORY  default: target/dist

The release build is that of `cargo xtask package`: on Linux static, and with the same needs (Python 3 with pip). The Go programs
need Go, and are static too.
";

/// The package and its program.
pub(crate) const PACKAGE: &str = "local-cks-cli";
pub(crate) const PROGRAM: &str = "local-cks";

/// The programs that it runs, and those for its users.
const TOOLS: [Tool; 6] = [
    Tool::Etcd,
    Tool::KubeApiserver,
    Tool::KubeControllerManager,
    Tool::Kubectl,
    Tool::Kubelogin,
    Tool::OpenIdProvider,
];

pub(crate) fn run(mut arguments: Parser) -> Result<(), Failure> {
    let (mut dev, mut out) = (false, None);
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("dev") => dev = true,
            Arg::Long("out") => out = Some(arguments.value()?.parse::<PathBuf>()?),
            Arg::Short('h') | Arg::Long("help") => {
                print!("{HELP}");
                return Ok(());
            }
            other => return Err(other.unexpected().into()),
        }
    }
    let out = out.unwrap_or_else(|| repository::root().join("target/dist"));
    fs::create_dir_all(&out).map_err(Failure::io("create", &out))?;

    let program = ensure_while(&TOOLS, || {
        if !dev {
            return package::program_for_this_machine(PACKAGE, PROGRAM);
        }
        provider::build_programs([(PACKAGE, PROGRAM)], Profile::Dev).map(|[program]| program)
    })?;
    let name = format!("{PROGRAM}_{VERSION}_{}", Platform::host());
    let path = out.join(format!("{name}.tar.gz"));
    let mut archive = Archive::create(&path, &name)?;
    archive.add_program(PROGRAM, &program)?;
    for tool in TOOLS {
        archive.add_program(&format!("programs/{}", tool.name()), &tool.path()?)?;
    }
    archive.add_text("LICENSE", &repository::root().join("LICENSE"))?;
    licences::add(&mut archive, PACKAGE, &TOOLS)?;
    archive.finish()?;
    let size = fs::metadata(&path).map_err(Failure::io("read", &path))?.len();
    println!("{:>6} MB  {}", size / 1_000_000, path.display());
    Ok(())
}
