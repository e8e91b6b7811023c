//! The run's own ID token as credentials for Kubernetes: from a variable of the environment, or issued by GitHub Actions.

use std::{fmt, sync::Arc, time::SystemTime};

use jiff::Timestamp;
use kubernetes::{Credentials, FetchedToken, Fetching, TokenSource};
use openid::{GithubRequest, KeptToken, Lifetime, Origin};
use request_pipeline::{Redactor, shortened};
use secrecy::SecretString;

/// Variables of the environment of this process, read when a token is needed.
type Environment = fn(&str) -> Option<String>;

/// An ID token in a variable, which does not change during a run.
#[derive(Debug)]
struct InVariable {
    variable: String,
    /// Path of the attribute that names the variable.
    attribute: String,
    environment: Environment,
}

/// ID tokens that GitHub Actions issues to the job.
#[derive(Debug)]
struct OfGithubActions {
    audience: Option<String>,
    issuers: openid::Client,
    environment: Environment,
    kept: KeptToken<String>,
}

/// The token in this variable. `attribute`: path of the attribute that names it.
pub(super) fn in_variable(variable: &str, attribute: String) -> Credentials {
    let variable = variable.to_owned();
    Credentials::Fetched(Arc::new(InVariable { variable, attribute, environment: from_process }))
}

/// Tokens that GitHub Actions issues for this audience.
pub(super) fn of_github_actions(audience: Option<String>, issuers: openid::Client) -> Credentials {
    let environment = from_process;
    Credentials::Fetched(Arc::new(OfGithubActions {
        audience,
        issuers,
        environment,
        kept: KeptToken::default(),
    }))
}

fn from_process(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl InVariable {
    fn read(&self) -> Option<SecretString> {
        let value = (self.environment)(&self.variable)?;
        Some(value.trim()).filter(|value| !value.is_empty()).map(SecretString::from)
    }

    /// Whoever sets a token in place of a name must not find it in a log.
    fn shown(&self) -> String {
        shortened(&Redactor(None).text(&self.variable))
    }

    fn fetch(&self) -> Result<FetchedToken, String> {
        let Self { attribute, .. } = self;
        let variable = self.shown();
        let token = self.read().ok_or_else(|| {
            format!(
                "the environment variable {variable} (from {attribute}) is not set or empty. Set it to an ID token, or correct the name"
            )
        })?;
        // Anything else may be a secret for another server, such as a CoreWeave API token.
        if Lifetime::of(&token).is_none() {
            return Err(format!(
                "the environment variable {variable} (from {attribute}) has no ID token: its value is not a JWT. Correct the name"
            ));
        }
        Ok(FetchedToken { token, renew_at: None, may_change: false })
    }
}

impl TokenSource for InVariable {
    fn token<'a>(&'a self, _: Option<&'a SecretString>) -> Fetching<'a> {
        Box::pin(async { self.fetch() })
    }
}

impl fmt::Display for InVariable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the ID token in the environment variable {}", self.shown())?;
        let Some(token) = self.read() else { return Ok(()) };
        let origin = Origin::of(&token).map(|origin| origin.to_string());
        let since = Lifetime::of(&token).and_then(|lifetime| lifetime.expired_since(SystemTime::now()));
        let since = since.and_then(|seconds| Timestamp::from_second(seconds).ok());
        // A variable does not change during a run.
        let expired = since.map(|since| {
            format!("expired at {since}; a token that is renewed needs `file` or `github_actions`")
        });
        let known: Vec<_> = origin.into_iter().chain(expired).collect();
        if known.is_empty() { Ok(()) } else { write!(out, " ({})", known.join(", ")) }
    }
}

impl OfGithubActions {
    async fn fetch(&self, rejected: Option<&SecretString>) -> Result<FetchedToken, String> {
        let request = || async {
            let request = GithubRequest::new(self.environment, self.audience.as_deref());
            let issued = match request {
                Ok(request) => self.issuers.github_id_token(&request).await,
                Err(error) => Err(error),
            };
            issued
                .map_err(|error| format!("GitHub Actions issued no ID token{}: {error}", self.for_audience()))
        };
        let issued = self.kept.get(rejected, request).await?;
        Ok(FetchedToken { token: issued.token, renew_at: issued.renew_at, may_change: true })
    }

