//! What `cargo xtask bench` passes on.

use std::path::PathBuf;

use lexopt::{Arg, Parser, ValueExt as _};

use crate::{failure::Failure, section::Section};

/// Variable with the binary of hashicorp/kubernetes to compare with.
const KUBERNETES: &str = "CKS_BENCH_KUBERNETES_PROVIDER";

/// Variable with its version, for the report: the binary does not tell.
const KUBERNETES_VERSION: &str = "CKS_BENCH_KUBERNETES_PROVIDER_VERSION";

/// What to measure, with which programs.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) terraform: PathBuf,
    /// This provider.
    pub(crate) provider: PathBuf,
    pub(crate) kubernetes: Option<PathBuf>,
    pub(crate) peer_version: Option<String>,
    pub(crate) rounds: usize,
    /// Number of bindings of the larger sections.
    pub(crate) objects: usize,
    pub(crate) sections: Vec<Section>,
    /// Directory whose `performance.md` and `performance.svg` are written.
    pub(crate) write: Option<PathBuf>,
}

impl Options {
    pub(crate) fn from_command_line() -> Result<Self, Failure> {
        let kubernetes = std::env::var_os(KUBERNETES).filter(|path| !path.is_empty()).map(PathBuf::from);
        if let Some(path) = kubernetes.as_ref().filter(|path| !path.is_file()) {
            return Err(Failure::new(format!("{KUBERNETES} names {}, which is no file", path.display())));
        }
        let options = Self::parse(Parser::from_env(), kubernetes).map_err(Failure::of("arguments"))?;
        let peer_version = std::env::var(KUBERNETES_VERSION).ok().filter(|version| !version.is_empty());
        options.map(|options| Self { peer_version, ..options }).ok_or_else(|| {
            Failure::new("this program is started by `cargo xtask bench`; see `cargo xtask bench --help`")
        })
    }

    fn parse(mut arguments: Parser, kubernetes: Option<PathBuf>) -> Result<Option<Self>, lexopt::Error> {
        let (mut terraform, mut provider, mut write) = (None, None, None);
        let (mut rounds, mut objects) = (3, 1000);
        let mut sections = Vec::new();
        while let Some(argument) = arguments.next()? {
            match argument {
                Arg::Long("terraform") => terraform = Some(arguments.value()?.into()),
                Arg::Long("provider") => provider = Some(arguments.value()?.into()),
                Arg::Long("rounds") => rounds = arguments.value()?.parse()?,
                Arg::Long("objects") => objects = arguments.value()?.parse()?,
                Arg::Long("write") => write = Some(arguments.value()?.into()),
                Arg::Value(name) => match name.to_str().and_then(Section::named) {
                    Some(section) => sections.push(section),
                    None => return Ok(None),
                },
                other => return Err(other.unexpected()),
            }
        }
        if sections.is_empty() {
            sections.extend(Section::ALL);
        }
        let Some((terraform, provider)) = terraform.zip(provider) else { return Ok(None) };
        Ok(Some(Self {
            terraform,
            provider,
            kubernetes,
            peer_version: None,
            rounds,
            objects,
            sections,
            write,
        }))
    }
}
