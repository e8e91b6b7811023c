//! Quotes in guides are real messages: each message in a table headed `Terraform says` or `you see` is in the program.
//!
//! Only the fixed part of a message is quoted, as `code`. Code blocks need no check: guides take them from `examples/`.

use std::{fs, path::Path};

use super::Problem;
use crate::{
    failure::Failure,
    repository::{self, Source},
};

const GUIDES: &str = "templates/guides";

/// Headers of the first column of tables with our messages.
const HEADERS: [&str; 2] = ["Terraform says", "you see"];

/// A message that a guide quotes.
#[derive(Debug, PartialEq, Eq)]
struct Quote<'a> {
    /// Counted from 1.
    line: usize,
    text: &'a str,
}

pub(super) fn check(sources: &[Source]) -> Result<Vec<Problem>, Failure> {
    let directory = repository::root().join(GUIDES);
    let mut problems = Vec::new();
    for entry in fs::read_dir(&directory).map_err(Failure::io("read", &directory))? {
        let path = entry.map_err(Failure::io("read", &directory))?.path();
        let text = fs::read_to_string(&path).map_err(Failure::io("read", &path))?;
        let name = path.strip_prefix(repository::root()).unwrap_or(&path);
        problems.extend(findings(name, &text, sources));
    }
    Ok(problems)
}

fn findings(guide: &Path, text: &str, sources: &[Source]) -> Vec<Problem> {
    let ours =
        |source: &&Source| source.path.starts_with("src/") || source.path.starts_with("crates/tfplugin/src/");
    let unknown =
        |quote: &Quote<'_>| !sources.iter().filter(ours).any(|source| source.text.contains(quote.text));
    quotes(text)
        .into_iter()
        .filter(unknown)
        .map(|Quote { line, text }| {
            let cure = "quote the fixed part of a message in src/, or put what is not a message of ours into “…” instead of `…`";
            Problem::at(&guide.display().to_string(), line, format!("no message says `{text}`"), cure)
        })
        .collect()
}

/// The `code` in first cells of tables with our messages.
fn quotes(text: &str) -> Vec<Quote<'_>> {
    let mut quotes = Vec::new();
    let mut in_table = false;
    for (index, line) in text.lines().enumerate() {
        let first = line.strip_prefix('|').and_then(|row| row.split('|').next()).map(str::trim);
        match first {
            Some(header) if HEADERS.contains(&header) => in_table = true,
            None => in_table = false,
            Some(cell) if in_table => {
                // Every second piece is between backticks.
                let code = cell.split('`').skip(1).step_by(2);
                quotes.extend(code.map(|text| Quote { line: index + 1, text }));
            }
            Some(_) => {}
        }
    }
    quotes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::problem::in_lines;

    const GUIDE: &str = "\
`Not a table`

| Terraform says | do |
|---|---|
| `Cluster not found`, “or so” | `this` |
| nothing | that |

| kubectl says | do |
|---|---|
| `Unauthorized` | that |

| you see | read |
|---|---|
| `Cluster not found` | `there` |
";

    #[track_caller]
    fn check(path: &str, code: &str, expected: &[&str]) {
        let source = Source { path: path.to_owned(), text: code.to_owned() };
        assert_eq!(in_lines(findings(Path::new("a.md.tmpl"), GUIDE, &[source])), expected);
    }

    #[test]
    fn code_in_first_cells_of_our_tables_is_quoted() {
        let quote = |line| Quote { line, text: "Cluster not found" };
        assert_eq!(quotes(GUIDE), [quote(5), quote(14)]);
    }

    #[test]
    fn quoted_messages_must_be_in_the_program() {
        let code = "Error::new(\"Cluster not found\", what)";
        check("src/errors.rs", code, &[]);
        let unknown = [5, 14].map(|line| format!("a.md.tmpl:{line}: no message says `Cluster not found`"));
        let unknown = unknown.each_ref().map(String::as_str);
        check("tests/acceptance/access.rs", code, &unknown);
        check("src/errors.rs", "", &unknown);
    }
}
