//! Arrows between the modules of `src/`, from the paths that they name; the table is the "may use" column of ARCHITECTURE.md.

use std::{collections::BTreeSet, path::Path};

use super::{
    Problem,
    code::{self, Token},
};
use crate::repository::Source;

/// What a file or directory directly below `src/` may name.
struct Area {
    names: &'static [&'static str],
    uses: Uses,
}

enum Uses {
    Everything,
    Only(&'static [&'static str]),
}

const AREAS: [Area; 10] = [
    // What knows all parts in order to put them together.
    Area { names: &["main", "provider"], uses: Uses::Everything },
    // What Terraform's users see: one file per type.
    Area {
        names: &["resources", "data_sources", "ephemeral", "list", "actions"],
        uses: Uses::Only(&[
            "account_tokens",
            "clusters",
            "cks",
            "kubernetes",
            "kubeconfig",
            "checks",
            "errors",
            "existing",
            "oidc_names",
            "openid",
            "types",
            "waited",
        ]),
    },
    // Functions compute; they reach no cluster.
    Area { names: &["functions"], uses: Uses::Only(&["cks", "kubeconfig", "checks", "oidc_names", "types"]) },
    Area {
        names: &["settings", "errors", "waited"],
        uses: Uses::Only(&["account_tokens", "clusters", "cks", "kubernetes", "openid", "checks", "types"]),
    },
    // Rules for attribute values.
    Area { names: &["checks", "existing", "oidc_names", "types"], uses: Uses::Only(&["cks", "kubernetes"]) },
    Area { names: &["clusters"], uses: Uses::Only(&["cks", "kubernetes", "openid", "requests"]) },
    // How a token lives, whoever wants it.
    Area { names: &["account_tokens"], uses: Uses::Only(&["kubernetes"]) },
    // The clients know neither Terraform nor each other.
    Area { names: &["cks", "kubernetes", "openid"], uses: Uses::Only(&["requests"]) },
    Area { names: &["requests"], uses: Uses::Only(&[]) },
    Area { names: &["kubeconfig"], uses: Uses::Only(&[]) },
];

/// Crates that some areas must not name.
const KEPT_OUT: [(&str, &[&str]); 1] =
    [("tfplugin", &["cks", "kubernetes", "openid", "clusters", "account_tokens", "kubeconfig"])];

/// Crates that only some areas may name: nothing but the clients talks to a network or knows its formats.
const KEPT_IN: [(&str, &[&str]); 4] = [
    ("reqwest", &["cks", "openid"]),
    ("prost", &["cks"]),
    ("kube", &["kubernetes"]),
    ("k8s_openapi", &["kubernetes"]),
];

const TABLE: &str = "xtask/src/tidy/modules.rs";

pub(super) fn check(sources: &[Source]) -> Vec<Problem> {
    let ours: Vec<_> = sources
        .iter()
        .filter_map(|source| Some((source, source.path.strip_prefix("src/")?.strip_suffix(".rs")?)))
        .collect();
    let areas: BTreeSet<_> = ours.iter().map(|(_, module)| area_of(module)).collect();
    ours.into_iter().flat_map(|(source, module)| findings(source, module, &areas)).collect()
}

/// The first part of a module's path.
fn area_of(module: &str) -> &str {
    module.split('/').next().unwrap_or(module)
}

/// How many modules deep the code of a file is: 0 in `main.rs`, 1 in `cks.rs` and `cks/mod.rs`, 2 in `cks/retry.rs`.
fn depth_of(module: &str) -> usize {
    match module {
        "main" => 0,
        _ => Path::new(module.strip_suffix("/mod").unwrap_or(module)).components().count(),
    }
}

