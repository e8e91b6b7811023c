//! Dependencies between crates, from `cargo metadata`; the table is the "may use" column of ARCHITECTURE.md.

use cargo_metadata::{DependencyKind, Package};

use super::Problem;
use crate::{failure::Failure, provider, repository};

/// One crate of the workspace and those of our own crates that it may depend on.
struct Crate {
    name: &'static str,
    uses: &'static [&'static str],
    uses_in_tests: &'static [&'static str],
}

/// Dependencies have one direction: provider → clusters → the three clients → the pipeline. No client depends on another, and no crate
/// below the provider depends on `tfplugin`.
const CRATES: [Crate; 24] = [
    Crate { name: "go-formats", uses: &[], uses_in_tests: &["local-cks", "testbed"] },
    Crate { name: "tfplugin-proto", uses: &[], uses_in_tests: &[] },
    Crate { name: "tfplugin-derive", uses: &[], uses_in_tests: &["tfplugin"] },
    Crate {
        name: "tfplugin",
        uses: &["tfplugin-proto", "tfplugin-derive"],
        uses_in_tests: &["child-processes", "protocol-host", "testbed", "tfplugin"],
    },
    Crate { name: "normal-form", uses: &[], uses_in_tests: &[] },
    Crate {
        name: "request-pipeline",
        uses: &["go-formats"],
        uses_in_tests: &["local-cks", "scripted-server"],
    },
    Crate {
        name: "coreweave",
        uses: &["normal-form", "request-pipeline"],
        uses_in_tests: &["scripted-server"],
    },
    Crate {
        name: "kubernetes",
        uses: &["go-formats", "normal-form", "request-pipeline"],
        uses_in_tests: &["child-processes", "local-cks", "scripted-server"],
    },
    Crate { name: "openid", uses: &["go-formats", "request-pipeline"], uses_in_tests: &["scripted-server"] },
    Crate {
        name: "clusters",
        uses: &["coreweave", "kubernetes", "openid", "request-pipeline"],
        uses_in_tests: &["scripted-server"],
    },
    Crate {
        name: "service-account-tokens",
        uses: &["kubernetes"],
        uses_in_tests: &["request-pipeline", "scripted-server"],
    },
    Crate {
        name: provider::NAME,
        uses: &[
            "clusters",
            "coreweave",
            "go-formats",
            "kubernetes",
            "normal-form",
            "openid",
            "request-pipeline",
            "service-account-tokens",
            "tfplugin",
        ],
        uses_in_tests: &[
            "child-processes",
            "local-cks",
            "protocol-host",
            "scripted-server",
            "testbed",
            "tfplugin-proto",
        ],
    },
    Crate { name: "testbed", uses: &[], uses_in_tests: &[] },
    // For tests and the demonstration only: no released crate depends on these.
    Crate { name: "child-processes", uses: &[], uses_in_tests: &[] },
    Crate {
        name: "protocol-host",
        uses: &["child-processes", "tfplugin", "tfplugin-proto"],
        uses_in_tests: &[],
    },
    Crate { name: "local-cks", uses: &["child-processes", "testbed"], uses_in_tests: &[] },
    // Released, as a program of its own for users' tests.
    Crate {
        name: "local-cks-cli",
        uses: &["child-processes", "local-cks"],
        uses_in_tests: &["child-processes", "local-cks"],
    },
    Crate { name: "scripted-server", uses: &["local-cks"], uses_in_tests: &[] },
    Crate {
        name: "sweep",
        uses: &["clusters", "request-pipeline", provider::NAME, "tfplugin", "tfplugin-proto"],
        uses_in_tests: &["local-cks"],
    },
    Crate {
        name: "fuzz-targets",
        uses: &[
            "coreweave",
            "kubernetes",
            "openid",
            "service-account-tokens",
            provider::NAME,
            "tfplugin",
            "tfplugin-proto",
        ],
        uses_in_tests: &[],
    },
    Crate { name: "bench", uses: &["child-processes", "local-cks", "protocol-host"], uses_in_tests: &[] },
    Crate { name: "demo", uses: &["child-processes", "local-cks", "testbed"], uses_in_tests: &[] },
    // Small, since every command waits for its build: a command with more dependencies is a program of its own.
    Crate { name: "xtask", uses: &["testbed"], uses_in_tests: &[] },
    Crate { name: "start", uses: &[], uses_in_tests: &[] },
];

