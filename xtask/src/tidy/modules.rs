//! Module files of our crates as syntax trees.

use syn::{Attribute, Item};

use super::Problem;
use crate::repository::Source;

/// One module file.
pub(super) struct Module {
    /// Path below the root of the repository.
    pub(super) file: String,
    /// Folder of the crate root, such as `crates/kubernetes/src`.
    pub(super) tree: String,
    /// Names from the crate root to this module; empty for the root.
    pub(super) path: Vec<String>,
    pub(super) syntax: syn::File,
}

impl Module {
    /// The module of a source file; `None` for files that are in no `src` folder.
    pub(super) fn of(file: &str, text: &str) -> Result<Option<Self>, Problem> {
        let Some((tree, names)) = located(file) else { return Ok(None) };
        let syntax = syn::parse_file(text)
            .map_err(|error| Problem::new(file, format!("not Rust: {error}"), "correct the syntax"))?;
        Ok(Some(Self { file: file.to_owned(), tree, path: names, syntax }))
    }

    /// Names of the modules that this file declares, except those for tests.
    pub(super) fn children(&self) -> impl Iterator<Item = String> + '_ {
        self.syntax.items.iter().filter_map(|item| match item {
            Item::Mod(module) if module.content.is_none() && !is_for_tests(&module.attrs) => {
                Some(module.ident.to_string())
            }
            _ => None,
        })
    }
}

/// Parses all module files; a file that cannot be parsed is a finding.
pub(super) fn parse(sources: &[Source]) -> Result<Vec<Module>, Problem> {
    let parsed = sources.iter().map(|source| Module::of(&source.path, &source.text));
    parsed.filter_map(Result::transpose).collect()
}

/// Whether an item exists in tests only.
pub(super) fn is_for_tests(attributes: &[Attribute]) -> bool {
    let is_test = |attribute: &Attribute| {
        let arguments = attribute.meta.require_list().map(|list| list.tokens.to_string());
        attribute.path().is_ident("cfg") && arguments.is_ok_and(|arguments| arguments == "test")
    };
    attributes.iter().any(is_test)
}

fn located(file: &str) -> Option<(String, Vec<String>)> {
    let stem = file.strip_suffix(".rs")?;
    let (tree, inside) = match stem.split_once("/src/") {
        Some((tree, inside)) => (format!("{tree}/src"), inside),
        None => ("src".to_owned(), stem.strip_prefix("src/")?),
    };
    let names = if matches!(inside, "lib" | "main") { Vec::new() } else { owned(inside) };
    Some((tree, names))
}

fn owned(path: &str) -> Vec<String> {
    path.split('/').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_located_in_its_crate() {
        let check = |file: &str, expected: Option<(&str, &[&str])>| {
            let expected = expected.map(|(tree, names)| {
                (tree.to_owned(), names.iter().map(|name| (*name).to_owned()).collect())
            });
            assert_eq!(located(file), expected, "{file}");
        };
        check("src/main.rs", Some(("src", &[])));
        check("src/errors/rbac.rs", Some(("src", &["errors", "rbac"])));
        check("crates/a/src/lib.rs", Some(("crates/a/src", &[])));
        check("crates/a/src/b.rs", Some(("crates/a/src", &["b"])));
        check("crates/a/tests/b.rs", None);
        check("a.go", None);
    }
}
