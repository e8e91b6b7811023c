//! The lifecycle of one object of every shape: created, changed, replaced, imported, upgraded, destroyed.

use serde_json::{Value as Json, json};
use tfplugin::{Schema, Value, value::Data};

use crate::support::{
    host::{Host, Stored, configured, errors, object},
    provider::{Everything, Faulty, Versioned, vanish},
};

/// A configuration with all attributes.
pub(crate) fn full() -> Json {
    json!({
        "zone": "z1", "name": "full", "ratio": 0.1, "wait": "60m", "tags": ["b", "a"], "labels": {"k": "v"},
        "token": "t", "password": "hunter2",
        "main": {"kind": "wood"},
        "parts": [{"kind": "iron", "mark": "m"}, {"kind": "lead"}],
        "named": {"x": {"kind": "wood"}, "y": {"kind": "iron"}},
        "ports": [{"number": 2, "purpose": "p"}, {"number": 1}],
        "disk": [{"number": 7}],
        "timeouts": {"create": "90m"},
    })
}

/// A configuration with the required attributes only.
pub(crate) fn least() -> Json {
    json!({"zone": "z1", "name": "least"})
}

/// The same configuration with some changed members.
pub(crate) fn changed(base: &Json, changes: &Json) -> Json {
    let mut config = base.clone();
    let members = config.as_object_mut().expect("a configuration is an object");
    members.extend(changes.as_object().expect("changes are an object").clone());
    config
}

#[tokio::test]
async fn an_object_of_every_shape_is_created_read_and_destroyed() {
    let host = configured().await;
    for config in [least(), full()] {
        let config = object::<Everything>(&config);
        let stored = host.bring_to::<Everything>(&Stored::none(), &config).await;
        assert!(!stored.private.is_empty(), "the private state was kept");
        assert_eq!(stored.state.member("comment"), &Value::string("made at home"));
        assert_eq!(stored.state.member("password"), &Value::Null, "what is write-only is not stored");
        host.destroy::<Everything>(&stored).await;
        let gone = host.read::<Everything>(&stored).await;
        assert_eq!((gone.stored.state, gone.diagnostics), (Value::Null, vec![]));
        host.destroy::<Everything>(&stored).await;
    }
}

#[tokio::test]
async fn a_write_only_value_reaches_create_and_nothing_else() {
    let host = configured().await;
    let stored = host.bring_to::<Everything>(&Stored::none(), &object::<Everything>(&full())).await;
    assert_eq!(
        stored.state.member("password_length"),
        object::<Everything>(&json!({"password_length": 7})).member("password_length")
    );
}

#[tokio::test]
async fn every_change_in_place_is_carried_out() {
    let host = configured().await;
    for base in [least(), full()] {
        for change in [
            json!({"name": "other"}),
            json!({"comment": "mine"}),
            json!({"size": 6}),
            json!({"ratio": 2}),
            json!({"wait": "2h"}),
            json!({"tags": []}),
            json!({"tags": null}),
            json!({"labels": {"k": "w", "l": ""}}),
            json!({"token": "u"}),
            json!({"main": null}),
            json!({"main": {"kind": "iron", "mark": "m"}}),
            json!({"parts": [{"kind": "gold"}, {"kind": "lead", "mark": "n"}]}),
            json!({"parts": [{"kind": "wood"}, {"kind": "lead"}, {"kind": "lead"}]}),
            json!({"named": {"z": {"kind": "wood"}}}),
            json!({"ports": [{"number": 3}]}),
            json!({"disk": [{"number": 8}, {"number": 9, "purpose": "q"}]}),
            json!({"timeouts": {"create": "5m"}}),
        ] {
            let before = host.bring_to::<Everything>(&Stored::none(), &object::<Everything>(&base)).await;
            let config = object::<Everything>(&changed(&base, &change));
            let after = host.bring_to::<Everything>(&before, &config).await;
            assert_eq!(after.state.member("id"), before.state.member("id"), "{change}");
            if config != object::<Everything>(&base) {
                assert_ne!(after.state.member("revision"), before.state.member("revision"), "{change}");
            }
        }
    }
}

