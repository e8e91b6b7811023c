//! Every example is planned and applied unchanged, including imports and that of the README; new ones are found automatically.
//!
//! Their environment: a cluster named `example` in `US-EAST-04A`, a real OpenID provider as `issuer_url` and `issuer_ca_certificate`,
//! and a value for each further variable that has no default ([`VARIABLES`]). Promises of one example only are in
//! `scenarios.rs`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use local_cks::OpenIdProvider;

use crate::{
    in_parts,
    modules::use_of_modules::add_modules,
    on_terraform,
    support::{Bed, Host, Part, block_on},
};

on_terraform!(every_example_of_a_list_is_a_query);
in_parts!(on_both_hosts: every_example_applies_and_leaves_an_empty_plan);
in_parts!(on_terraform: every_import_example_leaves_an_empty_plan);

/// Values for the variables of examples. A new variable without a default must be added here.
const VARIABLES: [(&str, &str); 3] = [
    ("cluster_name", "example"),
    ("administrators", "[\"Group cks:admin\", \"Group admin\"]"),
    ("token_namespace", "default"),
];

/// The host's warning for each `check` block that is deferred to the apply.
const CHECKED_LATER: &str = "Check block assertion known after apply";

/// The directories of the registry's layout that hold a directory for each type.
const KINDS: [&str; 6] = ["resources", "data-sources", "ephemeral-resources", LISTS, ACTIONS, "functions"];

/// That of actions, whose examples OpenTofu cannot read.
const ACTIONS: &str = "actions";

/// That of lists, whose examples a query runs, and no plan.
const LISTS: &str = "list-resources";

/// Where an example has the modules from: a workspace has them at another place.
const MODULES: &str = "\"../../modules/";

/// A directory of files that are examples on their own.
pub(crate) const PROVIDER_CONFIGURATION: &str = "provider-configuration";

