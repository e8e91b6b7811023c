//! Rust source as tokens, without comments and literals: enough to see paths and macro names, no more.

/// A name or a sign. `::` is one token; every other sign is one character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    /// Counted from 1.
    pub(super) line: usize,
}

impl Token<'_> {
    /// Whether it is a name (or a keyword, or a number).
    pub(super) fn is_name(&self) -> bool {
        self.text.starts_with(is_name)
    }
}

pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = source;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        let (length, is_token) = piece(rest, first);
        let (text, after) = rest.split_at(length);
        if is_token {
            tokens.push(Token { text, line });
        }
        line += text.matches('\n').count();
        rest = after;
    }
    tokens
}

/// How long the piece is with which `rest` begins, and whether it is a token.
fn piece(rest: &str, first: char) -> (usize, bool) {
    if rest.starts_with("//") {
        return (rest.find('\n').unwrap_or(rest.len()), false);
    }
    if rest.starts_with("/*") {
        return (block_comment(rest), false);
    }
    if let Some(length) = raw_string(rest) {
        return (length, false);
    }
    match first {
        '"' => (quoted(rest, '"'), false),
        '\'' => (character_or_lifetime(rest), false),
        _ if is_name(first) => (rest.find(|next| !is_name(next)).unwrap_or(rest.len()), true),
        ':' if rest.starts_with("::") => (2, true),
        _ => (first.len_utf8(), !first.is_whitespace()),
    }
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Block comments nest.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        let here = &rest[at..];
        if here.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// The length of `r"…"`, `br#"…"#` and the like, if `rest` begins with one.
fn raw_string(rest: &str) -> Option<usize> {
    let prefix = ["r", "br", "cr"].into_iter().find(|prefix| {
        rest.strip_prefix(prefix).is_some_and(|after| after.trim_start_matches('#').starts_with('"'))
    })?;
    let after = &rest[prefix.len()..];
    let hashes = after.len() - after.trim_start_matches('#').len();
    let end = format!("\"{}", "#".repeat(hashes));
    let body = prefix.len() + hashes + 1;
    Some(rest[body..].find(&end).map_or(rest.len(), |found| body + found + end.len()))
}

/// The length of a literal that begins and ends with the quote, in which `\` escapes.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// `'a'` and `'\n'` are characters; `'a` is a lifetime.
fn character_or_lifetime(rest: &str) -> usize {
    let mut characters = rest.chars().skip(1);
    match (characters.next(), characters.next()) {
        (Some('\\'), _) | (Some(_), Some('\'')) => quoted(rest, '\''),
        _ => 1 + rest[1..].find(|next| !is_name(next)).unwrap_or(rest.len() - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &[(&str, usize)]) {
        let found: Vec<_> = tokens(source).into_iter().map(|token| (token.text, token.line)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn names_and_signs_are_tokens_with_their_lines() {
        check("use a::\n  {b};", &[("use", 1), ("a", 1), ("::", 1), ("{", 2), ("b", 2), ("}", 2), (";", 2)]);
    }

    #[test]
    fn comments_are_not_code() {
        check("a // crate::b\n/* x /* y */ crate::z */ c", &[("a", 1), ("c", 2)]);
        check("//! crate::b\n/// crate::c\nd", &[("d", 3)]);
    }

    #[test]
    fn literals_are_not_code() {
        check(r#"a "crate::b \" c" d"#, &[("a", 1), ("d", 1)]);
        check("a r#\"crate::\n\"x\"#  b", &[("a", 1), ("b", 2)]);
        check("b\"x\" c", &[("b", 1), ("c", 1)]);
        check("'\"' a '\\'' b", &[("a", 1), ("b", 1)]);
    }

    #[test]
    fn lifetimes_do_not_begin_characters() {
        check("<'a> b 'c: d", &[("<", 1), (">", 1), ("b", 1), (":", 1), ("d", 1)]);
    }
}
