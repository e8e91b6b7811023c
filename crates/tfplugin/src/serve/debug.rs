//! `--debug`: what to set so that Terraform and OpenTofu use a process they did not start (go-plugin's reattach).

use std::collections::BTreeMap;

use serde::Serialize;

use super::{ServeOptions, handshake::PROTOCOL_VERSION, listener::Address};

/// The two hosts read an address without a registry as their own registry's.
const REGISTRIES: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Reattach<'a> {
    protocol: &'static str,
    protocol_version: u32,
    pid: u32,
    /// The host neither kills the process nor requests its end.
    test: bool,
    addr: Addr<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Addr<'a> {
    network: &'static str,
    string: &'a str,
}

/// The setting, ready for a shell: `TF_REATTACH_PROVIDERS='{…}'` with its end of line.
pub(super) fn setting(options: &ServeOptions, address: &Address) -> String {
    let providers: BTreeMap<String, Reattach<'_>> = REGISTRIES
        .iter()
        .map(|registry| {
            let reattach = Reattach {
                protocol: "grpc",
                protocol_version: PROTOCOL_VERSION,
                pid: std::process::id(),
                test: true,
                addr: Addr { network: address.network, string: &address.location },
            };
            (format!("{registry}/{}", options.source), reattach)
        })
        .collect();
    let json = serde_json::to_string(&providers).expect("strings and numbers are JSON");
    format!("TF_REATTACH_PROVIDERS='{}'\n", json.replace('\'', r"'\''"))
}

/// Explanation of the setting, for the person at the terminal.
pub(super) const EXPLANATION: &str = "\
This process serves the provider until Ctrl-C ends it. To use it, set the variable printed on standard output in the
shell that runs Terraform or OpenTofu. Anyone who may connect to the socket may use the provider.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_hosts_find_the_provider_under_their_own_registry() {
        let options = ServeOptions {
            name: "demo",
            source: "acme/demo",
            version: "1.2.3",
            description: "",
            log_target: "demo",
            log_crates: &[],
        };
        let address = Address { network: "unix", location: "/tmp/it's".to_owned() };
        let pid = std::process::id();
        let entry = format!(
            r#"{{"Protocol":"grpc","ProtocolVersion":6,"Pid":{pid},"Test":true,"Addr":{{"Network":"unix","String":"/tmp/it'\''s"}}}}"#
        );
        assert_eq!(
            setting(&options, &address),
            format!(
                "TF_REATTACH_PROVIDERS='{{\"registry.opentofu.org/acme/demo\":{entry},\"registry.terraform.io/acme/demo\":{entry}}}'\n"
            )
        );
    }
}
