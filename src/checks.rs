//! Rules for single attribute values, used in `#[schema(validate(…))]`. Each returns what is wrong and what to write instead.

use base64::Engine as _;
use request_pipeline::LoginUrl;
use rustls_pki_types::{CertificateDer, pem::PemObject as _};
use url::Url;

/// The id of a cluster, not its name.
pub(crate) fn cluster_id(id: &str) -> Result<(), String> {
    if id.is_empty() {
        return Err(
            "The cluster's id is empty. Set the id that CoreWeave's API or console shows, a UUID.".to_owned()
        );
    }
    match id.chars().find(|sign| !(sign.is_ascii_lowercase() || sign.is_ascii_digit() || *sign == '-')) {
        Some(wrong) => Err(format!(
            "The cluster's id contains {wrong:?}, which no id does. Set the id that CoreWeave's API or console shows, a UUID, or \
             look it up by name with the data source cks_cluster."
        )),
        None if is_uuid(id) => Ok(()),
        // Names of clusters have the same letters.
        None => Err(format!(
            "{} is not a cluster's id, which is a UUID such as 81540112-93fc-4d39-af10-fe6c2f4b8824. If it is the cluster's name, look the id \
             up with the data source cks_cluster: data.cks_cluster.NAME.id.",
            shown(id)
        )),
    }
}

/// kube-apiserver's rule for an OIDC issuer (k8s apis/apiserver/validation, `validateIssuerURL`): https, with host, port and path
/// only. The text is kept byte for byte, since a token's `iss` must be equal to it.
pub(crate) fn https_issuer(issuer: &str) -> Result<(), String> {
    let url = https_url(issuer)?;
    reject_user_and_fragment(&url, issuer, "An issuer")?;
    if url.query().is_some() {
        return Err("An issuer must not contain a query (`?…`): write https://HOST/PATH only.".to_owned());
    }
    Ok(())
}

/// The URL of a webhook: https, without the parts that are never sent.
pub(crate) fn https_server(server: &str) -> Result<(), String> {
    reject_user_and_fragment(&https_url(server)?, server, "A webhook's URL")
}

fn reject_user_and_fragment(url: &Url, written: &str, what: &str) -> Result<(), String> {
    let authority =
        written.split('/').nth(2).and_then(|rest| rest.split(['?', '#']).next()).unwrap_or_default();
    if !url.username().is_empty() || url.password().is_some() || authority.contains('@') {
        return Err(format!(
            "{what} must not contain a user name or password: write https://HOST/PATH only."
        ));
    }
    if url.fragment().is_some() {
        return Err(format!("{what} must not contain a fragment (`#…`): write https://HOST/PATH only."));
    }
    Ok(())
}

/// Groups of 8, 4, 4, 4 and 12 digits.
fn is_uuid(id: &str) -> bool {
    id.len() == 36 && uuid::Uuid::try_parse(id).is_ok()
}

/// A value in a message, short enough for a line.
fn shown(value: &str) -> String {
    const LONGEST: usize = 60;
    match value.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}…", value.get(..end).unwrap_or_default()),
        None => format!("{value:?}"),
    }
}

/// The name of a namespace (RFC 1123 label).
pub(crate) fn dns_label(name: &str) -> Result<(), String> {
    let fits = name.len() <= 63 && !name.contains('.') && is_dns_name(name);
    if fits {
        return Ok(());
    }
    Err(format!(
        "{} is not a valid name: use at most 63 lower-case letters, digits and '-', beginning and ending with a letter \
         or digit.",
        shown(name)
    ))
}

/// The name of most objects (RFC 1123 subdomain).
pub(crate) fn dns_subdomain(name: &str) -> Result<(), String> {
    if name.len() <= 253 && is_dns_name(name) {
        return Ok(());
    }
    Err(format!(
        "{} is not a valid name: use at most 253 lower-case letters, digits, '-' and '.', each part beginning and \
         ending with a letter or digit.",
        shown(name)
    ))
}

/// The name of a role or binding: a part of a path (apimachinery `path.ValidatePathSegmentName`), so that `:` is legal in it.
pub(crate) fn path_segment(name: &str) -> Result<(), String> {
    if name.is_empty() || name == "." || name == ".." || name.contains(['/', '%']) {
        return Err(format!(
            "{} is not a valid name: use at least one character, no '/' and no '%', and neither \".\" nor \"..\".",
            shown(name)
        ));
    }
    plain(name)
}

