//! `init`: the provider is found in a mirror on disk, by either program's own registry name, and works from there.

use std::{
    env::consts::{ARCH, OS},
    os::unix::fs::symlink,
};

use crate::{
    on_every_host,
    support::{Bed, Host, minimal_block, oidc},
};

on_every_host!(init_finds_the_provider_in_a_mirror_and_it_works);

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn init_finds_the_provider_in_a_mirror_and_it_works(host: &Host) {
    let bed = Bed::of(host, &oidc(""));
    let registry = if host.is_open_tofu() { "registry.opentofu.org" } else { "registry.terraform.io" };
    // Go's names of the platform, as mirrors use them.
    let system = if OS == "macos" { "darwin" } else { OS };
    let architecture = match ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let place = bed
        .path("mirror")
        .join(registry)
        .join("cks-community/cks")
        .join(VERSION)
        .join(format!("{system}_{architecture}"));
    std::fs::create_dir_all(&place).expect("the directory is ours");
    let binary = place.join(format!("terraform-provider-cks_v{VERSION}"));
    symlink(env!("CARGO_BIN_EXE_terraform-provider-cks"), binary).expect("the directory is ours");
    bed.set_installation(&format!(
        "filesystem_mirror {{\n    path = \"{}\"\n  }}",
        bed.path("mirror").display()
    ));

    bed.run(&["init", "-no-color"]).succeeded();
    let schema = bed.run(&["providers", "schema", "-json"]).succeeded();
    assert!(schema.stdout.contains(&format!("{registry}/cks-community/cks")), "{schema}");
    bed.apply().succeeded();
    assert_eq!(bed.cluster().field("oidc"), minimal_block());
    bed.plan().expect_empty();
}
