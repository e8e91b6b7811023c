//! A bearer token: a value, or a file that another program renews.

use std::{fmt, fs::File, io::Read as _, path::PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use crate::redact::{COREWEAVE_TOKEN_PREFIX, Redactor, shortened};

/// Longer than any token, which has to fit a header.
const LONGEST: u64 = 64 << 10;

/// A bearer token, with its source.
#[derive(Clone)]
pub enum BearerToken {
    /// A value.
    Value {
        /// The token.
        token: SecretString,
        /// Source of the token, for messages: "the provider's `token`".
        source: String,
    },
    /// A file that has it.
    File(TokenFile),
}

/// A file with a bearer token, read again for each request, since another program may renew the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFile {
    /// Path of the file.
    pub path: PathBuf,
    /// Source of the path, for messages: "the provider's `token_file`".
    pub source: String,
    /// Whether it is for a server that must not get a CoreWeave API token, which is valid for the whole organisation.
    pub refuses_coreweave_token: bool,
}

/// Why a file has no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token file {path} (from {source_of_path}) {problem}")]
pub struct TokenFileError {
    path: String,
    source_of_path: String,
    problem: String,
}

impl BearerToken {
    /// The token as it is now.
    pub fn read(&self) -> Result<SecretString, TokenFileError> {
        match self {
            Self::Value { token, .. } => Ok(token.clone()),
            Self::File(file) => file.read(),
        }
    }

    /// After the server rejected this token: the one that has replaced it since it was read.
    pub fn replacement_of(&self, rejected: &SecretString) -> Option<SecretString> {
        match self {
            Self::Value { .. } => None,
            Self::File(file) => file.replacement_of(rejected),
        }
    }
}

/// Source of the token, for messages.
impl fmt::Display for BearerToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value { source, .. } => out.write_str(source),
            Self::File(file) => file.fmt(out),
        }
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}", self.to_string())
    }
}

impl TokenFile {
    /// The token as it is in the file now, without the white space around it.
    pub fn read(&self) -> Result<SecretString, TokenFileError> {
        let fails = |problem: String| TokenFileError {
            path: self.shown(),
            source_of_path: self.source.clone(),
            problem,
        };
        let unreadable = |error: std::io::Error| fails(format!("cannot be read: {error}"));
        // A pipe would wait for a writer, and could be read once only.
        if !std::fs::metadata(&self.path).map_err(unreadable)?.is_file() {
            return Err(fails("cannot be read: it is not a regular file".to_owned()));
        }
        let mut text = String::new();
        let file = File::open(&self.path).map_err(unreadable)?;
        let read = file.take(LONGEST + 1).read_to_string(&mut text);
        let text = SecretString::from(text);
        let length = text.expose_secret().len() as u64;
        match read {
            Ok(_) if length > LONGEST => {
                return Err(fails(format!("is longer than {} KiB, so it is not a token", LONGEST >> 10)));
            }
            Ok(_) => {}
            Err(error) => return Err(unreadable(error)),
        }
        match text.expose_secret().trim() {
            "" => Err(fails("is empty".to_owned())),
            token if self.refuses_coreweave_token && token.starts_with(COREWEAVE_TOKEN_PREFIX) => Err(fails(
                "has a CoreWeave API token, which is valid for the whole organisation, so that it is sent to managed endpoints only".to_owned(),
            )),
            token => Ok(token.into()),
        }
    }

    /// After the server rejected this token: the one that has replaced it in the file since it was read.
    pub fn replacement_of(&self, rejected: &SecretString) -> Option<SecretString> {
        self.read().ok().filter(|token| token.expose_secret() != rejected.expose_secret())
    }

    fn shown(&self) -> String {
        // Whoever sets a token in place of a path must not find it in a log.
        shortened(&Redactor(None).text(&self.path.display().to_string()))
    }
}

impl fmt::Display for TokenFile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the file {} (from {})", self.shown(), self.source)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn file(path: &Path) -> TokenFile {
        let source = "the provider's `token_file`".to_owned();
        TokenFile { path: path.to_owned(), source, refuses_coreweave_token: false }
    }

    #[test]
    fn a_token_is_what_the_file_has_now_without_white_space() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("token");
        let token = BearerToken::File(file(&path));
        for (content, expected) in [
            ("first", "first"),
            ("\n second\r\n\n", "second"),
            (&"x".repeat(64 << 10), &"x".repeat(64 << 10)),
        ] {
            std::fs::write(&path, content).expect("ours");
            assert_eq!(token.read().expect("a token").expose_secret(), expected);
        }
        let (old, new) = (SecretString::from("old"), "new");
        std::fs::write(&path, new).expect("ours");
        assert_eq!(token.replacement_of(&old).expect("another").expose_secret(), new);
        assert!(token.replacement_of(&new.into()).is_none(), "it is still the same");
        std::fs::remove_file(&path).expect("ours");
        assert!(token.replacement_of(&old).is_none());
    }

    #[test]
    fn a_file_without_a_token_is_named_with_the_source_of_its_path() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("token");
        let check = |path: &Path, expected: &str| {
            let error = file(path).read().expect_err(expected).to_string();
            let start = format!("the token file {} (from the provider's `token_file`) ", path.display());
            assert_eq!(
                error.strip_prefix(&start).map(|problem| problem.contains(expected)),
                Some(true),
                "{error}"
            );
            assert!(!error.contains("hunter2"), "{error}");
        };
        check(&path, "cannot be read: No such file");
        check(directory.path(), "not a regular file");
        for (content, expected) in [
            (&b" \n\t"[..], "is empty"),
            (b"", "is empty"),
            (b"hunter2\xff", "cannot be read"),
            ("h".repeat((64 << 10) + 1).as_bytes(), "is longer than 64 KiB"),
        ] {
            std::fs::write(&path, content).expect("ours");
            check(&path, expected);
        }
    }

    #[test]
    fn a_coreweave_token_is_not_read_for_a_server_that_must_not_get_it() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("token");
        std::fs::write(&path, "CW-SECRET-hunter2\n").expect("ours");
        assert!(file(&path).read().is_ok());
        let elsewhere = TokenFile { refuses_coreweave_token: true, ..file(&path) };
        let error = elsewhere.read().expect_err("refused").to_string();
        assert!(error.contains("managed endpoints only") && !error.contains("hunter2"), "{error}");
        assert!(elsewhere.replacement_of(&"old".into()).is_none(), "nor as a replacement");
    }

    #[test]
    fn a_token_in_place_of_a_path_is_not_shown() {
        for token in ["CW-SECRET-hunter2", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJodW50ZXIyIn0.c2lnbmF0dXJl"] {
            let file = file(Path::new(token));
            let shown = format!("{file} {}", file.read().expect_err("no file"));
            assert!(!shown.contains("hunter2") && !shown.contains("eyJzdWIi"), "{shown}");
        }
    }

    #[test]
    fn debug_output_contains_no_secret() {
        let token = BearerToken::Value { token: "hunter2".into(), source: "the environment".to_owned() };
        let shown = format!("{token:?} {token}");
        assert!(shown.contains("the environment") && !shown.contains("hunter2"), "{shown}");
    }
}
