//! URLs that a cluster's API server reads, by the rules of Go: one that it cannot read stops it. Messages do not repeat them, since they may
//! contain a password.

use go_formats::GoUrl;
use url::Url;

use super::shown;

/// kube-apiserver's rule for an OIDC issuer (k8s apis/apiserver/validation, `validateIssuerURL`): https, with host, port and path
/// only. The text is kept byte for byte, since a token's `iss` must be equal to it.
pub(crate) fn https_issuer(issuer: &str) -> Result<(), String> {
    let url = https_url(issuer, "An issuer")?;
    without_query(&url, issuer, "An issuer")?;
    of_one_tenant(&url)
}

/// The URL of a webhook: https, without the parts that are never sent.
pub(crate) fn https_server(server: &str) -> Result<(), String> {
    https_url(server, "A webhook's URL").map(|_| ())
}

/// The address of a Kubernetes API.
pub(crate) fn https_host(host: &str) -> Result<(), String> {
    without_query(&https_url(host, "It")?, host, "It")
}

/// The address of a Kubernetes API as a kubeconfig has it: without a slash at its end, to which kubectl would append another.
pub(crate) fn https_address(host: &str) -> Result<(), String> {
    https_host(host)?;
    match host.trim_end_matches('/') {
        same if same == host => Ok(()),
        without => Err(format!("It must not end with a slash: write {}.", shown(without))),
    }
}

fn without_query(url: &GoUrl, written: &str, what: &str) -> Result<(), String> {
    if !url.query.is_empty() || written.contains('?') {
        return Err(format!("{what} must not contain a query (`?…`): write https://HOST/PATH only."));
    }
    Ok(())
}

/// No token has the issuer of several tenants, only that of its own.
fn of_one_tenant(url: &GoUrl) -> Result<(), String> {
    const ADVICE: &str = "Set the issuer of your tenant, such as https://login.microsoftonline.com/TENANT_ID/v2.0, as in the claim `iss` \
                          of a token.";
    if url.path.contains(['{', '}']) {
        return Err(format!("Its path contains a placeholder in braces, which no token does. {ADVICE}"));
    }
    let host = url.host.to_ascii_lowercase();
    let is_entra =
        ["login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn"]
            .contains(&host.split(':').next().unwrap_or_default());
    let tenant = url.path.split('/').nth(1).unwrap_or_default();
    if is_entra && ["common", "organizations", "consumers"].contains(&tenant) {
        return Err(format!(
            "{tenant:?} stands for several tenants, and no token has it in its issuer. {ADVICE}"
        ));
    }
    Ok(())
}

