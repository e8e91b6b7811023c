//! The programs that local CKS consists of: where they are searched, and which are missing.
//!
//! Order: the folder `programs` beside this executable (the release archive), then the environment (`KUBEBUILDER_ASSETS`,
//! `KUBELOGIN`), then the cache of a checkout.

use std::path::{Path, PathBuf};

use local_cks::tools::Tool;

use crate::failure::Failure;

/// Folder of the release archive with the programs.
const FOLDER: &str = "programs";

/// Programs of every cluster with Kubernetes.
const OF_CLUSTERS: [Tool; 3] = [Tool::Etcd, Tool::KubeApiserver, Tool::KubeControllerManager];

/// Finds the programs, and fails with the names of all that are missing.
pub(crate) fn find(with_kubernetes: bool) -> Result<(), Failure> {
    let directory = directory()?;
    local_cks::tools::use_directory(&directory);
    let of_clusters = OF_CLUSTERS.into_iter().filter(|_| with_kubernetes);
    let needed = of_clusters.chain([Tool::OpenIdProvider]);
    let names: Vec<_> = needed.filter(|tool| tool.path().is_err()).map(Tool::name).collect();
    if names.is_empty() { Ok(()) } else { Err(Failure::Programs { names, directory }) }
}

/// kubectl and kubelogin, which users need and local CKS does not: `None` where one is missing.
pub(crate) fn find_for_users() -> [Option<PathBuf>; 2] {
    [Tool::Kubectl, Tool::Kubelogin].map(|tool| tool.path().ok())
}

fn directory() -> Result<PathBuf, Failure> {
    let executable = std::env::current_exe().map_err(Failure::system("find the path of this program"))?;
    Ok(executable.parent().unwrap_or(Path::new("/")).join(FOLDER))
}
