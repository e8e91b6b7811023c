//! `examples/complete.rs` under the real Terraform and OpenTofu, as the next version of `examples/minimal`.

use serde_json::{Value as Json, json};
use testbed::Tool;

use crate::workspace::{Workspace, find};

const HEAD: &str = r#"
terraform {
  required_providers {
    text = { source = "example/text" }
  }
}

provider "text" {
  directory = "files"
}
"#;

const FILE: &str = r#"
resource "text_file" "greeting" {
  name = "greeting.txt"
  text = "hello"
}
"#;

const MOVED: &str = r#"
moved {
  from = text_file.greeting
  to   = text_document.greeting
}

resource "text_document" "greeting" {
  name = "greeting.txt"
  text = "hello"
}
"#;

const SECRET: &str = r#"
ephemeral "text_pass" "run" {
  name = "pass"
}

resource "text_document" "greeting" {
  name           = "greeting.txt"
  text           = "hello"
  secret         = ephemeral.text_pass.run.word
  secret_version = 1
}
"#;

const PLAN: [&str; 3] = ["plan", "-detailed-exitcode", "-no-color"];
const APPLY: [&str; 3] = ["apply", "-auto-approve", "-no-color"];
const STATE: &str = "terraform.tfstate";

fn state(workspace: &Workspace) -> Json {
    serde_json::from_str(&workspace.read(STATE)).expect("JSON")
}

/// From a state of `minimal` on.
fn it_moves_upgrades_imports_and_keeps_secrets_out(tool: Tool) {
    let Some(host) = find(tool) else { return };
    let workspace = Workspace::new(host, "minimal");
    let write = |content: &str| workspace.write("main.tf", &(HEAD.to_owned() + content));
    write(FILE);
    workspace.expect(&APPLY, 0);

    // A move changes the state, and nothing else.
    workspace.install("complete");
    write(MOVED);
    assert!(workspace.expect(&PLAN, 2).contains("has moved to text_document.greeting"));
    assert!(workspace.expect(&APPLY, 0).contains("0 added, 0 changed, 0 destroyed"));
    workspace.expect(&PLAN, 0);
    let object = &state(&workspace)["resources"][0]["instances"][0];
    assert_eq!(
        (&object["identity"], &object["schema_version"]),
        (&json!({"name": "greeting.txt"}), &json!(1))
    );

    // An ephemeral word in a write-only argument: in the file that it is for, and nowhere else.
    write(SECRET);
    let mut printed = workspace.expect(&["plan", "-no-color", "-out=saved"], 0);
    assert!(!workspace.path("files/pass").exists(), "it is closed after the plan");
    printed += &workspace.expect(&["apply", "-no-color", "saved"], 0);
    let word = workspace.read("files/greeting.txt.secret");
    assert!(word.len() > 8 && !printed.contains(&word) && !workspace.read(STATE).contains(&word));
    assert!(!workspace.path("files/pass").exists(), "it is closed after the apply");
    workspace.expect(&PLAN, 0);
    write(&SECRET.replace("secret_version = 1", "secret_version = 2"));
    assert!(workspace.expect(&APPLY, 0).contains("1 changed"));
    assert_ne!(workspace.read("files/greeting.txt.secret"), word);
    write(&SECRET.replace("  secret_version = 1\n", ""));
    assert!(workspace.expect(&PLAN, 1).contains("Secret without a version"));

    // The state of a version that called the name `title`.
    let mut old = state(&workspace);
    let object = &mut old["resources"][0]["instances"][0];
    object["schema_version"] = json!(0);
    object["attributes"] = json!({"title": "greeting.txt", "text": "hello"});
    object.as_object_mut().expect("an object").remove("identity");
    object.as_object_mut().expect("an object").remove("identity_schema_version");
    workspace.write(STATE, &old.to_string());
    write(MOVED);
    workspace.expect(&PLAN, 0);

    // Import by id and by identity.
    for by in [r#"id = "greeting.txt""#, r#"identity = { name = "greeting.txt" }"#] {
        workspace.expect(&["state", "rm", "text_document.greeting"], 0);
        write(&format!("{MOVED}\nimport {{\n  to = text_document.greeting\n  {by}\n}}\n"));
        assert!(workspace.expect(&APPLY, 0).contains("1 imported, 0 added, 0 changed"));
    }
    write(MOVED);
    workspace.expect(&PLAN, 0);
    workspace.expect(&["destroy", "-auto-approve", "-no-color"], 0);
    assert!(!workspace.path("files/greeting.txt").exists());
}

#[test]
fn the_complete_example_works_under_terraform() {
    it_moves_upgrades_imports_and_keeps_secrets_out(Tool::Terraform);
}

#[test]
fn the_complete_example_works_under_opentofu() {
    it_moves_upgrades_imports_and_keeps_secrets_out(Tool::OpenTofu);
}

const QUERY: &str = r#"
list "text_document" "all" {
  provider = text

  config {
    prefix = "a"
  }
}
"#;

const ACTION: &str = r#"
action "text_copy" "backup" {
  config {
    name = "a.txt"
    to   = "backup"
  }
}
"#;

/// Terraform alone has these.
#[test]
fn lists_and_actions_of_the_complete_example_work_under_terraform() {
    let Some(host) = find(Tool::Terraform) else { return };
    let workspace = Workspace::new(host, "complete");
    workspace.write("main.tf", &(HEAD.to_owned() + ACTION));
    workspace.write("all.tfquery.hcl", QUERY);
    for (name, text) in [("a.txt", "one"), ("ab.txt", "two"), ("b.txt", "three")] {
        workspace.write(&format!("files/{name}"), text);
    }
    let found = workspace.expect(&["query", "-no-color", "-generate-config-out=found.tf"], 0);
    assert!(
        found.contains("name=a.txt") && found.contains("name=ab.txt") && !found.contains("name=b.txt"),
        "{found}"
    );
    assert!(workspace.expect(&APPLY, 0).contains("2 imported, 0 added, 0 changed"));
    workspace.expect(&PLAN, 0);

    let printed =
        workspace.expect(&["apply", "-auto-approve", "-no-color", "-invoke=action.text_copy.backup"], 0);
    assert!(printed.contains("3 bytes of a.txt are in backup"), "{printed}");
    assert_eq!(workspace.read("files/backup"), "one");
}
