//! The provider's process: Terraform starts it and speaks the plugin protocol to it.

mod account_tokens;
mod checks;
mod cks;
mod clusters;
mod data_sources;
mod errors;
mod existing;
mod functions;
mod kubeconfig;
mod kubernetes;
mod oidc_names;
mod openid;
mod provider;
mod requests;
mod resources;
mod settings;
mod waited;

use std::process::ExitCode;

use tfplugin::serve::{self, ServeOptions};

fn main() -> ExitCode {
    let options = ServeOptions {
        name: "cks",
        source: "cks-community/cks",
        version: env!("CARGO_PKG_VERSION"),
        description: env!("CARGO_PKG_DESCRIPTION"),
        log_target: env!("CARGO_CRATE_NAME"),
    };
    serve::run(&options, tfplugin::service::<provider::Cks>)
}