/// A ServiceAccount as `namespace:name`.
pub(crate) fn service_account(text: &str) -> Result<(), String> {
    // The user name of a ServiceAccount, as `kubectl auth whoami` shows it.
    if let Some(short) =
        text.strip_prefix("system:serviceaccount:").filter(|short| service_account(short).is_ok())
    {
        return Err(format!("It is the user name of a ServiceAccount: write {short:?}."));
    }
    let Some((namespace, name)) = text.split_once(':') else {
        return Err("It is not of the form namespace:name, such as \"default:deployer\".".to_owned());
    };
    dns_label(namespace).and_then(|()| dns_subdomain(name))
}

fn is_dns_name(name: &str) -> bool {
    name.split('.').all(|label| {
        let inside = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-';
        !label.is_empty() && label.chars().all(inside) && !label.starts_with('-') && !label.ends_with('-')
    })
}

/// The address of a Kubernetes API.
pub(crate) fn https_host(host: &str) -> Result<(), String> {
    https_issuer(host).map_err(|why| why.replace("An issuer", "It"))
}

/// Kubernetes parses URLs with Go, which is stricter than the WHATWG rules that browsers follow.
fn https_url(text: &str) -> Result<Url, String> {
    // It may hold a login, which is not repeated.
    let shown = LoginUrl::new(text);
    if text.trim() != text {
        return Err(format!(
            "{shown:?} has spaces around it, which would be part of the value: remove them."
        ));
    }
    if text.chars().any(|sign| sign.is_control() || sign.is_whitespace() || sign == '\\') {
        return Err(format!(
            "{shown:?} contains a space, a backslash or a control character: write https://HOST/PATH."
        ));
    }
    if has_bad_escape(text) {
        return Err(format!(
            "{shown:?} contains a % without two hexadecimal digits after it: write %25 for a literal %."
        ));
    }
    let url = Url::parse(text)
        .map_err(|error| format!("{shown:?} is not a URL ({error}): write https://HOST/PATH."))?;
    match url.scheme() {
        "https" if text.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://")) => Ok(url),
        scheme if scheme == "https" || !text.contains("://") => {
            Err(format!("{shown:?} is not a whole URL: write https://HOST/PATH."))
        }
        scheme => Err(format!("{shown:?} has the scheme {scheme:?}: Kubernetes accepts https only.")),
    }
}

fn has_bad_escape(text: &str) -> bool {
    text.split('%').skip(1).any(|behind| {
        !behind.get(..2).is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
    })
}

/// Certificates as PEM text. The base64 form of CoreWeave's API is recognised and rejected, with the text to write instead.
pub(crate) fn pem_certificates(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    if text.contains("PRIVATE KEY-----") {
        // The value is shown in plans, stored in the state and sent to CoreWeave.
        return Err(
            "It contains a private key, which would be stored in the state and sent to the cluster. Set the certificates only.".to_owned()
        );
    }
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(()),
        Ok(_) if is_base64_of_pem(text) => Err("This is PEM in base64, the form of CoreWeave's API. Set the PEM text, with base64decode(…) or \
             file(\"ca.pem\"): the provider encodes it."
            .to_owned()),
        Ok(_) => Err("There is no certificate in it. Set PEM text, with the lines -----BEGIN CERTIFICATE----- and -----END \
             CERTIFICATE-----."
            .to_owned()),
        Err(error) => Err(format!("It is not whole PEM text ({error:?}). Set the whole content of the certificate file, with all its lines.")),
    }
}

fn is_base64_of_pem(text: &str) -> bool {
    let packed: String = text.split_whitespace().collect();
    base64::engine::general_purpose::STANDARD
        .decode(packed)
        .is_ok_and(|decoded| String::from_utf8_lossy(&decoded).contains("-----BEGIN"))
}

/// `key=value`, the form of kube-apiserver's `--oidc-required-claim`.
pub(crate) fn key_value(text: &str) -> Result<(), String> {
    plain(text)?;
    match text.split_once('=') {
        _ if text.is_empty() => Ok(()),
        Some((key, _)) if !key.trim().is_empty() => Ok(()),
        _ => Err(format!("{} is not of the form key=value, such as \"department=platform\".", shown(text))),
    }
}

