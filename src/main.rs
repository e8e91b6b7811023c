//! Entry point: serves the provider to Terraform over the plugin protocol.

use std::process::ExitCode;

use terraform_provider_cks::Cks;
use tfplugin::serve::{self, ServeOptions};

fn main() -> ExitCode {
    let options = ServeOptions {
        name: "cks",
        source: "cks-community/cks",
        version: env!("CARGO_PKG_VERSION"),
        description: env!("CARGO_PKG_DESCRIPTION"),
        log_target: env!("CARGO_CRATE_NAME"),
        log_crates: &[
            "clusters",
            "coreweave",
            "kubernetes",
            "openid",
            "request_pipeline",
            "service_account_tokens",
        ],
    };
    serve::run::<Cks>(&options)
}
