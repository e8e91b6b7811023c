//! Each object of the samples from its creation to its end: plans against applies, refreshes, identity, imports, upgrades.

use std::collections::BTreeSet;

use protocol_host::{
    Host, Object, Plugin, Type,
    places::{self, Kind},
    to_json,
};
use serde_json::{Value as Json, json};
use tfplugin::{Value, value};

use super::stand::{Stand, applied, config, configured, run};
use crate::{
    conformance::{Sort, sample::Sample},
    on_terraform, support,
};

on_terraform!(every_block_keeps_what_the_protocol_promises, every_object_keeps_what_the_protocol_promises);

fn is_block(sample: &Sample) -> bool {
    sample.name.starts_with("cks_cluster_")
}

/// Without Kubernetes, which a change of a block restarts.
fn every_block_keeps_what_the_protocol_promises(host: &support::Host) {
    check(&Stand::new(host), is_block);
}

fn every_object_keeps_what_the_protocol_promises(host: &support::Host) {
    check(&Stand::with_kubernetes(host), |sample| !is_block(sample));
}

fn check(stand: &Stand, is_included: fn(&Sample) -> bool) {
    let plugin = stand.plugin();
    run(async {
        let host = configured(&plugin).await;
        let samples: Vec<_> = stand.samples(Sort::Resource).filter(|sample| is_included(sample)).collect();
        assert!(!samples.is_empty());
        for sample in samples {
            eprintln!("{} ({})", sample.name, sample.variant);
            let of = &host.declared().resources[sample.name];
            ObjectOfSample { host: &host, stand, sample, of, config: stand.config(of, sample) }.run().await;
        }
        plugin.shut_down().await;
    });
}

struct ObjectOfSample<'a> {
    host: &'a Host,
    stand: &'a Stand,
    sample: &'a Sample,
    of: &'a Type,
    config: Value,
}

