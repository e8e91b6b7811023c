//! Host names that follow from a cluster's `apiServerEndpoint` and id.
//!
//! CoreWeave returns a bare host; a scheme, a port, a path and a leading `api.` are accepted too. The managed endpoint is that host, the
//! unmanaged one the same with the prefix `api.`.

/// Why a cluster has no endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// The cluster has none yet.
    #[error("the cluster has no API server endpoint yet, as is normal while it is being created")]
    Empty,
    /// The text is not a host name.
    #[error("{endpoint:?} is not the host of an API server")]
    Malformed {
        /// The text.
        endpoint: String,
    },
    /// CoreWeave's own API named a host that is not one of CoreWeave's, so no credentials go there.
    #[error("{host:?} does not have the form of CoreWeave's endpoints, *.k8s.*.coreweave.com")]
    Foreign {
        /// The host.
        host: String,
    },
}

/// Whether this is a host of CoreWeave's, such as that of its API.
pub(crate) fn is_coreweave(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host == "coreweave.com" || host.ends_with(".coreweave.com")
}

/// Whether the URL of an endpoint, managed or unmanaged, has a host of CoreWeave's.
pub(crate) fn is_coreweave_endpoint(url: &str) -> bool {
    let host = url.trim_start_matches("https://");
    let labels: Vec<&str> = host.strip_prefix("api.").unwrap_or(host).split('.').collect();
    matches!(labels.as_slice(), [_, "k8s", zone @ .., "coreweave", "com"] if !zone.is_empty())
}

/// Whether this is the URL of a managed endpoint of CoreWeave's, of whichever cluster: the only servers of Kubernetes for CoreWeave tokens.
pub fn is_managed_endpoint(url: &str) -> bool {
    let Ok(url) = url.parse::<reqwest::Url>() else { return false };
    let host = url.host_str().unwrap_or_default();
    url.scheme() == "https" && is_coreweave_endpoint(host) && !host.starts_with("api.")
}

/// The endpoint that accepts CoreWeave tokens only, such as `https://abc123-abcd1234.k8s.us-east-04a.coreweave.com`.
pub(crate) fn managed_endpoint(api_server_endpoint: &str) -> Result<String, HostError> {
    https(&bare_host(api_server_endpoint)?, api_server_endpoint)
}

/// The endpoint that accepts OIDC and ServiceAccount tokens, such as
/// `https://api.abc123-abcd1234.k8s.us-east-04a.coreweave.com`.
pub fn unmanaged_endpoint(api_server_endpoint: &str) -> Result<String, HostError> {
    https(&format!("api.{}", bare_host(api_server_endpoint)?), api_server_endpoint)
}

/// Issuer of the cluster's own ServiceAccount tokens.
pub fn service_account_issuer(cluster_id: &str) -> String {
    format!("https://oidc.cks.coreweave.com/id/{cluster_id}")
}

/// The organisation in a CoreWeave host, before the first hyphen; `None` for hosts of any other form.
pub(crate) fn organisation(api_server_endpoint: &str) -> Option<String> {
    let host = bare_host(api_server_endpoint).ok()?;
    let (organisation, rest) = host.split_once('-')?;
    let is_coreweave = rest.split_once('.').is_some_and(|(_, domain)| domain.starts_with("k8s."));
    (is_coreweave && !organisation.is_empty() && !organisation.contains('.')).then(|| organisation.to_owned())
}

/// The URL of a host. A URL takes some hosts for others, or for none: those whose last label is a number for IPv4 addresses.
fn https(host: &str, endpoint: &str) -> Result<String, HostError> {
    let url = format!("https://{host}");
    match url.parse::<reqwest::Url>() {
        Ok(parsed) if parsed.host_str() == Some(host) => Ok(url),
        _ => Err(HostError::Malformed { endpoint: endpoint.trim().to_owned() }),
    }
}

