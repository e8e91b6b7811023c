//! Rules for single attribute values, used in `#[schema(validate(…))]`. Each returns what is wrong and what to write instead.

mod certificates;
mod urls;
#[cfg(test)]
mod webhook_tests;

pub(crate) use self::{
    certificates::{pem_certificates, same_pem},
    urls::{https_address, https_host, https_issuer, https_server},
};

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

/// Groups of 8, 4, 4, 4 and 12 digits.
fn is_uuid(id: &str) -> bool {
    id.len() == 36 && uuid::Uuid::try_parse(id).is_ok()
}

/// A value in a message, short enough for a line.
pub(crate) fn shown(value: &str) -> String {
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
        return Err(format!("It is the user name of a ServiceAccount: write {}.", shown(short)));
    }
    let Some((namespace, name)) = text.split_once(':') else {
        return Err("It is not of the form namespace:name, such as \"default:deployer\".".to_owned());
    };
    dns_label(namespace).and_then(|()| dns_subdomain(name))
}

/// The name of a server in its certificate: a DNS name or an IP address, in any case.
pub(crate) fn server_name(name: &str) -> Result<(), String> {
    let is_name = name.len() <= 253 && is_dns_name(&name.to_ascii_lowercase());
    if is_name || name.parse::<std::net::IpAddr>().is_ok() {
        return Ok(());
    }
    Err(format!(
        "{} is not the name of a server. Write the name in its certificate only, without https:// and port, such as \"kubernetes.default.svc\".",
        shown(name)
    ))
}

fn is_dns_name(name: &str) -> bool {
    name.split('.').all(|label| {
        let inside = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-';
        !label.is_empty() && label.chars().all(inside) && !label.starts_with('-') && !label.ends_with('-')
    })
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
        Some(short) => Err(format!("Write {}: the provider adds the API's prefix.", shown(short))),
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
            "{} is one of Kubernetes' own groups, which can include every caller. Set a group of your issuer.",
            shown(name)
        ));
    }
    plain(name)
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
    fn a_server_name_is_a_host_without_scheme_and_port() {
        for good in ["kubernetes", "kubernetes.default.svc", "Train.Example.com", "10.16.0.4", "2001:db8::1"]
        {
            check(server_name, good, "");
        }
        for wrong in
            ["", "https://train.example.com", "train.example.com:6443", "*.example.com", "a b", "train."]
        {
            check(server_name, wrong, "without https:// and port");
        }
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
            server_name,
        ] {
            let said =
                [rule(&long), rule(&format!("{long}/ ")), rule(&format!("system:serviceaccount:{long}"))];
            for said in said.into_iter().filter_map(Result::err) {
                assert!(said.len() < 500, "{said}");
            }
        }
    }
}
