//! A state of each released version is kept, and planned empty for ever. `tests/recorded-states/VERSION` has the configuration, `state.json` that
//! Terraform wrote with that version, and what else was particular to the cluster of its recording.
//!
//! The objects of a recording no longer exist. The test makes them again from its configuration, and puts what is particular to the new ones
//! (uids, ids, times) into the recorded state, private state included. Its form stays the recorded one.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use local_cks::{ClusterSpec, tools::Feature};
use serde_json::{Map, Value, json};

use super::{Environment, declared::Sort, sample::Sample};
use crate::{
    on_terraform,
    support::{Bed, Host, block_on},
};

on_terraform!(every_recorded_state_is_planned_empty);

/// The version under test, whose state must be recorded.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Records the state of this version instead of comparing it.
const RECORD: &str = "CKS_RECORD_STATE";
/// The cluster of the blocks. It has no Kubernetes, which a webhook of nobody would disturb.
const CLUSTER_OF_BLOCKS: &str = "0b7b3d0e-5c0f-4b52-9a4e-5b1b8f1f2a11";

fn recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded-states")
}

/// A cluster with Kubernetes, and one for blocks.
fn bed(host: &Host) -> Bed {
    let bed = Bed::with_kubernetes(host);
    let blocks = ClusterSpec::new("blocks").with_id(CLUSTER_OF_BLOCKS);
    block_on(bed.local.add_cluster(blocks)).expect("a cluster");
    bed
}

fn every_recorded_state_is_planned_empty(host: &Host) {
    if env::var_os(RECORD).is_some() {
        record(host);
    }
    let mut versions: Vec<_> = fs::read_dir(recordings())
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    versions.sort_unstable();
    assert!(
        versions.iter().any(|version| version == VERSION),
        "record a state of {VERSION}: see {RECORD} in CONTRIBUTING.md"
    );
    for version in versions {
        eprintln!("the state of {version}");
        expect_planned_empty(host, &recordings().join(version));
    }
}

fn expect_planned_empty(host: &Host, recording: &Path) {
    let read = |name: &str| fs::read_to_string(recording.join(name)).expect("the recording has it");
    let parsed = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    let bed = bed(host);
    bed.write("main.tf", &read("main.tf"));
    bed.apply().succeeded();
    let now = parsed(&fs::read_to_string(bed.configuration().join("terraform.tfstate")).expect("a state"));
    let recorded = parsed(&read("state.json"));
    let mut particular = Particular::default();
    particular.compare(&parsed(&read("cluster.json")), &of_cluster(&bed));
    for (address, instance) in instances(&recorded) {
        let others = instances(&now);
        let (_, same) = others.iter().find(|(other, _)| *other == address).expect("it was applied");
        particular.compare(&instance["attributes"], &same["attributes"]);
        particular.compare(&private(instance), &private(same));
    }
    for quirks in [false, true] {
        let mut state = particular.in_place_of(&recorded);
        // Terraform refuses a state that is older than the one it has.
        state["serial"] = json!(now["serial"].as_i64().unwrap_or_default() + 1);
        state["lineage"] = now["lineage"].clone();
        // Terraform's own note of what is sensitive, which an older Terraform does not write, and takes for a change.
        for (instance, (_, same)) in instances_mut(&mut state).zip(instances(&now)) {
            instance["sensitive_attributes"] = same["sensitive_attributes"].clone();
        }
        if quirks {
            instances_mut(&mut state).for_each(make_odd);
        }
        bed.write("terraform.tfstate", &state.to_string());
        bed.local.clear_requests();
        bed.plan().expect_empty();
        bed.apply().succeeded();
        bed.expect_only_reads();
        for (address, _) in instances(&recorded) {
            let has_identity = bed.instance(&address).expect("it stays")["identity"].is_object();
            let should = host.has(Feature::Identity) && !address.starts_with("cks_service_account_token.");
            assert_eq!(has_identity, should, "{address} after a refresh");
        }
    }
}

/// What an edit, another program or another version may leave: attributes that do not exist, none for those that are null, numbers and bools
/// as text, and no identity.
fn make_odd(instance: &mut Value) {
    let attributes = instance["attributes"].as_object_mut().expect("an object");
    attributes.retain(|_, value| !value.is_null());
    for value in attributes.values_mut() {
        if let Value::Bool(flag) = value {
            *value = json!(flag.to_string());
        }
    }
    attributes.insert("attribute_of_another_version".to_owned(), json!({ "a": [1, null] }));
    let instance = instance.as_object_mut().expect("an object");
    instance.remove("identity");
    instance.remove("identity_schema_version");
}

