//! What the configuration states about the server of one cluster, apart from credentials: for kubeconfigs of the same server.

use url::Url;

use super::{Clusters, Endpoint, Error};

/// An argument of an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Argument<T> {
    /// It is not set.
    #[default]
    Unset,
    /// It has this value.
    Known(T),
    /// It is known only after apply; its name in the configuration.
    Unknown(String),
}

/// Address and certificates of a `kubernetes` entry for one cluster.
#[derive(Clone, Debug, Default)]
pub struct EntryServer {
    /// Endpoint of the cluster.
    pub endpoint: Argument<Endpoint>,
    /// URL of the server.
    pub host: Argument<String>,
    /// Certificates (PEM) to trust for it.
    pub certificates: Argument<String>,
}

/// The server of a kubeconfig.
#[derive(Clone, Copy, Debug)]
pub enum ServerAddress<'a> {
    /// An endpoint of the cluster.
    Endpoint(Endpoint),
    /// Its URL.
    Host(&'a str),
}

impl Clusters {
    /// The certificates that the entry for this cluster has for the same server. An entry for all clusters has none: they are those of a
    /// proxy.
    pub fn certificates_of(
        &self,
        cluster_id: &str,
        server: ServerAddress<'_>,
    ) -> Result<Option<String>, Error> {
        let entry = self.routes.servers.get(cluster_id);
        entry.map_or(Ok(None), |entry| entry.certificates_of(server))
    }
}

impl EntryServer {
    fn certificates_of(&self, server: ServerAddress<'_>) -> Result<Option<String>, Error> {
        let is_same = match server {
            ServerAddress::Endpoint(endpoint) => self.endpoint.map(|own| *own == endpoint),
            ServerAddress::Host(host) => self.host.map(|own| is_same_url(own, host)),
        };
        let unknown = match (is_same, &self.certificates) {
            (Argument::Unset | Argument::Known(false), _) | (_, Argument::Unset) => return Ok(None),
            (Argument::Known(true), Argument::Known(pem)) => return Ok(Some(pem.clone())),
            (Argument::Known(true), Argument::Unknown(certificates)) => vec![certificates.clone()],
            (Argument::Unknown(address), Argument::Known(_)) => vec![address],
            (Argument::Unknown(address), Argument::Unknown(certificates)) => {
                vec![address, certificates.clone()]
            }
        };
        Err(Error::UnknownConfiguration { attributes: unknown })
    }
}

impl<T> Argument<T> {
    fn map<U>(&self, with: impl FnOnce(&T) -> U) -> Argument<U> {
        match self {
            Self::Unset => Argument::Unset,
            Self::Known(value) => Argument::Known(with(value)),
            Self::Unknown(name) => Argument::Unknown(name.clone()),
        }
    }
}

/// Whether two spellings are the same URL: the default port and the case of a host do not matter.
fn is_same_url(one: &str, other: &str) -> bool {
    match (Url::parse(one), Url::parse(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(text: &str) -> Argument<String> {
        Argument::Known(text.to_owned())
    }

    fn unknown<T>(name: &str) -> Argument<T> {
        Argument::Unknown(format!("kubernetes[0].{name}"))
    }

    /// The certificates, or the unknown attributes.
    fn found(entry: &EntryServer, server: ServerAddress<'_>) -> Result<Option<String>, Vec<String>> {
        entry.certificates_of(server).map_err(|error| match error {
            Error::UnknownConfiguration { attributes } => attributes,
            error => panic!("{error}"),
        })
    }

    #[test]
    fn certificates_are_those_of_the_same_server_only() {
        let host = EntryServer {
            host: known("https://10.16.0.4"),
            certificates: known("PEM"),
            ..EntryServer::default()
        };
        let endpoint = EntryServer {
            endpoint: Argument::Known(Endpoint::Unmanaged),
            certificates: known("PEM"),
            ..EntryServer::default()
        };
        for (entry, server, expected) in [
            (&host, ServerAddress::Host("https://10.16.0.4"), Some("PEM")),
            (&host, ServerAddress::Host("https://10.16.0.4:443/"), Some("PEM")),
            (&host, ServerAddress::Host("https://10.16.0.4:6443"), None),
            (&host, ServerAddress::Endpoint(Endpoint::Unmanaged), None),
            (&endpoint, ServerAddress::Endpoint(Endpoint::Unmanaged), Some("PEM")),
            (&endpoint, ServerAddress::Endpoint(Endpoint::Managed), None),
            (&endpoint, ServerAddress::Host("https://10.16.0.4"), None),
        ] {
            assert_eq!(found(entry, server), Ok(expected.map(str::to_owned)), "{entry:?} {server:?}");
        }
        let without = EntryServer { certificates: Argument::Unset, ..host };
        assert_eq!(found(&without, ServerAddress::Host("https://10.16.0.4")), Ok(None));
    }

    #[test]
    fn an_unknown_argument_matters_only_if_the_certificates_depend_on_it() {
        let host = || ServerAddress::Host("https://10.16.0.4");
        let entry = EntryServer {
            host: unknown("host"),
            certificates: unknown("ca_certificate"),
            ..EntryServer::default()
        };
        let names = |names: &[&str]| Err(names.iter().map(|name| format!("kubernetes[0].{name}")).collect());
        assert_eq!(found(&entry, host()), names(&["host", "ca_certificate"]));
        assert_eq!(found(&entry, ServerAddress::Endpoint(Endpoint::Unmanaged)), Ok(None));
        let entry = EntryServer { certificates: known("PEM"), ..entry };
        assert_eq!(found(&entry, host()), names(&["host"]));
        let entry = EntryServer {
            host: known("https://10.16.0.4"),
            certificates: unknown("ca_certificate"),
            ..entry
        };
        assert_eq!(found(&entry, host()), names(&["ca_certificate"]));
        assert_eq!(found(&entry, ServerAddress::Host("https://10.16.0.5")), Ok(None));
        let entry = EntryServer { host: unknown("host"), certificates: Argument::Unset, ..entry };
        assert_eq!(found(&entry, host()), Ok(None));
    }
}
