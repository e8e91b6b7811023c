//! A wrong declaration is a compile error that names what is wrong, at the place where it is.
//!
//! `TRYBUILD=overwrite cargo test -p tfplugin --test derive_errors` writes the expected texts anew; read them before keeping
//! them.

#[test]
fn wrong_declarations_are_refused_where_they_are_wrong() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/derive_errors/fail/*.rs");
}
