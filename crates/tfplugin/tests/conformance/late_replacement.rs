//! A value that replaces is unknown in the plan: nothing is destroyed by that, whatever it turns out to be.

use serde_json::{Value as Json, json};
use tfplugin::{Schema, Value, testing::core_rules};

use crate::{
    lifecycle::{changed, full},
    support::{
        host::{Applied, Host, Stored, configured, errors, object, warnings, with},
        provider::{Everything, Faulty, exists},
    },
};

/// Plans with a configuration that is unknown in parts, then with the known one, as an apply does, and applies. `None` if core
/// applies nothing.
async fn resolve<S: Schema>(host: &Host, prior: &Stored, open: &Value, known: &Value) -> Option<Applied> {
    let first = host.plan::<S>(prior, open).await;
    assert_eq!((errors(&first.diagnostics), first.replace), (vec![], vec![]), "an update in place");
    let second = host.plan_again::<S>(prior, known, first.private).await;
    assert_eq!((errors(&second.diagnostics), second.replace.clone()), (vec![], vec![]), "still in place");
    let found = core_rules::result_errors(&S::block(), &first.state, &second.state);
    assert!(
        !found.iter().any(|error| error.starts_with("differs")),
        "{found:?}: {first:?}",
        first = first.state
    );
    if second.state == prior.state {
        return None;
    }
    Some(host.apply::<S>(prior, &second, known).await)
}

fn id_of(stored: &Stored) -> String {
    stored.state.member("id").as_str().expect("an object has an id").to_owned()
}

