//! What every hand-written source file has to be: short, introduced, finished.

use std::path::Path;

use super::{
    Problem,
    code::{self, Token},
};
use crate::repository::Source;

/// A file should fit a head: more lines than this are a defect.
const LONGEST: usize = 600;

/// Token sequences that must not be committed, and what to do instead.
const UNFINISHED: [(&[&str], &str); 4] = [
    (&["dbg", "!"], "remove it, or log with tracing"),
    (&["todo", "!"], "finish it, or return an error that says what is missing"),
    (&["unimplemented", "!"], "finish it, or return an error that says what is missing"),
    (
        &["#", "[", "ignore"],
        "make the test run everywhere, or fail with the reason; a test that never runs proves nothing",
    ),
];

pub(super) fn check(sources: &[Source]) -> Vec<Problem> {
    sources.iter().flat_map(findings).collect()
}

fn findings(source: &Source) -> Vec<Problem> {
    let mut problems = Vec::new();
    let lines = source.text.lines().count();
    if lines > LONGEST {
        let cure = "split it by purpose: a module for each thing it is about";
        problems.push(Problem::new(
            &source.path,
            format!("{lines} lines; at most {LONGEST} are allowed"),
            cure,
        ));
    }
    if Path::new(&source.path).extension().is_some_and(|extension| extension == "rs") {
        if !source.text.starts_with("//!") && !must_not_compile(&source.path) {
            let cure = "begin it with `//!`: its purpose in one line, then the rule it follows and that rule's source";
            problems.push(Problem::at(&source.path, 1, "the file does not say what it is for", cure));
        }
        problems.extend(unfinished(source));
    }
    problems
}

/// Whether a file is an example of what the compiler refuses: its name says which, beside it is what the compiler says.
fn must_not_compile(path: &str) -> bool {
    path.contains("/tests/") && path.contains("/fail/")
}

fn unfinished(source: &Source) -> Vec<Problem> {
    let tokens = code::tokens(&source.text);
    let begins = |at: usize, words: &[&str]| {
        let texts = tokens[at..].iter().map(|Token { text, .. }| *text);
        texts.take(words.len()).eq(words.iter().copied())
    };
    let mut problems = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if let Some((words, cure)) = UNFINISHED.iter().find(|(words, _)| begins(at, words)) {
            problems.push(Problem::at(&source.path, token.line, format!("`{}`", words.concat()), *cure));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        let source = Source { path: path.to_owned(), text: text.to_owned() };
        let found: Vec<_> = super::check(&[source])
            .into_iter()
            .map(|found| format!("{}: {}", found.place, found.what))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_file_has_at_most_600_lines() {
        check("a.go", &"\n".repeat(600), &[]);
        check("a.go", &"\n".repeat(601), &["a.go: 601 lines; at most 600 are allowed"]);
    }

    #[test]
    fn a_rust_file_opens_with_what_it_is_for() {
        check("a.rs", "//! What it is for.\n", &[]);
        check("crates/a/tests/fail/b.rs", "use b;", &[]);
        check("a.rs", "use b;\n//! Late.\n", &["a.rs:1: the file does not say what it is for"]);
    }

    #[test]
    fn nothing_unfinished_is_committed() {
        check("a.rs", "//! A.\n// todo!() would be wrong\nfn todo() {}\n", &[]);
        check("a.rs", "//! A.\nfn a() {\n    todo!()\n}", &["a.rs:3: `todo!`"]);
        check("a.rs", "//! A.\ndbg!(1);", &["a.rs:2: `dbg!`"]);
        check("a.rs", "//! A.\n#[ignore = \"slow\"]", &["a.rs:2: `#[ignore`"]);
    }
}
