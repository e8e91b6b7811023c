//! A release, rehearsed: packaged for this machine's platform, installed from everything that it can be installed from, and used.

#[cfg(target_os = "linux")]
mod bare_system;
mod package;
mod sites;

use std::fs;

use serde_json::Value;

use self::package::{Package, VERSION, platform, sha256};
use crate::{
    on_both_hosts, on_terraform,
    support::{Bed, Host, Run, block_on, minimal_block, oidc},
};

on_both_hosts!(
    init_from_a_filesystem_mirror_and_it_works,
    init_from_the_directory_of_the_configuration_and_it_works,
    init_from_a_network_mirror_and_it_works,
    init_from_the_registry_verifies_the_signature,
);
on_terraform!(the_files_are_those_that_registries_expect);

mod init_from_a_container_registry_and_it_works {
    // Terraform has no such installation method.
    crate::run_on!(init_from_a_container_registry_and_it_works, opentofu_1_12 = OpenTofu);
}

/// The programs' own registry.
fn registry(host: &Host) -> &'static str {
    if host.is_open_tofu() { "registry.opentofu.org" } else { "registry.terraform.io" }
}

/// A bed that installs the provider by these methods.
fn bed(host: &Host, methods: &str) -> Bed {
    let bed = Bed::of(host, &oidc(""));
    bed.set_installation(methods);
    bed
}

fn init(bed: &Bed) -> Run {
    bed.run(&["init", "-no-color"]).succeeded()
}

/// The installed program is the packaged one, and it works.
#[track_caller]
fn expect_it_works(host: &Host, bed: &Bed) {
    let lock = fs::read_to_string(bed.configuration().join(".terraform.lock.hcl")).expect("init writes it");
    let package = Package::get();
    let versions = sites::directory(package, registry(host)).join(format!("{VERSION}.json"));
    let versions: Value = serde_json::from_slice(&fs::read(versions).expect("a mirror")).expect("JSON");
    let hashes = versions["archives"][platform()]["hashes"].as_array().expect("hashes");
    // The host computes it from what it installed.
    let own = hashes[0].as_str().expect("a text");
    assert!(own.starts_with("h1:") && lock.contains(own), "{own}\n{lock}");
    assert_eq!(hashes[1], format!("zh:{}", sha256(&package.archive())));
    bed.apply().succeeded();
    assert_eq!(bed.cluster().field("oidc"), minimal_block());
    bed.plan().expect_empty();
}

fn init_from_a_filesystem_mirror_and_it_works(host: &Host) {
    let mirror = Package::get().providers();
    let bed =
        bed(host, &format!("filesystem_mirror {{\n    path = {:?}\n  }}", mirror.display().to_string()));
    init(&bed);
    expect_it_works(host, &bed);
}

/// What a pipeline can do without settings: the archive in a folder of the configuration.
fn init_from_the_directory_of_the_configuration_and_it_works(host: &Host) {
    let bed = Bed::of(host, &oidc(""));
    // A `provider_installation` block would replace the folder.
    fs::write(bed.path("settings.tfrc"), "").expect("the directory is ours");
    let place =
        bed.configuration().join("terraform.d/plugins").join(registry(host)).join("cks-community/cks");
    fs::create_dir_all(&place).expect("the directory is ours");
    let archive = format!("terraform-provider-cks_{VERSION}_{}.zip", platform());
    fs::write(place.join(archive), Package::get().archive()).expect("the directory is ours");
    init(&bed);
    expect_it_works(host, &bed);
}

fn init_from_a_network_mirror_and_it_works(host: &Host) {
    let bed = bed(host, "network_mirror {\n    url = \"https://mirror.example.com/\"\n  }");
    let site = sites::network_mirror(Package::get());
    block_on(bed.local.add_site("mirror.example.com", site)).expect("a site");
    init(&bed);
    expect_it_works(host, &bed);
}

fn init_from_a_container_registry_and_it_works(host: &Host) {
    let template = r#""containers.example.com/opentofu/${namespace}/${type}""#;
    let bed = bed(
        host,
        &format!(
            "oci_mirror {{\n    repository_template = {template}\n    include = [\"registry.opentofu.org/*/*\"]\n  }}"
        ),
    );
    let site = sites::container_registry(Package::get());
    block_on(bed.local.add_site("containers.example.com", site)).expect("a site");
    init(&bed);
    expect_it_works(host, &bed);
}

/// What users have once the release is published: no settings, and a signature that the host verifies.
fn init_from_the_registry_verifies_the_signature(host: &Host) {
    let bed = bed(host, "direct {}");
    let package = Package::get();
    let site = sites::provider_registry(package, registry(host));
    block_on(bed.local.add_site(registry(host), site)).expect("a site");
    let installed = init(&bed).text();
    let signed = package.key.id.as_str();
    assert!(installed.contains(signed), "the host should name the key {signed}\n{installed}");
    expect_it_works(host, &bed);
}

fn the_files_are_those_that_registries_expect(_: &Host) {
    let package = Package::get();
    let sums = String::from_utf8(package.file("SHA256SUMS")).expect("text");
    let expected: Vec<_> = [format!("{}.zip", platform()), "manifest.json".to_owned()]
        .iter()
        .map(|end| format!("{}  terraform-provider-cks_{VERSION}_{end}", sha256(&package.file(end))))
        .collect();
    assert_eq!(sums.lines().collect::<Vec<_>>(), expected);

    let manifest: Value = serde_json::from_slice(&package.file("manifest.json")).expect("JSON");
    assert_eq!(manifest["version"], 1);
    assert_eq!(manifest.pointer("/metadata/protocol_versions"), Some(&serde_json::json!(["6.0"])));

    // OpenPGP's first byte of a binary signature packet; an armoured one begins with `-`.
    assert_ne!(package.file("SHA256SUMS.sig")[0], b'-');
    let verified = &package.key.verified;
    assert!(verified.contains("[GNUPG:] VALIDSIG") && verified.contains(&package.key.id), "{verified}");

    let bill: Value =
        serde_json::from_slice(&package.file(&format!("{}.cdx.json", platform()))).expect("JSON");
    let names: Vec<_> =
        bill["components"].as_array().expect("components").iter().map(|part| &part["name"]).collect();
    for part in ["aws-lc-sys", "kube-client", "rustls", "tfplugin", "tokio"] {
        assert!(names.iter().any(|name| *name == part), "{part} is not in {names:?}");
    }
    // Of tests only.
    assert!(names.iter().all(|name| *name != "proptest"), "{names:?}");
}