/// Each change that replaces, as the name of the attribute and the change.
fn replacing_changes() -> [(&'static str, Json); 3] {
    [
        ("zone", json!({"zone": "z2"})),
        ("parts", json!({"parts": [{"kind": "iron"}, {"kind": "gold"}]})),
        ("parts", json!({"parts": [{"kind": "iron"}]})),
    ]
}

#[tokio::test]
async fn a_value_that_turns_out_to_be_the_same_changes_nothing() {
    let host = configured().await;
    let known = object::<Everything>(&full());
    let stored = host.bring_to::<Everything>(&Stored::none(), &known).await;
    for (name, _) in replacing_changes() {
        let open = with(known.clone(), name, Value::Unknown);
        let first = host.plan::<Everything>(&stored, &open).await;
        let warned = warnings(&first.diagnostics);
        let own: Vec<_> = warned.iter().filter(|warning| warning.contains("may be replaced")).collect();
        assert!(
            own.len() == 1 && own[0].starts_with(&format!("{name}: test_everything may be")),
            "{warned:?}"
        );
        for computed in ["id", "revision", "comment"] {
            assert_eq!(first.state.member(computed), &Value::Unknown, "{name}: {computed}");
        }
        // Hosts that keep planned private state, and those that do not.
        for planned_private in [first.private, vec![]] {
            let second = host.plan_again::<Everything>(&stored, &known, planned_private).await;
            assert_eq!((second.state, second.replace), (stored.state.clone(), vec![]));
        }
        assert!(resolve::<Everything>(&host, &stored, &open, &known).await.is_none());
    }
}

#[tokio::test]
async fn a_value_that_turns_out_to_be_another_one_creates_before_it_deletes() {
    let host = configured().await;
    for (name, change) in replacing_changes() {
        let stored = host.bring_to::<Everything>(&Stored::none(), &object::<Everything>(&full())).await;
        let known = object::<Everything>(&changed(&full(), &change));
        let open = with(known.clone(), name, Value::Unknown);
        let applied = resolve::<Everything>(&host, &stored, &open, &known).await.expect("it changes");
        assert_eq!(errors(&applied.diagnostics), [] as [String; 0]);
        let replaced = warnings(&applied.diagnostics);
        assert!(replaced.len() == 1 && replaced[0].contains("test_everything was replaced"), "{replaced:?}");
        let (before, after) = (id_of(&stored), id_of(&applied.stored));
        assert_ne!(before, after, "{change}");
        assert_eq!((exists(&before), exists(&after)), (false, true), "{change}");
        host.expect_no_change::<Everything>(&applied.stored, &known).await;
        assert!(!String::from_utf8_lossy(&applied.stored.private).contains("tfplugin"), "only the author's");
    }
}

#[tokio::test]
async fn a_host_without_planned_private_state_plans_the_replacement_and_rejects_it() {
    let host = configured().await;
    let stored = host.bring_to::<Everything>(&Stored::none(), &object::<Everything>(&full())).await;
    for (_, change) in replacing_changes() {
        let known = object::<Everything>(&changed(&full(), &change));
        let second = host.plan::<Everything>(&stored, &known).await;
        assert_eq!(second.replace.len(), 1, "core reports it: the first plan was an update");
        assert!(exists(&id_of(&stored)));
    }
}

#[tokio::test]
async fn a_known_change_replaces_whatever_else_is_unknown() {
    let host = configured().await;
    let stored = host.bring_to::<Everything>(&Stored::none(), &object::<Everything>(&full())).await;
    let moved = object::<Everything>(&changed(&full(), &json!({"zone": "z2"})));
    let planned = host.plan::<Everything>(&stored, &with(moved, "parts", Value::Unknown)).await;
    assert_eq!(planned.replace.iter().map(ToString::to_string).collect::<Vec<_>>(), ["zone"]);
    assert!(!warnings(&planned.diagnostics).iter().any(|warning| warning.contains("may be replaced")));
}

/// A faulty object at one place whose configuration puts it at another one.
async fn resolve_faulty(before: &str, after: &str) -> (Stored, Option<Applied>) {
    let host = configured().await;
    let state = object::<Faulty>(&json!({"id": "i", "fault": before, "comment": "c", "place": "here"}));
    let prior = Stored::new(state, br#"{"a":1}"#.to_vec());
    let known = object::<Faulty>(&json!({"fault": after, "comment": "c", "place": "there"}));
    let open = with(known.clone(), "place", Value::Unknown);
    let applied = resolve::<Faulty>(&host, &prior, &open, &known).await;
    (prior, applied)
}

#[tokio::test]
async fn whatever_fails_both_objects_are_in_the_state_or_named() {
    let (prior, applied) = resolve_faulty("none", "fail").await;
    let applied = applied.expect("it changes");
    assert_eq!(applied.stored, prior, "nothing was created");
    assert_eq!(errors(&applied.diagnostics), [": It failed: Before anything was made."]);

    for (before, after, why) in [
        ("none", "fail_after_record", "was not deleted, because the new object has an error"),
        ("none", "panic_after_record", "was not deleted, because the new object has an error"),
        ("delete_fails", "delete_fails", "could not be deleted"),
    ] {
        let applied = resolve_faulty(before, after).await.1.expect("it changes");
        assert_eq!(applied.stored.state.member("place"), &Value::string("there"), "{after}");
        let found = errors(&applied.diagnostics);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[1].starts_with(": Prior test_faulty remains: "), "{found:?}");
        assert!(found[1].contains(r#"(id = "i", place = "here")"#) && found[1].contains(why), "{found:?}");
    }
}

#[tokio::test]
async fn an_end_that_is_refused_is_refused_before_anything_is_created() {
    let host = configured().await;
    let state = object::<Faulty>(&json!({"id": "i", "fault": "destroy_plan_fails", "place": "here"}));
    let prior = Stored::new(state, vec![]);
    let known = object::<Faulty>(&json!({"fault": "destroy_plan_fails", "place": "there"}));
    let open = with(known.clone(), "place", Value::Unknown);
    let first = host.plan::<Faulty>(&prior, &open).await;
    assert_eq!(errors(&first.diagnostics), [] as [String; 0], "it may turn out to be the same");
    let second = host.plan_again::<Faulty>(&prior, &known, first.private).await;
    assert_eq!(errors(&second.diagnostics), [": Not yet: It is needed."]);
}

#[tokio::test]
async fn an_attribute_that_the_author_names_is_no_exception() {
    let host = configured().await;
    let stored = |comment: &str| {
        let state = json!({"id": "i", "fault": "comment_replaces", "comment": comment});
        Stored::new(object::<Faulty>(&state), vec![])
    };
    let known = object::<Faulty>(&json!({"fault": "comment_replaces", "comment": "new"}));
    let open = with(known.clone(), "comment", Value::Unknown);
    assert!(resolve::<Faulty>(&host, &stored("new"), &open, &known).await.is_none());
    let applied = resolve::<Faulty>(&host, &stored("old"), &open, &known).await.expect("it changes");
    assert_eq!(applied.stored.state.member("id"), &Value::string("made"), "a new object");
    let planned = host.plan::<Faulty>(&stored("old"), &known).await;
    assert_eq!(planned.replace.len(), 1, "a known change replaces");
}
