//! `examples/minimal` under the real Terraform and OpenTofu: plan, apply, update, drift, destroy.

use testbed::Tool;

use crate::workspace::{Workspace, find};

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

fn it_plans_applies_and_destroys(tool: Tool) {
    let Some(host) = find(tool) else { return };
    let workspace = Workspace::new(host, "minimal");
    let write = |text: &str| workspace.write("main.tf", &CONFIGURATION.replace("CONTENT", text));
    let plan = ["plan", "-detailed-exitcode", "-no-color"];
    let apply = ["apply", "-auto-approve", "-no-color"];
    write("hello");
    assert!(workspace.expect(&plan, 2).contains("size = 5"), "computed during plan");
    workspace.expect(&apply, 0);
    assert_eq!(workspace.read("files/greeting.txt"), "hello");
    workspace.expect(&plan, 0);

    write("hello, you");
    assert!(workspace.expect(&apply, 0).contains("1 changed"), "in place");
    workspace.write("files/greeting.txt", "drift");
    assert!(workspace.expect(&plan, 2).contains("drift"), "the plan shows the drift");

    workspace.expect(&["destroy", "-auto-approve", "-no-color"], 0);
    assert!(!workspace.path("files/greeting.txt").exists());
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
fn the_minimal_example_has_about_100_lines() {
    assert!(include_str!("../../examples/minimal/main.rs").lines().count() < 105);
}

/// They are compiled and run here, as a module of the example.
#[test]
fn the_tests_in_the_readme_are_those_of_the_minimal_example() {
    let (_, tests) =
        include_str!("../../examples/minimal/tests.rs").split_once("\n\n").expect("a first line");
    assert!(include_str!("../../README.md").contains(tests));
}
