//! One line of hclog's JSON format, which the host parses (go-plugin client.go, hclog intlogger.go).
//!
//! `@message` and `@level` must be strings, or the host crashes. `@timestamp` must have six decimals and a zone, or the
//! line counts as plain text. The host cuts a line beyond 64 KiB in pieces, and no piece parses.

use serde_json::{Map, Value};
use tracing::Level;

/// Longest line, its end included.
pub(super) const MAX_BYTES: usize = 60 << 10;
/// Where shortening texts is no use any more.
const MIN_TEXT_BYTES: usize = 64;

/// Content of a line.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub(super) level: Level,
    pub(super) message: String,
    /// UTC, as `2026-01-02T03:04:05.000000Z`.
    pub(super) timestamp: String,
    /// Segments joined by dots.
    pub(super) module: String,
    /// File and line of the source.
    pub(super) caller: Option<String>,
    /// All else, by name.
    pub(super) fields: &'a Map<String, Value>,
}

impl Line<'_> {
    /// The line with its end, short enough for the host.
    pub(super) fn text(&self) -> String {
        let mut longest_text = MAX_BYTES / 2;
        loop {
            let with_fields = longest_text >= MIN_TEXT_BYTES;
            let text = self.text_with(longest_text.max(MIN_TEXT_BYTES), with_fields);
            // The shortest form fits: five texts of 64 bytes.
            if text.len() <= MAX_BYTES || !with_fields {
                return text;
            }
            longest_text /= 2;
        }
    }

    fn text_with(&self, longest_text: usize, with_fields: bool) -> String {
        let short = |text: &str| Value::String(shortened(text, longest_text));
        let mut line = Map::new();
        line.insert("@level".to_owned(), Value::from(level_name(self.level)));
        line.insert("@message".to_owned(), short(&self.message));
        line.insert("@timestamp".to_owned(), Value::from(self.timestamp.as_str()));
        line.insert("@module".to_owned(), short(&self.module));
        if let Some(caller) = &self.caller {
            line.insert("@caller".to_owned(), short(caller));
        }
        if with_fields {
            for (name, value) in self.fields {
                let value = match value {
                    Value::String(text) => short(text),
                    other => other.clone(),
                };
                line.insert(field_name(name), value);
            }
        } else {
            line.insert("fields".to_owned(), Value::from("left out: too long"));
        }
        let mut text = Value::Object(line).to_string();
        text.push('\n');
        text
    }
}

/// Names that begin with `@` are the format's own.
fn field_name(name: &str) -> String {
    match name.strip_prefix('@') {
        Some(rest) => format!("_{rest}"),
        None => name.to_owned(),
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

/// At most about so many bytes of a text, and a word about the rest.
fn shortened(text: &str, longest: usize) -> String {
    if text.len() <= longest {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(longest);
    format!("{}… ({} more bytes)", &text[..end], text.len() - end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn line(message: &str, fields: &Map<String, Value>) -> String {
        let line = Line {
            level: Level::WARN,
            message: message.to_owned(),
            timestamp: "2026-01-02T03:04:05.000000Z".to_owned(),
            module: "client".to_owned(),
            caller: Some("src/client.rs:7".to_owned()),
            fields,
        };
        line.text()
    }

    #[test]
    fn a_line_has_the_hosts_keys_and_the_fields() {
        let fields = json!({"cluster": "abc", "tries": 3, "@level": "mine"}).as_object().unwrap().clone();
        let parsed: Value = serde_json::from_str(&line("two\nlines", &fields)).unwrap();
        assert_eq!(
            parsed,
            json!({
                "@level": "warn",
                "@message": "two\nlines",
                "@timestamp": "2026-01-02T03:04:05.000000Z",
                "@module": "client",
                "@caller": "src/client.rs:7",
                "cluster": "abc",
                "tries": 3,
                "_level": "mine",
            })
        );
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        let parsed: Value = serde_json::from_str(&line(&"ä".repeat(100_000), &Map::new())).unwrap();
        let message = parsed["@message"].as_str().unwrap();
        assert!(message.starts_with('ä') && message.ends_with("more bytes)"), "{message}");
    }

    #[test]
    fn too_many_fields_are_left_out() {
        let fields = (0..10_000).map(|number| (format!("field{number}"), json!("x".repeat(99)))).collect();
        let parsed: Value = serde_json::from_str(&line("much", &fields)).unwrap();
        assert_eq!(parsed["fields"], "left out: too long");
    }

    proptest! {
        #[test]
        fn whatever_is_said_fits_one_line_that_parses(
            message in ".{0,40}", repeat in 1_usize..4_000, name in ".{0,10}", value in "[\\x00-\\x1f]{0,40}",
        ) {
            let fields = Map::from_iter([(name, Value::from(value.repeat(repeat)))]);
            let text = line(&message.repeat(repeat), &fields);
            prop_assert!(text.len() <= MAX_BYTES);
            prop_assert_eq!(text.find('\n'), Some(text.len() - 1));
            let parsed: Value = serde_json::from_str(&text).unwrap();
            prop_assert!(parsed["@message"].is_string() && parsed["@level"] == "warn");
        }
    }
}