/// An algorithm that CoreWeave's API accepts: v1beta1 has `SIGNING_ALGORITHM_RS256` only.
pub(crate) fn signing_algorithm(name: &str) -> Result<(), String> {
    match name.strip_prefix("SIGNING_ALGORITHM_") {
        Some(short) => Err(format!("Write {short:?}: the provider adds the API's prefix.")),
        None if name == "RS256" => Ok(()),
        None => Err(format!(
            "CoreWeave's API accepts only \"RS256\", not {}. Configure the issuer to sign ID tokens with RS256.",
            shown(name)
        )),
    }
}

/// Text that must not be empty, and that Kubernetes compares byte for byte.
pub(crate) fn not_empty(text: &str) -> Result<(), String> {
    if text.is_empty() { Err("It must not be empty.".to_owned()) } else { plain(text) }
}

/// Text that Kubernetes compares byte for byte, without invisible characters.
pub(crate) fn plain(text: &str) -> Result<(), String> {
    if text.trim() != text || text.chars().any(char::is_control) {
        // The value is not repeated: it may be sensitive.
        return Err("It has spaces around it or control characters in it, which would be part of the value: remove them.".to_owned());
    }
    Ok(())
}

/// The name of a group that gets `cluster-admin`. One of Kubernetes' own groups would include far more callers than a team.
pub(crate) fn administrators_group(name: &str) -> Result<(), String> {
    if name.starts_with("system:") {
        return Err(format!(
            "{name:?} is one of Kubernetes' own groups, which can include every caller. Set a group of your issuer."
        ));
    }
    plain(name)
}

