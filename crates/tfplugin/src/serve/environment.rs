//! Properties that a host passes at start, all in environment variables (go-plugin server.go).

use std::{num::ParseIntError, ops::RangeInclusive, path::PathBuf};

/// Guards against being started by accident; no secret. Terraform's and OpenTofu's are the same.
const MAGIC_COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// The host's wishes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct HostEnvironment {
    /// Whether the host offers protocol 6. If it does not, it reports the mismatch itself when it receives 6.
    pub(super) speaks_protocol_6: bool,
    /// The one client to accept, as PEM. Without it the connection is plaintext.
    pub(super) client_certificate: Option<String>,
    /// Ports to try, where the socket is a TCP socket.
    pub(super) ports: RangeInclusive<u16>,
    /// Where the socket file goes.
    pub(super) socket_dir: PathBuf,
    /// Name or number of a group that may connect, too.
    pub(super) socket_group: Option<String>,
    /// Whether the handshake may have a seventh field: old hosts would take it for a part of the certificate.
    pub(super) knows_multiplexing: bool,
}

/// A variable that makes no sense.
#[derive(Debug, thiserror::Error)]
pub(super) enum EnvironmentError {
    #[error("{name} is {value:?}, which is no port number")]
    Port { name: &'static str, value: String, source: ParseIntError },
    #[error("PLUGIN_MIN_PORT ({min}) is greater than PLUGIN_MAX_PORT ({max})")]
    Ports { min: u16, max: u16 },
}

/// Whether a host started this process.
pub(super) fn started_by_host() -> bool {
    variable(MAGIC_COOKIE.0).is_some_and(|value| value == MAGIC_COOKIE.1)
}

/// A variable's value; unset, empty and not UTF-8 are the same.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl HostEnvironment {
    /// The environment of this process.
    pub(super) fn read() -> Result<Self, EnvironmentError> {
        Self::from_lookup(variable)
    }

    fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, EnvironmentError> {
        let port = |name: &'static str| match lookup(name) {
            None => Ok(0),
            Some(value) => value.parse().map_err(|source| EnvironmentError::Port { name, value, source }),
        };
        let (min, max) = (port("PLUGIN_MIN_PORT")?, port("PLUGIN_MAX_PORT")?);
        if min > max {
            return Err(EnvironmentError::Ports { min, max });
        }
        Ok(Self {
            speaks_protocol_6: lookup("PLUGIN_PROTOCOL_VERSIONS")
                .is_some_and(|versions| versions.split(',').any(|version| version.trim() == "6")),
            client_certificate: lookup("PLUGIN_CLIENT_CERT"),
            ports: min..=max,
            socket_dir: lookup("PLUGIN_UNIX_SOCKET_DIR").map_or_else(std::env::temp_dir, PathBuf::from),
            socket_group: lookup("PLUGIN_UNIX_SOCKET_GROUP"),
            knows_multiplexing: lookup("PLUGIN_MULTIPLEX_GRPC").is_some(),
        })
    }

    /// For a process that no host started: the values of a host that sets no variable.
    pub(super) fn without_host() -> Self {
        Self {
            speaks_protocol_6: true,
            client_certificate: None,
            ports: 0..=0,
            socket_dir: std::env::temp_dir(),
            socket_group: None,
            knows_multiplexing: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<HostEnvironment, String> {
        HostEnvironment::from_lookup(|name| {
            variables.iter().find(|(each, _)| *each == name).map(|(_, value)| (*value).to_owned())
        })
        .map_err(|error| error.to_string())
    }

    #[test]
    fn a_silent_host_gets_plaintext_in_the_temporary_directory() {
        let expected = HostEnvironment { speaks_protocol_6: false, ..HostEnvironment::without_host() };
        assert_eq!(read(&[]), Ok(expected));
    }

    #[test]
    fn versions_come_in_any_order_and_foreign_ones_are_skipped() {
        let speaks =
            |versions| read(&[("PLUGIN_PROTOCOL_VERSIONS", versions)]).map(|host| host.speaks_protocol_6);
        assert_eq!(speaks("6,5"), Ok(true));
        assert_eq!(speaks("5, 6"), Ok(true));
        assert_eq!(speaks("x,,6"), Ok(true));
        assert_eq!(speaks("5,16"), Ok(false));
    }

    #[test]
    fn ports_must_be_a_range() {
        let ports =
            |min, max| read(&[("PLUGIN_MIN_PORT", min), ("PLUGIN_MAX_PORT", max)]).map(|host| host.ports);
        assert_eq!(ports("10000", "25000"), Ok(10_000..=25_000));
        assert_eq!(
            ports("2", "1"),
            Err("PLUGIN_MIN_PORT (2) is greater than PLUGIN_MAX_PORT (1)".to_owned())
        );
        assert_eq!(
            ports("many", "1"),
            Err("PLUGIN_MIN_PORT is \"many\", which is no port number".to_owned())
        );
    }
}
