//! The one line on standard output with the address to which the host connects (go-plugin server.go).
//!
//! `1|6|unix|/tmp/plugin123|grpc|CERTIFICATE`: go-plugin's own version, the protocol, network and address, the kind of
//! RPC, and the server's certificate in base64 without padding.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};

use super::{environment::HostEnvironment, listener::Address};

/// Always sent, also to a host that offers other versions only: its own message is better than a broken start.
pub(super) const PROTOCOL_VERSION: u32 = 6;

/// The line with its end.
pub(super) fn line(address: &Address, certificate: Option<&[u8]>, host: &HostEnvironment) -> String {
    let certificate = certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
    let Address { network, location } = address;
    let seventh = if host.knows_multiplexing { "|false" } else { "" };
    format!("1|{PROTOCOL_VERSION}|{network}|{location}|grpc|{certificate}{seventh}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(certificate: Option<&[u8]>, knows_multiplexing: bool, expected: &str) {
        let address = Address { network: "unix", location: "/tmp/plugin1".to_owned() };
        let host = HostEnvironment { knows_multiplexing, ..HostEnvironment::without_host() };
        assert_eq!(line(&address, certificate, &host), expected);
    }

    #[test]
    fn six_fields_and_a_seventh_only_for_hosts_with_multiplexing() {
        check(None, false, "1|6|unix|/tmp/plugin1|grpc|\n");
        check(None, true, "1|6|unix|/tmp/plugin1|grpc||false\n");
        check(Some(b"certificate"), true, "1|6|unix|/tmp/plugin1|grpc|Y2VydGlmaWNhdGU|false\n");
    }

    #[test]
    fn the_certificate_has_no_padding() {
        check(Some(&[0xff]), false, "1|6|unix|/tmp/plugin1|grpc|/w\n");
    }
}
