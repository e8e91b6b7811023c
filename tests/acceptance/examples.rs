//! Every example is planned and applied as it stands, imports included; new ones are found by themselves.
//!
//! Their world: a cluster named `example` in `US-EAST-04A`, and a value for each variable that has no default
//! ([`VARIABLES`]).

use std::fs;
use std::path::{Path, PathBuf};

use crate::on_both_hosts;
use crate::support::{Bed, Host};

on_both_hosts!(every_example_applies_and_leaves_an_empty_plan, every_import_example_leaves_an_empty_plan);

/// Values for the variables of examples. One that an example adds and that has no default must be added here.
const VARIABLES: [(&str, &str); 2] =
    [("cluster_name", "example"), ("issuer_url", "https://accounts.example.com")];

/// The directories of the registry's layout that hold a directory for each type.
const KINDS: [&str; 3] = ["resources", "data-sources", "functions"];

fn directories(within: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(within).unwrap_or_else(|error| panic!("{}: {error}", within.display()));
    let mut found: Vec<_> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

/// Every directory with an example.
fn examples() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let (kinds, scenarios): (Vec<_>, Vec<_>) =
        directories(&root).into_iter().partition(|path| KINDS.iter().any(|kind| path.ends_with(kind)));
    let examples: Vec<_> = kinds.iter().flat_map(|kind| directories(kind)).chain(scenarios).collect();
    assert!(examples.len() >= 5, "the examples were not found: {examples:?}");
    examples
}

/// A bed with the example's files, but for those that import.
fn bed_with(host: &Host, example: &Path) -> Bed {
    let mut bed = Bed::new(host);
    for (name, value) in VARIABLES {
        bed.set_variable(&format!("TF_VAR_{name}"), Some(value));
    }
    for file in fs::read_dir(example).expect("a directory").flatten().map(|entry| entry.path()) {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !file.is_file() || name.starts_with("import") {
            continue;
        }
        let content = fs::read_to_string(&file).expect("a text");
        if content.contains("required_providers") {
            bed.remove("providers.tf");
        }
        bed.write(&name, &content);
    }
    bed
}

fn every_example_applies_and_leaves_an_empty_plan(host: &Host) {
    for example in examples() {
        eprintln!("{}", example.display());
        let bed = bed_with(host, &example);
        let planned = bed.plan().succeeded();
        assert_eq!(planned.warnings(), [], "an example should need no warning\n{planned}");
        bed.apply_plan().succeeded();
        bed.plan().expect_empty();
        bed.destroy().succeeded();
    }
}

fn every_import_example_leaves_an_empty_plan(host: &Host) {
    let mut imports = 0;
    for example in examples().into_iter().filter(|example| example.join("import.sh").exists()) {
        eprintln!("{}", example.display());
        let script = fs::read_to_string(example.join("import.sh")).expect("a text");
        let command = script
            .lines()
            .find_map(|line| line.strip_prefix("terraform import "))
            .expect("an import command");
        let (address, id) = command.trim().split_once(' ').expect("terraform import ADDRESS ID");
        let bed = bed_with(host, &example);
        bed.apply().succeeded();

        bed.run(&["state", "rm", address]).succeeded();
        bed.import(address, id).succeeded();
        bed.plan().expect_empty();

        let block =
            fs::read_to_string(example.join("import-by-string-id.tf")).expect("an import block beside it");
        bed.run(&["state", "rm", address]).succeeded();
        bed.write("import.tf", &block);
        bed.local.clear_requests();
        bed.apply().succeeded();
        bed.expect_only_reads();
        bed.plan().expect_empty();
        imports += 1;
    }
    assert!(imports > 0, "no import example was found");
}
