//! From a doc comment to the Markdown that the registry shows.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The doc comment: the lines of a paragraph or list item joined, all else line by line.
pub(crate) fn description(attributes: &[Attribute]) -> String {
    let mut written: Vec<String> = Vec::new();
    let mut in_code = false;
    for line in attributes
        .iter()
        .filter_map(doc_text)
        .flat_map(|text| text.split('\n').map(str::to_owned).collect::<Vec<_>>())
    {
        let line = line.strip_prefix(' ').unwrap_or(&line).trim_end();
        let is_fence = line.trim_start().starts_with("```");
        match written.last_mut() {
            Some(last) if !in_code && !is_fence && continues(last) && !begins_block(line) => {
                last.push(' ');
                last.push_str(line.trim_start());
            }
            Some(last) if !in_code && last.is_empty() && line.is_empty() => {}
            _ => written.push(line.to_owned()),
        }
        in_code ^= is_fence;
    }
    written.join("\n").trim().to_owned()
}

fn doc_text(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// Whether text may follow in the same paragraph or list item.
fn continues(line: &str) -> bool {
    !line.is_empty() && !line.starts_with(['#', '|']) && !line.trim_start().starts_with("```")
}

/// Whether a line is no continuation of the one above it.
fn begins_block(line: &str) -> bool {
    let line = line.trim_start();
    let is_numbered = line.split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok());
    line.is_empty()
        || is_numbered
        || ["- ", "* ", "+ ", "#", "|", "> "].iter().any(|start| line.starts_with(start))
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[track_caller]
    fn check(lines: &[&str], expected: &str) {
        let attributes: Vec<Attribute> = lines.iter().map(|line| parse_quote!(#[doc = #line])).collect();
        assert_eq!(description(&attributes), expected);
    }

    #[test]
    fn the_lines_of_a_paragraph_are_joined_and_paragraphs_stay_apart() {
        check(
            &[" One sentence", " on two lines.", "", " Another one."],
            "One sentence on two lines.\n\nAnother one.",
        );
        check(&[" *Beware* of", " *this*."], "*Beware* of *this*.");
        check(&["", " Text.", "", "", " More.", ""], "Text.\n\nMore.");
        check(&[], "");
    }

    #[test]
    fn lists_tables_and_headings_keep_their_lines() {
        check(
            &[" Either:", " - one, which", "   is long", " - two", "", " End."],
            "Either:\n- one, which is long\n- two\n\nEnd.",
        );
        check(&[" 1. first", " 2. second"], "1. first\n2. second");
        check(&[" | a | b |", " |---|---|", " | 1 | 2 |"], "| a | b |\n|---|---|\n| 1 | 2 |");
        check(&[" # Title", " Text."], "# Title\nText.");
    }

    #[test]
    fn code_is_kept_as_it_is() {
        check(
            &[" Write", " ```hcl", " a {", "   b = 1", "", "", " }", " ```", " and", " so on."],
            "Write\n```hcl\na {\n  b = 1\n\n\n}\n```\nand so on.",
        );
    }

    #[test]
    fn a_block_comment_is_read_line_by_line() {
        check(&[" One\n two.\n\n Three."], "One two.\n\nThree.");
    }
}