    fn for_audience(&self) -> String {
        let audience = self.audience.as_deref();
        audience.map_or_else(String::new, |audience| format!(" for the audience {:?}", shortened(audience)))
    }
}

impl TokenSource for OfGithubActions {
    fn token<'a>(&'a self, rejected: Option<&'a SecretString>) -> Fetching<'a> {
        Box::pin(self.fetch(rejected))
    }
}

impl fmt::Display for OfGithubActions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the ID token of GitHub Actions{}", self.for_audience())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use request_pipeline::Proxy;
    use secrecy::ExposeSecret as _;

    use super::*;

    /// Claims `{"exp":100}`.
    const EXPIRED: &str = "e30.eyJleHAiOjEwMH0.c2ln";

    fn variable(environment: Environment) -> InVariable {
        InVariable {
            variable: "TFC_WORKLOAD_IDENTITY_TOKEN_CKS".to_owned(),
            attribute: "kubernetes[0].oidc_token.env".to_owned(),
            environment,
        }
    }

    #[tokio::test]
    async fn a_variable_without_an_id_token_is_named_and_its_value_is_not_shown() {
        let problem = async |environment: Environment| {
            variable(environment).token(None).await.map(|_| ()).expect_err("refused")
        };
        for environment in [(|_| None) as Environment, |_| Some(String::new()), |_| Some(" \n".to_owned())] {
            let problem = problem(environment).await;
            assert!(
                problem.contains(
                    "TFC_WORKLOAD_IDENTITY_TOKEN_CKS (from kubernetes[0].oidc_token.env) is not set"
                ),
                "{problem}"
            );
        }
        let problem = problem(|_| Some("CW-SECRET-hunter2".to_owned())).await;
        assert!(problem.contains("is not a JWT") && !problem.contains("hunter2"), "{problem}");
    }

    #[tokio::test]
    async fn a_variable_has_one_token_and_says_when_that_has_expired() {
        let source = variable(|_| Some(format!("{EXPIRED}\n")));
        let fetched = source.token(None).await.expect("the server decides");
        assert_eq!(fetched.token.expose_secret(), EXPIRED);
        assert!(!fetched.may_change && fetched.renew_at.is_none());
        let shown = source.to_string();
        assert!(
            shown.contains("TFC_WORKLOAD_IDENTITY_TOKEN_CKS (expired at 1970-01-01T00:01:40Z"),
            "{shown}"
        );
        let payload = URL_SAFE_NO_PAD.encode(r#"{"exp":100}"#);
        assert!(EXPIRED.contains(&payload) && !shown.contains(&payload), "{shown}");
    }

    #[tokio::test]
    async fn the_issuer_and_the_audience_of_a_token_in_a_variable_are_named() {
        // Claims `{"iss":"https://gitlab.com","aud":"terraform"}`.
        let source = variable(|_| {
            Some("e30.eyJpc3MiOiJodHRwczovL2dpdGxhYi5jb20iLCJhdWQiOiJ0ZXJyYWZvcm0ifQ.c2ln".to_owned())
        });
        let shown = source.to_string();
        assert!(shown.ends_with("_CKS (issuer \"https://gitlab.com\", audience \"terraform\")"), "{shown}");
    }

    #[tokio::test]
    async fn a_job_without_the_permission_gets_the_line_for_its_workflow() {
        let issuers = openid::Client {
            request_timeout: Duration::from_secs(5),
            proxy: Proxy::ENVIRONMENT,
            extra_roots_pem: None,
            user_agent: "cks-test/1".to_owned(),
            retry_limit: openid::RetryLimit::default(),
        };
        let source = OfGithubActions {
            audience: Some("kubernetes".to_owned()),
            issuers,
            environment: |_| None,
            kept: KeptToken::default(),
        };
        assert_eq!(source.to_string(), "the ID token of GitHub Actions for the audience \"kubernetes\"");
        let problem = source.token(None).await.map(|_| ()).expect_err("refused");
        for part in [openid::REQUEST_URL, "for the audience \"kubernetes\"", "`permissions: id-token: write`"]
        {
            assert!(problem.contains(part), "{problem}");
        }
    }
}
