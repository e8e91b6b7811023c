//! The provider's settings: configuration takes precedence over the environment, and the environment over the default. An empty
//! variable counts as unset. Every message names the source of the value.

mod id_tokens;
mod kubernetes;

use std::{path::Path, sync::Arc, time::Duration};

use clusters::{Access, Common};
use coreweave::{Client, Pace, Settings};
use request_pipeline::{
    BearerToken, COREWEAVE_TOKEN_FILE_VARIABLE, LoginUrl, Network, Proxy, TokenFile, shortened,
};
use secrecy::{ExposeSecret as _, SecretString};
use tfplugin::{Diagnostic, Diagnostics, Error, Severity, duration};
use url::Url;

use crate::errors;

pub(crate) use self::kubernetes::{KubernetesAccess, check_routes, routes};

const DEFAULT_ENDPOINT: &str = "https://api.coreweave.com";
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// Values of the provider block.
#[derive(Debug, Default)]
pub(crate) struct Given {
    pub(crate) token: Option<SecretString>,
    pub(crate) token_file: Option<String>,
    pub(crate) endpoint: Option<String>,
    pub(crate) http_timeout: Option<String>,
    pub(crate) proxy_url: Option<LoginUrl>,
    pub(crate) ca_certificate: Option<String>,
}

/// A variable of the environment by name.
type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A value with its source, as messages name it.
struct Sourced {
    value: String,
    attribute: &'static str,
    source: String,
}

impl Sourced {
    fn wrong(&self, why: &str) -> Error {
        Diagnostic::error(
            format!("Invalid {}", self.attribute),
            format!("The value of {} cannot be used: {}", self.source, shortened(why)),
        )
        .at(self.attribute)
        .into()
    }
}

/// What the settings, except the `kubernetes` entries, come to.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) access: Access,
    /// For managed endpoints.
    pub(crate) coreweave_token: Option<BearerToken>,
    pub(crate) common: Common,
}

/// The client of CoreWeave's API, or the reason why there is none, and the settings that clients of Kubernetes share with it. A
/// missing token is not an error here: some resources and data sources need none.
pub(crate) fn resolve(
    given: Given,
    environment: Environment<'_>,
    terraform_version: &str,
    network: Option<Arc<dyn Network>>,
) -> Result<Resolved, Error> {
    let endpoint = chosen("endpoint", given.endpoint, "COREWEAVE_API_ENDPOINT", environment);
    let endpoint = endpoint.and_then(|endpoint| match endpoint {
        Some(given) => Ok((api_url(&given)?, given.source)),
        None => Ok((default_endpoint()?, "the default".to_owned())),
    });
    let http_timeout = chosen("http_timeout", given.http_timeout, "COREWEAVE_HTTP_TIMEOUT", environment)
        .and_then(request_timeout);
    let proxy = given_proxy(given.proxy_url.as_ref()).and_then(|url| proxy(url, environment));
    let roots = given_only("ca_certificate", given.ca_certificate);
    let token = coreweave_token(given.token, given.token_file, environment);
    let faults = [
        endpoint.as_ref().err(),
        http_timeout.as_ref().err(),
        proxy.as_ref().err(),
        roots.as_ref().err(),
        token.as_ref().err(),
    ];
    let messages = faults.into_iter().flatten().flat_map(|fault| fault.messages().to_vec());
    if let Some(all) = Error::all(messages) {
        return Err(all);
    }
    let ((endpoint, endpoint_source), request_timeout, proxy, roots, coreweave_token) =
        (endpoint?, http_timeout?, proxy?, roots?, token?);
    let common = Common {
        proxy: proxy.clone(),
        extra_roots: roots.map(|roots| roots.value),
        user_agent: user_agent(terraform_version, environment),
        request_timeout,
        network,
        single_reads: None,
    };
    let Some(token) = coreweave_token.clone() else {
        return Ok(Resolved { access: Access::MissingToken, coreweave_token, common });
    };
    let settings = Settings {
        endpoint,
        endpoint_source,
        token,
        request_timeout: common.request_timeout,
        proxy,
        extra_roots_pem: common.extra_roots.clone(),
        user_agent: common.user_agent.clone(),
        pace: Pace::default(),
        network: common.network.clone(),
    };
    let client = Client::new(settings)
        .map_err(|error| Error::new("Invalid provider configuration", error.to_string()))?;
    Ok(Resolved { access: Access::Ready(client), coreweave_token, common })
}

