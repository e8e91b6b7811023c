//! Where messages are: the clients' errors become messages in `src/errors`, and so do those that several files share. A message with
//! one caller is in the caller's file.

use syn::{Item, ReturnType, Type, Visibility, visit::Visit};

use super::{Problem, modules::Module};

const ERRORS: &str = "src/errors";

pub(super) fn check(modules: &[Module]) -> Vec<Problem> {
    let (errors, others): (Vec<_>, Vec<_>) = modules
        .iter()
        .filter(|module| module.tree == "src")
        .partition(|module| module.file.starts_with(ERRORS));
    let paths: Vec<_> = others.iter().map(|module| Paths::of(module)).collect();
    let elsewhere = others.iter().zip(&paths).filter_map(|(module, paths)| {
        let cure = "move the implementation to src/errors/";
        Some(Problem::at(&module.file, paths.client_error?, "an implementation of `ClientError`", cure))
    });
    let messages = errors.iter().flat_map(|module| shared(module).map(move |found| (module, found)));
    let lonely = messages.filter_map(|(module, (name, line))| {
        let callers = paths.iter().filter(|paths| paths.names.contains(&name)).count();
        let what = format!("the message `{name}` has {callers} callers");
        (callers < 2).then(|| Problem::at(&module.file, line, what, "move it to the file of its caller"))
    });
    elsewhere.chain(lonely).collect()
}

/// The functions of a file that build messages for the whole crate, with their lines.
fn shared(module: &Module) -> impl Iterator<Item = (String, usize)> + '_ {
    module.syntax.items.iter().filter_map(|item| match item {
        Item::Fn(function)
            if matches!(&function.vis, Visibility::Restricted(to) if to.path.is_ident("crate")) =>
        {
            let ReturnType::Type(_, result) = &function.sig.output else { return None };
            let Type::Path(result) = &**result else { return None };
            let is_message = result.path.is_ident("Error") || result.path.is_ident("Diagnostic");
            let name = &function.sig.ident;
            is_message.then(|| (name.to_string(), name.span().start().line))
        }
        _ => None,
    })
}

/// The last names of the paths in a file, and the line of its first `ClientError`.
#[derive(Default)]
struct Paths {
    names: Vec<String>,
    client_error: Option<usize>,
}

impl Paths {
    fn of(module: &Module) -> Self {
        let mut paths = Self::default();
        paths.visit_file(&module.syntax);
        paths
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.names.extend(path.segments.last().map(|name| name.ident.to_string()));
        syn::visit::visit_path(self, path);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let of = item.trait_.as_ref().and_then(|(path, _)| path.segments.last());
        if of.is_some_and(|of| of.ident == "ClientError") {
            self.client_error.get_or_insert(item.impl_token.span.start().line);
        }
        syn::visit::visit_item_impl(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(files: &[(&str, &str)], expected: &[&str]) {
        let modules: Vec<_> = files
            .iter()
            .map(|(file, text)| Module::of(&format!("src/{file}.rs"), text).expect("Rust").expect("a module"))
            .collect();
        let found: Vec<_> = super::check(&modules).into_iter().map(|found| found.what).collect();
        assert_eq!(found, expected, "{files:?}");
    }

    #[test]
    fn errors_of_clients_become_messages_in_one_place() {
        let text = "impl ClientError for E {}";
        check(&[("errors/rbac", text)], &[]);
        check(&[("resources/a", text)], &["an implementation of `ClientError`"]);
    }

    #[test]
    fn a_message_of_one_file_is_in_that_file() {
        let message = ("errors", "pub(crate) fn twice() -> Error { Error::new() }");
        let caller = |file| (file, "fn f() { errors::twice() }");
        check(&[message, caller("a"), caller("b")], &[]);
        check(&[message, caller("a")], &["the message `twice` has 1 callers"]);
        check(&[("errors", "fn own() -> Error { Error::new() }")], &[]);
    }
}
