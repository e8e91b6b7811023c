//! `cargo xtask package`: the files of a release, and the layouts from which Terraform and OpenTofu install it without a registry.
//!
//! The names are those that both registries expect: <https://developer.hashicorp.com/terraform/registry/providers/publishing>.

mod archive;
mod bill_of_materials;
mod crates;
mod hashes;
mod mirror;
mod oci;
mod program;
mod static_program;
mod sums;
mod target;
mod tools;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use lexopt::{Arg, Parser, ValueExt};

use self::{archive::Archive, target::Target};
use crate::{failure::Failure, provider, repository};

const HELP: &str = "\
Usage: cargo xtask package [--target OS_ARCH]… [--out DIRECTORY] [--key KEY] [--mirror DIRECTORY] [--join]

Builds the provider for release, and writes per platform a ZIP archive and a bill of materials (SBOM), then the manifest,
SHA256SUMS, and its signature. One commit and one version of Rust make the same bytes in every directory.
  --target OS_ARCH    linux_amd64, linux_arm64, windows_amd64, or host; default: these three and the host. darwin and freebsd
                      are built only on machines of their own: .github/workflows/release.yml does that
  --out DIRECTORY     default: target/dist
  --key KEY           signs with this key of GnuPG (fingerprint, id or address)
  --mirror DIRECTORY  also writes DIRECTORY/providers, a filesystem mirror that any web server turns into a network mirror,
                      and DIRECTORY/oci, an image layout for registries of containers (OpenTofu 1.10 and newer)
  --join              builds nothing: checksums, signature and mirrors of all archives that are in --out, such as those of
                      several machines

Needs Python 3 with pip, which installs Zig and cargo-zigbuild in pinned versions into the cache of the test bed's tools; a missing
standard library of Rust is added with rustup, and cargo-cyclonedx is built.
";

/// The arguments.
#[derive(Debug, Default)]
struct Options {
    targets: Vec<Target>,
    out: Option<PathBuf>,
    key: Option<String>,
    mirror: Option<PathBuf>,
    join: bool,
}

pub(crate) fn run(mut arguments: Parser) -> Result<(), Failure> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("target") => options.targets.push(Target::named(&arguments.value()?.string()?)?),
            Arg::Long("out") => options.out = Some(absolute(&arguments.value()?.parse::<PathBuf>()?)?),
            Arg::Long("key") => options.key = Some(arguments.value()?.string()?),
            Arg::Long("mirror") => options.mirror = Some(absolute(&arguments.value()?.parse::<PathBuf>()?)?),
            Arg::Long("join") => options.join = true,
            Arg::Short('h') | Arg::Long("help") => {
                print!("{HELP}");
                return Ok(());
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if options.join && !options.targets.is_empty() {
        return Err(Failure::new("--join builds nothing: leave out --target"));
    }

    let release = options.out.clone().unwrap_or_else(|| repository::root().join("target/dist"));
    fs::create_dir_all(&release).map_err(Failure::io("create", &release))?;
    let mut written = Vec::new();
    let archives = if options.join {
        Archive::all_in(&release)?
    } else {
        let targets = if options.targets.is_empty() { Target::all()? } else { options.targets };
        build(&targets, &release, &mut written)?
    };
    let [manifest, sums] = sums::write(&archives, &release)?;
    written.extend(archives.iter().map(|archive| archive.path.clone()));
    written.extend([manifest, sums.clone()]);
    if let Some(key) = &options.key {
        written.push(sums::sign(&sums, key)?);
    }
    if let Some(mirror) = &options.mirror {
        mirror::write(&archives, &mirror.join("providers"))?;
        oci::write(&archives, &mirror.join("oci"))?;
        println!("mirrors: {}", mirror.display());
    }
    written.sort();
    for path in written {
        let size = fs::metadata(&path).map_err(Failure::io("read", &path))?.len();
        println!("{size:>10}  {}", path.display());
    }
    Ok(())
}

/// Builds program, archive and bill of materials of each target.
fn build(targets: &[Target], release: &Path, written: &mut Vec<PathBuf>) -> Result<Vec<Archive>, Failure> {
    let epoch = program::epoch()?;
    let mut archives = Vec::new();
    for target in targets {
        eprintln!("building for {} ({})", target.platform, target.triple);
        let program = program::build(target, provider::NAME, provider::NAME)?;
        let archive = Archive::of(&target.platform, release);
        archive.write(&program)?;
        archives.push(archive);
        written.push(bill_of_materials::write(target, release, epoch)?);
    }
    Ok(archives)
}

/// What a package for this machine takes minutes to build.
pub(crate) fn build_for_tests() -> Result<(), Failure> {
    tools::cyclonedx()?;
    program_for_this_machine(provider::NAME, provider::NAME).map(drop)
}

/// This program of a package, built as those of a release.
pub(crate) fn program_for_this_machine(package: &str, program: &str) -> Result<PathBuf, Failure> {
    program::build(&Target::named("host")?, package, program)
}

/// The crates in the program of a package, as `NAME VERSION`.
pub(crate) fn crates_for_this_machine(package: &str) -> Result<BTreeSet<String>, Failure> {
    crates::in_program(&Target::named("host")?, package)
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(Failure::io("find", path))
}