#[tokio::test]
async fn a_change_that_requires_replacement_replaces_the_object() {
    let host = configured().await;
    for (change, path) in [
        (json!({"zone": "z2"}), "zone"),
        (json!({"parts": [{"kind": "iron"}, {"kind": "gold"}]}), "parts[1].kind"),
        (json!({"parts": [{"kind": "iron"}]}), "parts[1].kind"),
    ] {
        let before = host.bring_to::<Everything>(&Stored::none(), &object::<Everything>(&full())).await;
        let config = object::<Everything>(&changed(&full(), &change));
        let planned = host.plan::<Everything>(&before, &config).await;
        assert_eq!(planned.replace.iter().map(ToString::to_string).collect::<Vec<_>>(), [path]);
        assert_eq!(planned.state.member("id"), &Value::Unknown, "a new object has a new id");
        let after = host.bring_to::<Everything>(&before, &config).await;
        assert_ne!(after.state.member("id"), before.state.member("id"));
    }
}

#[tokio::test]
async fn an_equal_value_in_another_spelling_changes_nothing_and_keeps_its_spelling() {
    let host = configured().await;
    let stored = host.bring_to::<Everything>(&Stored::none(), &object::<Everything>(&full())).await;
    assert_eq!(stored.state.member("wait"), &Value::string("60m"), "the API returned 1h");
    for same in [
        json!({"wait": "1h"}),
        json!({"tags": ["a", "b"]}),
        json!({"ports": [{"number": 1}, {"number": 2, "purpose": "p"}]}),
        json!({"timeouts": {"create": "1h30m"}}),
        json!({"password": "another, which is sensitive"}),
        json!({"ratio": 0.10}),
    ] {
        host.expect_no_change::<Everything>(&stored, &object::<Everything>(&changed(&full(), &same))).await;
    }
}

#[tokio::test]
async fn a_removed_attribute_gets_its_default() {
    let host = configured().await;
    let six = object::<Everything>(&changed(&least(), &json!({"size": 6})));
    let stored = host.bring_to::<Everything>(&Stored::none(), &six).await;
    let stored = host.bring_to::<Everything>(&stored, &object::<Everything>(&least())).await;
    assert_eq!(stored.state.member("size"), object::<Everything>(&json!({"size": 5})).member("size"));
}

#[tokio::test]
async fn an_import_reads_the_created_object() {
    let host = configured().await;
    let config = object::<Everything>(&full());
    let created = host.bring_to::<Everything>(&Stored::none(), &config).await;
    let Value::Known(Data::String(id)) = created.state.member("id").clone() else {
        panic!("an object has an id")
    };
    let imported = host.import::<Everything>(&id).await.expect("it exists");
    for name in
        Everything::block().attributes.iter().map(|attribute| attribute.name).filter(|name| *name != "wait")
    {
        assert_eq!(imported.state.member(name), created.state.member(name), "{name}");
    }
    let unknown = host.import::<Everything>("nothing").await.expect_err("it does not exist");
    assert_eq!(unknown, [": No such object: There is no object \"nothing\"."]);
    let gone = host.import::<Faulty>("gone").await.expect_err("the refresh does not find it");
    assert!(gone[0].contains("Cannot import non-existent remote object"), "{gone:?}");
    vanish(&id);
    assert_eq!(host.read::<Everything>(&created).await.stored.state, Value::Null);
}

