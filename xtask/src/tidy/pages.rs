//! Pages of the documentation are complete, and references to them are right: a guide shows every file of its example, the index
//! links every page, links lead to guides that exist, and so do titles that `guide "…"` quotes.
//!
//! The generator checks none of this: it writes what the templates have.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use super::Problem;
use crate::repository::Source;

const INDEX: &str = "templates/index.md.tmpl";

/// What the registry shows of single types, not as a guide. The index shows the example of the provider.
const PROVIDER: &str = "provider";

pub(super) fn check(sources: &[Source], prose: &[Source]) -> Vec<Problem> {
    let guides: BTreeMap<_, _> =
        prose.iter().filter_map(|source| Some((guide_of(&source.path)?, source))).collect();
    let titles: BTreeMap<_, _> =
        guides.iter().filter_map(|(name, source)| Some((*name, title(&source.text)?))).collect();
    let mut problems = unshown_files(&guides, prose);
    if let Some(index) = prose.iter().find(|source| source.path == INDEX) {
        problems.extend(unlinked_pages(index, &titles, prose));
    }
    problems.extend(guides.values().flat_map(|guide| broken_links(guide, &guides)));
    let quoting = sources.iter().filter(|source| source.path.starts_with("src/"));
    let written = prose.iter().filter(|source| !source.path.starts_with("docs/"));
    let titles: BTreeSet<_> = titles.into_values().collect();
    problems.extend(quoting.chain(written).flat_map(|source| unknown_titles(source, &titles)));
    problems
}

/// The name of the guide in this file.
fn guide_of(path: &str) -> Option<&str> {
    let name = path.strip_prefix("templates/guides/")?;
    name.strip_suffix(".md.tmpl").or_else(|| name.strip_suffix(".md"))
}

fn title(guide: &str) -> Option<&str> {
    guide.lines().find_map(|line| line.strip_prefix("page_title: \"")?.strip_suffix('"'))
}

/// Without one of its files, a reader cannot plan what a guide shows.
fn unshown_files(guides: &BTreeMap<&str, &Source>, prose: &[Source]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let is_terraform =
        |source: &&Source| Path::new(&source.path).extension().is_some_and(|extension| extension == "tf");
    for file in prose.iter().filter(is_terraform) {
        let Some((example, _)) = file.path.strip_prefix("examples/").and_then(|path| path.split_once('/'))
        else {
            continue;
        };
        // Examples of types are one directory further down, and so is a second configuration of a guide's example.
        if example == PROVIDER || file.path.matches('/').count() != 2 && !guides.contains_key(example) {
            continue;
        }
        let line = format!("{{{{ tffile \"{}\" }}}}", file.path);
        match guides.get(example) {
            Some(guide) if guide.text.contains(&line) => {}
            Some(guide) => {
                let what = format!("the guide does not show {}", file.path);
                problems.push(Problem::new(&guide.path, what, format!("add {line}")));
            }
            None => {
                let cure = format!("write templates/guides/{example}.md.tmpl, which shows it");
                problems.push(Problem::new(&file.path, "an example without a guide".to_owned(), &cure));
            }
        }
    }
    problems
}

/// A page that the index does not link is found by no reader.
fn unlinked_pages(index: &Source, titles: &BTreeMap<&str, &str>, prose: &[Source]) -> Vec<Problem> {
    let guides = titles.iter().map(|(name, title)| format!("[{title}](guides/{name}.md)"));
    let is_of_guide = |path: &str| {
        let example = path.strip_prefix("examples/").and_then(|path| path.split('/').next());
        example.is_some_and(|example| titles.contains_key(example))
    };
    let of_types = prose.iter().filter(|source| !is_of_guide(&source.path));
    let types: BTreeSet<_> = of_types.filter_map(|source| type_page(&source.path)).collect();
    let missing = guides.chain(types).filter(|link| !index.text.contains(link));
    missing
        .map(|link| {
            Problem::new(
                &index.path,
                format!("no link {link}"),
                "add it, with what the page is for".to_owned(),
            )
        })
        .collect()
}

/// The link to the page of the type that a file is an example of, such as `examples/resources/cks_namespace/resource.tf`.
fn type_page(example: &str) -> Option<String> {
    let mut parts = example.strip_prefix("examples/")?.split('/');
    let (kind, name, _file) = (parts.next()?, parts.next()?, parts.next()?);
    Some(format!("[`{name}`]({kind}/{}.md)", name.strip_prefix("cks_").unwrap_or(name)))
}

/// Links to guides next to this one that do not exist.
fn broken_links(guide: &Source, guides: &BTreeMap<&str, &Source>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (at, line) in guide.text.lines().enumerate() {
        let targets =
            line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
        let names =
            targets.filter_map(|target| target.strip_suffix(".md")).filter(|name| !name.contains('/'));
        for name in names.filter(|name| !guides.contains_key(name)) {
            let cure = "link a file of templates/guides";
            problems.push(Problem::at(&guide.path, at + 1, format!("no guide {name}.md"), cure));
        }
    }
    problems
}

