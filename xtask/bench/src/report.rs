//! What was measured, as text for the terminal, as tables, and as a picture.

mod markdown;
mod picture;
mod rows;
mod shares;
pub(crate) mod terminal;

use std::{fs, path::Path};

use crate::{failure::Failure, results::Results};

/// The lines around the generated part of `performance.md`.
const BEGIN: &str = "<!-- Written by `cargo xtask bench --write`: begin -->";
const END: &str = "<!-- Written by `cargo xtask bench --write`: end -->";

/// Writes the tables into `performance.md` of this directory, and the picture next to it.
pub(crate) fn write(results: &Results, directory: &Path) -> Result<(), Failure> {
    let (page, picture) = (directory.join("performance.md"), directory.join("performance.svg"));
    let text = fs::read_to_string(&page).map_err(Failure::io("read", &page))?;
    let text = replace(&text, &markdown::render(results))
        .ok_or_else(|| Failure::new(format!("{} does not have the lines\n{BEGIN}\n{END}", page.display())))?;
    fs::write(&page, text).map_err(Failure::io("write", &page))?;
    fs::write(&picture, picture::render(results)).map_err(Failure::io("write", &picture))?;
    eprintln!("written: {} and {}", page.display(), picture.display());
    Ok(())
}

/// The text with another generated part; `None` if it has no place for one.
fn replace(text: &str, generated: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", generated.trim()))
}

#[cfg(test)]
mod example;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_generated_part_is_replaced() {
        let page = |part: &str| format!("before\n{BEGIN}\n\n{part}\n\n{END}\nafter\n");
        assert_eq!(replace(&page("old\n\nold"), "new\n"), Some(page("new")));
        assert_eq!(replace("before\nafter\n", "new"), None);
    }

    #[test]
    fn a_run_is_written_next_to_what_is_written_by_hand() {
        let directory = tempfile::tempdir().unwrap();
        let page = directory.path().join("performance.md");
        fs::write(&page, format!("by hand\n{BEGIN}\n{END}\n")).unwrap();
        let results = example::results();
        write(&results, directory.path()).unwrap();
        write(&results, directory.path()).unwrap();
        let text = fs::read_to_string(&page).unwrap();
        assert!(text.starts_with("by hand\n") && text.matches("1,000 bindings: apply").count() > 1, "{text}");
        assert!(directory.path().join("performance.svg").is_file());
    }
}
