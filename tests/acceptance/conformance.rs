//! Rules that other providers break, checked for every type of the provider. The types are those of the schema; one without a sample
//! fails.
//!
//! A sample ([`sample`]) has a value for every attribute of a type. The tests derive from it: plans with an unknown value at each place,
//! nulls for omitted attributes, imports, second plans.

mod declared;
mod recorded;
pub(crate) mod sample;
pub(crate) mod samples;

use std::collections::BTreeSet;

use local_cks::{OpenIdProvider, User, tools::Feature};
use serde_json::Value;

pub(crate) use self::declared::Sort;
use self::{
    declared::Declared,
    sample::{Sample, unknown},
};
use crate::{
    in_parts, on_both_hosts, on_terraform,
    support::{Bed, CLUSTER_ID, Host, Part, block_on},
};

on_both_hosts!(every_type_has_a_sample_of_every_attribute, an_unknown_value_at_every_place_can_be_planned);
on_terraform!(every_list_takes_all_its_filters_and_nulls);
in_parts!(
    on_both_hosts: every_type_applies_what_it_planned_and_is_imported_unchanged,
    null_and_left_out_mean_the_same,
);

/// Input of the tests: a cluster, an issuer, the provider's schema, and its samples.
struct Environment {
    bed: Bed,
    declared: Declared,
    samples: Vec<Sample>,
    _issuer: OpenIdProvider,
}

impl Environment {
    fn new(host: &Host, bed: Bed) -> Self {
        let issuer = block_on(OpenIdProvider::start(vec![User::new("ada")])).expect("the provider starts");
        let declared = Declared::of(&bed);
        let mut samples = samples::all(&bed, &issuer);
        samples.retain(|sample| host.has(sample.sort.needs()));
        Self { bed, declared, samples, _issuer: issuer }
    }
}

fn every_type_has_a_sample_of_every_attribute(host: &Host) {
    let Environment { declared, samples, _issuer, .. } = Environment::new(host, Bed::new(host));
    let known: BTreeSet<_> = samples.iter().map(|sample| (sample.sort, sample.name)).collect();
    for (sort, name) in &known {
        assert!(declared.has(*sort, name), "{sort:?} {name} no longer exists: remove its sample");
    }
    for (sort, name) in declared.types() {
        assert!(known.contains(&(sort, name.as_str())), "{sort:?} {name} has no sample in samples.rs");
        let of_it = samples.iter().filter(|sample| sample.sort == sort && sample.name == name);
        let given: BTreeSet<_> = of_it.flat_map(Sample::given_names).collect();
        let configurable = declared.configurable(sort, &name);
        assert_eq!(given, configurable, "samples of {name} do not set exactly its attributes");
    }
}

fn every_type_applies_what_it_planned_and_is_imported_unchanged(host: &Host, part: Part) {
    let Environment { bed, declared, samples, _issuer } = Environment::new(host, Bed::with_kubernetes(host));
    for sample in part.of(samples.into_iter().filter(|sample| sample.sort != Sort::List)) {
        eprintln!("{} ({})", sample.name, sample.variant);
        bed.clear();
        bed.write("prelude.tf", &sample.prelude);
        bed.write("main.tf", &sample.full());
        let mut printed = bed.run(&["plan", "-no-color", "-out=plan"]).succeeded().text();
        let planned = bed.planned();
        printed += &bed.run(&["apply", "-no-color", "plan"]).succeeded().text();
        let second = bed.plan();
        assert_eq!(second.code, Some(0), "a second plan of {} is not empty\n{second}", sample.name);
        assert_eq!(second.warnings(), [], "a second plan of {} warns\n{second}", sample.name);
        let state = bed.state();
        let address = sample.address();
        if sample.sort == Sort::Resource {
            expect_as_planned(&address, &planned, &state);
            if let Some(id) = sample.import_id(&state) {
                // Attributes that exist only in a configuration are null after an import.
                bed.write("main.tf", &sample.importable());
                bed.local.clear_requests();
                bed.apply().succeeded();
                bed.expect_only_reads();
                let has_identity = host.has(Feature::Identity);
                let identity = || if has_identity { bed.identity(&address) } else { Value::Null };
                let (state, before) = (bed.state(), identity());
                for by in ["id", "identity"].into_iter().take(if has_identity { 2 } else { 1 }) {
                    bed.run(&["state", "rm", &address]).succeeded();
                    if by == "id" {
                        bed.import(&address, &id).succeeded();
                    } else {
                        bed.write("import.tf", &import_block(&address, &before));
                        bed.apply().succeeded();
                        bed.remove("import.tf");
                    }
                    let imported = bed.state();
                    sample.expect_imported(&state, &imported);
                    assert_eq!(identity(), before, "{} after an import by {by}", sample.name);
                    let after = bed.plan();
                    assert_eq!(
                        after.code,
                        Some(0),
                        "a plan after the import of {} by {by} is not empty\n{after}",
                        sample.name
                    );
                }
                bed.expect_only_reads();
            }
        }
        printed += &bed.run(&["show", "-no-color"]).succeeded().text();
        for (path, secret) in declared.secrets(sample.sort, sample.name, &values_of(&state, &address)) {
            assert!(!printed.contains(&secret), "{path} of {} was printed", sample.name);
        }
        if let Some(destroyable) = sample.destroyable() {
            bed.write("main.tf", &destroyable);
            bed.apply().succeeded();
        }
        bed.destroy().succeeded();
    }
}