/// External crates that only some of ours may depend on outside tests: the protocol is in the framework, networks are in the clients.
const KEPT: [(&str, &[&str]); 9] = [
    ("tonic", &["tfplugin", "tfplugin-proto", "fuzz-targets", "protocol-host"]),
    ("tonic-prost", &["tfplugin-proto"]),
    // Details of CoreWeave's errors are protobuf.
    ("prost", &["tfplugin", "tfplugin-proto", "coreweave", "fuzz-targets", "protocol-host"]),
    // Local CKS has the messages that CoreWeave's own provider sends.
    ("prost-reflect", &["local-cks"]),
    ("rmp", &["tfplugin"]),
    ("reqwest", &["coreweave", "openid", "local-cks", "demo"]),
    ("kube", &["kubernetes"]),
    ("k8s-openapi", &["kubernetes"]),
    ("axum", &["local-cks"]),
];

const TABLE: &str = "xtask/src/tidy/crates.rs";

pub(super) fn check() -> Result<Vec<Problem>, Failure> {
    Ok(repository::packages()?.iter().flat_map(findings).collect())
}

fn findings(package: &Package) -> Vec<Problem> {
    let name = package.name.as_str();
    let place = package.manifest_path.strip_prefix(repository::root()).unwrap_or(&package.manifest_path);
    let Some(rule) = CRATES.iter().find(|rule| rule.name == name) else {
        let what = format!("the crate {name} is in no arrow");
        return vec![Problem::new(
            place,
            what,
            format!("say what it may use in {TABLE} and in ARCHITECTURE.md"),
        )];
    };
    let mut problems = Vec::new();
    for dependency in &package.dependencies {
        let tests_only = dependency.kind == DependencyKind::Development;
        let used = dependency.name.as_str();
        if CRATES.iter().any(|ours| ours.name == used) {
            let allowed = rule.uses.contains(&used) || (tests_only && rule.uses_in_tests.contains(&used));
            if !allowed {
                problems.push(Problem::new(
                    place,
                    format!(
                        "{name} must not depend on {used}{}",
                        if tests_only { ", not even in tests" } else { "" }
                    ),
                    format!(
                        "move the code that needs it; if the design changes, edit {TABLE} and ARCHITECTURE.md"
                    ),
                ));
            }
        } else if let Some((_, keepers)) = KEPT.iter().find(|(kept, _)| *kept == used)
            && !tests_only
            && !keepers.contains(&name)
        {
            problems.push(Problem::new(
                place,
                format!("{name} must not depend on {used}, which belongs to {}", keepers.join(" and ")),
                format!("use what {} offers; if the design changes, edit {TABLE}", keepers.join(" or ")),
            ));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A package as `cargo metadata` reports it, with dependencies of a name and a kind.
    fn package(name: &str, dependencies: &[(&str, Option<&str>)]) -> Package {
        let dependencies: Vec<_> = dependencies
            .iter()
            .map(|(name, kind)| {
                json!({"name": name, "req": "*", "kind": kind, "optional": false, "uses_default_features": true,
                       "features": [], "target": null, "rename": null, "registry": null, "source": null})
            })
            .collect();
        serde_json::from_value(json!({
            "name": name, "version": "0.1.0", "id": name, "dependencies": dependencies, "targets": [],
            "features": {}, "manifest_path": "/fixture/Cargo.toml", "edition": "2024"
        }))
        .unwrap()
    }

    #[track_caller]
    fn check(name: &str, dependencies: &[(&str, Option<&str>)], expected: &[&str]) {
        let found: Vec<_> =
            findings(&package(name, dependencies)).into_iter().map(|found| found.what).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_framework_depends_on_nothing_of_the_providers() {
        check("tfplugin", &[("tfplugin-proto", None), ("tonic", None)], &[]);
        let provider = [(provider::NAME, None)];
        check("tfplugin", &provider, &["tfplugin must not depend on terraform-provider-cks"]);
        check(
            "tfplugin",
            &[("local-cks", Some("dev"))],
            &["tfplugin must not depend on local-cks, not even in tests"],
        );
    }

    #[test]
    fn the_provider_uses_the_local_cks_in_tests_only() {
        check(provider::NAME, &[("tfplugin", None), ("local-cks", Some("dev"))], &[]);
        check(
            provider::NAME,
            &[("local-cks", None)],
            &["terraform-provider-cks must not depend on local-cks"],
        );
    }

    #[test]
    fn nothing_that_is_released_starts_programs_by_the_crate_for_tests() {
        for name in [provider::NAME, "tfplugin"] {
            check(name, &[("child-processes", Some("dev"))], &[]);
            let what = format!("{name} must not depend on child-processes");
            check(name, &[("child-processes", None)], &[&what]);
        }
    }

    #[test]
    fn the_protocol_stays_in_the_framework() {
        let what = "terraform-provider-cks must not depend on tonic, which belongs to tfplugin and tfplugin-proto and \
                    fuzz-targets and protocol-host";
        check(provider::NAME, &[("tonic", None)], &[what]);
        check(provider::NAME, &[("tonic", Some("dev"))], &[]);
    }

    #[test]
    fn a_new_crate_needs_its_arrows() {
        check("helper", &[], &["the crate helper is in no arrow"]);
    }
}
