//! A diagnostic of the host's `-json` output.

use serde_json::Value;

/// An error or a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Diagnostic {
    pub(crate) is_error: bool,
    pub(crate) summary: String,
    pub(crate) detail: String,
    /// The resource, such as `cks_cluster_oidc.example`.
    pub(crate) address: String,
    /// First line of the configuration that it refers to; 0 if the host shows none.
    pub(crate) line: u64,
    /// Text of that line.
    pub(crate) code: String,
}

impl Diagnostic {
    pub(crate) fn of(json: &Value) -> Self {
        let text =
            |pointer: &str| json.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self {
            is_error: text("/severity") == "error",
            summary: text("/summary"),
            detail: text("/detail"),
            address: text("/address"),
            line: json.pointer("/range/start/line").and_then(Value::as_u64).unwrap_or_default(),
            code: text("/snippet/code").trim().to_owned(),
        }
    }

    /// Whether it is the host's warning about the test bed's `dev_overrides`.
    pub(crate) fn is_about_dev_overrides(&self) -> bool {
        self.summary == "Provider development overrides are in effect"
    }

    /// Whether summary, detail and code contain all these parts.
    pub(crate) fn contains(&self, parts: &[&str]) -> bool {
        let all = format!("{}\n{}\n{}", self.summary, self.detail, self.code);
        parts.iter().all(|part| all.contains(part))
    }
}