/// Reports what [`resolve`] would refuse, so that it is refused before any plan. Nothing is reported of attributes that are known only
/// after apply, nor of those that have an error in the report already.
pub(crate) fn check(
    mut given: Given,
    unknown: &[String],
    environment: Environment<'_>,
    report: &mut Diagnostics,
) {
    // In the place of what is unknown, values that are never refused: the environment's do not apply then.
    for attribute in unknown {
        match attribute.as_str() {
            // Not both: either may be null in the end.
            "token" if given.token_file.is_none() => given.token = Some(SecretString::from("unknown")),
            "token_file" if given.token.is_none() => given.token_file = Some("unknown".to_owned()),
            "endpoint" => given.endpoint = Some(DEFAULT_ENDPOINT.to_owned()),
            "proxy_url" => given.proxy_url = Some(LoginUrl::new("http://unknown")),
            "http_timeout" => given.http_timeout = Some(format!("{}s", DEFAULT_TIMEOUT.as_secs())),
            _ => {}
        }
    }
    let Err(refused) = resolve(given, environment, "", None) else { return };
    for message in refused.into_messages() {
        let is_reported =
            report.iter().any(|known| known.severity == Severity::Error && known.path == message.path);
        if !is_reported {
            report.push(message);
        }
    }
}

/// The attributes of [`Given`] that [`issuers`] uses.
pub(crate) const OF_ISSUERS: [&str; 3] = ["http_timeout", "proxy_url", "ca_certificate"];

/// The client for OpenID issuers. It needs neither a token nor CoreWeave's API.
pub(crate) fn issuers(
    given: &Given,
    environment: Environment<'_>,
    terraform_version: &str,
) -> Result<openid::Client, Error> {
    let http_timeout =
        chosen("http_timeout", given.http_timeout.clone(), "COREWEAVE_HTTP_TIMEOUT", environment)?;
    let proxy_url = given_proxy(given.proxy_url.as_ref())?;
    let roots = given_only("ca_certificate", given.ca_certificate.clone())?;
    Ok(openid::Client {
        request_timeout: request_timeout(http_timeout)?,
        proxy: proxy(proxy_url, environment)?,
        extra_roots_pem: roots.map(|roots| roots.value),
        user_agent: user_agent(terraform_version, environment),
        retry_limit: openid::RetryLimit::default(),
    })
}

fn request_timeout(given: Option<Sourced>) -> Result<Duration, Error> {
    let Some(timeout) = given else { return Ok(DEFAULT_TIMEOUT) };
    let wanted = duration::parse(&timeout.value).map_err(|why| timeout.wrong(&why))?;
    if wanted.is_zero() {
        return Err(
            timeout.wrong("it is zero, so every request would time out. Use a duration such as \"10s\".")
        );
    }
    Ok(wanted)
}

