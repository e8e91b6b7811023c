//! Checks that secrets do not leak: searches outputs and files.

use base64::Engine as _;

use super::{Kubectl, Workspace, archive};

impl Workspace {
    /// Sets the most detailed log level of host and provider, and a log file in the workspace.
    pub(crate) fn log_everything(&mut self) {
        let log = self.path("trace.log").display().to_string();
        self.set_variable("TF_LOG", Some("TRACE"));
        self.set_variable("TF_LOG_PATH", Some(&log));
    }

    /// The log so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.path("trace.log")).unwrap_or_default()
    }

    /// The secret must not be in these outputs or in a file of the workspace, saved plans included, nor must its base64 in one of the three alignments.
    #[track_caller]
    pub(crate) fn expect_secret_absent(&self, secret: &str, outputs: &[String]) {
        let files = self.files().into_iter().flat_map(|(path, content)| {
            let path = path.display();
            let inside = archive::files(&content).into_iter();
            let inside =
                inside.map(|(name, content)| (format!("{name} in {path}"), content)).collect::<Vec<_>>();
            std::iter::once((path.to_string(), content)).chain(inside)
        });
        expect_absent(secret, files, outputs);
    }

    /// The same for a secret that the configuration or a variable contains: hosts copy these into a saved plan, which is not searched.
    #[track_caller]
    pub(crate) fn expect_configured_secret_absent(&self, secret: &str, outputs: &[String]) {
        let files = self.files().into_iter().map(|(path, content)| (path.display().to_string(), content));
        expect_absent(secret, files, outputs);
    }
}

impl Kubectl {
    /// The secret must not be in a file of kubectl's, such as its cache.
    #[track_caller]
    pub(crate) fn expect_secret_absent(&self, secret: &str) {
        let files = self.files().into_iter().map(|(path, content)| (path.display().to_string(), content));
        expect_absent(secret, files, &[]);
    }
}

#[track_caller]
fn expect_absent(secret: &str, files: impl Iterator<Item = (String, Vec<u8>)>, outputs: &[String]) {
    assert!(secret.len() > 12, "too short for a search");
    let mut forms = vec![secret.to_owned()];
    for padding in ["", "x", "xx"] {
        let encoded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(format!("{padding}{secret}"));
        // The ends depend on the text around the secret.
        forms.push(encoded[4..encoded.len() - 4].to_owned());
    }
    let outputs = outputs
        .iter()
        .enumerate()
        .map(|(number, text)| (format!("output {number}"), text.clone().into_bytes()));
    for (place, content) in files.chain(outputs) {
        let content = String::from_utf8_lossy(&content);
        for form in &forms {
            assert!(!content.contains(form), "{place} contains the secret {}…", &secret[..4]);
        }
    }
}
