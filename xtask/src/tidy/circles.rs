//! Import circles between the module files of a crate.
//!
//! File A imports from file B if a path in A leads to a name of B, also through a re-export. A module may use the names of the modules
//! that contain it, which its privacy allows in any case: such a path counts only if a re-export leads on to another file. Test code
//! does not count.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque, hash_map::Entry};

use syn::{Expr, Item, Token, UseTree, Visibility, punctuated::Punctuated, visit::Visit};

use super::{
    Problem,
    modules::{Module, is_for_tests},
};

/// Names of a path, without `crate`, `self` and `super`.
type Names = Vec<String>;

pub(super) fn check(modules: &[Module]) -> Vec<Problem> {
    let trees: BTreeSet<&str> = modules.iter().map(|module| module.tree.as_str()).collect();
    let of_tree = |tree| modules.iter().filter(|module| module.tree == tree).collect::<Vec<_>>();
    let found: Vec<_> = trees.into_iter().flat_map(|tree| circles(&of_tree(tree))).collect();
    let circles = found.iter().map(|circle| {
        let what = format!("an import circle: {} → {}", circle.join(" → "), circle[0]);
        let cure = "move what both need into a file of its own, or pass it as a parameter or trait";
        Problem::new(circle[0], what, cure)
    });
    circles.collect()
}

/// One shortest circle for each group of files that import each other, by their paths.
fn circles<'a>(modules: &[&'a Module]) -> Vec<Vec<&'a str>> {
    let crate_tree = Tree::of(modules);
    let imports: Vec<_> = modules.iter().map(|module| crate_tree.imports(module)).collect();
    let mut covered = HashSet::new();
    let mut found = Vec::new();
    for start in 0..modules.len() {
        if covered.contains(&start) {
            continue;
        }
        if let Some(circle) = shortest_circle(start, &imports) {
            covered.extend(group(start, &imports));
            found.push(circle.into_iter().map(|at| modules[at].file.as_str()).collect());
        }
    }
    found
}

fn shortest_circle(start: usize, imports: &[BTreeSet<usize>]) -> Option<Vec<usize>> {
    let mut previous = HashMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        for &next in &imports[at] {
            if next == start {
                let mut circle = vec![at];
                while circle[circle.len() - 1] != start {
                    circle.push(previous[&circle[circle.len() - 1]]);
                }
                circle.reverse();
                return Some(circle);
            }
            if let Entry::Vacant(first) = previous.entry(next) {
                first.insert(at);
                queue.push_back(next);
            }
        }
    }
    None
}

/// All files that `start` imports, directly or not, and that import it.
fn group(start: usize, imports: &[BTreeSet<usize>]) -> Vec<usize> {
    let reached = |from: usize| {
        let (mut seen, mut open) = (HashSet::new(), vec![from]);
        while let Some(at) = open.pop() {
            open.extend(imports[at].iter().filter(|next| seen.insert(**next)));
        }
        seen
    };
    reached(start).into_iter().filter(|at| reached(*at).contains(&start)).collect()
}

/// The modules of one crate, and the names that each imports or re-exports.
struct Tree {
    files: HashMap<Names, usize>,
    bound: HashMap<(Names, String), Names>,
}

impl Tree {
    fn of(modules: &[&Module]) -> Self {
        let files = modules.iter().enumerate().map(|(at, module)| (module.path.clone(), at)).collect();
        let mut bound = HashMap::new();
        for module in modules {
            for item in &module.syntax.items {
                let Item::Use(import) = item else { continue };
                if matches!(import.vis, Visibility::Inherited) {
                    continue;
                }
                for (name, path) in leaves(&import.tree) {
                    if let Some(path) = absolute(module, 0, &path) {
                        bound.insert((module.path.clone(), name), path);
                    }
                }
            }
        }
        Self { files, bound }
    }

    /// The other files whose names a module uses.
    fn imports(&self, module: &Module) -> BTreeSet<usize> {
        let mut paths = Paths { module, depth: 0, found: Vec::new() };
        paths.visit_file(&module.syntax);
        let others = paths
            .found
            .iter()
            .filter_map(|path| self.file(path))
            .filter(|(names, _)| !module.path.starts_with(names));
        others.map(|(_, at)| at).collect()
    }

    /// The file that declares the name of a path: re-exports are followed.
    fn file(&self, path: &Names) -> Option<(Names, usize)> {
        let mut path = path.clone();
        // No chain of re-exports is longer.
        for _ in 0..8 {
            let length = (0..=path.len()).rev().find(|length| self.files.contains_key(&path[..*length]))?;
            let (module, rest) = path.split_at(length);
            let Some(next) = rest.first().and_then(|name| self.bound.get(&(module.to_vec(), name.clone())))
            else {
                return Some((module.to_vec(), self.files[module]));
            };
            path = next.iter().chain(&rest[1..]).cloned().collect();
        }
        None
    }
}

