//! Checks of the raw body, made before any mask is applied.
//!
//! Rule: the validation options of the published messages (protovalidate's wording), plus rules of the server from CoreWeave's provider:
//! no network in an upgrade, one minor version at a time.

use std::collections::HashSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use url::Url;
use uuid::Uuid;

use super::{errors::Violation, schema::Object};

/// The rules that one body broke.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<Violation>);

impl Findings {
    pub(crate) fn add(&mut self, field: impl Into<String>, description: impl Into<String>) {
        self.0.push(Violation { field: field.into(), description: description.into() });
    }

    /// `Err` with the findings, if there are any.
    pub(crate) fn into_result(self) -> Result<(), Vec<Violation>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }

    /// Rules of a new cluster alone. `body` is canonical.
    pub(crate) fn check_new(&mut self, body: &Object) {
        match text(body, "name") {
            Some(name) => self.name(name),
            None => self.add("name", "value is required"),
        }
        self.required(body, "zone", "zone");
        match text(body, "vpcId") {
            Some(id) if Uuid::parse_str(id).is_err() => self.add("vpc_id", "value must be a valid UUID"),
            Some(_) => {}
            None => self.add("vpc_id", "value is required"),
        }
        match text(body, "version") {
            Some(version) if minor(version).is_none() => self.add("version", NO_MINOR),
            Some(_) => {}
            None => self.add("version", "value is required"),
        }
        let Some(network) = message(body, "network") else {
            return self.add("network", "value is required");
        };
        self.required(network, "podCidrName", "network.pod_cidr_name");
        self.required(network, "serviceCidrName", "network.service_cidr_name");
        if !network.contains_key("internalLbCidrNames") {
            self.add("network.internal_lb_cidr_names", "value must contain at least 1 item(s)");
        }
        let v6 = ["podCidrNameV6", "serviceCidrNameV6", "internalLbCidrNamesV6"];
        let given = v6.iter().filter(|name| network.contains_key(**name)).count();
        if given != 0 && given != v6.len() {
            self.add("network", "all IPv6 CIDR names must be set, or none");
        }
    }

    fn name(&mut self, name: &str) {
        const LONGEST: usize = 30;
        if name.chars().count() > LONGEST {
            self.add("name", format!("value length must be at most {LONGEST} characters"));
        }
        let allowed = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
        let ends = name.starts_with(allowed) && name.ends_with(allowed);
        if !ends || !name.chars().all(|letter| allowed(letter) || letter == '-') {
            self.add("name", "value does not match regex pattern `^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`");
        }
    }

    /// Rules of the blocks that create and update share. `body` is canonical.
    pub(crate) fn check_blocks(&mut self, body: &Object, check_ca: bool) {
        if let Some(oidc) = message(body, "oidc") {
            self.uri(oidc, "issuerUrl", "oidc.issuer_url");
            self.required(oidc, "clientId", "oidc.client_id");
            self.ca(oidc, "oidc.ca", check_ca);
        }
        for (block, name) in [("authnWebhook", "authn_webhook"), ("authzWebhook", "authz_webhook")] {
            if let Some(webhook) = message(body, block) {
                self.uri(webhook, "server", &format!("{name}.server"));
                self.ca(webhook, &format!("{name}.ca"), check_ca);
            }
        }
        if let Some(network) = message(body, "network") {
            self.network(network);
        }
        self.list(body, "additionalServerSans", "additional_server_sans", 10);
        let tailscale_id = message(body, "tailscale").and_then(|tailscale| text(tailscale, "clientId"));
        if tailscale_id.is_some_and(|id| id.chars().count() > 255) {
            self.add("tailscale.client_id", "value length must be at most 255 characters");
        }
        if text(body, "auditPolicy").is_some_and(|policy| STANDARD.decode(policy).is_err()) {
            self.add("audit_policy", "value must be base64");
        }
    }

    pub(crate) fn required(&mut self, object: &Object, name: &str, field: &str) {
        if !object.contains_key(name) {
            self.add(field, "value is required");
        }
    }

    fn uri(&mut self, object: &Object, name: &str, field: &str) {
        match text(object, name) {
            None => self.add(field, "value is empty, which is not a valid URI"),
            Some(uri) if !is_uri(uri) => self.add(field, "value must be a valid URI"),
            Some(_) => {}
        }
    }

    fn ca(&mut self, object: &Object, field: &str, check: bool) {
        let Some(ca) = text(object, "ca").filter(|_| check) else {
            return;
        };
        let pem = STANDARD.decode(ca).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        if !pem.is_some_and(|pem| pem.contains("-----BEGIN CERTIFICATE-----")) {
            self.add(field, "value must be a base64-encoded PEM certificate");
        }
    }

    fn network(&mut self, network: &Object) {
        self.list(network, "internalLbCidrNames", "network.internal_lb_cidr_names", usize::MAX);
        self.list(network, "internalLbCidrNamesV6", "network.internal_lb_cidr_names_v6", usize::MAX);
        if let Some(range) = message(network, "serviceNodePortRange") {
            let port = |name| range.get(name).and_then(Value::as_i64).unwrap_or_default();
            for name in ["start", "end"] {
                if !(1..=65535).contains(&port(name)) {
                    self.add(
                        format!("network.service_node_port_range.{name}"),
                        "value must be greater than or equal to 1 and less than or equal to 65535",
                    );
                }
            }
            if port("end") < port("start") {
                self.add("network.service_node_port_range", "end must be >= start");
            }
        }
    }

    fn list(&mut self, object: &Object, name: &str, field: &str, most: usize) {
        let Some(items) = object.get(name).and_then(Value::as_array) else {
            return;
        };
        if items.len() > most {
            self.add(field, format!("value must contain no more than {most} item(s)"));
        }
        let mut seen = HashSet::new();
        if !items.iter().filter_map(Value::as_str).all(|item| seen.insert(item)) {
            self.add(field, "repeated value must contain unique items");
        }
    }
}