/// An import of the object with this identity, whose attributes are text.
fn import_block(address: &str, identity: &Value) -> String {
    let members = identity.as_object().expect("an object").iter().filter(|(_, value)| !value.is_null());
    let members: Vec<_> = members.map(|(name, value)| format!("{name} = {value}")).collect();
    format!("import {{\n  to = {address}\n  identity = {{ {} }}\n}}\n", members.join(", "))
}

/// Every value that was known in the plan is the value in the state.
#[track_caller]
fn expect_as_planned(address: &str, planned: &Value, state: &Value) {
    let changes = planned["resource_changes"].as_array().expect("a plan has changes");
    let change = changes.iter().find(|change| change["address"] == address).expect("the resource is planned");
    let found = values_of(state, address);
    let (after, unknown) = (&change["change"]["after"], &change["change"]["after_unknown"]);
    for (name, value) in after.as_object().expect("an object") {
        let may_change =
            unknown.get(name).is_some_and(|unknown| *unknown != Value::Bool(false) && has_true(unknown));
        assert!(
            may_change || found[name] == *value,
            "{address}: {name} was planned as {value} and became {}",
            found[name]
        );
    }
}

fn has_true(value: &Value) -> bool {
    match value {
        Value::Bool(unknown) => *unknown,
        Value::Array(elements) => elements.iter().any(has_true),
        Value::Object(members) => members.values().any(has_true),
        _ => false,
    }
}

/// The values of one resource in `show -json`.
fn values_of(state: &Value, address: &str) -> Value {
    let resources = state.pointer("/values/root_module/resources").and_then(Value::as_array);
    let found = resources.into_iter().flatten().find(|resource| resource["address"] == address);
    found.map(|resource| resource["values"].clone()).unwrap_or_default()
}

/// All types at once, with one instance for each place in each sample, whose other values are known.
fn an_unknown_value_at_every_place_can_be_planned(host: &Host) {
    let Environment { bed, samples, _issuer, .. } = Environment::new(host, Bed::with_kubernetes(host));
    bed.write("prelude.tf", unknown::PRELUDE);
    let mut count = 0;
    for sample in samples.iter().filter(|sample| sample.sort != Sort::List) {
        let mut configuration = sample.prelude.clone();
        for (number, instance) in sample.with_an_unknown_at_each_place().into_iter().enumerate() {
            configuration += &sample.render(&format!("at_{}_{number}", sample.variant), &instance);
            count += 1;
        }
        bed.write(&format!("{}_{}_{}.tf", sample.sort.word(), sample.name, sample.variant), &configuration);
    }
    assert!(count > samples.len() * 2, "places were not found");
    bed.run(&["validate", "-json"]).succeeded();
    let planned = bed.plan().succeeded();
    assert_eq!(planned.errors(), []);
}

/// No plan has them: a query is their only use.
fn every_list_takes_all_its_filters_and_nulls(host: &Host) {
    if !host.has(Feature::Lists) {
        return;
    }
    let Environment { bed, samples, _issuer, .. } = Environment::new(host, Bed::with_kubernetes(host));
    for configuration in [Sample::full, Sample::least, Sample::least_with_nulls] {
        let lists: Vec<_> =
            samples.iter().filter(|sample| sample.sort == Sort::List).map(configuration).collect();
        bed.write("lists.tfquery.hcl", &lists.concat());
        let query = bed.run(&["query", "-json"]).succeeded();
        assert_eq!(query.stdout.matches(r#""type":"list_complete""#).count(), lists.len(), "{query}");
    }
}

fn null_and_left_out_mean_the_same(host: &Host, part: Part) {
    let Environment { bed, samples, _issuer, .. } = Environment::new(host, Bed::with_kubernetes(host));
    let is_planned = |sample: &Sample| ![Sort::Function, Sort::List].contains(&sample.sort);
    for sample in part.of(samples.into_iter().filter(is_planned)) {
        eprintln!("{} ({})", sample.name, sample.variant);
        bed.clear();
        bed.write("prelude.tf", &sample.prelude);
        bed.write("main.tf", &sample.least());
        bed.apply().succeeded();
        bed.write("main.tf", &sample.least_with_nulls());
        let planned = bed.plan();
        assert_eq!(planned.code, Some(0), "nulls in {} cause a change\n{planned}", sample.name);
        if let Some(destroyable) = sample.destroyable() {
            bed.write("main.tf", &destroyable);
            bed.apply().succeeded();
        }
        bed.destroy().succeeded();
    }
    assert_eq!(bed.cluster().field("id"), CLUSTER_ID);
}
