//! `cargo xtask install`: installs the provider where Terraform and OpenTofu search before a registry.
//!
//! Both read the implied mirror `~/.terraform.d/plugins` (`%APPDATA%\terraform.d\plugins` on Windows) in the layout
//! `REGISTRY/NAMESPACE/TYPE/VERSION/OS_ARCH/terraform-provider-TYPE_vVERSION`, each under its own registry's name.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use lexopt::{Arg, Parser, ValueExt};

use crate::{
    failure::Failure,
    platform::{self, Platform, REGISTRIES, VERSION},
    provider::{self, Profile},
};

const HELP: &str = "\
Usage: cargo xtask install [--dev] [--dir DIRECTORY]

Builds the provider and puts it where `terraform init` and `tofu init` find it without a registry.
  --dev             a quick debug build instead of a release build (release: about 4 minutes the first time)
  --dir DIRECTORY   a filesystem mirror other than ~/.terraform.d/plugins
";

/// A provider in a mirror.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    /// Namespace and type, such as `cks-community/cks`.
    pub(crate) source: &'static str,
    pub(crate) version: String,
}

impl Package {
    /// This provider.
    pub(crate) fn own() -> Self {
        Self { source: platform::SOURCE, version: VERSION.to_owned() }
    }

    /// Its program in the mirror.
    fn file_name(&self) -> String {
        let name = self.source.rsplit('/').next().unwrap_or_default();
        format!("terraform-provider-{name}_v{}{}", self.version, env::consts::EXE_SUFFIX)
    }
}

pub(crate) fn run(mut arguments: Parser) -> Result<(), Failure> {
    let mut profile = Profile::Release;
    let mut directory = None;
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("dev") => profile = Profile::Dev,
            Arg::Long("dir") => directory = Some(arguments.value()?.parse::<PathBuf>()?),
            Arg::Short('h') | Arg::Long("help") => {
                print!("{HELP}");
                return Ok(());
            }
            other => return Err(other.unexpected().into()),
        }
    }
    let (mirror, is_implied) = match directory {
        Some(directory) => (std::path::absolute(&directory).map_err(Failure::io("find", &directory))?, false),
        None => (implied_mirror()?, true),
    };

    let binary = provider::build(profile)?;
    let package = Package::own();
    let places = put_all(&package, &binary, &mirror)?;
    print!("{}", instructions(&mirror, &places));
    if !is_implied {
        println!(
            "\nTerraform and OpenTofu do not look there by themselves. Add to ~/.terraformrc and ~/.tofurc:"
        );
        print!("{}", settings(&mirror, &[package]));
    } else if let Some(settings) = settings_that_replace_the_implied_mirror(&mirror)? {
        println!(
            "\nThe `provider_installation` block of {} replaces the usual places. Add to it:",
            settings.display()
        );
        println!("{}", mirror_block(&mirror, &sources(&[package])));
    }
    Ok(())
}

/// Copies a provider into a filesystem mirror, for both programs, and returns its directories.
pub(crate) fn put_all(package: &Package, binary: &Path, mirror: &Path) -> Result<Vec<PathBuf>, Failure> {
    REGISTRIES.into_iter().map(|registry| put(package, binary, mirror, registry)).collect()
}

/// Command-line settings (`TF_CLI_CONFIG_FILE`) with which both programs install these providers from the mirror.
pub(crate) fn settings(mirror: &Path, packages: &[Package]) -> String {
    let sources = sources(packages);
    let direct = format!("  direct {{\n    exclude = {sources}\n  }}");
    format!("provider_installation {{\n{}\n{direct}\n}}\n", mirror_block(mirror, &sources))
}

/// The mirror that needs no configuration.
fn implied_mirror() -> Result<PathBuf, Failure> {
    let (variable, below) = if cfg!(windows) { ("APPDATA", "terraform.d") } else { ("HOME", ".terraform.d") };
    match env::var_os(variable).filter(|home| !home.is_empty()) {
        Some(home) => Ok(Path::new(&home).join(below).join("plugins")),
        None => Err(Failure::new(format!("{variable} is not set: set the directory with --dir DIRECTORY"))),
    }
}