const NO_MINOR: &str = "value must be a Kubernetes minor version such as v1.35";

/// Effect of `version` in a PATCH.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VersionChange {
    None,
    Upgrade,
}

/// Compares the body's version with the current one; the error is a violation's description.
pub(crate) fn version_change(live: &str, asked: &str) -> Result<VersionChange, &'static str> {
    if asked.is_empty() || asked == live {
        return Ok(VersionChange::None);
    }
    let Some(asked) = minor(asked) else {
        return Err(NO_MINOR);
    };
    match minor(live) {
        Some(live) if asked < live => Err("cannot downgrade a cluster"),
        Some(live) if asked > live + 1 => Err("cannot upgrade by more than one minor version"),
        _ => Ok(VersionChange::Upgrade),
    }
}

fn minor(version: &str) -> Option<u32> {
    version.strip_prefix("v1.")?.parse().ok()
}

/// A URI of RFC 3986 with a scheme, as in protovalidate's `uri`.
fn is_uri(text: &str) -> bool {
    !text.contains(char::is_whitespace) && Url::parse(text).is_ok()
}

fn message<'a>(object: &'a Object, name: &str) -> Option<&'a Object> {
    object.get(name).and_then(Value::as_object)
}

fn text<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Findings, NO_MINOR, VersionChange, version_change};
    use crate::api::schema::{CREATE, canonical};

    #[track_caller]
    fn check(body: &Value, expected: &[(&str, &str)]) {
        check_with(body, true, expected);
    }

    #[track_caller]
    fn check_with(body: &Value, check_ca: bool, expected: &[(&str, &str)]) {
        let mut findings = Findings::default();
        findings.check_blocks(body.as_object().unwrap(), check_ca);
        let found = findings.into_result().err().unwrap_or_default();
        let found: Vec<_> = found.iter().map(|one| (one.field.as_str(), one.description.as_str())).collect();
        assert_eq!(found, expected, "{body}");
    }

    #[track_caller]
    fn check_new(change: &Value, expected: &[(&str, &str)]) {
        let mut body = json!({"name": "new", "zone": "RNO2A", "vpcId": "d0584354-6fc2-465b-b2df-aa0722f919a1",
            "version": "v1.36",
            "network": {"podCidrName": "p", "serviceCidrName": "s", "internalLbCidrNames": ["l"]}});
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        let mut findings = Findings::default();
        findings.check_new(&canonical(CREATE, body.as_object().unwrap()).unwrap());
        let found: Vec<_> = findings.0.iter().map(|each| (&*each.field, &*each.description)).collect();
        assert_eq!(found, expected, "{change}");
    }

    #[test]
    fn a_new_cluster_has_name_place_version_and_network() {
        check_new(&json!({}), &[]);
        check_new(
            &json!({"name": "", "zone": "", "vpcId": null, "version": "", "network": null}),
            &["name", "zone", "vpc_id", "version", "network"].map(|field| (field, "value is required")),
        );
        check_new(&json!({"vpcId": "vpc"}), &[("vpc_id", "value must be a valid UUID")]);
        check_new(&json!({"version": "1.36"}), &[("version", NO_MINOR)]);
    }

    #[test]
    fn a_name_is_a_short_label() {
        const PATTERN: &str = "value does not match regex pattern `^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`";
        for name in ["a", "1", "a-b", &"x".repeat(30)] {
            check_new(&json!({"name": name}), &[]);
        }
        for name in ["-a", "a-", "A", "a_b", "ä", "-"] {
            check_new(&json!({"name": name}), &[("name", PATTERN)]);
        }
        check_new(
            &json!({"name": "x".repeat(31)}),
            &[("name", "value length must be at most 30 characters")],
        );
    }

    #[test]
    fn a_new_network_has_its_names_and_all_of_ipv6_or_none() {
        check_new(
            &json!({"network": {"internalLbCidrNames": []}}),
            &[
                ("network.pod_cidr_name", "value is required"),
                ("network.service_cidr_name", "value is required"),
                ("network.internal_lb_cidr_names", "value must contain at least 1 item(s)"),
            ],
        );
        let network = |v6: &Value| {
            let mut network =
                json!({"podCidrName": "p", "serviceCidrName": "s", "internalLbCidrNames": ["l"]});
            for (name, value) in v6.as_object().unwrap() {
                network[name] = value.clone();
            }
            json!({ "network": network })
        };
        check_new(
            &network(&json!({"podCidrNameV6": "p"})),
            &[("network", "all IPv6 CIDR names must be set, or none")],
        );
        check_new(
            &network(
                &json!({"podCidrNameV6": "p", "serviceCidrNameV6": "s", "internalLbCidrNamesV6": ["l"]}),
            ),
            &[],
        );
    }

    #[test]
    fn an_oidc_block_needs_issuer_and_client() {
        check(
            &json!({"oidc": {}}),
            &[
                ("oidc.issuer_url", "value is empty, which is not a valid URI"),
                ("oidc.client_id", "value is required"),
            ],
        );
        check(
            &json!({"oidc": {"issuerUrl": "not a uri", "clientId": "c"}}),
            &[("oidc.issuer_url", "value must be a valid URI")],
        );
        check(&json!({"oidc": {"issuerUrl": "https://i/", "clientId": "c"}}), &[]);
    }

    #[test]
    fn a_webhook_needs_a_server() {
        check(
            &json!({"authnWebhook": {}, "authzWebhook": {"server": "https://w"}}),
            &[("authn_webhook.server", "value is empty, which is not a valid URI")],
        );
    }

    #[test]
    fn a_ca_is_base64_of_pem_unless_that_is_switched_off() {
        let body = json!({"authnWebhook": {"server": "https://w", "ca": "nonsense"}});
        check(&body, &[("authn_webhook.ca", "value must be a base64-encoded PEM certificate")]);
        check_with(&body, false, &[]);
    }

    #[test]
    fn ranges_lists_and_lengths_have_limits() {
        check(
            &json!({"network": {"serviceNodePortRange": {"start": 20, "end": 10}}}),
            &[("network.service_node_port_range", "end must be >= start")],
        );
        check(
            &json!({"network": {"internalLbCidrNames": ["a", "a"]}}),
            &[("network.internal_lb_cidr_names", "repeated value must contain unique items")],
        );
        let names: Vec<String> = (0..11).map(|number| number.to_string()).collect();
        check(
            &json!({"additionalServerSans": names}),
            &[("additional_server_sans", "value must contain no more than 10 item(s)")],
        );
    }

    #[test]
    fn versions_go_up_one_by_one() {
        assert_eq!(version_change("v1.35", "v1.35"), Ok(VersionChange::None));
        assert_eq!(version_change("v1.35", ""), Ok(VersionChange::None));
        assert_eq!(version_change("v1.35", "v1.36"), Ok(VersionChange::Upgrade));
        assert!(version_change("v1.35", "v1.34").is_err());
        assert!(version_change("v1.34", "v1.36").is_err());
        assert!(version_change("v1.34", "1.35").is_err());
    }
}
