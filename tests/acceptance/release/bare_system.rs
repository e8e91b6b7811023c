//! A root file system with nothing but Terraform, the mirror of the release and a certificate: no C library, no shell.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use super::package::Package;
use crate::{
    on_terraform,
    support::{Bed, Host, Run},
};

on_terraform!(an_example_applies_on_a_system_without_a_c_library);

/// The example of a pipeline: namespace, ServiceAccount, binding, token and kubeconfig, on a real Kubernetes.
fn an_example_applies_on_a_system_without_a_c_library(host: &Host) {
    let bed = Bed::with_kubernetes(host);
    let system = System::with(&bed, host, "ci-by-service-account");
    system.run(&bed, &["init", "-no-color"]).succeeded();
    system.run(&bed, &["apply", "-json", "-auto-approve"]).succeeded();
    system.run(&bed, &["plan", "-json", "-detailed-exitcode"]).expect_empty();
    let (status, _) = bed.kubernetes("GET", "/api/v1/namespaces/team-a/serviceaccounts/ci", None);
    assert_eq!(status, 200);
}

struct System {
    root: PathBuf,
}

impl System {
    /// One in the directory of the bed, with this example.
    fn with(bed: &Bed, host: &Host, example: &str) -> Self {
        let root = bed.path("root");
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example);
        copy(&example, &root.join("configuration"));
        copy(&Package::get().providers(), &root.join("mirror"));
        for directory in ["dev", "home", "tmp"] {
            fs::create_dir(root.join(directory)).expect("the directory is ours");
        }
        // Go opens it for programs that get no input; no user but root may make a device.
        fs::write(root.join("dev/null"), "").expect("the directory is ours");
        fs::copy(&host.program, root.join("terraform")).expect("Terraform is a file");
        fs::copy(bed.local.ca_file(), root.join("ca.pem")).expect("the CA is a file");
        let settings = "provider_installation {\n  filesystem_mirror {\n    path = \"/mirror\"\n  }\n}\n";
        fs::write(root.join("settings.tfrc"), settings).expect("the directory is ours");
        Self { root }
    }

    /// Runs Terraform in it.
    fn run(&self, bed: &Bed, arguments: &[&str]) -> Run {
        let mut command = Command::new("unshare");
        // Only root may change the root directory; any user is root in a user namespace of their own.
        if fs::metadata(&self.root).expect("it is there").uid() != 0 {
            command.arg("--map-root-user");
        }
        command.arg(format!("--root={}", self.root.display())).args(["--wd=/configuration", "/terraform"]);
        command.args(arguments).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(bed.local.environment()).env("SSL_CERT_FILE", "/ca.pem");
        command.envs([
            ("HOME", "/home"),
            ("TF_CLI_CONFIG_FILE", "/settings.tfrc"),
            ("TF_VAR_cluster_name", "example"),
            ("TF_INPUT", "0"),
            ("CHECKPOINT_DISABLE", "1"),
        ]);
        bed.finish(&bed.start_program(command), arguments)
    }
}

/// Copies a directory.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the directory is ours");
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())).flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).expect("files of ours");
        }
    }
}