/// The CoreWeave token, or the file that has it. Two in the same place are an error, since one may be of another organisation than the other.
fn coreweave_token(
    token: Option<SecretString>,
    token_file: Option<String>,
    environment: Environment<'_>,
) -> Result<Option<BearerToken>, Error> {
    let token = given_only("token", token.map(|token| token.expose_secret().to_owned()))?;
    let file = given_only("token_file", token_file)?;
    let (token, file) = match (token, file) {
        (None, None) => (
            variable("token", "COREWEAVE_API_TOKEN", environment),
            variable("token_file", COREWEAVE_TOKEN_FILE_VARIABLE, environment),
        ),
        given => given,
    };
    match (token, file) {
        (None, None) => Ok(None),
        (Some(Sourced { value, source, .. }), None) => {
            Ok(Some(BearerToken::Value { token: value.into(), source }))
        }
        (None, Some(file)) if Path::new(&file.value).starts_with("~") => Err(file.wrong(
            "a `~` is not replaced by the home directory. Use the whole path, or pathexpand() in the configuration.",
        )),
        (None, Some(Sourced { value, source, .. })) => {
            let file = TokenFile { path: value.into(), source, refuses_coreweave_token: false };
            Ok(Some(BearerToken::File(file)))
        }
        (Some(token), Some(file)) => Err(Diagnostic::error(
            "Two CoreWeave API tokens set",
            format!(
                "Both {} and {} are set, and each may be of another organisation. Keep one of the two.",
                token.source, file.source
            ),
        )
        .at(file.attribute)
        .into()),
    }
}

fn chosen(
    attribute: &'static str,
    given: Option<String>,
    name: &str,
    environment: Environment<'_>,
) -> Result<Option<Sourced>, Error> {
    Ok(given_only(attribute, given)?.or_else(|| variable(attribute, name, environment)))
}

/// What a variable sets.
fn variable(attribute: &'static str, name: &str, environment: Environment<'_>) -> Option<Sourced> {
    let value = environment(name).filter(|value| !value.is_empty())?;
    Some(Sourced { value, attribute, source: format!("the environment variable {name}") })
}

fn given_only(attribute: &'static str, given: Option<String>) -> Result<Option<Sourced>, Error> {
    let source = format!("the provider's `{attribute}`");
    let given = given.map(|value| Sourced { value, attribute, source });
    match given {
        // Falling back to another value could select another organisation than the intended one.
        Some(empty) if empty.value.is_empty() => {
            Err(empty.wrong("it is empty. Set a value, or remove the attribute."))
        }
        other => Ok(other),
    }
}

fn given_proxy(given: Option<&LoginUrl>) -> Result<Option<Sourced>, Error> {
    given_only("proxy_url", given.map(|url| url.expose().to_owned()))
}

fn default_endpoint() -> Result<Url, Error> {
    Url::parse(DEFAULT_ENDPOINT).map_err(|error| Error::new("Invalid endpoint", error.to_string()))
}

fn api_url(endpoint: &Sourced) -> Result<Url, Error> {
    let url = Url::parse(&endpoint.value).map_err(|why| {
        endpoint.wrong(&format!("it is not a URL ({why}). Use a URL such as {DEFAULT_ENDPOINT}."))
    })?;
    match (url.scheme(), url.host_str()) {
        ("https", Some(_)) | ("http", Some("localhost" | "127.0.0.1" | "[::1]")) => Ok(url),
        ("http", _) => Err(endpoint.wrong("it would send the token unencrypted. Use https://.")),
        _ => Err(endpoint.wrong(&format!("it is not an https URL. Use a URL such as {DEFAULT_ENDPOINT}."))),
    }
}

fn proxy(given: Option<Sourced>, environment: Environment<'_>) -> Result<Proxy, Error> {
    let Some(url) = given else {
        // A direct connection in its place could send credentials past the proxy that they are meant to pass.
        return Proxy::check_environment(environment).map(|()| Proxy::ENVIRONMENT).map_err(|error| {
            let detail = format!(
                "{}. Set it to a URL such as http://proxy.example.com:3128, unset it, or set the provider's `proxy_url`.",
                errors::capitalised(&error.to_string())
            );
            Error::new("Invalid proxy in the environment", detail)
        });
    };
    // The value may hold a password: it is not repeated.
    Proxy::given(&url.value)
        .map_err(|why| url.wrong(&format!("{why}. Use a URL such as http://proxy.example.com:3128.")))
}