/// The resources of a state, by address.
fn instances(state: &Value) -> Vec<(String, &Value)> {
    let resources = state["resources"].as_array().expect("a state has resources").iter();
    let managed = resources.filter(|resource| resource["mode"] == "managed");
    let name = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let address = |resource: &Value| format!("{}.{}", name(&resource["type"]), name(&resource["name"]));
    managed.map(|resource| (address(resource), &resource["instances"][0])).collect()
}

fn instances_mut(state: &mut Value) -> impl Iterator<Item = &mut Value> {
    let resources = state["resources"].as_array_mut().expect("a state has resources").iter_mut();
    resources.filter(|resource| resource["mode"] == "managed").map(|resource| &mut resource["instances"][0])
}

/// Private state, which this provider keeps as JSON.
fn private(instance: &Value) -> Value {
    let bytes = STANDARD.decode(instance["private"].as_str().unwrap_or_default()).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// What private state remembers of a cluster.
fn of_cluster(bed: &Bed) -> Value {
    let (status, system) = bed.kubernetes("GET", "/api/v1/namespaces/kube-system", None);
    assert_eq!(status, 200, "{system}");
    json!({ "kube_system_uid": system["metadata"]["uid"] })
}

/// Texts of a recording that are others in a new run.
#[derive(Debug, Default)]
struct Particular(BTreeMap<String, String>);

impl Particular {
    /// Adds the texts at the same place in both that differ.
    fn compare(&mut self, recorded: &Value, now: &Value) {
        match (recorded, now) {
            (Value::String(old), Value::String(new)) if old != new => {
                self.0.insert(old.clone(), new.clone());
            }
            (Value::Object(old), Value::Object(new)) => {
                old.iter().for_each(|(name, old)| self.compare(old, new.get(name).unwrap_or(&Value::Null)));
            }
            (Value::Array(old), Value::Array(new)) => {
                old.iter().zip(new).for_each(|(old, new)| self.compare(old, new));
            }
            _ => {}
        }
    }

    /// The recorded value with the texts of the new run.
    fn in_place_of(&self, recorded: &Value) -> Value {
        match recorded {
            Value::String(text) => Value::String(self.0.get(text).unwrap_or(text).clone()),
            Value::Array(elements) => elements.iter().map(|element| self.in_place_of(element)).collect(),
            Value::Object(members) => {
                let member = |(name, value): (&String, &Value)| {
                    let value = if name == "private" && value.is_string() {
                        let private = self.in_place_of(&private(recorded)).to_string();
                        Value::String(STANDARD.encode(private))
                    } else {
                        self.in_place_of(value)
                    };
                    (name.clone(), value)
                };
                Value::Object(members.iter().map(member).collect::<Map<_, _>>())
            }
            other => other.clone(),
        }
    }
}

/// Writes the recording of this version: every resource type, with every attribute.
fn record(host: &Host) {
    let Environment { bed: bed_of_samples, samples, _issuer, declared } =
        Environment::new(host, Bed::new(host));
    drop(bed_of_samples);
    let bed = bed(host);
    let samples: Vec<_> = samples.into_iter().filter(|sample| sample.sort == Sort::Resource).collect();
    for (_, name) in declared.types().into_iter().filter(|(sort, _)| *sort == Sort::Resource) {
        assert!(samples.iter().any(|sample| sample.name == name), "{name} has no sample");
    }
    let configuration: String = samples.iter().map(of_recording).collect();
    bed.write("main.tf", &configuration);
    bed.apply().succeeded();
    bed.plan().expect_empty();

    let state = fs::read_to_string(bed.configuration().join("terraform.tfstate")).expect("a state");
    let mut state: Value = serde_json::from_str(&state).expect("JSON");
    // The test puts the token of a new run here.
    for instance in instances_mut(&mut state) {
        if instance["attributes"]["token"].is_string() {
            instance["attributes"]["token"] = json!("token of the recording");
        }
    }
    let recording = recordings().join(VERSION);
    fs::create_dir_all(&recording).expect("the directory is ours");
    let write =
        |name: &str, text: &str| fs::write(recording.join(name), text).expect("the directory is ours");
    let pretty = |value: &Value| serde_json::to_string_pretty(value).expect("JSON") + "\n";
    write("main.tf", &configuration);
    write("state.json", &pretty(&state));
    write("cluster.json", &pretty(&of_cluster(&bed)));
}

/// A sample in the configuration of all of them: with what it refers to, and with a name of its own.
fn of_recording(sample: &Sample) -> String {
    let mut attributes = sample.attributes.clone();
    if sample.name.starts_with("cks_cluster_") {
        let cluster = attributes.iter_mut().find(|(name, _)| *name == "cluster_id");
        cluster.expect("a block is of a cluster").1 = json!(CLUSTER_OF_BLOCKS);
    }
    sample.prelude.clone() + &sample.render(sample.variant, &attributes)
}