/// Whether two certificate texts contain the same certificates. Line ends and blank lines are ignored.
pub(crate) fn same_pem(one: &str, other: &str) -> bool {
    let lines = |text: &str| {
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    lines(one) == lines(other)
}

#[cfg(test)]
pub(crate) mod testing {
    /// Checks that `rule` accepts `input`, or rejects it with a message that contains `expected`.
    #[track_caller]
    pub(crate) fn check(rule: fn(&str) -> Result<(), String>, input: &str, expected: &str) {
        match rule(input) {
            Ok(()) => assert_eq!(expected, "", "{input:?} was accepted"),
            Err(message) => {
                assert!(!expected.is_empty() && message.contains(expected), "{input:?}: {message}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{testing::check, *};

    #[test]
    fn an_issuer_is_https_with_host_and_path_only() {
        check(https_issuer, "https://accounts.google.com", "");
        check(https_issuer, "https://login.example.com:8443/tenant/v2.0/", "");
        check(https_issuer, "http://accounts.google.com", "https only");
        check(https_issuer, "accounts.google.com", "not a URL");
        check(https_issuer, "https://user@accounts.google.com", "user name");
        check(https_issuer, "https://:secret@accounts.google.com", "user name");
        check(https_issuer, "https://accounts.google.com?a=b", "query");
        check(https_issuer, "https://accounts.google.com/?", "query");
        check(https_issuer, "https://accounts.google.com/#top", "fragment");
        check(https_issuer, " https://accounts.google.com", "spaces");
        check(https_issuer, "", "not a URL");
        check(https_issuer, "https://", "not a URL");
        check(https_issuer, "https://@host", "user name");
        check(https_issuer, "https://host/%zz", "hexadecimal");
        check(https_issuer, "https://host/%41", "");
        check(https_issuer, "https://ho\nst", "control character");
        check(https_issuer, "https:host", "whole URL");
        check(https_issuer, "https:\\\\host", "backslash");
    }

    #[test]
    fn a_webhooks_server_is_https_with_a_query_at_most() {
        check(https_server, "https://hook.example.com:8443/review", "");
        check(https_server, "https://10.1.2.3/review?cluster=a", "");
        check(https_server, "https://hook.example.com?for=me@example.com", "");
        check(https_server, "http://hook.example.com", "https only");
        check(https_server, "hook.example.com/review", "not a URL");
        check(https_server, "hook.example.com:8443/review", "not a whole URL");
        check(https_server, "https://me:secret@hook.example.com", "user name");
        check(https_server, "https://@hook.example.com", "user name");
        check(https_server, "https://hook.example.com#top", "fragment");
        check(https_server, "", "not a URL");
    }

    #[test]
    fn certificates_are_pem_and_base64_of_them_is_recognised() {
        let pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
        check(pem_certificates, pem, "");
        check(pem_certificates, "", "");
        check(pem_certificates, &base64::engine::general_purpose::STANDARD.encode(pem), "PEM in base64");
        check(pem_certificates, "hello", "no certificate in it");
        check(
            pem_certificates,
            "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n",
            "private key",
        );
        check(pem_certificates, "-----BEGIN CERTIFICATE-----\nMIIB\n", "not whole PEM");
    }

    #[test]
    fn a_required_claim_is_key_value() {
        check(key_value, "group=admin", "");
        check(key_value, "group=", "");
        check(key_value, "", "");
        check(key_value, "group", "form key=value");
        check(key_value, "=admin", "form key=value");
    }

    #[test]
    fn text_that_is_compared_byte_for_byte_has_no_invisible_characters() {
        check(not_empty, "kubernetes", "");
        check(not_empty, "", "empty");
        check(not_empty, "kubernetes\n", "spaces around it");
        check(plain, "a\u{7}b", "control characters");
        check(administrators_group, "oidc:admins", "");
        check(administrators_group, "system:authenticated", "Kubernetes' own groups");
    }

    #[test]
    fn an_algorithm_is_one_that_the_api_accepts_without_its_prefix() {
        check(signing_algorithm, "RS256", "");
        check(signing_algorithm, "SIGNING_ALGORITHM_RS256", "Write \"RS256\"");
        check(signing_algorithm, "ES256", "only \"RS256\"");
        check(signing_algorithm, "rs256", "only \"RS256\"");
    }

    #[test]
    fn names_are_those_that_kubernetes_accepts() {
        check(dns_label, "team-a1", "");
        check(dns_subdomain, "team.a1-x", "");
        for wrong in ["", "Team", "a_b", "-a", "a-", "a b", "a/b"] {
            check(dns_label, wrong, "is not a valid name");
            check(dns_subdomain, wrong, "is not a valid name");
        }
        check(dns_label, "a.b", "is not a valid name");
        check(dns_subdomain, "a..b", "is not a valid name");
    }

    #[test]
    fn roles_and_bindings_have_names_that_are_parts_of_a_path() {
        for good in ["team", "system:node", "Team A", "a.b_c", "ä"] {
            check(path_segment, good, "");
        }
        for wrong in ["", ".", "..", "a/b", "a%b"] {
            check(path_segment, wrong, "is not a valid name");
        }
        check(path_segment, " a", "spaces");
    }

    #[test]
    fn a_service_account_has_a_namespace_and_a_name() {
        check(service_account, "default:deployer", "");
        check(service_account, "default:team.deployer", "");
        check(service_account, "deployer", "form namespace:name");
        check(service_account, ":deployer", "is not a valid name");
        check(service_account, "default:", "is not a valid name");
        check(service_account, "system:serviceaccount:shop:ci", "write \"shop:ci\"");
        check(service_account, "system:serviceaccount:shop", "is not a valid name");
    }

    #[test]
    fn a_cluster_id_is_not_a_name() {
        check(cluster_id, "81540112-93fc-4d39-af10-fe6c2f4b8824", "");
        check(cluster_id, "", "empty");
        check(cluster_id, "a/b", "'/'");
        for name in
            ["train-1", "a", "8154011293fc4d39af10fe6c2f4b8824", "81540112-93fc-4d39-af10-fe6c2f4b882"]
        {
            check(cluster_id, name, "data.cks_cluster.NAME.id");
        }
    }

    #[test]
    fn no_value_is_longer_than_a_line() {
        let long = "Ä".repeat(5000);
        for rule in [
            cluster_id,
            dns_label,
            dns_subdomain,
            path_segment,
            key_value,
            signing_algorithm,
            plain,
            service_account,
        ] {
            let said =
                [rule(&long), rule(&format!("{long}/ ")), rule(&format!("system:serviceaccount:{long}"))];
            for said in said.into_iter().filter_map(Result::err) {
                assert!(said.len() < 500, "{said}");
            }
        }
    }
}
