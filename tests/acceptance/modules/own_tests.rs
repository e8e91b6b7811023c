//! The tests that the modules bring along.

use std::{fs, path::Path};

use super::use_of_modules::modules;
use crate::{
    on_both_hosts,
    support::{Host, Workspace},
};

on_both_hosts!(every_module_passes_its_own_tests);

fn every_module_passes_its_own_tests(host: &Host) {
    let mut tested = 0;
    for module in fs::read_dir(modules()).expect("a directory").flatten().map(|entry| entry.path()) {
        let workspace = Workspace::new(host, []);
        workspace.remove("providers.tf");
        copy(&module, &workspace.configuration());
        workspace.run(&["get"]).succeeded();
        let run = workspace.run(&["test", "-no-color"]).succeeded();
        assert!(run.stdout.contains("Success!") && !run.stdout.contains("Success! 0 passed"), "{run}");
        let formatted = workspace.run(&["fmt", "-check", "-diff", "-recursive"]);
        assert_eq!(formatted.code, Some(0), "{}\n{formatted}", module.display());
        tested += 1;
    }
    assert_eq!(tested, 3, "each module has tests");
}

/// Copies a module with its tests and the modules within.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a directory").flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            fs::create_dir(&to).expect("the directory is ours");
            copy(&from, &to);
        } else {
            fs::copy(from, to).expect("the directory is ours");
        }
    }
}