fn directories(within: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(within).unwrap_or_else(|error| panic!("{}: {error}", within.display()));
    let mut found: Vec<_> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

/// The directory of an example, by its path in `examples/`.
pub(crate) fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

/// Every directory with an example that the host can read, and the README, which has one.
fn examples(host: &Host) -> Vec<PathBuf> {
    let (kinds, scenarios): (Vec<_>, Vec<_>) = directories(&example(""))
        .into_iter()
        .filter(|path| !path.ends_with(PROVIDER_CONFIGURATION))
        .partition(|path| KINDS.iter().any(|kind| path.ends_with(kind)));
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let planned = kinds
        .iter()
        .filter(|kind| !(kind.ends_with(LISTS) || host.is_open_tofu() && kind.ends_with(ACTIONS)));
    let examples: Vec<_> =
        planned.flat_map(|kind| directories(kind)).chain(scenarios).chain([readme]).collect();
    assert!(examples.len() >= 5, "the examples were not found: {examples:?}");
    examples
}

/// A bed that all examples use one after the other: each restores its state.
pub(crate) fn bed(host: &Host, issuer: &OpenIdProvider) -> Bed {
    let mut bed = Bed::with_kubernetes(host);
    add_modules(&bed);
    // An example requires it, and nothing of it is called.
    bed.add_provider("hashicorp/kubernetes", Path::new(env!("CARGO_BIN_EXE_terraform-provider-cks")));
    let of_issuer = [("issuer_url", issuer.issuer_url()), ("issuer_ca_certificate", issuer.ca_pem())];
    for (name, value) in VARIABLES.into_iter().chain(of_issuer) {
        bed.set_variable(&format!("TF_VAR_{name}"), Some(value));
    }
    bed
}

/// The blocks of HCL in the README, which are one configuration.
fn configuration_in(readme: &Path) -> String {
    let text = fs::read_to_string(readme).expect("a text");
    let blocks: Vec<_> =
        text.split("```hcl\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0)).collect();
    assert!(!blocks.is_empty(), "a configuration in the README");
    blocks.join("\n")
}

/// Writes the example's files, except those with imports.
pub(crate) fn put(bed: &Bed, example: &Path) {
    eprintln!("{}", example.display());
    bed.clear();
    let mut uses_modules = false;
    if example.is_file() {
        bed.remove("providers.tf");
        bed.write("main.tf", &configuration_in(example));
        return;
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
        uses_modules |= content.contains(MODULES);
        bed.write(&name, &content.replace(MODULES, "\"../modules/"));
    }
    if uses_modules {
        bed.run(&["get"]).succeeded();
    }
}

pub(crate) fn issuer() -> OpenIdProvider {
    block_on(OpenIdProvider::start(Vec::new())).expect("an OpenID provider")
}

fn every_example_applies_and_leaves_an_empty_plan(host: &Host, part: Part) {
    let issuer = issuer();
    let bed = bed(host, &issuer);
    for example in part.of(examples(host)) {
        put(&bed, &example);
        let planned = bed.plan().succeeded();
        let warnings =
            planned.other_warnings().into_iter().filter(|warning| warning.summary != CHECKED_LATER);
        assert_eq!(warnings.collect::<Vec<_>>(), [], "an example should need no warning\n{planned}");
        // OpenTofu has to read it; what an apply makes of it, and an import, `conformance` checks there for every type.
        if host.is_open_tofu() {
            continue;
        }
        bed.apply_plan().succeeded();
        bed.plan().expect_only_checks();
        make_destroyable(&bed);
        bed.destroy().succeeded();
    }
}

fn every_example_of_a_list_is_a_query(host: &Host) {
    let bed = Bed::with_kubernetes(host);
    let lists = directories(&example(LISTS)).into_iter().map(|list| list.join("list-resource.tfquery.hcl"));
    let files: Vec<_> = lists.chain([example("existing-estate/estate.tfquery.hcl")]).collect();
    assert!(files.len() >= 8, "{files:?}");
    for name in ["example", "this"] {
        bed.write(
            &format!("{name}.tf"),
            &format!("data \"cks_cluster\" {name:?} {{\n  name = \"example\"\n}}\n"),
        );
    }
    for (number, file) in files.iter().enumerate() {
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        // In one directory their names must differ.
        let text = text.replace("\"example\" {", &format!("\"example_{number}\" {{"));
        bed.write(&format!("{number}.tfquery.hcl"), &text);
    }
    let query = bed.run(&["query", "-json"]).succeeded();
    assert_eq!(query.warnings(), [], "an example should need no warning\n{query}");
}

/// Disables the deletion protection.
pub(crate) fn make_destroyable(bed: &Bed) {
    const PROTECTED: &str = "deletion_protection = true";
    let mut changed = false;
    for file in fs::read_dir(bed.configuration()).expect("a directory").flatten().map(|entry| entry.path()) {
        let Ok(content) = fs::read_to_string(&file) else { continue };
        if content.contains(PROTECTED) && file.extension().is_some_and(|extension| extension == "tf") {
            fs::write(&file, content.replace(PROTECTED, "deletion_protection = false")).expect("ours");
            changed = true;
        }
    }
    if changed {
        bed.apply().succeeded();
    }
}

fn every_import_example_leaves_an_empty_plan(host: &Host, part: Part) {
    let issuer = issuer();
    let bed = bed(host, &issuer);
    let mut imports = 0;
    for example in part.of(examples(host).into_iter().filter(|example| example.join("import.sh").exists())) {
        let script = fs::read_to_string(example.join("import.sh")).expect("a text");
        let commands = script.lines().filter_map(|line| line.strip_prefix("terraform import "));
        let commands: Vec<_> = commands
            .map(|command| command.trim().split_once(' ').expect("terraform import ADDRESS ID"))
            .collect();
        assert!(!commands.is_empty(), "{} has no import command", example.display());
        put(&bed, &example);
        bed.apply().succeeded();

        let forget = || {
            for (address, _) in &commands {
                bed.run(&["state", "rm", address]).succeeded();
            }
        };
        forget();
        for (address, id) in &commands {
            bed.import(address, id).succeeded();
        }
        bed.plan().expect_empty();

        for name in ["import-by-string-id.tf", "import-by-identity.tf"] {
            let block =
                fs::read_to_string(example.join(name)).expect("an import block in the same directory");
            assert_eq!(block.matches("import {").count(), commands.len(), "{}: {name}", example.display());
            forget();
            bed.write("import.tf", &block);
            bed.local.clear_requests();
            bed.apply().succeeded();
            bed.expect_only_reads();
            bed.plan().expect_empty();
        }
        make_destroyable(&bed);
        bed.destroy().succeeded();
        imports += 1;
    }
    assert!(imports > 0, "no import example was found");
}