#[tokio::test]
async fn stored_state_is_read_leniently_and_other_versions_are_rejected() {
    let host = Host::unconfigured();
    let state = host
        .upgrade::<Everything>(0, r#"{"id":"1","zone":"z","name":"n","dropped":{"by":"us"},"size":5}"#)
        .await;
    let state = state.expect("state of the same version is read");
    assert_eq!(state, object::<Everything>(&json!({"id": "1", "zone": "z", "name": "n", "size": 5})));
    let again = json!({"id": "1", "zone": "z", "name": "n", "size": 5, "password": "leaked"}).to_string();
    assert_eq!(
        host.upgrade::<Everything>(0, &again).await,
        Ok(state),
        "upgrading is idempotent, and drops what is write-only"
    );
    assert!(host.upgrade::<Everything>(7, "{}").await.expect_err("unknown version")[0].contains("version 7"));
    for (stored, expected) in [
        ("[", "does not fit its schema: it is not the JSON that the type needs (line 1, column 1). It was"),
        (r#"{"size":"many"}"#, "does not fit its schema: size: a number was expected. It was"),
    ] {
        let errors = host.upgrade::<Everything>(0, stored).await.expect_err(stored);
        assert!(errors[0].contains(expected), "the place once, and none for the whole: {errors:?}");
    }
    assert_eq!(host.upgrade::<Everything>(0, "null").await, Ok(Value::Null));
}

#[tokio::test]
async fn state_that_does_not_fit_the_schema_is_an_error_with_the_cause() {
    let host = configured().await;
    let stored = Stored::new(object::<Everything>(&json!({"id": "1", "name": "n"})), vec![]);
    let read = host.read::<Everything>(&stored).await;
    let found = errors(&read.diagnostics);
    assert!(
        found[0].starts_with("zone: State cannot be understood: ") && found[0].contains("terraform state rm"),
        "{found:?}"
    );
}

#[tokio::test]
async fn state_of_every_older_version_is_upgraded_and_planned_empty() {
    let host = configured().await;
    let config = object::<Versioned>(&json!({"name": "n"}));
    for (version, stored) in
        [(0, r#"{"title":"n"}"#), (1, r#"{"label":"n"}"#), (2, r#"{"name":"n","length":1}"#)]
    {
        let state = host.upgrade::<Versioned>(version, stored).await.expect("it has an upgrade");
        let length = if version == 2 { json!(1) } else { Json::Null };
        assert_eq!(state, object::<Versioned>(&json!({"name": "n", "length": length})), "{version}");
        let read = host.read::<Versioned>(&Stored::new(state, vec![])).await;
        host.expect_no_change::<Versioned>(&read.stored, &config).await;
    }
    let missing = host.upgrade::<Versioned>(0, r#"{"label":"n"}"#).await.expect_err("version 0 has a title");
    assert_eq!(missing, [": Name is missing: The state has no name."]);
    for version in [3, -1] {
        let newer = host.upgrade::<Versioned>(version, "{}").await.expect_err("a version that is unknown");
        assert!(newer[0].contains(&format!("version {version}")), "{newer:?}");
    }
    assert!(host.upgrade::<Versioned>(0, "[").await.expect_err("no JSON")[0].contains("terraform state rm"));
}

#[tokio::test]
async fn an_object_of_another_type_moves_if_the_resource_supports_it() {
    let host = Host::unconfigured();
    let other = ("registry.terraform.io/acme/other", "other_thing");
    let stored = r#"{"metadata":{"name":"n"}}"#;
    let moved = host.move_from::<Versioned>(other, 3, stored).await;
    let expected = Stored::new(object::<Versioned>(&json!({"name": "n"})), vec![]);
    assert_eq!(moved, Ok((expected.clone(), vec![])), "without the private state of the other type");
    let (moved, warnings) = host
        .move_from::<Versioned>(other, 3, r#"{"metadata":{"name":"n"},"timeouts":{}}"#)
        .await
        .expect("it can be moved");
    assert_eq!((moved, warnings), (expected, vec![": Timeouts are not moved: Set them again.".to_owned()]));
    let version = host.move_from::<Versioned>(other, 2, stored).await.expect_err("another version");
    assert!(version[0].contains("Version 2 of other_thing cannot be moved"), "{version:?}");
    for source in [("registry.terraform.io/acme/third", "other_thing"), (other.0, "other_part")] {
        let rejected = host.move_from::<Versioned>(source, 3, stored).await.expect_err("another type");
        assert!(rejected[0].contains("cannot become a test_versioned"), "{rejected:?}");
    }
}

#[tokio::test]
async fn the_same_type_of_a_provider_with_another_address_is_upgraded() {
    let host = Host::unconfigured();
    for address in ["registry.opentofu.org/acme/test", "registry.terraform.io/other/test", "test"] {
        for (version, stored) in [(0, r#"{"title":"n"}"#), (2, r#"{"name":"n"}"#)] {
            let (moved, _) = host
                .move_from::<Versioned>((address, "test_versioned"), version, stored)
                .await
                .expect("it is the same type");
            let state = object::<Versioned>(&json!({"name": "n"}));
            assert_eq!(moved, Stored::new(state, b"{\"theirs\":1}".to_vec()), "with its private state");
        }
        let newer = host.move_from::<Versioned>((address, "test_versioned"), 3, "{}").await;
        assert!(newer.expect_err("an unknown version")[0].contains("version 3"));
    }
    // A resource without the capability too.
    let moved = host
        .move_from::<Everything>(("registry.opentofu.org/acme/test", "test_everything"), 0, r#"{"id":"1"}"#)
        .await;
    assert!(moved.is_ok(), "{moved:?}");
}