/// A path from the crate root; `None` if it leads to another crate. `depth` is that of inline modules.
fn absolute(module: &Module, depth: usize, path: &[String]) -> Option<Names> {
    let mut at = module.path.len() + depth;
    let mut rest = path;
    match path.first()?.as_str() {
        "crate" => (at, rest) = (0, &path[1..]),
        "self" => rest = &path[1..],
        "super" => {
            while rest.first().is_some_and(|name| name == "super") {
                (at, rest) = (at.checked_sub(1)?, &rest[1..]);
            }
        }
        child if module.children().any(|name| name == child) => at = module.path.len(),
        _ => return None,
    }
    // Names of inline modules are not in the tree: their file declares what is in them.
    Some(module.path.iter().take(at).chain(rest).cloned().collect())
}

/// Each name that a `use` binds, with its path.
fn leaves(tree: &UseTree) -> Vec<(String, Names)> {
    let prefixed = |name: &syn::Ident, tree: &UseTree| {
        let under = leaves(tree).into_iter();
        under.map(|(bound, path)| (bound, [vec![name.to_string()], path].concat())).collect()
    };
    match tree {
        UseTree::Path(path) => prefixed(&path.ident, &path.tree),
        UseTree::Name(name) if name.ident == "self" => vec![(String::new(), Vec::new())],
        UseTree::Name(name) => vec![(name.ident.to_string(), vec![name.ident.to_string()])],
        UseTree::Rename(rename) => vec![(rename.rename.to_string(), vec![rename.ident.to_string()])],
        UseTree::Glob(_) => vec![(String::new(), Vec::new())],
        UseTree::Group(group) => group.items.iter().flat_map(leaves).collect(),
    }
}

/// Collects the paths of a module that stay in its crate.
struct Paths<'a> {
    module: &'a Module,
    depth: usize,
    found: Vec<Names>,
}

impl Paths<'_> {
    fn push(&mut self, path: &[String]) {
        self.found.extend(absolute(self.module, self.depth, path));
    }
}

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Mod(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            _ => &Vec::new(),
        };
        if !is_for_tests(attributes) {
            syn::visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        self.depth += 1;
        syn::visit::visit_item_mod(self, module);
        self.depth -= 1;
    }

    fn visit_item_use(&mut self, import: &'ast syn::ItemUse) {
        let ours = leaves(&import.tree).into_iter().filter(|_| import.leading_colon.is_none());
        for (_, path) in ours {
            self.push(&path);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Names = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if names.len() > 1 && path.leading_colon.is_none() {
            self.push(&names);
        }
        syn::visit::visit_path(self, path);
    }

    /// Most macros, such as `format!`, have expressions as arguments.
    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if let Ok(arguments) = call.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated) {
            // Their lifetime ends with this function, so that they need their own visitor.
            let mut inside = Paths { module: self.module, depth: self.depth, found: Vec::new() };
            arguments.iter().for_each(|argument| inside.visit_expr(argument));
            self.found.append(&mut inside.found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(files: &[(&str, &str)], expected: &[&[&str]]) {
        let modules: Vec<_> = files
            .iter()
            .map(|(file, text)| Module::of(&format!("src/{file}.rs"), text).expect("Rust").expect("a module"))
            .collect();
        let found = circles(&modules.iter().collect::<Vec<_>>());
        let expected: Vec<Vec<_>> = expected
            .iter()
            .map(|circle| circle.iter().map(|file| format!("src/{file}.rs")).collect())
            .collect();
        assert_eq!(found, expected, "{files:?}");
    }

    #[test]
    fn files_that_import_each_other_are_a_circle() {
        check(&[("lib", "mod a; mod b;"), ("a", "use crate::b::B;"), ("b", "")], &[]);
        check(&[("a", "use crate::b::B;"), ("b", "use super::a::A;")], &[&["a", "b"]]);
        check(&[("a", "use crate::b::B;"), ("b", "fn f() { crate::a::f() }")], &[&["a", "b"]]);
        check(&[("a", "use crate::b::B;"), ("b", "fn f() { g!(crate::a::f()) }")], &[&["a", "b"]]);
        let long = [("a", "use crate::b;"), ("b", "use crate::c::C;"), ("c", "use crate::a::A;")];
        check(&long, &[&["a", "b", "c"]]);
    }

    #[test]
    fn a_child_may_use_the_names_of_its_parent() {
        check(&[("a", "mod b; use self::b::B;"), ("a/b", "use super::A;")], &[]);
        let through_another =
            [("a", "mod b; use b::B;"), ("a/b", "use crate::c::C;"), ("c", "use crate::a::A;")];
        check(&through_another, &[&["a", "a/b", "c"]]);
    }

    #[test]
    fn re_exports_are_followed() {
        let siblings = |from_b: &'static str| {
            [("a", "mod b; mod c; pub use self::{b::B, c::C};"), ("a/b", from_b), ("a/c", "use super::B;")]
        };
        check(&siblings(""), &[]);
        check(&siblings("use super::C;"), &[&["a/b", "a/c"]]);
    }

    #[test]
    fn test_code_does_not_count() {
        let in_tests = [("a", "use crate::b::B;"), ("b", "#[cfg(test)] mod tests { use crate::a::A; }")];
        check(&in_tests, &[]);
        let of_tests = [("a", "use crate::b::B;"), ("b", "#[cfg(test)] use crate::a::A;")];
        check(&of_tests, &[]);
    }
}