/// In the form of HashiCorp's own tools, with the user's `TF_APPEND_USER_AGENT`.
fn user_agent(terraform_version: &str, environment: Environment<'_>) -> String {
    let own = format!(
        "Terraform/{terraform_version} (+https://www.terraform.io) terraform-provider-cks/{}",
        env!("CARGO_PKG_VERSION")
    );
    match environment("TF_APPEND_USER_AGENT").filter(|more| !more.trim().is_empty()) {
        Some(more) => format!("{own} {}", more.trim()),
        None => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "CW-SECRET-from-the-environment";

    #[track_caller]
    fn rejection(given: Given, environment: &[(&str, &str)]) -> String {
        let lookup = |name: &str| {
            environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let error = resolve(given, &lookup, "1.16.0", None).expect_err("it should be rejected");
        let messages: Vec<_> =
            error.messages().iter().map(|message| format!("{}: {}", message.path, message.detail)).collect();
        messages.join("\n")
    }

    fn with_endpoint(endpoint: &str) -> Given {
        Given { endpoint: Some(endpoint.to_owned()), ..Given::default() }
    }

    #[test]
    fn a_message_names_the_attribute_or_variable_that_set_the_value() {
        let token = ("COREWEAVE_API_TOKEN", TOKEN);
        let said = rejection(with_endpoint("coreweave"), &[token]);
        assert!(said.contains("the provider's `endpoint`"), "{said}");
        let said = rejection(Given::default(), &[token, ("COREWEAVE_API_ENDPOINT", "coreweave")]);
        assert!(said.contains("the environment variable COREWEAVE_API_ENDPOINT"), "{said}");
        let said = rejection(Given::default(), &[token, ("COREWEAVE_HTTP_TIMEOUT", "30d")]);
        assert!(
            said.contains("the environment variable COREWEAVE_HTTP_TIMEOUT") && said.contains("720h"),
            "{said}"
        );
    }

    #[test]
    fn the_token_is_never_sent_unencrypted() {
        let said = rejection(with_endpoint("http://api.example.com"), &[("COREWEAVE_API_TOKEN", TOKEN)]);
        assert!(said.contains("https://") && !said.contains(TOKEN), "{said}");
    }

    #[test]
    fn an_empty_attribute_is_rejected_instead_of_ignored() {
        let given = Given { token: Some(SecretString::from(String::new())), ..Given::default() };
        let said = rejection(given, &[("COREWEAVE_API_TOKEN", TOKEN)]);
        assert!(said.starts_with("token:") && said.contains("empty"), "{said}");
    }

    /// The source of the token.
    #[track_caller]
    fn source(given: Given, environment: &[(&str, &str)]) -> String {
        let lookup = |name: &str| {
            environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let resolved = resolve(given, &lookup, "1.16.0", None).expect("nothing is wrong");
        resolved.coreweave_token.map_or_else(String::new, |token| token.to_string())
    }

    #[test]
    fn the_token_is_from_the_configuration_else_from_the_environment() {
        let (token, file) = (("COREWEAVE_API_TOKEN", TOKEN), ("COREWEAVE_API_TOKEN_FILE", "/run/variable"));
        let given_token = || Given { token: Some(TOKEN.into()), ..Given::default() };
        let given_file = || Given { token_file: Some("/run/given".to_owned()), ..Given::default() };
        assert_eq!(source(given_token(), &[token, file]), "the provider's `token`");
        let from_given = "the file /run/given (from the provider's `token_file`)";
        assert_eq!(source(given_file(), &[token, file]), from_given);
        assert_eq!(source(Given::default(), &[token]), "the environment variable COREWEAVE_API_TOKEN");
        assert_eq!(
            source(Given::default(), &[file, ("COREWEAVE_API_TOKEN", "")]),
            "the file /run/variable (from the environment variable COREWEAVE_API_TOKEN_FILE)"
        );
        assert_eq!(source(Given::default(), &[("COREWEAVE_API_TOKEN_FILE", "")]), "");
    }

    #[test]
    fn a_token_and_a_file_of_one_are_rejected_with_both_sources() {
        let both = Given {
            token: Some(TOKEN.into()),
            token_file: Some("/run/token".to_owned()),
            ..Given::default()
        };
        let said = rejection(both, &[]);
        assert!(
            said.starts_with("token_file: Both the provider's `token` and the provider's `token_file`"),
            "{said}"
        );
        let environment = [("COREWEAVE_API_TOKEN", TOKEN), ("COREWEAVE_API_TOKEN_FILE", "/run/token")];
        let said = rejection(Given::default(), &environment);
        assert!(
            said.contains(
                "variable COREWEAVE_API_TOKEN and the environment variable COREWEAVE_API_TOKEN_FILE"
            ),
            "{said}"
        );
        assert!(!said.contains(TOKEN), "{said}");
        let home = [("COREWEAVE_API_TOKEN_FILE", "~/token")];
        assert!(
            rejection(Given::default(), &home).contains("COREWEAVE_API_TOKEN_FILE cannot be used: a `~`")
        );
    }

    #[test]
    fn all_that_is_wrong_is_reported_at_once() {
        let given = Given {
            endpoint: Some("coreweave".to_owned()),
            http_timeout: Some("0s".to_owned()),
            ca_certificate: Some(String::new()),
            ..Given::default()
        };
        let said = rejection(given, &[]);
        let places: Vec<_> = said.lines().map(|line| line.split(':').next().unwrap_or_default()).collect();
        assert_eq!(places, ["endpoint", "http_timeout", "ca_certificate"], "{said}");
    }

    #[test]
    fn a_proxy_password_is_not_repeated() {
        let given =
            Given { proxy_url: Some(LoginUrl::new("socks4://user:hunter2@proxy")), ..Given::default() };
        let said = rejection(given, &[("COREWEAVE_API_TOKEN", TOKEN)]);
        assert!(said.contains("socks5://") && !said.contains("hunter2"), "{said}");
    }

    #[test]
    fn an_unreadable_proxy_of_the_environment_is_an_error_unless_another_is_set() {
        let environment = [
            ("COREWEAVE_API_TOKEN", TOKEN),
            ("HTTPS_PROXY", ""),
            ("https_proxy", "socks4://user:hunter2@proxy"),
        ];
        let said = rejection(Given::default(), &environment);
        assert!(said.contains("variable https_proxy cannot be used") && !said.contains("hunter2"), "{said}");
        let lookup = |name: &str| {
            environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let given = Given { proxy_url: Some(LoginUrl::new("socks5://proxy")), ..Given::default() };
        assert!(issuers(&given, &lookup, "1.16.0").is_ok());
        assert!(issuers(&Given::default(), &lookup, "1.16.0").is_err());
    }

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let resolved =
            resolve(Given::default(), &|_| Some(String::new()), "1.16.0", None).expect("nothing is wrong");
        assert!(matches!(resolved.access, Access::MissingToken) && resolved.coreweave_token.is_none());
    }

    #[test]
    fn issuers_need_no_token_and_share_the_other_settings() {
        let given = Given { proxy_url: Some(LoginUrl::new("http://proxy:3128")), ..Given::default() };
        let lookup = |name: &str| (name == "COREWEAVE_HTTP_TIMEOUT").then(|| "3s".to_owned());
        let client = issuers(&given, &lookup, "1.16.0").expect("nothing is wrong");
        assert_eq!(client.request_timeout, Duration::from_secs(3));
        assert_eq!(Ok(client.proxy), Proxy::given("http://proxy:3128"));
        assert!(client.user_agent.starts_with("Terraform/1.16.0 "), "{}", client.user_agent);
    }

    #[test]
    fn the_user_agent_names_both_programs_and_the_users_suffix() {
        let agent =
            user_agent("1.16.0", &|name| (name == "TF_APPEND_USER_AGENT").then(|| " team/7 ".to_owned()));
        assert!(
            agent.starts_with("Terraform/1.16.0 (+https://www.terraform.io) terraform-provider-cks/"),
            "{agent}"
        );
        assert!(agent.ends_with(" team/7"), "{agent}");
    }
}
