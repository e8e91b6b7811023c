//! Any configuration, then any other: each plan passes core's rules, each result matches its plan, and the next plan is empty.

use proptest::{
    collection::{btree_map, btree_set, vec},
    option,
    prelude::*,
    sample::subsequence,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value as Json, json};
use tfplugin::{Schema as _, Value, testing::core_rules};
use tokio::runtime::{Builder, Runtime};

use crate::{
    support::{
        host::{Stored, configured, errors, object, with},
        provider::Everything,
    },
    unknowns::settable,
};

fn word() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]{1,3}", Just("ä".to_owned()), Just("0".to_owned())]
}

fn part() -> impl Strategy<Value = Json> {
    let kind = prop_oneof![Just("wood"), Just("iron"), Just("lead")];
    (kind, option::of(word())).prop_map(|(kind, mark)| json!({"kind": kind, "mark": mark}))
}

fn port() -> impl Strategy<Value = (i64, Option<String>)> {
    (0..4_i64, option::of(word()))
}

fn ports() -> impl Strategy<Value = Json> {
    btree_set(port(), 0..4).prop_map(|ports| {
        ports.into_iter().map(|(number, purpose)| json!({"number": number, "purpose": purpose})).collect()
    })
}

prop_compose! {
    fn configuration()(
        zone in prop_oneof![Just("z1"), Just("z2")],
        simple in (word(), option::of(word()), option::of(0..9_i64), option::of(-4..4_i64)),
        wait in option::of(prop_oneof![Just("60m"), Just("1h"), Just("2h")]),
        tags in option::of(btree_set(word(), 0..3)),
        labels in option::of(btree_map(word(), word(), 0..3)),
        secrets in (option::of(word()), option::of(word())),
        main in option::of(part()),
        parts in option::of(vec(part(), 0..3)),
        named in option::of(btree_map(word(), part(), 0..3)),
        ports in option::of(ports()),
        disk in ports(),
        timeout in option::of(prop_oneof![Just("90m"), Just("1h30m"), Just("5m")]),
    ) -> Json {
        let (name, comment, size, ratio) = simple;
        let (token, password) = secrets;
        json!({
            "zone": zone, "name": name, "comment": comment, "size": size, "ratio": ratio.map(|ratio| json!(ratio)), "wait": wait,
            "tags": tags, "labels": labels, "token": token, "password": password, "main": main, "parts": parts,
            "named": named, "ports": ports, "disk": disk,
            "timeouts": timeout.map(|timeout| json!({"create": timeout})),
        })
    }
}

fn runner() -> TestRunner {
    TestRunner::new(Config { cases: 64, failure_persistence: None, ..Config::default() })
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime starts")
}

#[test]
fn any_configuration_can_be_changed_to_any_other() {
    let runtime = runtime();
    let host = runtime.block_on(configured());
    let outcome = runner().run(&(configuration(), configuration()), |(first, second)| {
        runtime.block_on(async {
            let stored = host.bring_to::<Everything>(&Stored::none(), &object::<Everything>(&first)).await;
            let stored = host.bring_to::<Everything>(&stored, &object::<Everything>(&second)).await;
            host.destroy::<Everything>(&stored).await;
        });
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

/// Terraform plans again when all values are known, and the known values of the first plan must not change.
#[test]
fn known_values_of_a_plan_are_kept_when_the_others_become_known() {
    let block = Everything::block();
    let runtime = runtime();
    let host = runtime.block_on(configured());
    let unknown = subsequence(settable(), 0..=settable().len());
    let outcome = runner().run(&(configuration(), configuration(), unknown), |(first, second, unknown)| {
        runtime.block_on(async {
            let stored = host.bring_to::<Everything>(&Stored::none(), &object::<Everything>(&first)).await;
            let known = object::<Everything>(&second);
            let open = unknown.iter().fold(known.clone(), |config, name| with(config, name, Value::Unknown));
            for prior in [&Stored::none(), &stored] {
                let before = host.plan::<Everything>(prior, &open).await;
                let after = host.plan::<Everything>(prior, &known).await;
                assert_eq!(errors(&before.diagnostics), [] as [String; 0]);
                if before.replace == after.replace {
                    let found = core_rules::result_errors(&block, &before.state, &after.state);
                    assert!(
                        !found.iter().any(|error| error.starts_with("differs")),
                        "{found:?} in {after:?}"
                    );
                }
            }
        });
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
