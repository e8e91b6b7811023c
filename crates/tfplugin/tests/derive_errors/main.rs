//! A wrong declaration is a compile error with the cause, at the place of the mistake.
//!
//! `TRYBUILD=overwrite cargo test -p tfplugin --test derive_errors` rewrites the expected texts; read them before you commit
//! them.

#[test]
fn wrong_declarations_are_compile_errors_at_their_place() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/derive_errors/fail/*.rs");
}
