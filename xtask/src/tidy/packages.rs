//! The framework's crates can be published: `cargo package` accepts them, and each has all that its page shows.
//!
//! Without verification, which builds each crate once more from its package; CONTRIBUTING.md has the command for that.

use std::process::Command;

use cargo_metadata::Package;

use super::Problem;
use crate::{failure::Failure, process, repository};

/// In the order in which they are published.
const PUBLISHED: [&str; 3] = ["tfplugin-proto", "tfplugin-derive", "tfplugin"];

/// Files that each package has, in addition to its code.
const FILES: [&str; 2] = ["README.md", "LICENSE"];

/// The most that a registry takes.
const MOST_KEYWORDS: usize = 5;

pub(super) fn check() -> Result<Vec<Problem>, Failure> {
    let mut problems = Vec::new();
    for package in &repository::packages()? {
        if !PUBLISHED.contains(&package.name.as_str()) {
            continue;
        }
        let place = package.manifest_path.strip_prefix(repository::root()).unwrap_or(&package.manifest_path);
        for missing in missing(package) {
            problems.push(Problem::new(place, format!("no {missing} for the page of the crate"), "add it"));
        }
        let listed = process::read(cargo_package().args(["--list", "--package", &package.name]))?;
        for file in FILES.iter().filter(|file| !listed.lines().any(|line| line == **file)) {
            problems.push(Problem::new(
                place,
                format!("{file} is not in the package"),
                "add it to `include`",
            ));
        }
    }
    let mut packaged = cargo_package();
    packaged.args(["--no-verify", "--offline"]).args(PUBLISHED.iter().flat_map(|name| ["--package", name]));
    process::run_quietly(&mut packaged)?;
    Ok(problems)
}

fn cargo_package() -> Command {
    let mut cargo = repository::cargo();
    // Whoever edits wants to know before the commit.
    cargo.args(["package", "--allow-dirty"]);
    cargo
}

/// What the page lacks.
fn missing(package: &Package) -> Vec<&'static str> {
    let keywords = (1..=MOST_KEYWORDS).contains(&package.keywords.len());
    let there = [
        ("description", package.description.is_some()),
        ("license", package.license.is_some()),
        ("repository", package.repository.is_some()),
        ("documentation", package.documentation.is_some()),
        ("readme", package.readme.is_some()),
        ("keywords", keywords),
        ("categories", !package.categories.is_empty()),
        ("rust-version", package.rust_version.is_some()),
    ];
    there.into_iter().filter(|(_, is_there)| !is_there).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_has_everything() {
        let complete = json!({
            "name": "tfplugin", "version": "0.1.0", "id": "tfplugin", "dependencies": [], "targets": [], "features": {},
            "manifest_path": "/fixture/Cargo.toml", "edition": "2024", "description": "d", "license": "Apache-2.0",
            "repository": "https://example.com", "documentation": "https://example.com", "readme": "README.md",
            "keywords": ["a"], "categories": ["api-bindings"], "rust_version": "1.95"
        });
        let missing_of = |json: &serde_json::Value| missing(&serde_json::from_value(json.clone()).unwrap());
        assert_eq!(missing_of(&complete), [] as [&str; 0]);
        for name in ["description", "license", "repository", "documentation", "readme"] {
            let mut without = complete.clone();
            without[name] = serde_json::Value::Null;
            assert_eq!(missing_of(&without), [name]);
        }
        let mut many = complete;
        many["keywords"] = json!(["a", "b", "c", "d", "e", "f"]);
        assert_eq!(missing_of(&many), ["keywords"]);
    }
}
