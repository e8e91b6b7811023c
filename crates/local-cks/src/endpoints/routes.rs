//! Hosts of one cluster at the proxy, for as long as it exists.

use std::net::SocketAddr;

use tokio_util::sync::DropGuard;

use super::proxy::Hosts;

/// Hosts of one owner. Dropping it removes them, and ends their servers.
#[derive(Debug)]
pub(crate) struct Routes {
    hosts: Hosts,
    addresses: Vec<(String, SocketAddr)>,
    _servers: DropGuard,
}

impl Routes {
    pub(crate) fn new(hosts: &Hosts, servers: DropGuard) -> Self {
        Self { hosts: hosts.clone(), addresses: Vec::new(), _servers: servers }
    }

    pub(crate) fn add(&mut self, host: &str, address: SocketAddr) {
        self.hosts.set(host, address);
        self.addresses.push((host.to_owned(), address));
    }
}

impl Drop for Routes {
    fn drop(&mut self) {
        for (host, address) in &self.addresses {
            self.hosts.remove(host, *address);
        }
    }
}