/// A URL that both Go and the provider's own clients can read. Go is stricter than the WHATWG rules that browsers follow, and the other
/// way round.
fn https_url(text: &str, what: &str) -> Result<GoUrl, String> {
    if text.trim() != text {
        return Err("It has spaces around it, which would be part of the value: remove them.".to_owned());
    }
    if text.chars().any(|sign| sign.is_control() || sign.is_whitespace() || sign == '\\') {
        return Err(
            "It contains a space, a backslash or a control character: write https://HOST/PATH.".to_owned()
        );
    }
    let is_whole = text.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"));
    let url = GoUrl::parse(text).map_err(|error| {
        if is_whole {
            format!("Kubernetes cannot read it: {error}. Write https://HOST/PATH, and %25 for a literal % in the path.")
        } else {
            format!("It is not a URL ({error}): write https://HOST/PATH.")
        }
    })?;
    if url.has_login {
        return Err(format!(
            "{what} must not contain a user name or password: write https://HOST/PATH only."
        ));
    }
    if !url.fragment.is_empty() || text.contains('#') {
        return Err(format!("{what} must not contain a fragment (`#…`): write https://HOST/PATH only."));
    }
    if !is_whole {
        return Err(match text.split_once("://") {
            Some((scheme, _)) if !scheme.eq_ignore_ascii_case("https") => {
                format!("It has the scheme {}: Kubernetes accepts https only.", shown(scheme))
            }
            _ => "It is not a whole URL: write https://HOST/PATH.".to_owned(),
        });
    }
    if url.host.is_empty() || url.host.starts_with(':') {
        return Err(
            "It has no host, perhaps because of a slash too many: write https://HOST/PATH.".to_owned()
        );
    }
    Url::parse(text).map_err(|error| format!("It is not a URL ({error}): write https://HOST/PATH."))?;
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::{super::testing::check, *};

    #[test]
    fn an_issuer_is_https_with_host_and_path_only() {
        check(https_issuer, "https://accounts.google.com", "");
        check(https_issuer, "https://login.example.com:8443/tenant/v2.0/", "");
        check(https_issuer, "https://[2001:db8::1]/x", "");
        check(https_issuer, "http://accounts.google.com", "https only");
        check(https_issuer, "accounts.google.com", "not a whole URL");
        check(https_issuer, "https://user@accounts.google.com", "user name");
        check(https_issuer, "https://:secret@accounts.google.com", "user name");
        check(https_issuer, "https://accounts.google.com?a=b", "query");
        check(https_issuer, "https://accounts.google.com/?", "query");
        check(https_issuer, "https://accounts.google.com/#top", "fragment");
        check(https_issuer, "https://accounts.google.com/#", "fragment");
        check(https_issuer, " https://accounts.google.com", "spaces");
        check(https_issuer, "", "not a whole URL");
        check(https_issuer, "https://", "no host");
        check(https_issuer, "https://@host", "user name");
        check(https_issuer, "https://host/%zz", "the escape \"%zz\"");
        check(https_issuer, "https://host/%41", "");
        check(https_issuer, "https://ho\nst", "control character");
        check(https_issuer, "https:host", "whole URL");
        check(https_issuer, "https:\\\\host", "backslash");
    }

    #[test]
    fn what_only_browsers_read_is_rejected() {
        for rule in [https_issuer, https_server, https_host] {
            check(rule, "https://ho%73t.example.com", "the escape \"%73\"");
            check(rule, "https://h%6Fst", "the escape \"%6F\"");
            check(rule, "https:///host.example.com", "no host");
            check(rule, "https:////host.example.com/x", "no host");
            check(rule, "https:/host.example.com", "whole URL");
            check(rule, "https://:443/x", "no host");
            check(rule, "https://host:port", "its port is not a number");
            check(rule, "https://host:99999", "not a URL");
            check(rule, "https://a:1:2", "its port is not a number");
            check(rule, "https://[127.0.0.1]", "IPv6");
            check(rule, "https://ho{s}t", "the character '{'");
            check(rule, "https://ho^st", "the character '^'");
            check(rule, "https://us^er:hunter2@host", "user name or password");
        }
    }

    #[test]
    fn an_address_is_a_host_with_a_port_and_a_path_at_most() {
        for good in [
            "https://10.16.0.4:6443",
            "https://[2001:db8::1]:6443",
            "https://train.tail1234.ts.net",
            "https://gateway.example.com/clusters/train",
        ] {
            check(https_address, good, "");
        }
        check(https_address, "https://10.16.0.4:6443/", "write \"https://10.16.0.4:6443\".");
        check(
            https_address,
            "https://gateway.example.com/train//",
            "write \"https://gateway.example.com/train\".",
        );
        check(https_address, "train.tail1234.ts.net", "write https://HOST/PATH");
        check(https_address, "10.16.0.4:6443", "write https://HOST/PATH");
        check(https_address, "http://10.16.0.4:6443", "https only");
        check(https_address, "https://me:hunter2@10.16.0.4", "user name or password");
        check(https_address, "https://10.16.0.4?timeout=1s", "query");
        check(https_address, "", "whole URL");
    }

    #[test]
    fn no_message_repeats_a_password() {
        for url in [
            "https://ada:hunter2@h",
            "https://ada:hunter2@h:x",
            "https://hunter2 @h",
            "ftp://a:hunter2@h",
            "a:hunter2@h",
        ] {
            let said = https_host(url).expect_err(url);
            assert!(!said.contains("hunter2"), "{said}");
        }
    }

    #[test]
    fn an_issuer_is_that_of_one_tenant() {
        check(
            https_issuer,
            "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0",
            "",
        );
        check(https_issuer, "https://login.microsoftonline.com/{tenantid}/v2.0", "placeholder");
        check(https_issuer, "https://login.microsoftonline.com/common/v2.0", "several tenants");
        check(https_issuer, "https://login.microsoftonline.com/organizations/v2.0", "TENANT_ID");
        check(https_issuer, "https://idp.example.com/common/v2.0", "");
    }

    #[test]
    fn a_webhooks_server_is_https_with_a_query_at_most() {
        check(https_server, "https://hook.example.com:8443/review", "");
        check(https_server, "https://10.1.2.3/review?cluster=a", "");
        check(https_server, "https://hook.example.com?for=me@example.com", "");
        check(https_server, "http://hook.example.com", "https only");
        check(https_server, "hook.example.com/review", "not a whole URL");
        check(https_server, "hook.example.com:8443/review", "not a whole URL");
        check(https_server, "https://me:secret@hook.example.com", "user name");
        check(https_server, "https://@hook.example.com", "user name");
        check(https_server, "https://hook.example.com#top", "fragment");
        check(https_server, "", "not a whole URL");
    }
}
