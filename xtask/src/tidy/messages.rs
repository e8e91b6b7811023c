//! Where messages are: the clients' errors become messages in `src/errors` only, and a resource file that sends requests builds no
//! message itself.

use syn::{Item, visit::Visit};

use super::{
    Problem,
    modules::{Module, is_for_tests},
};

const ERRORS: &str = "src/errors";

pub(super) fn check(modules: &[Module]) -> Vec<Problem> {
    modules.iter().filter(|module| !module.file.starts_with(ERRORS)).flat_map(findings).collect()
}

fn findings(module: &Module) -> Vec<Problem> {
    let mut uses = Uses::default();
    uses.visit_file(&module.syntax);
    let mut problems = Vec::new();
    if let Some(line) = uses.client_error {
        let cure = "move the implementation to src/errors/";
        problems.push(Problem::at(&module.file, line, "an implementation of `ClientError`", cure));
    }
    if let (Some(line), true) = (uses.message, uses.sends && module.file.starts_with("src/resources/")) {
        let cure = "build it in src/errors/, or in the file of a rule that needs no request";
        problems.push(Problem::at(&module.file, line, "a message in a file that sends requests", cure));
    }
    problems
}

/// What a file does outside tests, with the line of the first place.
#[derive(Default)]
struct Uses {
    client_error: Option<usize>,
    message: Option<usize>,
    sends: bool,
}

impl<'ast> Visit<'ast> for Uses {
    fn visit_item(&mut self, item: &'ast Item) {
        if !matches!(item, Item::Mod(module) if is_for_tests(&module.attrs)) {
            syn::visit::visit_item(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let of = item.trait_.as_ref().and_then(|(path, _)| path.segments.last());
        if of.is_some_and(|of| of.ident == "ClientError") {
            self.client_error.get_or_insert(item.impl_token.span.start().line);
        }
        syn::visit::visit_item_impl(self, item);
    }

    fn visit_expr_await(&mut self, expression: &'ast syn::ExprAwait) {
        self.sends = true;
        syn::visit::visit_expr_await(self, expression);
    }

    fn visit_expr_path(&mut self, expression: &'ast syn::ExprPath) {
        let names: Vec<_> = expression.path.segments.iter().map(|name| name.ident.to_string()).collect();
        if let [.., of, constructor] = names.as_slice()
            && matches!(
                (of.as_str(), constructor.as_str()),
                ("Diagnostic", "error" | "warning") | ("Error", "new")
            )
        {
            self.message.get_or_insert(expression.path.segments[0].ident.span().start().line);
        }
        syn::visit::visit_expr_path(self, expression);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &str, text: &str, expected: &[&str]) {
        let module = Module::of(file, text).expect("Rust").expect("a module");
        let found: Vec<_> = super::check(&[module]).into_iter().map(|found| found.what).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn errors_of_clients_become_messages_in_one_place() {
        let text = "impl ClientError for E {}";
        check("src/errors/rbac.rs", text, &[]);
        check("src/resources/a.rs", text, &["an implementation of `ClientError`"]);
    }

    #[test]
    fn a_resource_file_sends_requests_or_builds_messages() {
        let both = "async fn f() { g().await; Diagnostic::warning(a, b); }";
        check("src/resources/a.rs", both, &["a message in a file that sends requests"]);
        check("src/resources/a.rs", "fn f() { Error::new(a, b) }", &[]);
        check("src/resources/a.rs", "async fn f() { g().await }", &[]);
        check("src/data_sources/a.rs", both, &[]);
        check(
            "src/resources/a.rs",
            "async fn f() { g().await } #[cfg(test)] mod tests { fn h() { Error::new(a, b) } }",
            &[],
        );
    }
}