fn bare_host(endpoint: &str) -> Result<String, HostError> {
    let given = endpoint.trim();
    let after_scheme = given.split_once("://").map_or(given, |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let host = host.strip_prefix("api.").unwrap_or(&host);
    if given.is_empty() {
        return Err(HostError::Empty);
    }
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if host.split('.').all(is_label) {
        Ok(host.to_owned())
    } else {
        Err(HostError::Malformed { endpoint: given.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "abc123-abcd1234.k8s.us-east-04a.coreweave.com";

    #[test]
    fn every_spelling_of_the_endpoint_gives_the_same_two_urls() {
        #[track_caller]
        fn check(given: &str) {
            assert_eq!(managed_endpoint(given), Ok(format!("https://{HOST}")), "{given}");
            assert_eq!(unmanaged_endpoint(given), Ok(format!("https://api.{HOST}")), "{given}");
        }
        check(HOST);
        check(&format!("https://{HOST}"));
        check(&format!("https://{HOST}/"));
        check(&format!("https://{HOST}:443/some/path?x#y"));
        check(&format!("api.{HOST}"));
        check(&format!("HTTPS://API.{}", HOST.to_ascii_uppercase()));
        check(&format!("  {HOST}.\n"));
    }

    #[test]
    fn an_endpoint_that_is_not_a_host_is_an_error() {
        #[track_caller]
        fn check(given: &str, expected: &HostError) {
            assert_eq!(unmanaged_endpoint(given).as_ref(), Err(expected), "{given}");
            assert_eq!(managed_endpoint(given).as_ref(), Err(expected), "{given}");
        }
        let malformed = |endpoint: &str| HostError::Malformed { endpoint: endpoint.into() };
        check("", &HostError::Empty);
        check("  ", &HostError::Empty);
        for given in ["https://", "https://user@host", "a b", "a..b", "[::1]:6443", "/path"] {
            check(given, &malformed(given));
        }
    }

    #[test]
    fn a_host_that_a_url_takes_for_another_is_an_error() {
        #[track_caller]
        fn check(given: &str, managed: bool) {
            let malformed = HostError::Malformed { endpoint: given.into() };
            assert_eq!(unmanaged_endpoint(given), Err(malformed.clone()), "{given}");
            let expected = if managed { Ok(format!("https://{given}")) } else { Err(malformed) };
            assert_eq!(managed_endpoint(given), expected, "{given}");
        }
        check("127.0.0.1", true);
        for given in ["54", "0x7f.1", "127.1", "a.example.0x10", "1.2.3.256", "xn--a.example.com"] {
            check(given, false);
        }
    }

    #[test]
    fn both_endpoints_have_the_form_of_coreweaves_hosts() {
        #[track_caller]
        fn check(host: &str, expected: bool) {
            for url in [managed_endpoint(host), unmanaged_endpoint(host)] {
                assert_eq!(is_coreweave_endpoint(&url.expect("a host")), expected, "{host}");
            }
        }
        check(HOST, true);
        check(&format!("https://api.{HOST}:443/"), true);
        check("ab1cd2-test.k8s.rno2a.coreweave.com", true);
        check("ab1cd2-test.k8s.zone.region.coreweave.com", true);
        for other in [
            "k8s.us-east-04a.coreweave.com",
            "ab1cd2-test.k8s.coreweave.com",
            "ab1cd2-test.k8s.us-east-04a.coreweave.com.example.com",
            "ab1cd2-test.k8s.us-east-04a.coreweave.org",
            "ab1cd2-test.us-east-04a.coreweave.com",
            "evilcoreweave.com",
            "a.k8s.b.evilcoreweave.com",
            "localhost",
        ] {
            check(other, false);
        }
    }

    #[test]
    fn a_url_of_a_managed_endpoint_has_a_managed_host_of_coreweaves() {
        for url in [format!("https://{HOST}"), format!("HTTPS://{}:443/x", HOST.to_ascii_uppercase())] {
            assert!(is_managed_endpoint(&url), "{url}");
        }
        for url in [
            HOST.to_owned(),
            format!("http://{HOST}"),
            format!("https://api.{HOST}"),
            format!("https://{HOST}.example.com"),
            format!("https://{HOST}@example.com"),
            format!("https://example.com/{HOST}"),
            "https://10.16.0.4:6443".to_owned(),
            "https://api.coreweave.com".to_owned(),
            "https://".to_owned(),
        ] {
            assert!(!is_managed_endpoint(&url), "{url}");
        }
    }

    #[test]
    fn hosts_of_coreweave_are_known_by_their_domain() {
        for own in ["api.coreweave.com", "API.CoreWeave.com.", "api.staging.coreweave.com"] {
            assert!(is_coreweave(own), "{own}");
        }
        for other in ["127.0.0.1", "localhost", "evilcoreweave.com", "api.coreweave.com.example.com"] {
            assert!(!is_coreweave(other), "{other}");
        }
    }

    #[test]
    fn the_organisation_is_read_from_coreweave_hosts_only() {
        assert_eq!(organisation(HOST), Some("abc123".into()));
        assert_eq!(organisation(&format!("https://api.{HOST}")), Some("abc123".into()));
        for other in ["", "127.0.0.1", "localhost", "k8s.example-corp.com", "my-host.example.com"] {
            assert_eq!(organisation(other), None, "{other}");
        }
    }

    #[test]
    fn the_service_account_issuer_ends_in_the_cluster_id() {
        assert_eq!(service_account_issuer("81540112"), "https://oidc.cks.coreweave.com/id/81540112");
    }
}