fn findings(source: &Source, module: &str, areas: &BTreeSet<&str>) -> Vec<Problem> {
    let area = area_of(module);
    let Some(Area { uses, .. }) = AREAS.iter().find(|known| known.names.contains(&area)) else {
        let what = format!("the module `{area}` is in no arrow");
        return vec![Problem::new(
            &source.path,
            what,
            format!("say what it may name in {TABLE} and in ARCHITECTURE.md"),
        )];
    };
    let tokens = code::tokens(&source.text);
    let mut problems = Vec::new();
    for name in from_root(&tokens, depth_of(module)) {
        let allowed = match uses {
            Uses::Everything => true,
            // Tests of a part may show it at work in the whole.
            Uses::Only(_) if module.ends_with("/tests") => true,
            Uses::Only(allowed) => name.text == area || allowed.contains(&name.text),
        };
        if areas.contains(name.text) && !allowed {
            problems.push(Problem::at(
                &source.path,
                name.line,
                format!("`{area}` must not name `{}`", name.text),
                format!("move the code to where the arrows allow it; if the design changes, edit {TABLE} and ARCHITECTURE.md"),
            ));
        }
    }
    for name in crate_names(&tokens) {
        let out = KEPT_OUT.iter().any(|(kept, areas)| *kept == name.text && areas.contains(&area));
        let elsewhere = KEPT_IN.iter().any(|(kept, areas)| *kept == name.text && !areas.contains(&area));
        if out || elsewhere {
            problems.push(Problem::at(
                &source.path,
                name.line,
                format!("`{area}` must not name the crate `{}`", name.text),
                format!("translate where both sides are known (src/errors.rs for errors); if the design changes, edit {TABLE}"),
            ));
        }
    }
    problems
}

/// The first names of all paths that begin at the crate's root: after `crate::`, and after enough `super::`.
fn from_root<'a>(tokens: &[Token<'a>], file_depth: usize) -> Vec<Token<'a>> {
    let mut names = Vec::new();
    // Depths of braces at which inline modules began.
    let mut modules = Vec::new();
    let mut braces = 0;
    let mut at = 0;
    while at < tokens.len() {
        let text = |offset: usize| tokens.get(at + offset).map_or("", |token| token.text);
        match text(0) {
            "{" => {
                if at >= 2 && tokens[at - 2].text == "mod" {
                    modules.push(braces);
                }
                braces += 1;
            }
            "}" => {
                braces -= 1;
                modules.pop_if(|began| *began == braces);
            }
            "crate" if text(1) == "::" => names.extend(heads(&tokens[at + 2..])),
            "super" if text(1) == "::" => {
                let mut levels = 0;
                while text(2 * levels) == "super" && text(2 * levels + 1) == "::" {
                    levels += 1;
                }
                if levels == file_depth + modules.len() {
                    names.extend(heads(&tokens[at + 2 * levels..]));
                }
                at += 2 * levels;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    names
}

/// The names with which the paths of a use tree begin: of `a::b` it is `a`, of `{a::{b, c}, d}` they are `a` and `d`.
fn heads<'a>(tree: &[Token<'a>]) -> Vec<Token<'a>> {
    if tree.first().is_none_or(|first| first.text != "{") {
        return tree.first().copied().into_iter().collect();
    }
    let mut heads = Vec::new();
    let mut depth = 0;
    let mut before = "";
    for &token in tree {
        match token.text {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ if depth == 1 && token.is_name() && ["{", ","].contains(&before) => heads.push(token),
            _ => {}
        }
        if depth == 0 {
            break;
        }
        before = token.text;
    }
    heads
}

