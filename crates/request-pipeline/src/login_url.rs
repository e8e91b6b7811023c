//! A URL that may carry a login (`https://user:password@host`), which no message and no log shows.

use std::fmt;

use url::{ParseError, Url};

/// A URL as it was written, perhaps with a login. `Display` and `Debug` leave the login, the query and the fragment out; a text that is
/// not a URL, or in which the login cannot be told from the rest, is not shown at all if it has an `@`.
#[derive(Clone, PartialEq, Eq)]
pub struct LoginUrl(String);

impl LoginUrl {
    /// The URL as written; any text.
    pub fn new(written: impl Into<String>) -> Self {
        Self(written.into())
    }

    /// The whole text, with the login.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The URL, with the login.
    pub fn parse(&self) -> Result<Url, ParseError> {
        Url::parse(&self.0)
    }
}

impl From<&Url> for LoginUrl {
    fn from(url: &Url) -> Self {
        Self::new(url.as_str())
    }
}

impl fmt::Display for LoginUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NOT_SHOWN: &str = "[address with a login]";
        let Ok(mut url) = self.parse() else {
            let shown = self.0.split(['?', '#']).next().unwrap_or_default().trim();
            let shown = if self.0.contains('@') { NOT_SHOWN } else { shown };
            return out.write_str(&crate::redact::shortened(shown));
        };
        // Fails for a URL without a host, which has no login of its own.
        let _ = url.set_username("").and_then(|()| url.set_password(None));
        url.set_query(None);
        url.set_fragment(None);
        // A password with a slash ends the host early, so that the rest of the login would be part of the path.
        let shown = if url.as_str().contains('@') { NOT_SHOWN } else { url.as_str().trim_end_matches('/') };
        out.write_str(&crate::redact::shortened(shown))
    }
}

impl fmt::Debug for LoginUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "\"{self}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_login_is_never_shown() {
        #[track_caller]
        fn check(written: &str, expected: &str) {
            let url = LoginUrl::new(written);
            assert_eq!(url.to_string(), expected);
            assert!(!format!("{url} {url:?}").contains("hunter2"), "{url:?}");
            assert_eq!(url.expose(), written);
        }
        check("https://user:hunter2@host:6443", "https://host:6443");
        check("https://hunter2@host/path/", "https://host/path");
        check("https://:hunter2@host", "https://host");
        check("https://user:p%40hunter2@host", "https://host");
        check("https://user:hunter2@other@host", "https://host");
        check(r"https:\\user:hunter2@host", "https://host");
        check("  https://user:hunter2@host\n", "https://host");
        check("https://host/?token=hunter2#hunter2", "https://host");
        check("socks5://user:hunter2@proxy:1080", "socks5://proxy:1080");
        for hidden in [
            "https://user:hunter2/3@host",
            "https://12/hunter2@host",
            "https://user:12/hunter2@host",
            "user:hunter2@host",
            "//user:hunter2@host",
            "https://user:hunter2@",
            "https://user:hunter2@ho st",
            "mailto:hunter2@host",
        ] {
            check(hidden, "[address with a login]");
        }
    }

    #[test]
    fn a_url_without_a_login_is_shown_as_written() {
        assert_eq!(LoginUrl::new("/login?state=hunter2").to_string(), "/login");
        for plain in
            ["https://host", "https://10.0.0.1:6443/k8s/clusters/c", "https://[::1]:6443", "no URL", ""]
        {
            assert_eq!(LoginUrl::new(plain).to_string(), plain);
        }
    }
}
