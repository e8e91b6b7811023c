//! `cargo xtask package-local-cks`: the release archive of local-cks, with the programs that it runs and the licences of all.
//!
//! `local-cks_VERSION_OS_ARCH.tar.gz`, with one folder of that name: `local-cks`, `programs/`, `LICENSE`, `licences/`.

mod archive;
mod licences;

use std::{
    env::consts::{ARCH, OS},
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use ::testbed::Tool;
use cargo_metadata::Message;
use lexopt::{Arg, Parser, ValueExt};

use self::archive::Archive;
use crate::{failure::Failure, process, repository, testbed::progress};

const HELP: &str = "\
Usage: cargo xtask package-local-cks [--dev] [--out DIRECTORY]

Builds local-cks and the programs that it runs (etcd, Kubernetes, kubectl, kubelogin, an OpenID provider) for this machine's
platform, and writes local-cks_VERSION_OS_ARCH.tar.gz with them and their licences.
  --dev            a quick debug build of local-cks instead of a release build
  --out DIRECTORY  default: target/dist

On Linux the release build is static (musl) if rustup has that target and cargo-zigbuild is on PATH (it has the C compiler that
one dependency needs); otherwise it needs the C library of this machine, or a newer one. The Go programs are static anyway.
";

/// The package and its program.
const PACKAGE: &str = "local-cks-cli";
const PROGRAM: &str = "local-cks";

const VERSION: &str = env!("CARGO_PKG_VERSION");

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

    ::testbed::ensure(&TOOLS, &progress)?;
    let program = build(if dev { Build::Dev } else { Build::release()? })?;
    let name = format!("{PROGRAM}_{VERSION}_{}", platform());
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

/// How local-cks is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Build {
    Dev,
    /// For this machine's C library.
    Host,
    /// For Linux with any C library, or none.
    Static,
}

impl Build {
    fn release() -> Result<Self, Failure> {
        if OS != "linux" {
            return Ok(Self::Host);
        }
        let sysroot = process::read(Command::new("rustc").args(["--print", "sysroot"]))?;
        let has_target = Path::new(sysroot.trim()).join("lib/rustlib").join(musl()).is_dir();
        if has_target && process::on_path("cargo-zigbuild").is_some() {
            return Ok(Self::Static);
        }
        eprintln!(
            "not static: that needs `rustup target add {}`, and cargo-zigbuild on PATH (`pip install ziglang cargo-zigbuild`)",
            musl()
        );
        Ok(Self::Host)
    }
}

/// The static target for this machine's processor.
fn musl() -> String {
    format!("{ARCH}-unknown-linux-musl")
}

/// Builds local-cks, and returns the path of its program.
fn build(build: Build) -> Result<PathBuf, Failure> {
    let mut cargo = repository::cargo();
    cargo.arg(if build == Build::Static { "zigbuild" } else { "build" });
    cargo.args(["--package", PACKAGE, "--bin", PROGRAM, "--message-format", "json-render-diagnostics"]);
    if build != Build::Dev {
        cargo.arg("--release");
    }
    if build == Build::Static {
        cargo.arg("--target").arg(musl());
    }
    let messages = process::read(cargo.stdin(Stdio::null()))?;
    let artifacts = Message::parse_stream(messages.as_bytes()).filter_map(Result::ok);
    let mut executables = artifacts.filter_map(|message| match message {
        Message::CompilerArtifact(artifact) if artifact.target.name == PROGRAM => artifact.executable,
        _ => None,
    });
    executables.next().map(Into::into).ok_or_else(|| {
        Failure::new(format!("cargo built no program {PROGRAM}: see crates/local-cks-cli/Cargo.toml"))
    })
}

/// This machine's platform in Go's names, as archives of releases have it.
fn platform() -> String {
    let system = if OS == "macos" { "darwin" } else { OS };
    let architecture = match ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{system}_{architecture}")
}
