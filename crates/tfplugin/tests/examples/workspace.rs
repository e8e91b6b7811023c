//! A directory with a configuration, and a host that runs in it with an example as its provider.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use child_processes::{Printed, Process, Processes};
use testbed::Tool;

/// Longer than any run takes, also on a busy machine.
const LIMIT: Duration = Duration::from_mins(3);

/// The example's program, built here if only this test was built.
pub(crate) fn example(name: &str) -> PathBuf {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--workspace", "--example", name])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let deps = std::env::current_exe().expect("a program");
    let target = deps.parent().and_then(Path::parent).expect("deps is in the target directory");
    target.join("examples").join(name)
}

/// This tool, if whoever runs the tests did not allow that it is missing.
pub(crate) fn find(tool: Tool) -> Option<PathBuf> {
    let host = tool.find().unwrap_or_else(|error| panic!("{error}"));
    if host.is_none() {
        eprintln!("not run: there is no {tool}, and whoever runs the tests allowed that");
    }
    host
}

pub(crate) struct Workspace {
    host: PathBuf,
    /// Their directory contains the configuration.
    processes: Processes,
}

impl Workspace {
    /// With this example as the provider `example/text`.
    pub(crate) fn new(host: PathBuf, name: &str) -> Self {
        let processes = Processes::new("tfplugin-examples-").expect("a directory");
        let path = processes.directory();
        for made in ["plugins", "files"] {
            fs::create_dir(path.join(made)).expect("the directory is ours");
        }
        let overrides = format!(
            "provider_installation {{\n  dev_overrides {{\n    \"example/text\" = \"{}\"\n  }}\n  direct {{}}\n}}\n",
            path.join("plugins").display()
        );
        fs::write(path.join("settings.tfrc"), overrides).expect("the directory is ours");
        let workspace = Self { host, processes };
        workspace.install(name);
        workspace
    }

    /// Makes another example the provider, as a newer version of it.
    pub(crate) fn install(&self, name: &str) {
        let link = self.path("plugins/terraform-provider-text");
        // There is none at first.
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(example(name), link).expect("the directory is ours");
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.processes.directory().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        fs::write(self.path(name), content).expect("the directory is ours");
    }

    fn start(&self, arguments: &[&str]) -> Process {
        let mut command = Command::new(&self.host);
        command
            .args(arguments)
            .current_dir(self.processes.directory())
            .env("TF_CLI_CONFIG_FILE", self.path("settings.tfrc"))
            .env("TF_IN_AUTOMATION", "1")
            .env("CHECKPOINT_DISABLE", "1");
        self.processes.start(command).expect("the host runs")
    }

    /// Runs the host, which has to end with this code, and returns all that it printed.
    #[track_caller]
    pub(crate) fn expect(&self, arguments: &[&str], code: i32) -> String {
        let process = self.start(arguments);
        let status = process.finish(LIMIT).expect("the host ends");
        let Printed { stdout, stderr } = process.printed();
        let text = stdout + &stderr;
        assert_eq!(status.code(), Some(code), "{arguments:?}\n{text}");
        text
    }
}
