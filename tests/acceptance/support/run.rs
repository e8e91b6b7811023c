//! Result of a run of the host, from its exit code and its `-json` lines.

use std::fmt;

use serde_json::Value;

use super::{diagnostic::Diagnostic, process::Output};

/// A finished run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) command: String,
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    messages: Vec<Value>,
}

impl Run {
    pub(crate) fn of(command: String, output: Output) -> Self {
        // `validate` writes one JSON document, all else a JSON document a line.
        let messages = match serde_json::from_str(&output.stdout) {
            Ok(whole) => vec![whole],
            Err(_) => output.stdout.lines().filter_map(|line| serde_json::from_str(line).ok()).collect(),
        };
        Self { command, code: output.code, stdout: output.stdout, stderr: output.stderr, messages }
    }

    /// It must have succeeded.
    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert!(
            matches!(self.code, Some(0 | 2)) && self.errors().is_empty(),
            "it should have succeeded\n{self}"
        );
        self
    }

    /// It must have failed with an error.
    #[track_caller]
    pub(crate) fn failed(self) -> Self {
        assert_eq!(self.code, Some(1), "it should have failed\n{self}");
        self
    }

    /// A plan must have no changes and no warnings.
    #[track_caller]
    pub(crate) fn expect_empty(self) -> Self {
        assert_eq!(self.code, Some(0), "the plan should be empty\n{self}");
        assert_eq!(self.warnings(), [], "an empty plan warns of nothing\n{self}");
        self
    }

    /// The same, except reads of `check` blocks, which every plan has.
    #[track_caller]
    pub(crate) fn expect_only_checks(self) -> Self {
        let is_reading = |action: &String| action.starts_with("read ");
        let actions = self.actions();
        assert!(actions.iter().all(is_reading), "the plan should change nothing\n{self}");
        if actions.is_empty() {
            return self.expect_empty();
        }
        let planned = self.succeeded();
        assert_eq!(planned.warnings(), [], "a plan without changes warns of nothing\n{planned}");
        planned
    }

    /// A plan must have exactly these actions, such as `update cks_cluster_oidc.example`.
    #[track_caller]
    pub(crate) fn plans(self, actions: &[&str]) -> Self {
        let planned = self.succeeded();
        assert_eq!(planned.actions(), actions, "{planned}");
        planned
    }

    /// The planned actions, such as `create cks_cluster_oidc.example`. OpenTofu 1.11 has those of ephemeral resources among them.
    pub(crate) fn actions(&self) -> Vec<String> {
        self.of_type("planned_change")
            .filter(|message| message.pointer("/change/action").is_none_or(|action| action != "open"))
            .map(|message| {
                let text =
                    |pointer: &str| message.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
                format!("{} {}", text("/change/action"), text("/change/resource/addr"))
            })
            .collect()
    }

    /// Addresses of the resources with drift.
    pub(crate) fn drifted(&self) -> Vec<String> {
        self.of_type("resource_drift")
            .filter_map(|message| message.pointer("/change/resource/addr")?.as_str().map(str::to_owned))
            .collect()
    }

    /// Lines of progress of the actions.
    pub(crate) fn progress(&self) -> Vec<String> {
        self.of_type("action_progress")
            .filter_map(|message| message["hook"]["message"].as_str().map(str::to_owned))
            .collect()
    }

    /// Value of an output.
    pub(crate) fn output(&self, name: &str) -> Value {
        self.of_type("outputs")
            .filter_map(|message| message["outputs"].get(name)?.get("value").cloned())
            .next_back()
            .unwrap_or_default()
    }

    pub(crate) fn errors(&self) -> Vec<Diagnostic> {
        self.diagnostics().into_iter().filter(|diagnostic| diagnostic.is_error).collect()
    }

    /// Warnings, except the host's own about the test bed.
    pub(crate) fn warnings(&self) -> Vec<Diagnostic> {
        self.diagnostics()
            .into_iter()
            .filter(|diagnostic| !diagnostic.is_error && !diagnostic.is_about_dev_overrides())
            .collect()
    }

    /// The same without the one that most trusts in tests lead to, since they stand alone: no binding gives rights to their users.
    pub(crate) fn other_warnings(&self) -> Vec<Diagnostic> {
        const NO_RIGHTS: &str = "No binding gives rights to users of the issuer";
        self.warnings().into_iter().filter(|warning| warning.summary != NO_RIGHTS).collect()
    }

    /// The error with all these parts, which must exist.
    #[track_caller]
    pub(crate) fn expect_error(&self, parts: &[&str]) -> Diagnostic {
        let found = self.errors().into_iter().find(|diagnostic| diagnostic.contains(parts));
        found.unwrap_or_else(|| panic!("no error contains {parts:?}\n{self}"))
    }

    /// The warning with all these parts, which must exist.
    #[track_caller]
    pub(crate) fn expect_warning(&self, parts: &[&str]) -> Diagnostic {
        let found = self.warnings().into_iter().find(|diagnostic| diagnostic.contains(parts));
        found.unwrap_or_else(|| panic!("no warning contains {parts:?}\n{self}"))
    }

    /// All output without line breaks, for commands without `-json`.
    pub(crate) fn text(&self) -> String {
        let all = format!("{}\n{}", self.stdout, self.stderr);
        let words: Vec<_> = all
            .split(|sign: char| sign.is_whitespace() || sign == '│')
            .filter(|word| !word.is_empty())
            .collect();
        words.join(" ")
    }

    fn diagnostics(&self) -> Vec<Diagnostic> {
        let lines = self.of_type("diagnostic").map(|message| &message["diagnostic"]);
        let whole = self.messages.iter().filter_map(|message| message["diagnostics"].as_array()).flatten();
        lines.chain(whole).map(Diagnostic::of).collect()
    }

    fn of_type(&self, kind: &str) -> impl DoubleEndedIterator<Item = &Value> {
        self.messages.iter().filter(move |message| message["type"] == kind)
    }
}

impl fmt::Display for Run {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "$ {}\nexit code {:?}", self.command, self.code)?;
        for diagnostic in self.diagnostics() {
            writeln!(out, "{diagnostic:#?}")?;
        }
        write!(out, "--- stdout\n{}--- stderr\n{}", self.stdout, self.stderr)
    }
}