/// Titles in `guide "…"` that no guide has.
fn unknown_titles(source: &Source, titles: &BTreeSet<&str>) -> Vec<Problem> {
    // A title may continue on the next line, of a comment or of a text in Rust.
    let signs: &[char] = &['/', '!', ' '];
    let lines: Vec<_> = source
        .text
        .lines()
        .map(|line| line.trim_start_matches(signs).trim_end_matches('\\').trim_end())
        .collect();
    let mut problems = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let next = lines.get(at + 1).copied().unwrap_or_default();
        let both = format!("{line} {next}").replace("\\\"", "\"");
        for (start, mark) in both.match_indices("guide \"") {
            let rest = &both[start + mark.len()..];
            // What begins on the next line is found there.
            let Some((title, _)) = rest.split_once('"').filter(|_| start < line.len()) else { continue };
            if !titles.contains(title) {
                let cure = "quote the `page_title` of a file in templates/guides";
                problems.push(Problem::at(
                    &source.path,
                    at + 1,
                    format!("no guide has the title {title:?}"),
                    cure,
                ));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::problem::in_lines;

    const GUIDE: &str = "page_title: \"Two clusters\"\n{{ tffile \"examples/two/main.tf\" }}\nSee [this](two.md) and [that](../a/b.md).\n";

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: text.to_owned() }
    }

    #[track_caller]
    fn check(sources: &[Source], prose: &[(&str, &str)], expected: &[&str]) {
        let prose: Vec<_> = prose.iter().map(|(path, text)| source(path, text)).collect();
        assert_eq!(in_lines(super::check(sources, &prose)), expected);
    }

    #[test]
    fn a_guide_shows_every_file_of_its_example() {
        let guide = ("templates/guides/two.md.tmpl", GUIDE);
        check(&[], &[guide, ("examples/two/main.tf", "")], &[]);
        check(
            &[],
            &[guide, ("examples/two/variables.tf", ""), ("examples/provider/provider.tf", "")],
            &["templates/guides/two.md.tmpl: the guide does not show examples/two/variables.tf"],
        );
        check(
            &[],
            &[guide, ("examples/two/second/main.tf", "")],
            &["templates/guides/two.md.tmpl: the guide does not show examples/two/second/main.tf"],
        );
        check(&[], &[("examples/two/main.tf", "")], &["examples/two/main.tf: an example without a guide"]);
        check(&[], &[("examples/resources/cks_namespace/resource.tf", "")], &[]);
    }

    #[test]
    fn the_index_links_every_guide_by_its_title_and_every_type() {
        let pages =
            [("templates/guides/two.md.tmpl", GUIDE), ("examples/resources/cks_namespace/resource.tf", "")];
        let index = |text| [pages.as_slice(), &[(INDEX, text)]].concat();
        let (guide, of_type) = ("[Two clusters](guides/two.md)", "[`cks_namespace`](resources/namespace.md)");
        let both = format!("{guide} {of_type}");
        check(&[], &index(&both), &[]);
        let shown = format!("{GUIDE}{{{{ tffile \"examples/two/second/main.tf\" }}}}\n");
        check(
            &[],
            &[
                ("templates/guides/two.md.tmpl", shown.as_str()),
                ("examples/two/second/main.tf", ""),
                (INDEX, guide),
            ],
            &[],
        );
        check(
            &[],
            &index("[Another title](guides/two.md)"),
            &[
                &format!("templates/index.md.tmpl: no link {guide}"),
                &format!("templates/index.md.tmpl: no link {of_type}"),
            ],
        );
    }

    #[test]
    fn links_between_guides_lead_somewhere() {
        let one = ("templates/guides/one.md", "\n[the guide](two.md)");
        check(&[], &[one, ("templates/guides/two.md.tmpl", GUIDE)], &[]);
        check(&[], &[one], &["templates/guides/one.md:2: no guide two.md"]);
    }

    #[test]
    fn quoted_titles_are_titles_of_guides() {
        let quoting = |title: &str| {
            let comment = format!("/// The guide \"{title}\" explains why.");
            let text = format!("    \"See the guide \\\"{title}\\\".\"");
            let wrapped =
                format!("/// The guide\n    /// \"{title}\" or the guide \"{}", title.replace(' ', "\n/// "));
            [comment, text, wrapped + "\"."].map(|text| source("src/a.rs", &text))
        };
        let guide = [("templates/guides/two.md.tmpl", GUIDE)];
        check(&quoting("Two clusters"), &guide, &[]);
        let found = "no guide has the title \"Beside clusters\"";
        check(
            &quoting("Beside clusters"),
            &guide,
            &[
                &format!("src/a.rs:1: {found}"),
                &format!("src/a.rs:1: {found}"),
                &format!("src/a.rs:1: {found}"),
                &format!("src/a.rs:2: {found}"),
            ],
        );
        check(
            &[],
            &[guide[0], ("README.md", "the guide \"Beside\"")],
            &["README.md:1: no guide has the title \"Beside\""],
        );
    }
}