/// The directory of one version of a provider for this machine.
fn place(package: &Package, mirror: &Path, registry: &str) -> PathBuf {
    of_registry(package, mirror, registry).join(&package.version).join(Platform::host().to_string())
}

/// The directory of all versions and platforms of a provider.
fn of_registry(package: &Package, mirror: &Path, registry: &str) -> PathBuf {
    platform::directory_in_mirror(mirror, registry, package.source)
}

fn put(package: &Package, binary: &Path, mirror: &Path, registry: &str) -> Result<PathBuf, Failure> {
    let directory = place(package, mirror, registry);
    fs::create_dir_all(&directory).map_err(Failure::io("create", &directory))?;
    // Renamed into place, so that a running Terraform keeps its open file.
    let partial = directory.join(".partial");
    fs::copy(binary, &partial).map_err(Failure::io("write", &partial))?;
    let path = directory.join(package.file_name());
    fs::rename(&partial, &path).map_err(Failure::io("write", &path))?;
    Ok(directory)
}

fn instructions(mirror: &Path, places: &[PathBuf]) -> String {
    let installed = lines(places.iter().map(|place| place.display().to_string()));
    let remove = lines(
        REGISTRIES
            .map(|registry| format!("rm -r {}", of_registry(&Package::own(), mirror, registry).display())),
    );
    format!(
        r#"Installed version {VERSION}:
{installed}

Use it:

  terraform {{
    required_providers {{
      cks = {{
        source  = "cks-community/cks"
        version = "{VERSION}"
      }}
    }}
  }}

then run `terraform init` or `tofu init`. Where an older build of the same version was used before, its checksum in
.terraform.lock.hcl no longer fits: delete the `cks-community/cks` block there first.

Uninstall:
{remove}
"#
    )
}

fn lines(texts: impl IntoIterator<Item = String>) -> String {
    texts.into_iter().map(|text| format!("  {text}")).collect::<Vec<_>>().join("\n")
}

/// The command-line settings file that disables the implied mirror, if any.
fn settings_that_replace_the_implied_mirror(mirror: &Path) -> Result<Option<PathBuf>, Failure> {
    let home = env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let named =
        ["TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG"].into_iter().filter_map(env::var_os).map(PathBuf::from);
    for settings in
        named.chain([home.join(".tofurc"), home.join(".terraformrc")]).filter(|file| file.is_file())
    {
        let text = fs::read_to_string(&settings).map_err(Failure::io("read", &settings))?;
        if text.contains("provider_installation") && !text.contains(&mirror.display().to_string()) {
            return Ok(Some(settings));
        }
    }
    Ok(None)
}

fn mirror_block(mirror: &Path, sources: &str) -> String {
    format!("  filesystem_mirror {{\n    path    = \"{}\"\n    include = {sources}\n  }}", mirror.display())
}

/// The providers under each program's registry, as a list in the settings' syntax, which has no wildcard for registries only.
fn sources(packages: &[Package]) -> String {
    let of = |package: &Package| REGISTRIES.map(|registry| format!("\"{registry}/{}\"", package.source));
    format!("[{}]", packages.iter().flat_map(of).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_provider_lies_where_each_programs_registry_name_leads() {
        let mirror = tempfile::tempdir().unwrap();
        let binary = mirror.path().join("built");
        fs::write(&binary, "program").unwrap();
        for registry in REGISTRIES {
            let directory = put(&Package::own(), &binary, mirror.path(), registry).unwrap();
            assert!(
                directory.starts_with(mirror.path().join(registry).join("cks-community/cks").join(VERSION))
            );
            let files: Vec<_> =
                fs::read_dir(&directory).unwrap().map(|file| file.unwrap().file_name()).collect();
            assert_eq!(
                files,
                [format!("terraform-provider-cks_v{VERSION}{}", env::consts::EXE_SUFFIX).as_str()]
            );
        }
    }
}
