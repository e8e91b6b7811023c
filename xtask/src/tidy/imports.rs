//! Imports: first std, then other crates, then our own module tree; one private `use` for each crate; no `super::super`.

use syn::{Item, ItemUse, UseTree, Visibility, visit::Visit};

use super::{Problem, modules::Module};

/// Place of an import among its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Std,
    OtherCrate,
    OwnCrate,
}

pub(super) fn check(modules: &[Module]) -> Vec<Problem> {
    modules.iter().flat_map(findings).collect()
}

fn findings(module: &Module) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    let mut last = Group::Std;
    for (item, root) in module.syntax.items.iter().filter_map(private_import) {
        let group = match root.as_str() {
            "std" | "core" | "alloc" => Group::Std,
            _ if item.leading_colon.is_some() => Group::OtherCrate,
            "crate" | "super" | "self" => Group::OwnCrate,
            child if module.children().any(|name| name == child) => Group::OwnCrate,
            _ => Group::OtherCrate,
        };
        let line = item.use_token.span.start().line;
        if group < last {
            let what = format!("`use {root}` after imports of a later group");
            let cure = "order the imports: std, other crates, our own (`self`, `super`, `crate`)";
            problems.push(Problem::at(&module.file, line, what, cure));
        } else if seen.contains(&root) {
            let what = format!("a second `use {root}`");
            problems.push(Problem::at(&module.file, line, what, "write one `use` for each crate"));
        }
        last = last.max(group);
        seen.push(root);
    }
    let mut ancestors = Ancestors(Vec::new());
    ancestors.visit_file(&module.syntax);
    for line in ancestors.0 {
        let cure = "begin the path with `crate::`";
        problems.push(Problem::at(&module.file, line, "`super::super`", cure));
    }
    problems
}

/// An import that is not a re-export and has no attributes, with the first name of its path.
fn private_import(item: &Item) -> Option<(&ItemUse, String)> {
    let Item::Use(item) = item else { return None };
    if !matches!(item.vis, Visibility::Inherited) || !item.attrs.is_empty() {
        return None;
    }
    match &item.tree {
        UseTree::Path(path) => Some((item, path.ident.to_string())),
        UseTree::Name(name) => Some((item, name.ident.to_string())),
        UseTree::Rename(rename) => Some((item, rename.ident.to_string())),
        UseTree::Glob(_) | UseTree::Group(_) => None,
    }
}

/// Lines with `super::super`.
struct Ancestors(Vec<usize>);

impl Visit<'_> for Ancestors {
    fn visit_use_path(&mut self, path: &syn::UsePath) {
        if path.ident == "super" && matches!(&*path.tree, UseTree::Path(next) if next.ident == "super") {
            self.0.push(path.ident.span().start().line);
        }
        syn::visit::visit_use_path(self, path);
    }

    fn visit_path(&mut self, path: &syn::Path) {
        if path.segments.iter().take(2).filter(|segment| segment.ident == "super").count() == 2 {
            self.0.push(path.segments[0].ident.span().start().line);
        }
        syn::visit::visit_path(self, path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let module = Module::of("src/a.rs", text).expect("Rust").expect("a module");
        let found: Vec<_> = findings(&module).into_iter().map(|found| found.what).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn imports_are_ordered_by_group() {
        check("use std::fs;\nuse syn::Item;\nuse self::b::C;\nuse super::D;\nuse crate::E;", &[]);
        check("use syn::Item;\nuse std::fs;", &["`use std` after imports of a later group"]);
        check("mod b;\nuse b::C;\nuse syn::Item;", &["`use syn` after imports of a later group"]);
        check("mod syn;\nuse ::syn::Item;\nuse quote::quote;", &[]);
        check("pub use self::b::C;\nuse syn::Item;", &[]);
    }

    #[test]
    fn a_crate_has_one_import() {
        check("use crate::a;\nuse crate::b;", &["a second `use crate`"]);
        check("use crate::a;\n#[cfg(test)]\nuse crate::b;", &[]);
    }

    #[test]
    fn a_path_goes_up_once() {
        check("use super::super::a;", &["`super::super`"]);
        check("fn f() { super::super::a() }", &["`super::super`"]);
        check("fn f() { super::a() }", &[]);
    }
}
