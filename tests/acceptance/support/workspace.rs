//! A directory with a configuration, and the host that runs in it: with its own home directory and settings, independent of the machine's.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use child_processes::{Process, Processes};
use serde_json::Value;

use super::{Host, Run, process};

const REQUIRED_PROVIDERS: &str = r#"terraform {
  required_providers {
    cks = { source = "cks-community/cks" }
  }
}
"#;

/// A configuration on disk.
#[derive(Debug)]
pub(crate) struct Workspace {
    host: Host,
    /// Their directory contains the workspace.
    processes: Processes,
    environment: BTreeMap<String, String>,
}

impl Workspace {
    /// An empty workspace with the provider under test.
    pub(crate) fn new(host: &Host, environment: impl IntoIterator<Item = (String, String)>) -> Self {
        let processes = Processes::new("cks-acceptance-").expect("a temporary directory");
        let mut workspace = Self { host: host.clone(), processes, environment: BTreeMap::new() };
        for directory in ["home", "plugins", "configuration"] {
            fs::create_dir(workspace.path(directory)).expect("the directory is ours");
        }
        let provider = workspace.path("plugins/terraform-provider-cks");
        symlink(env!("CARGO_BIN_EXE_terraform-provider-cks"), provider).expect("the directory is ours");
        workspace.override_providers(&["cks-community/cks"]);
        let path = std::env::var("PATH").unwrap_or_default();
        let (home, data) = (workspace.path("home"), workspace.path("data"));
        let (home, data, settings) = (home.display(), data.display(), workspace.path("settings.tfrc"));
        let fixed = [
            ("PATH", path),
            ("HOME", home.to_string()),
            ("TF_DATA_DIR", data.to_string()),
            ("TF_CLI_CONFIG_FILE", settings.display().to_string()),
            ("TF_IN_AUTOMATION", "1".to_owned()),
            ("TF_INPUT", "0".to_owned()),
            ("CHECKPOINT_DISABLE", "1".to_owned()),
        ];
        workspace.environment =
            fixed.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(environment).collect();
        workspace.write("providers.tf", REQUIRED_PROVIDERS);
        workspace
    }

