//! `examples/minimal.rs` under the real Terraform and OpenTofu: plan, apply, update, drift, destroy.

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

const CONFIGURATION: &str = r#"
terraform {
  required_providers {
    text = { source = "example/text" }
  }
}

provider "text" {
  directory = "files"
}

resource "text_file" "greeting" {
  name = "greeting.txt"
  text = "CONTENT"
}

output "size" {
  value = text_file.greeting.size
}
"#;

/// The example's program, built here if only this test was built.
fn example() -> PathBuf {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--package", "tfplugin", "--example", "minimal"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let deps = std::env::current_exe().expect("a program");
    let target = deps.parent().and_then(Path::parent).expect("deps is in the target directory");
    target.join("examples/minimal")
}

struct Workspace {
    host: PathBuf,
    /// Their directory contains the configuration.
    processes: Processes,
}

impl Workspace {
    fn new(host: PathBuf) -> Self {
        let processes = Processes::new("tfplugin-minimal-").expect("a directory");
        let path = processes.directory();
        for made in ["plugins", "files"] {
            fs::create_dir(path.join(made)).expect("the directory is ours");
        }
        std::os::unix::fs::symlink(example(), path.join("plugins/terraform-provider-text"))
            .expect("the directory is ours");
        let overrides = format!(
            "provider_installation {{\n  dev_overrides {{\n    \"example/text\" = \"{}\"\n  }}\n  direct {{}}\n}}\n",
            path.join("plugins").display()
        );
        fs::write(path.join("settings.tfrc"), overrides).expect("the directory is ours");
        Self { host, processes }
    }

    fn write(&self, content: &str) {
        let configuration = CONFIGURATION.replace("CONTENT", content);
        fs::write(self.processes.directory().join("main.tf"), configuration).expect("the directory is ours");
    }

    fn start(&self, arguments: &[&str]) -> Process {
        let mut command = Command::new(&self.host);
        command
            .args(arguments)
            .current_dir(self.processes.directory())
            .env("TF_CLI_CONFIG_FILE", self.processes.directory().join("settings.tfrc"))
            .env("TF_IN_AUTOMATION", "1")
            .env("CHECKPOINT_DISABLE", "1");
        self.processes.start(command).expect("the host runs")
    }

    #[track_caller]
    fn expect(&self, arguments: &[&str], code: i32) -> String {
        let process = self.start(arguments);
        let status = process.finish(LIMIT).expect("the host ends");
        let Printed { stdout, stderr } = process.printed();
        let text = stdout + &stderr;
        assert_eq!(status.code(), Some(code), "{arguments:?}\n{text}");
        text
    }

    fn file(&self) -> PathBuf {
        self.processes.directory().join("files/greeting.txt")
    }
}

fn it_plans_applies_and_destroys(tool: Tool) {
    let Some(host) = tool.find().unwrap_or_else(|error| panic!("{error}")) else {
        eprintln!("not run: there is no {tool}, and whoever runs the tests allowed that");
        return;
    };
    let workspace = Workspace::new(host);
    let plan = ["plan", "-detailed-exitcode", "-no-color"];
    let apply = ["apply", "-auto-approve", "-no-color"];
    workspace.write("hello");
    assert!(workspace.expect(&plan, 2).contains("size = 5"), "computed during plan");
    workspace.expect(&apply, 0);
    assert_eq!(fs::read_to_string(workspace.file()).expect("it was written"), "hello");
    workspace.expect(&plan, 0);

    workspace.write("hello, you");
    assert!(workspace.expect(&apply, 0).contains("1 changed"), "in place");
    fs::write(workspace.file(), "drift").expect("the file is ours");
    assert!(workspace.expect(&plan, 2).contains("drift"), "the plan shows the drift");

    workspace.expect(&["destroy", "-auto-approve", "-no-color"], 0);
    assert!(!workspace.file().exists());
}

#[test]
fn the_minimal_example_works_under_terraform() {
    it_plans_applies_and_destroys(Tool::Terraform);
}

#[test]
fn the_minimal_example_works_under_opentofu() {
    it_plans_applies_and_destroys(Tool::OpenTofu);
}

#[test]
fn the_minimal_example_has_fewer_than_100_lines() {
    assert!(include_str!("../examples/minimal.rs").lines().count() < 100);
}
