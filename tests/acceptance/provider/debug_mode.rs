//! `--debug`: a provider that a developer starts, such as in a debugger, and that hosts attach to.

use std::{path::PathBuf, process::Command};

use child_processes::Process;

use crate::{
    on_every_host,
    support::{Bed, Host, LIMIT, minimal_block, oidc},
};

on_every_host!(one_process_serves_run_after_run_until_it_is_interrupted);

const VARIABLE: &str = "TF_REATTACH_PROVIDERS";

/// A provider that was not started by a host. Killed when dropped.
struct Attended {
    process: Process,
    /// The setting for the host's environment that it prints.
    setting: String,
    /// The directory of its socket.
    sockets: PathBuf,
}

impl Attended {
    /// Starts it in the bed's environment, which an attached host does not pass on.
    fn start(bed: &Bed) -> Self {
        let sockets = bed.path("sockets");
        std::fs::create_dir(&sockets).expect("the directory is ours");
        let mut command = Command::new(env!("CARGO_BIN_EXE_terraform-provider-cks"));
        command.arg("--debug").env_clear().envs(bed.local.environment()).env("TMPDIR", &sockets);
        let process = bed.start_program(command);
        let line = process.wait_for_output(LIMIT, |printed| {
            let (line, _) = printed.stdout.split_once('\n')?;
            Some(line.to_owned())
        });
        let line = line.expect("it prints how to attach");
        // Unquoted, as by a shell.
        let setting = line.strip_prefix(&format!("{VARIABLE}='")).and_then(|rest| rest.strip_suffix('\''));
        let setting = setting.unwrap_or_else(|| panic!("{line}")).to_owned();
        Self { process, setting, sockets }
    }

    /// Interrupts it, and waits for its end.
    fn interrupt(self) {
        self.process.interrupt();
        assert_eq!(self.process.finish(LIMIT).expect("its end").code(), Some(0));
        assert_eq!(
            std::fs::read_dir(&self.sockets).expect("the directory is ours").count(),
            0,
            "no socket is left"
        );
    }
}

fn one_process_serves_run_after_run_until_it_is_interrupted(host: &Host) {
    let mut bed = Bed::of(host, &oidc(""));
    // The host finds no other provider, and has no token to pass on.
    std::fs::create_dir(bed.path("empty")).expect("the directory is ours");
    bed.set_installation(&format!(
        "filesystem_mirror {{\n    path = \"{}\"\n  }}",
        bed.path("empty").display()
    ));
    for (name, _) in bed.local.environment() {
        bed.set_variable(&name, None);
    }
    let provider = Attended::start(&bed);
    bed.set_variable(VARIABLE, Some(&provider.setting));

    bed.apply().succeeded();
    assert_eq!(bed.cluster().field("oidc"), minimal_block());
    bed.plan().expect_empty();
    bed.write("main.tf", &oidc("username_prefix = \"oidc:\""));
    bed.apply().succeeded();
    assert_eq!(bed.cluster().field("oidc")["usernamePrefix"], "oidc:");
    // A block that an earlier run of this process created is destroyed too.
    bed.destroy().succeeded();
    assert_eq!(bed.cluster().field("oidc"), serde_json::Value::Null);
    provider.interrupt();
}