    /// Path for a file of the test.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.processes.directory().join(name)
    }

    /// The directory of the configuration.
    pub(crate) fn configuration(&self) -> PathBuf {
        self.path("configuration")
    }

    /// Sets the content of `provider_installation`: where the host finds providers.
    pub(crate) fn set_installation(&self, methods: &str) {
        let settings = format!("provider_installation {{\n  {methods}\n}}\n");
        fs::write(self.path("settings.tfrc"), settings).expect("the directory is ours");
    }

    /// Makes the host use this program as the provider of this source, such as `hashicorp/kubernetes`, in addition to the provider under
    /// test.
    pub(crate) fn add_provider(&self, source: &str, program: &Path) {
        let name = source.rsplit('/').next().unwrap_or_default();
        symlink(program, self.path(&format!("plugins/terraform-provider-{name}")))
            .expect("the directory is ours");
        self.override_providers(&["cks-community/cks", source]);
    }

    fn override_providers(&self, sources: &[&str]) {
        let plugins = self.path("plugins").display().to_string();
        let overrides: Vec<_> =
            sources.iter().map(|source| format!("    {source:?} = {plugins:?}\n")).collect();
        self.set_installation(&format!("dev_overrides {{\n{}  }}\n  direct {{}}", overrides.concat()));
    }

    /// Writes a file of the configuration.
    pub(crate) fn write(&self, name: &str, content: &str) {
        fs::write(self.configuration().join(name), content).expect("the directory is ours");
    }

    /// Removes the configuration and the state.
    pub(crate) fn clear(&self) {
        fs::remove_dir_all(self.configuration()).expect("the directory is ours");
        fs::create_dir(self.configuration()).expect("the directory is ours");
        self.write("providers.tf", REQUIRED_PROVIDERS);
    }

    /// Removes a file of the configuration.
    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.configuration().join(name)).expect("it was written before");
    }

    /// Sets or, with `None`, unsets a variable of the host's environment.
    pub(crate) fn set_variable(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.environment.insert(name.to_owned(), value.to_owned()),
            None => self.environment.remove(name),
        };
    }

    /// Starts the host and does not wait.
    pub(crate) fn start(&self, arguments: &[&str]) -> Process {
        let mut command = Command::new(&self.host.program);
        command.args(arguments).current_dir(self.configuration()).env_clear().envs(&self.environment);
        self.start_program(command)
    }

    /// Starts a program that ends with the workspace.
    pub(crate) fn start_program(&self, command: Command) -> Process {
        process::start(&self.processes, command)
    }

    /// Runs the host to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.finish(&self.start(arguments), arguments)
    }

    /// Waits for a run of [`Workspace::start`].
    pub(crate) fn finish(&self, running: &Process, arguments: &[&str]) -> Run {
        Run::of(format!("{:?} {}", self.host.kind, arguments.join(" ")), process::finish(running))
    }

    /// Plans into the file `plan`.
    pub(crate) fn plan(&self) -> Run {
        self.plan_with(&[])
    }

    pub(crate) fn plan_with(&self, arguments: &[&str]) -> Run {
        self.run(&[&["plan", "-json", "-detailed-exitcode", "-out=plan"], arguments].concat())
    }

    pub(crate) fn apply(&self) -> Run {
        self.apply_with(&[])
    }

    pub(crate) fn apply_with(&self, arguments: &[&str]) -> Run {
        self.run(&[&["apply", "-json", "-auto-approve"], arguments].concat())
    }

    /// Applies the plan of [`Workspace::plan`].
    pub(crate) fn apply_plan(&self) -> Run {
        self.run(&["apply", "-json", "plan"])
    }

    pub(crate) fn destroy(&self) -> Run {
        self.run(&["destroy", "-json", "-auto-approve"])
    }

    pub(crate) fn validate(&self) -> Run {
        self.run(&["validate", "-json"])
    }

    pub(crate) fn import(&self, address: &str, id: &str) -> Run {
        self.run(&["import", "-no-color", address, id])
    }

    /// The plan of [`Workspace::plan`], in the host's published format.
    #[track_caller]
    pub(crate) fn planned(&self) -> Value {
        let shown = self.run(&["show", "-json", "plan"]).succeeded();
        serde_json::from_str(&shown.stdout).expect("the host writes JSON")
    }

    /// The state, in the host's published format.
    #[track_caller]
    pub(crate) fn state(&self) -> Value {
        let shown = self.run(&["show", "-json"]).succeeded();
        serde_json::from_str(&shown.stdout).expect("the host writes JSON")
    }

    /// One resource of the state file: `attributes`, and `status` if it is tainted. `None` if it is not in the
    /// state.
    pub(crate) fn instance(&self, address: &str) -> Option<Value> {
        let state = fs::read(self.configuration().join("terraform.tfstate")).ok()?;
        // A host that was killed before it wrote any leaves an empty file.
        let state = Some(state).filter(|state| !state.is_empty())?;
        let state: Value = serde_json::from_slice(&state).expect("the host writes JSON");
        let (kind, name) = address.split_once('.').expect("an address is TYPE.NAME");
        let resources = state["resources"].as_array()?;
        let resource =
            resources.iter().find(|resource| resource["type"] == kind && resource["name"] == name)?;
        resource.pointer("/instances/0").cloned()
    }

    /// The attributes of a resource that must be in the state.
    #[track_caller]
    pub(crate) fn attributes(&self, address: &str) -> Value {
        let instance = self.instance(address).unwrap_or_else(|| panic!("{address} is not in the state"));
        instance["attributes"].clone()
    }

    /// The identity of a resource that must have one in the state.
    #[track_caller]
    pub(crate) fn identity(&self, address: &str) -> Value {
        let instance = self.instance(address).unwrap_or_else(|| panic!("{address} is not in the state"));
        assert!(instance["identity"].is_object(), "{address} has no identity in the state: {instance}");
        instance["identity"].clone()
    }

    /// All files of the workspace with their content, for tests that search them.
    pub(crate) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        files_in(self.processes.directory())
    }
}

/// All files within, without following links.
pub(super) fn files_in(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    collect_files(directory, &mut files);
    files
}

fn collect_files(directory: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            collect_files(&path, files);
        } else {
            let content = fs::read(&path).unwrap_or_default();
            files.push((path, content));
        }
    }
}
