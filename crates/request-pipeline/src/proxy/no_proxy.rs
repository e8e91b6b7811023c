//! `NO_PROXY`: servers for which no proxy of the environment applies, read as Go reads it.

use std::net::IpAddr;

/// The exceptions.
#[derive(Debug)]
pub(super) struct NoProxy(Vec<Exception>);

#[derive(Debug)]
enum Exception {
    /// `*`
    All,
    /// `10.0.0.0/8`
    Network(IpAddr, u8),
    /// `10.0.0.1`, perhaps with a port.
    Address(IpAddr, Option<u16>),
    /// `example.com` is this host and those below it, `.example.com` those below it; perhaps with a port.
    Domain { suffix: String, includes_itself: bool, port: Option<u16> },
}

impl NoProxy {
    /// Reads a list with commas. Entries that cannot be read have no effect.
    pub(super) fn parse(text: &str) -> Self {
        let entries = text.split(',').map(|entry| entry.trim().to_lowercase());
        Self(entries.filter(|entry| !entry.is_empty()).filter_map(|entry| Exception::parse(&entry)).collect())
    }

    /// Whether the server is an exception.
    pub(super) fn has(&self, host: &str, port: Option<u16>) -> bool {
        let host = host.trim_start_matches('[').trim_end_matches(']').to_lowercase();
        let address = host.parse::<IpAddr>().ok();
        self.0.iter().any(|exception| exception.has(&host, address, port))
    }
}

impl Exception {
    fn parse(entry: &str) -> Option<Self> {
        if entry == "*" {
            return Some(Self::All);
        }
        if let Some((address, bits)) = entry.split_once('/') {
            let (address, bits) = (address.parse::<IpAddr>().ok()?, bits.parse::<u8>().ok()?);
            let most = if address.is_ipv4() { 32 } else { 128 };
            return (bits <= most).then_some(Self::Network(address, bits));
        }
        let (host, port) = match entry.rsplit_once(':') {
            // An IPv6 address without a port has several colons and no brackets.
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
                (host, Some(port.parse().ok()?))
            }
            _ => (entry, None),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = host.parse::<IpAddr>() {
            return Some(Self::Address(address, port));
        }
        let host = host.strip_prefix('*').filter(|host| host.starts_with('.')).unwrap_or(host);
        match host.strip_prefix('.') {
            Some("") => None,
            Some(_) => Some(Self::Domain { suffix: host.to_owned(), includes_itself: false, port }),
            None if host.is_empty() => None,
            None => Some(Self::Domain { suffix: format!(".{host}"), includes_itself: true, port }),
        }
    }

    fn has(&self, host: &str, address: Option<IpAddr>, port: Option<u16>) -> bool {
        let is_port = |own: &Option<u16>| own.is_none() || *own == port;
        match self {
            Self::All => true,
            Self::Network(network, bits) => {
                address.is_some_and(|address| is_within(address, *network, *bits))
            }
            Self::Address(own, port) => address == Some(*own) && is_port(port),
            Self::Domain { suffix, includes_itself, port } => {
                let is_itself = *includes_itself && suffix.strip_prefix('.') == Some(host);
                (is_itself || host.ends_with(suffix)) && is_port(port)
            }
        }
    }
}

fn is_within(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    let begins_equal = |one: u128, other: u128, width: u32| {
        let ignored = width.saturating_sub(u32::from(bits));
        ignored >= width || one >> ignored == other >> ignored
    };
    match (address, network) {
        (IpAddr::V4(one), IpAddr::V4(other)) => {
            begins_equal(one.to_bits().into(), other.to_bits().into(), 32)
        }
        (IpAddr::V6(one), IpAddr::V6(other)) => begins_equal(one.to_bits(), other.to_bits(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values are those of Go's httpproxy.
    #[test]
    fn exceptions_are_those_of_go() {
        #[track_caller]
        fn check(list: &str, host: &str, expected: bool) {
            assert_eq!(NoProxy::parse(list).has(host, Some(443)), expected, "{list} {host}");
        }
        check("", "example.com", false);
        check("*", "example.com", true);
        check("example.com", "example.com", true);
        check("example.com", "kube.Example.com", true);
        check("example.com", "notexample.com", false);
        check(".example.com", "example.com", false);
        check(".example.com", "kube.example.com", true);
        check("*.example.com", "kube.example.com", true);
        check("*.example.com", "example.com", false);
        check(" a ,, Example.com ,", "example.com", true);
        check("example.com:443", "example.com", true);
        check("example.com:6443", "example.com", false);
        check("example.com:x", "example.com", false);
        check("10.0.0.0/8", "10.1.2.3", true);
        check("10.0.0.0/8", "11.1.2.3", false);
        check("10.0.0.0/33", "10.1.2.3", false);
        check("0.0.0.0/0", "10.1.2.3", true);
        check("10.1.2.3", "10.1.2.3", true);
        check("10.1.2.3:443", "10.1.2.3", true);
        check("10.1.2.3:80", "10.1.2.3", false);
        check("2001:db8::/32", "[2001:db8::1]", true);
        check("2001:db8::1", "[2001:db8::1]", true);
        check("[2001:db8::1]:443", "[2001:db8::1]", true);
        check("[2001:db8::1]:80", "[2001:db8::1]", false);
        check("10.0.0.0/8", "ten.example.com", false);
        check(".", "example.com", false);
    }
}
