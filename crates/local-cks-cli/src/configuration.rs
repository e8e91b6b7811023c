//! The file of `--config` and `--users`: clusters, users and clients of the OpenID provider, ports and faults, in YAML or JSON.
//!
//! `templates/guides/local-cks.md.tmpl` documents the format.

use std::path::Path;

use local_cks::{ClusterSpec, OpenIdClient, User};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::{Map, Value};

use crate::failure::Failure;

/// A file; flags add to it, or replace a value of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Configuration {
    pub(crate) clusters: Vec<ClusterEntry>,
    pub(crate) users: Vec<UserEntry>,
    pub(crate) clients: Vec<ClientEntry>,
    pub(crate) ports: Ports,
    /// Faults in the syntax of `local-cks fault`.
    pub(crate) faults: Vec<String>,
    /// Rejects hosts that are not CoreWeave's.
    pub(crate) isolated: bool,
}

/// A cluster.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClusterEntry {
    pub(crate) name: String,
    pub(crate) zone: Option<String>,
    /// A UUID; a random one by default.
    pub(crate) id: Option<String>,
    /// Such as `v1.35`, for the API only.
    pub(crate) version: Option<String>,
    /// With a real control plane.
    #[serde(default = "yes")]
    pub(crate) kubernetes: bool,
}

/// A user of the OpenID provider.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserEntry {
    pub(crate) name: String,
    email: Option<String>,
    #[serde(default)]
    groups: Vec<String>,
    password: Option<SecretText>,
    /// Any further claims.
    #[serde(default)]
    claims: Map<String, Value>,
}

/// A client of the OpenID provider. Without any, each client id is a public client.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientEntry {
    id: String,
    secret: Option<SecretText>,
    #[serde(default)]
    redirects: Vec<String>,
}

/// Ports of 127.0.0.1; 0 or none: a free one.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Ports {
    #[serde(deserialize_with = "deserialize_port")]
    pub(crate) api: u16,
    #[serde(deserialize_with = "deserialize_port")]
    pub(crate) proxy: u16,
    #[serde(deserialize_with = "deserialize_port")]
    pub(crate) issuer: u16,
}

/// A secret of a file.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
struct SecretText(SecretString);

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

fn yes() -> bool {
    true
}

/// A port of a file or an option; the error is for its writer.
pub(crate) fn parse_port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| format!("{text} is not a port: a number from 1 to 65535, or 0 for a free one"))
}

fn deserialize_port<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    parse_port(&Value::deserialize(deserializer)?.to_string()).map_err(D::Error::custom)
}

impl Configuration {
    pub(crate) fn read(file: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(file).map_err(Failure::file("read", file))?;
        let wrong = |source| Failure::Configuration { path: file.to_owned(), source: Box::new(source) };
        Self::parse(&text).map_err(wrong)
    }

    fn parse(text: &str) -> Result<Self, serde_saphyr::Error> {
        // An empty file is an empty document, which is not a mapping.
        if text.trim().is_empty() { Ok(Self::default()) } else { serde_saphyr::from_str(text) }
    }
}

impl ClusterEntry {
    /// Of `NAME` or `NAME=ZONE`.
    pub(crate) fn of(text: &str) -> Self {
        let (name, zone) = text.split_once('=').map_or((text, None), |(name, zone)| (name, Some(zone)));
        let zone = zone.map(str::to_owned);
        Self { name: name.to_owned(), zone, id: None, version: None, kubernetes: true }
    }

    pub(crate) fn spec(&self) -> ClusterSpec {
        let mut spec = ClusterSpec::new(&self.name);
        if let Some(zone) = &self.zone {
            spec = spec.zone(zone);
        }
        if let Some(id) = &self.id {
            spec = spec.with_id(id);
        }
        if let Some(version) = &self.version {
            spec = spec.version(version);
        }
        if self.kubernetes { spec.with_kubernetes() } else { spec }
    }
}

impl UserEntry {
    pub(crate) fn user(&self) -> User {
        let mut user = User::new(&self.name);
        if let Some(password) = &self.password {
            user = user.password(password.0.expose_secret());
        }
        if let Some(email) = &self.email {
            user = user.email(email);
        }
        if !self.groups.is_empty() {
            user = user.groups(&self.groups.iter().map(String::as_str).collect::<Vec<_>>());
        }
        self.claims.iter().fold(user, |user, (name, value)| user.claim(name, value.clone()))
    }
}

impl ClientEntry {
    pub(crate) fn client(&self) -> OpenIdClient {
        let client = match &self.secret {
            Some(secret) => OpenIdClient::confidential(&self.id, secret.0.expose_secret()),
            None => OpenIdClient::public(&self.id),
        };
        client.redirects(&self.redirects.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::{ClusterEntry, Configuration};

    #[test]
    fn yaml_and_json_are_read_and_unknown_fields_are_errors() {
        let yaml = "clusters:\n  - name: prod\n    zone: US-WEST-01A\n  - {name: api-only, kubernetes: false}\nusers:\n  - name: ada\n    \
                    email: ada@example.com\n    groups: [platform]\n    claims: {department: research}\nports: {api: 4430}\nisolated: true\n";
        let read = Configuration::parse(yaml).unwrap();
        let clusters: Vec<_> =
            read.clusters.iter().map(|cluster| (cluster.name.as_str(), cluster.kubernetes)).collect();
        assert_eq!(clusters, [("prod", true), ("api-only", false)]);
        assert_eq!((read.users[0].name.as_str(), read.ports.api, read.isolated), ("ada", 4430, true));
        let user = format!("{:?}", read.users[0].user());
        for part in ["ada@example.com", "platform", "research"] {
            assert!(user.contains(part), "{user}");
        }
        let json = Configuration::parse(r#"{"users": [{"name": "ada", "password": "of ada"}]}"#).unwrap();
        assert!(!format!("{:?}", json.users[0]).contains("of ada"));
        assert!(Configuration::parse("").unwrap().users.is_empty());
        let error =
            Configuration::parse("users:\n  - name: ada\n    group: platform\n").unwrap_err().to_string();
        assert!(error.contains("group"), "{error}");
    }

    #[test]
    fn what_is_not_a_port_is_said_with_what_one_is() {
        for wrong in ["70000", "-1", "1.5", "api", "null", "[1]"] {
            let error = Configuration::parse(&format!("ports: {{api: {wrong}}}")).unwrap_err().to_string();
            assert!(error.contains("not a port: a number from 1 to 65535"), "{wrong}: {error}");
        }
        for (right, is) in [("0", 0), ("65535", 65535)] {
            assert_eq!(Configuration::parse(&format!("ports: {{api: {right}}}")).unwrap().ports.api, is);
        }
    }

    #[test]
    fn a_cluster_of_the_command_line_has_a_name_and_perhaps_a_zone() {
        let parts = |text| {
            let cluster = ClusterEntry::of(text);
            (cluster.name, cluster.zone)
        };
        assert_eq!(parts("prod"), ("prod".to_owned(), None));
        assert_eq!(parts("prod=US-WEST-01A"), ("prod".to_owned(), Some("US-WEST-01A".to_owned())));
    }
}
