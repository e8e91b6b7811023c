//! A provider without any type, for the tests of the process.

use std::process::ExitCode;

use tfplugin::serve::{self, ServeOptions};
use tfplugin_proto::tfplugin6::provider_server::Provider;

fn main() -> ExitCode {
    let options = ServeOptions {
        name: "test",
        source: "acme/test",
        version: "1.2.3",
        description: "Offers nothing, for tests.",
        log_target: env!("CARGO_CRATE_NAME"),
        log_crates: &[],
    };
    serve::run_service(&options, |_process| {
        assert!(std::env::var_os("TEST_PROVIDER_PANICS").is_none(), "this provider panics on request");
        Empty
    })
}

struct Empty;

impl Provider for Empty {}
