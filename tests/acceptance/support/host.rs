//! The programs that start the provider, and macros for one test per program and promise.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use local_cks::tools::{Feature, Release, Tool};
use serde_json::Value;

/// Kind of program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Terraform of the test bed.
    Terraform,
    /// OpenTofu of the test bed.
    OpenTofu,
    /// The installed Terraform of this machine.
    OwnTerraform,
}

/// A program that starts the provider.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    pub(crate) kind: Kind,
    pub(crate) program: PathBuf,
    release: Release,
}

impl Host {
    /// The program; `None`, with a notice, if it is missing and that is allowed. Panics if it is missing and required.
    pub(crate) fn find(kind: Kind) -> Option<Self> {
        let program = match kind {
            Kind::Terraform => built(Tool::Terraform),
            Kind::OpenTofu => built(Tool::OpenTofu),
            Kind::OwnTerraform => own_terraform(),
        };
        if program.is_none() {
            eprintln!("not run: this machine has no {kind:?}, which is allowed");
        }
        program.map(|program| Self { kind, release: release(&program), program })
    }

    /// Whether the table of features says that this program has it.
    pub(crate) fn has(&self, feature: Feature) -> bool {
        let since = if self.is_open_tofu() { feature.open_tofu() } else { Some(feature.terraform()) };
        since.is_some_and(|since| since <= self.release)
    }

    pub(crate) fn is_open_tofu(&self) -> bool {
        self.kind == Kind::OpenTofu
    }
}

fn built(tool: Tool) -> Option<PathBuf> {
    tool.find().unwrap_or_else(|error| panic!("{error}"))
}

/// The release that the program says it is: `cargo xtask matrix` sets older programs in place of the test bed's.
fn release(program: &Path) -> Release {
    // OpenTofu prints what it finds wrong with the settings of this machine's user before the JSON.
    let settings = "TF_CLI_CONFIG_FILE";
    let mut command = Command::new(program);
    let shown =
        command.args(["version", "-json"]).env_remove(settings).env("CHECKPOINT_DISABLE", "1").output();
    let shown = shown.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let shown: Value = serde_json::from_slice(&shown.stdout).expect("the host writes JSON");
    shown["terraform_version"].as_str().and_then(Release::parse).expect("the host says its version")
}

/// The program that `cargo xtask test` found, else the first on `PATH`.
fn own_terraform() -> Option<PathBuf> {
    if let Some(named) = env::var_os("CKS_TEST_OWN_TERRAFORM").filter(|value| !value.is_empty()) {
        return Some(named.into());
    }
    env::split_paths(&env::var_os("PATH")?)
        .map(|directory| directory.join("terraform"))
        .find(|path| path.is_file())
}

/// One of the four parts of [`in_parts`], counted from zero.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part(pub(crate) usize);

impl Part {
    const COUNT: usize = 4;

    /// The items of this part: every fourth.
    pub(crate) fn of<T>(self, all: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
        all.into_iter().skip(self.0).step_by(Self::COUNT)
    }
}

/// One test per host for each promise: a function with a `&Host`. The compiler reports an unlisted promise as dead code.
#[macro_export]
macro_rules! on_every_host {
    ($($promise:ident),* $(,)?) => {
        $(mod $promise {
            $crate::run_on!($promise, terraform_1_16 = Terraform, opentofu_1_12 = OpenTofu, own_terraform = OwnTerraform);
        })*
    };
}

/// The same on Terraform only, for decisions of the provider, which do not depend on the host.
#[macro_export]
macro_rules! on_terraform {
    ($($promise:ident),* $(,)?) => {
        $(mod $promise {
            $crate::run_on!($promise, terraform_1_16 = Terraform);
        })*
    };
}

/// The same without the machine's own Terraform, for features that an older one lacks, or that do not depend on the version.
#[macro_export]
macro_rules! on_both_hosts {
    ($($promise:ident),* $(,)?) => {
        $(mod $promise {
            $crate::run_on!($promise, terraform_1_16 = Terraform, opentofu_1_12 = OpenTofu);
        })*
    };
}

/// The same for each block of a cluster, on the hosts of the first macro: functions with a `&Host` and a `&Block`.
#[macro_export]
macro_rules! for_every_block {
    ($hosts:ident: $($promise:ident),* $(,)?) => {
        $(mod $promise {
            fn oidc(host: &$crate::support::Host) {
                super::$promise(host, &$crate::support::OIDC);
            }

            fn authn_webhook(host: &$crate::support::Host) {
                super::$promise(host, &$crate::support::AUTHN_WEBHOOK);
            }

            fn authz_webhook(host: &$crate::support::Host) {
                super::$promise(host, &$crate::support::AUTHZ_WEBHOOK);
            }

            $crate::$hosts!(oidc, authn_webhook, authz_webhook);
        })*
    };
}

/// The same in four parts, on the hosts of the first macro: functions with a `&Host` and a [`Part`], for promises about so many
/// items that a run would wait at its end for a single test of all.
#[macro_export]
macro_rules! in_parts {
    ($hosts:ident: $($promise:ident),* $(,)?) => {
        $(mod $promise {
            fn part_1(host: &$crate::support::Host) {
                super::$promise(host, $crate::support::Part(0));
            }

            fn part_2(host: &$crate::support::Host) {
                super::$promise(host, $crate::support::Part(1));
            }

            fn part_3(host: &$crate::support::Host) {
                super::$promise(host, $crate::support::Part(2));
            }

            fn part_4(host: &$crate::support::Host) {
                super::$promise(host, $crate::support::Part(3));
            }

            $crate::$hosts!(part_1, part_2, part_3, part_4);
        })*
    };
}

/// One test per named host.
#[macro_export]
macro_rules! run_on {
    ($promise:ident, $($name:ident = $kind:ident),*) => {
        $(#[test]
        fn $name() {
            $crate::support::prove($crate::support::Kind::$kind, super::$promise);
        })*
    };
}
