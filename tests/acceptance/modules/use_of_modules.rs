//! A workspace in which configurations find the modules, at `../modules/NAME`.

use std::{
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use crate::support::{Bed, Workspace};

/// The modules of the repository.
pub(crate) fn modules() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("modules")
}

/// Makes the modules known to the workspace.
pub(crate) fn add_modules(workspace: &Workspace) {
    symlink(modules(), workspace.path("modules")).expect("the directory is ours");
}

/// Writes a configuration that uses modules, and lets the host find them.
#[track_caller]
pub(super) fn configure(bed: &Bed, configuration: &str) {
    bed.write("main.tf", configuration);
    bed.run(&["get"]).succeeded();
}
