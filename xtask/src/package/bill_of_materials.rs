//! The bill of materials of a platform's program (SBOM): every crate in it, with version, licence and checksum, as CycloneDX.
//!
//! cargo-cyclonedx lists what Cargo.lock has for the platform, with optional crates that no feature turns on, and macros. What
//! is not in the program is removed: a reader takes a bill for what the program has.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use super::{archive, crates, target::Target, tools};
use crate::{failure::Failure, process, provider, repository};

/// Version of the format.
const SPECIFICATION: &str = "1.5";

/// Name of the file that the tool writes beside each `Cargo.toml`.
const WRITTEN: &str = "bill-of-materials";

/// Writes it next to the archive, and returns its path.
pub(super) fn write(target: &Target, release: &Path, epoch: u64) -> Result<PathBuf, Failure> {
    let tool = tools::cyclonedx()?;
    // A copy, since the tool writes into the directory of each crate.
    let copy = tempfile::tempdir().map_err(Failure::io("create", Path::new("a temporary directory")))?;
    // As `cargo metadata` names it.
    let root = copy.path().canonicalize().map_err(Failure::io("find", copy.path()))?;
    copy_sources(&root)?;
    let mut cyclonedx = Command::new(tool);
    cyclonedx.current_dir(&root).args([
        "cyclonedx",
        "--quiet",
        "--all",
        "--no-build-deps",
        "--format",
        "json",
    ]);
    cyclonedx.args(["--spec-version", SPECIFICATION, "--target", &target.triple]);
    cyclonedx.args(["--override-filename", WRITTEN]).env("SOURCE_DATE_EPOCH", epoch.to_string());
    process::run_quietly(&mut cyclonedx)?;

    let written = root.join(WRITTEN).with_extension("json");
    let text = fs::read_to_string(&written).map_err(Failure::io("read", &written))?;
    let bill = serde_json::from_str(&without_paths(&text, &root));
    let mut bill = bill.map_err(|error| Failure::new(format!("cargo-cyclonedx wrote no JSON: {error}")))?;
    retain(&mut bill, &crates::in_program(target, provider::NAME)?);
    check(&bill)?;
    let text = format!("{bill:#}\n");
    let path = release.join(format!("{}_{}.cdx.json", archive::prefix(), target.platform));
    fs::write(&path, text).map_err(Failure::io("write", &path))?;
    Ok(path)
}

/// Copies what decides on dependencies: each `Cargo.toml`, `Cargo.lock`, and the sources, without which cargo finds no targets.
fn copy_sources(to: &Path) -> Result<(), Failure> {
    let mut git = Command::new("git");
    git.current_dir(repository::root()).args(["ls-files", "-z", "--", "*.toml", "*.rs", "Cargo.lock"]);
    for path in process::read(&mut git)?.split_terminator('\0') {
        let (from, to) = (repository::root().join(path), to.join(path));
        // Deleted in the work tree, still in the index.
        if !from.is_file() {
            continue;
        }
        if let Some(directory) = to.parent() {
            fs::create_dir_all(directory).map_err(Failure::io("create", directory))?;
        }
        fs::copy(&from, &to).map_err(Failure::io("copy", &from))?;
    }
    Ok(())
}

/// Names of our own crates are paths, here below one that says nothing about the machine.
fn without_paths(text: &str, root: &Path) -> String {
    text.replace(&root.display().to_string(), "/terraform-provider-cks")
}

/// Removes components that are not among the crates, and dependencies on them.
fn retain(bill: &mut Value, crates: &BTreeSet<String>) {
    let text = |value: &Value, member: &str| value[member].as_str().unwrap_or_default().to_owned();
    let is_in = |part: &Value| crates.contains(&format!("{} {}", text(part, "name"), text(part, "version")));
    let mut removed = BTreeSet::new();
    if let Some(components) = bill["components"].as_array_mut() {
        removed.extend(components.iter().filter(|part| !is_in(part)).map(|part| text(part, "bom-ref")));
        components.retain(is_in);
    }
    if let Some(dependencies) = bill["dependencies"].as_array_mut() {
        dependencies.retain(|entry| !removed.contains(&text(entry, "ref")));
        for entry in dependencies {
            if let Some(on) = entry.get_mut("dependsOn").and_then(Value::as_array_mut) {
                on.retain(|reference| {
                    reference.as_str().is_none_or(|reference| !removed.contains(reference))
                });
            }
        }
    }
}

/// It must be of the provider, with dependencies.
fn check(bill: &Value) -> Result<(), Failure> {
    let name = bill.pointer("/metadata/component/name").and_then(Value::as_str).unwrap_or_default();
    let count = bill["components"].as_array().map_or(0, Vec::len);
    if name == provider::NAME && count > 0 {
        return Ok(());
    }
    Err(Failure::new(format!("cargo-cyclonedx wrote a bill of {name:?} with {count} components")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_bill_is_of_the_provider_and_has_components() {
        let bill = |name: &str, components: Value| json!({ "metadata": { "component": { "name": name } }, "components": components });
        assert!(check(&bill(provider::NAME, json!([{}]))).is_ok());
        assert!(check(&bill("xtask", json!([{}]))).is_err());
        assert!(check(&bill(provider::NAME, json!([]))).is_err());
    }

    #[test]
    fn what_is_not_in_the_program_is_removed_with_dependencies_on_it() {
        let part = |name: &str| json!({ "bom-ref": name, "name": name, "version": "1.0.0" });
        let mut bill = json!({
            "components": [part("quinn"), part("rustls")],
            "dependencies": [
                { "ref": "reqwest", "dependsOn": ["quinn", "rustls"] },
                { "ref": "quinn", "dependsOn": ["rustls"] },
                { "ref": "rustls" },
            ],
        });
        let crates = ["reqwest 0.1.0", "rustls 1.0.0", "quinn 2.0.0"];
        retain(&mut bill, &crates.map(str::to_owned).into());
        let expected = json!({
            "components": [part("rustls")],
            "dependencies": [{ "ref": "reqwest", "dependsOn": ["rustls"] }, { "ref": "rustls" }],
        });
        assert_eq!(bill, expected);
    }
}
