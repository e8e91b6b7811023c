//! Entry point: serves the provider to Terraform over the plugin protocol.

mod checks;
mod data_sources;
mod errors;
mod existing;
mod functions;
mod kubeconfig;
mod oidc_names;
mod operation;
mod provider;
mod resources;
mod settings;
mod wait_outcome;

use std::process::ExitCode;

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
    serve::run::<provider::Cks>(&options)
}
