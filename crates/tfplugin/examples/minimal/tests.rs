//! The provider in `main.rs`, with a temporary directory as its API, in a host in memory.

use serde_json::json;
use tfplugin::testing::{Host, Stored, errors, object, with};
use tfplugin::{Provider as _, Value};

use super::{Text, TextFile};

#[test]
fn terraform_accepts_every_schema() {
    assert_eq!(Text::offers().check(), Ok(()));
}

#[tokio::test]
async fn a_file_is_created_changed_and_removed() {
    let directory = tempfile::tempdir().unwrap();
    let host = Host::<Text>::configured(&object::<Text>(&json!({"directory": directory.path()}))).await;

    // Each step is a plan, the same plan again, an apply, a refresh, and plans that find nothing to do.
    let config = object::<TextFile>(&json!({"name": "a.txt", "text": "hello"}));
    let created = host.bring_to::<TextFile>(&Stored::none(), &config).await;
    assert_eq!(created.state, object::<TextFile>(&json!({"name": "a.txt", "text": "hello", "size": 5})));
    let changed = object::<TextFile>(&json!({"name": "a.txt", "text": "hello, you"}));
    let updated = host.bring_to::<TextFile>(&created, &changed).await;

    // Somebody else removes the file: the refresh finds that.
    std::fs::remove_file(directory.path().join("a.txt")).unwrap();
    assert!(host.read::<TextFile>(&updated).await.stored.state.is_null());
    host.destroy::<TextFile>(&updated).await;
}

#[tokio::test]
async fn a_plan_shows_what_is_unknown_and_what_is_replaced() {
    let host = Host::<Text>::configured(&object::<Text>(&json!({"directory": "."}))).await;
    let config = object::<TextFile>(&json!({"name": "a.txt", "text": "hello"}));
    let planned = host.plan::<TextFile>(&Stored::none(), &with(config, "text", Value::Unknown)).await;
    assert!(errors(&planned.diagnostics).is_empty());
    assert!(planned.state.member("size").is_unknown());
}
