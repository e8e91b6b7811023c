//! Rules for every hand-written source file: its length, its introduction, and its path.

use std::path::Path;

use super::Problem;
use crate::repository::Source;

/// Maximum number of lines of a file.
const LONGEST: usize = 600;

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
        problems.extend(ignored(source));
        // Cargo would build `tests/support.rs` as a test.
        if source.path.ends_with("/mod.rs") && !source.path.ends_with("/tests/support/mod.rs") {
            let cure = "name it after its folder, next to it: `foo.rs` and `foo/`";
            problems.push(Problem::at(&source.path, 1, "a module file named mod.rs", cure));
        }
    }
    problems
}

/// Whether a file is an example that must not compile; the expected error is in the file next to it.
fn must_not_compile(path: &str) -> bool {
    path.contains("/tests/") && path.contains("/fail/")
}

/// Tests that never run. (clippy rejects `dbg!`, `todo!` and `unimplemented!`.)
fn ignored(source: &Source) -> Vec<Problem> {
    let cure = "make the test run everywhere, or fail with the reason; a test that never runs proves nothing";
    let is_ignored = |line: &str| line.trim_start().starts_with("#[ignore");
    let lines = source.text.lines().enumerate().filter(|(_, line)| is_ignored(line));
    lines.map(|(at, _)| Problem::at(&source.path, at + 1, "`#[ignore`", cure)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::problem::in_lines;

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        let source = Source { path: path.to_owned(), text: text.to_owned() };
        assert_eq!(in_lines(super::check(&[source])), expected);
    }

    #[test]
    fn a_file_has_at_most_600_lines() {
        check("a.go", &"\n".repeat(600), &[]);
        check("a.go", &"\n".repeat(601), &["a.go: 601 lines; at most 600 are allowed"]);
    }

    #[test]
    fn a_rust_file_starts_with_its_purpose() {
        check("a.rs", "//! What it is for.\n", &[]);
        check("crates/a/tests/fail/b.rs", "use b;", &[]);
        check("a.rs", "use b;\n//! Late.\n", &["a.rs:1: the file does not say what it is for"]);
    }

    #[test]
    fn no_test_is_ignored() {
        check("a.rs", "//! A.\n// Not `#[ignore]`.\nfn ignore() {}\n", &[]);
        check("a.rs", "//! A.\n    #[ignore = \"slow\"]", &["a.rs:2: `#[ignore`"]);
    }

    #[test]
    fn a_module_file_is_named_after_its_folder() {
        check("src/a/mod.rs", "//! A.\n", &["src/a/mod.rs:1: a module file named mod.rs"]);
        check("crates/a/tests/support/mod.rs", "//! A.\n", &[]);
    }
}