impl ObjectOfSample<'_> {
    async fn run(&self) {
        let created = self.created().await;
        self.expect_settled(&created, &self.config).await;
        self.plan_with_each_unknown(&created).await;
        self.plan_each_change(&created).await;
        self.upgrade(&created).await;
        let imported = self.import(&created).await;
        self.end(imported).await;
    }

    /// A process of its own, as each run of Terraform has. Within a run the provider remembers what it read and made.
    async fn next_run(&self) -> (Plugin, Host) {
        let plugin = self.stand.plugin();
        let host = configured(&plugin).await;
        (plugin, host)
    }

    async fn applied(&self, prior: &Object, config: &Value) -> Object {
        let (plugin, host) = self.next_run().await;
        let applied = applied(&host, self.of, prior, config).await;
        plugin.shut_down().await;
        applied
    }

    async fn created(&self) -> Object {
        self.applied(&Object::none(), &self.config).await
    }

    /// A plan with a value that is not known yet, and then the one of the apply.
    async fn plan_with_each_unknown(&self, prior: &Object) {
        for variation in places::variations(&self.of.block, &self.config) {
            if variation.kind != Kind::Unknown
                || self.host.validate(self.of, &variation.config).await.failed()
            {
                continue;
            }
            let what = format!("{} with unknown {}", self.of.name, variation.place);
            let first = self.host.plan(self.of, prior, &variation.config).await;
            let first = first.unwrap_or_else(|errors| panic!("{what}: {:?}", errors.errors()));
            let last = self.host.plan_final(self.of, prior, &self.config, &first).await;
            if let Err(errors) = last {
                // A namespace that turns out null would widen a binding, and is refused.
                let widens = errors.errors().iter().all(|error| error.contains("turned out null"));
                assert!(widens, "{what}, then known: {:?}", errors.errors());
            }
        }
    }

    /// A refresh finds what was applied, and neither plan has anything to do.
    async fn expect_settled(&self, object: &Object, config: &Value) {
        let (plugin, host) = self.next_run().await;
        let refreshed = host.read(self.of, object).await.expect("a refresh");
        // Private state may have the time of the refresh.
        let Object { state, identity, .. } = &refreshed;
        assert_eq!((state, identity), (&object.state, &object.identity), "a refresh of {}", self.of.name);
        let change = host.plan(self.of, object, config).await.expect("a plan");
        // Core drops the private state of such a plan.
        let planned = (&change.planned.state, &change.planned.identity);
        assert_eq!(
            planned,
            (&object.state, &object.identity),
            "a plan of {} with nothing to do",
            self.of.name
        );
        assert_eq!(change.replaced_by, []);
        plugin.shut_down().await;
    }

    /// Any change can be planned or is refused; a replacement is planned twice. Of the odd values of a place the first is tried: `configurations`
    /// has them all.
    async fn plan_each_change(&self, created: &Object) {
        let mut planned = 0;
        let mut tried = BTreeSet::new();
        for variation in places::variations(&self.of.block, &self.config) {
            if variation.kind == Kind::Odd && !tried.insert(variation.place.clone()) {
                continue;
            }
            if self.host.validate(self.of, &variation.config).await.failed() {
                continue;
            }
            let Ok(change) = self.host.plan(self.of, created, &variation.config).await else { continue };
            planned += 1;
            if change.replaced_by.is_empty() {
                continue;
            }
            let Object { private, identity, .. } = change.planned;
            let gone = Object { state: Value::Null, private, identity };
            // A protected namespace refuses its replacement here.
            drop(self.host.plan(self.of, &gone, &variation.config).await);
        }
        assert!(planned > 0, "no change of {} could be planned", self.of.name);
    }

    /// State and identity of the current version, as they are and with what is missing or too much.
    async fn upgrade(&self, object: &Object) {
        let (of, (plugin, host)) = (self.of, self.next_run().await);
        let json = to_json(&object.state);
        let upgrade = async |json: &Json| {
            let upgraded = host.upgrade(of, json.to_string().as_bytes(), of.version).await;
            upgraded.unwrap_or_else(|errors| panic!("{}: {:?}", of.name, errors.errors()))
        };
        assert_eq!(upgrade(&json).await, object.state, "{}", of.name);
        let mut more = json.clone();
        more["an_attribute_of_another_version"] = json!({"a": [1]});
        assert_eq!(upgrade(&more).await, object.state, "{}", of.name);
        for attribute in &of.block.attributes {
            let mut less = json.clone();
            less.as_object_mut().expect("an object").remove(attribute.name);
            let without = places::with(&object.state, attribute.name, Value::Null);
            assert_eq!(upgrade(&less).await, without, "{} without {}", of.name, attribute.name);
        }
        // The state of a version that had no identity: the first refresh has one.
        if let Some(schema) = &of.identity {
            let old = Object { identity: Value::Null, ..object.clone() };
            let refreshed = host.read(of, &old).await.expect("a refresh");
            assert_eq!(refreshed.identity, object.identity, "{}", of.name);
            let json = to_json(&object.identity).to_string();
            let upgraded = host.upgrade_identity(of, json.as_bytes(), schema.version).await;
            assert_eq!(upgraded.expect("an identity"), object.identity);
        }
        plugin.shut_down().await;
    }

    /// Import by id and by identity gives the object, except what only a configuration has.
    async fn import(&self, created: &Object) -> Object {
        let of = self.of;
        let Some(id) = self.sample.import else { return created.clone() };
        let mut values = self.stand.values(self.sample);
        values.retain(|name, _| !self.sample.not_imported.contains(&name.as_str()));
        let importable = config(of, &values);
        let object = self.applied(created, &importable).await;
        let mut id = id.to_owned();
        for attribute in &of.block.attributes {
            let value = object.state.member(attribute.name).as_str().unwrap_or_default();
            id = id.replace(&format!("{{{}}}", attribute.name), value);
        }
        let (plugin, host) = self.next_run().await;
        for by in [Ok(id.as_str()), Err(&object.identity)] {
            let imported = host.import(of, by).await;
            let imported = imported.unwrap_or_else(|errors| panic!("{by:?}: {:?}", errors.errors()));
            assert_eq!(imported.state, object.state, "{} by {by:?}", of.name);
            assert_eq!(imported.identity, object.identity, "{} by {by:?}", of.name);
            self.expect_settled(&imported, &importable).await;
        }
        for id in ["", "/", "a/b/c/d/e", "\0", "é", &"x".repeat(70_000)] {
            assert!(host.import(of, Ok(id)).await.is_err(), "{} has {id:?}", of.name);
        }
        plugin.shut_down().await;
        object
    }

    /// A destroy, a refresh of what is gone, and the destroy once more.
    async fn end(&self, mut object: Object) {
        let of = self.of;
        if let Some((name, value)) = &self.sample.destroy_with {
            let mut values = self.stand.values(self.sample);
            values.insert((*name).to_owned(), value.clone());
            object = self.applied(&object, &config(of, &values)).await;
        }
        let (plugin, host) = self.next_run().await;
        let change = host.plan(of, &object, &Value::Null).await;
        let change = change.unwrap_or_else(|errors| panic!("{}: {:?}", of.name, errors.errors()));
        assert!(change.planned.state.is_null());
        for _ in 0..2 {
            let gone = host.apply(of, &object, &change, &Value::Null).await;
            let gone = gone.unwrap_or_else(|(_, errors)| panic!("{}: {:?}", of.name, errors.errors()));
            assert!(gone.state.is_null(), "{}", of.name);
            let found = host.read(of, &object).await.expect("what is gone is no error");
            // A token that is revoked stays in the state, so that the next plan rotates it.
            assert!(found.state.is_null() || self.sample.import.is_none(), "{}", of.name);
        }
        plugin.shut_down().await;
    }
}

/// JSON that is read as a state is: numbers are numbers, and nothing is unknown.
#[test]
fn a_value_is_stored_as_it_was() {
    let value_type =
        value::Type::from_json(br#"["object",{"a":["list","number"],"b":"bool"}]"#).expect("a type");
    let json = json!({"a": [1, 2.5], "b": null});
    let read = value::json::decode(json.to_string().as_bytes(), &value_type).expect("it fits");
    assert_eq!(to_json(&read), json);
}