/// Names that begin a path, or are all of it: among them every crate that the code names.
fn crate_names<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    let begins = |at: usize| at == 0 || text(at - 1) != "::" || at == 1 || !tokens[at - 2].is_name();
    tokens
        .iter()
        .enumerate()
        .filter(|&(at, token)| {
            let used_whole = at > 0 && text(at - 1) == "use";
            token.is_name() && begins(at) && (text(at + 1) == "::" || used_whole)
        })
        .map(|(_, token)| *token)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks one file of a crate that has these areas besides.
    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        let other = |area: &str| Source { path: format!("src/{area}/mod.rs"), text: String::new() };
        let mut sources = ["resources", "clusters", "cks", "kubernetes", "openid", "functions", "provider"]
            .map(other)
            .to_vec();
        sources.push(Source { path: path.to_owned(), text: text.to_owned() });
        let found: Vec<_> = super::check(&sources)
            .into_iter()
            .map(|found| format!("{}: {}", found.place, found.what))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn resources_use_clusters_and_not_the_other_way_round() {
        check("src/resources/oidc.rs", "use crate::clusters::Clusters;", &[]);
        let what = "src/clusters/handle.rs:2: `clusters` must not name `resources`";
        check("src/clusters/handle.rs", "\nuse crate::resources::Oidc;", &[what]);
    }

    #[test]
    fn the_clients_know_neither_each_other_nor_terraform() {
        check(
            "src/cks/a.rs",
            "use crate::kubernetes::Api;",
            &["src/cks/a.rs:1: `cks` must not name `kubernetes`"],
        );
        check(
            "src/kubernetes/a.rs",
            "crate::cks::get()",
            &["src/kubernetes/a.rs:1: `kubernetes` must not name `cks`"],
        );
        check(
            "src/openid/a.rs",
            "use crate::cks::Client;",
            &["src/openid/a.rs:1: `openid` must not name `cks`"],
        );
        check(
            "src/cks/a.rs",
            "use tfplugin::Error;",
            &["src/cks/a.rs:1: `cks` must not name the crate `tfplugin`"],
        );
        check(
            "src/cks/a.rs",
            "use tfplugin as t;",
            &["src/cks/a.rs:1: `cks` must not name the crate `tfplugin`"],
        );
        check(
            "src/cks/a.rs",
            "#[derive(::tfplugin::S)]",
            &["src/cks/a.rs:1: `cks` must not name the crate `tfplugin`"],
        );
    }

    #[test]
    fn only_the_clients_talk_to_a_network() {
        check("src/cks/a.rs", "use reqwest::Client;", &[]);
        check("src/openid/a.rs", "use reqwest::Client;", &[]);
        let what = "src/resources/a.rs:1: `resources` must not name the crate `reqwest`";
        check("src/resources/a.rs", "fn a(_: reqwest::Error) {}", &[what]);
    }

    #[test]
    fn groups_over_several_lines_are_read_to_their_ends() {
        let text = "use crate::{\n    cks::{provider, Client},\n    provider::{self, Cks},\n};";
        check("src/resources/a.rs", text, &["src/resources/a.rs:3: `resources` must not name `provider`"]);
    }

    #[test]
    fn paths_that_climb_to_the_root_count_too() {
        check("src/cks/a.rs", "use super::kubernetes::Api;", &[]);
        let what = "src/cks/a.rs:1: `cks` must not name `kubernetes`";
        check("src/cks/a.rs", "use super::super::kubernetes::Api;", &[what]);
        check("src/cks/a.rs", "mod tests { use super::super::kubernetes; }", &[]);
        check("src/cks/a.rs", "mod tests { use super::super::super::kubernetes; }", &[what]);
        check("src/cks/a.rs", "mod tests { fn f() {} } use super::super::{kubernetes};", &[what]);
        check(
            "src/cks/mod.rs",
            "use super::clusters::Clusters;",
            &["src/cks/mod.rs:1: `cks` must not name `clusters`"],
        );
    }

    #[test]
    fn words_in_comments_and_texts_are_not_arrows() {
        check("src/cks/a.rs", "//! not crate::provider\nconst A: &str = \"tfplugin::Error\";", &[]);
    }

    #[test]
    fn a_file_of_tests_may_show_a_part_at_work_in_the_whole() {
        check("src/cks/tests.rs", "use crate::resources::Oidc;", &[]);
        let what = "src/cks/tests.rs:1: `cks` must not name the crate `tfplugin`";
        check("src/cks/tests.rs", "use tfplugin::Error;", &[what]);
    }

    #[test]
    fn functions_reach_no_cluster() {
        let what = "src/functions/a.rs:1: `functions` must not name `clusters`";
        check("src/functions/a.rs", "use crate::{cks, clusters};", &[what]);
    }

    #[test]
    fn a_new_module_needs_its_arrows() {
        check("src/helper.rs", "", &["src/helper.rs: the module `helper` is in no arrow"]);
    }
}
