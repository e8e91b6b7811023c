//! `examples/complete.rs` under a host that is written from the protocol: what the real ones do not show, and what older ones send.

use std::{fs, process::Command};

use child_processes::Processes;
use protocol_host::{Capabilities, Host, Object, Opened, Plugin, places};
use tfplugin::{
    Value,
    value::{Data, Number},
};

use crate::workspace::example;

/// A process of the example with an empty directory of its own.
struct Stand {
    plugin: Plugin,
    directory: Processes,
}

impl Stand {
    fn new() -> Self {
        let plugin = Plugin::start(Command::new(example("complete")));
        Self { plugin, directory: Processes::new("tfplugin-complete-").expect("a directory") }
    }

    async fn host(&self) -> Host {
        let host = Host::connect(&self.plugin).await;
        let directory = Value::string(self.directory.directory().display().to_string());
        let config = Value::mapping([("directory", directory)]);
        assert_eq!(host.configure(&config).await.errors(), [] as [String; 0]);
        host
    }

    fn write(&self, name: &str) {
        fs::write(self.directory.directory().join(name), name).expect("the directory is ours");
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.directory.directory()).expect("the directory is ours");
        let mut names: Vec<_> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

fn number(value: u64) -> Value {
    Value::Known(Data::Number(Number::from(value)))
}

fn document(name: &str) -> Value {
    Value::mapping([
        ("name", Value::string(name)),
        ("text", Value::string("hello")),
        ("secret", Value::string("hunter2")),
        ("secret_version", number(1)),
    ])
}

/// Terraform and OpenTofu before 1.11 would store the value, and report the provider as broken.
#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_stores_every_argument_gets_an_error_at_the_write_only_one() {
    let stand = Stand::new();
    let host = stand.host().await;
    let of = &host.declared().resources["text_document"];
    assert_eq!(host.validate(of, &document("a")).await.errors(), [] as [String; 0]);
    let older = host.with(Capabilities { write_only: false, deferral: false });
    let errors = older.validate(of, &document("a")).await.errors();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].starts_with("secret: Write-only argument cannot be used"), "{errors:?}");
    assert!(!errors[0].contains("hunter2"));
    let without = places::with(&document("a"), "secret", Value::Null);
    assert_eq!(older.validate(of, &without).await.errors(), [] as [String; 0]);
    stand.plugin.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_what_was_planned_and_every_place_has_an_answer() {
    let stand = Stand::new();
    let host = stand.host().await;
    let of = &host.declared().resources["text_document"];
    let config = document("a.txt");
    let change = host.plan(of, &Object::none(), &config).await.expect("a plan");
    let created = host.apply(of, &Object::none(), &change, &config).await.expect("it is created");
    assert_eq!(host.read(of, &created).await, Ok(created.clone()));
    assert_eq!(host.plan(of, &created, &config).await.expect("a plan").planned, created);
    for variation in places::variations(&of.block, &config) {
        if !host.validate(of, &variation.config).await.failed() {
            let planned = host.plan(of, &created, &variation.config).await;
            planned.unwrap_or_else(|errors| panic!("{}: {:?}", variation.place, errors.errors()));
        }
    }
    let imported = host.import(of, Err(&created.identity)).await.expect("it is imported");
    assert_eq!(imported.identity, created.identity);
    stand.plugin.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_keeps_its_limit_and_ends_when_it_is_closed() {
    let stand = Stand::new();
    let host = stand.host().await;
    for number in 0..20 {
        stand.write(&format!("{number}.txt"));
    }
    let types = (&host.declared().lists["text_document"], &host.declared().resources["text_document"]);
    let config = places::all_null(&types.0.block);
    for objects in [false, true] {
        let all = host.list(types, &config, 0, objects, usize::MAX).await;
        assert!(all.complete);
        assert_eq!(all.found.len(), 20);
        let limited = host.list(types, &config, 7, objects, usize::MAX).await;
        assert_eq!((limited.found.len(), limited.complete), (7, true));
        // A host that closes the stream early.
        assert_eq!(host.list(types, &config, 0, objects, 2).await.found.len(), 2);
    }
    // It ends with the connections: nothing of a list that was closed keeps the process.
    stand.plugin.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_ends_once_whether_it_succeeds_or_not() {
    let stand = Stand::new();
    let host = stand.host().await;
    stand.write("a");
    let of = &host.declared().actions["text_copy"];
    let copy = |name: &str| Value::mapping([("name", Value::string(name)), ("to", Value::string("b"))]);
    assert_eq!(host.plan_action(of, &places::all_unknown(&of.block)).await.errors(), [] as [String; 0]);
    let invoked = host.invoke(of, &copy("a")).await;
    assert_eq!(
        (invoked.progress, invoked.messages.errors()),
        (vec!["1 bytes of a are in b".to_owned()], vec![])
    );
    assert!(
        host.invoke(of, &copy("none")).await.messages.errors()[0].starts_with("name: none cannot be copied")
    );
    assert_eq!(stand.names(), ["a", "b"]);
    stand.plugin.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_opened_is_closed_by_the_host_or_at_the_end_of_the_process() {
    let stand = Stand::new();
    let host = stand.host().await;
    let of = &host.declared().ephemeral_resources["text_pass"];
    let config = |name: &str| Value::mapping([("name", Value::string(name)), ("word", Value::Null)]);
    let one: Opened = host.open(of, &config("one")).await.expect("it is opened");
    host.open(of, &config("other")).await.expect("it is opened");
    assert_eq!(stand.names(), ["one", "other"]);
    assert_eq!(host.close(of, &one).await.errors(), [] as [String; 0]);
    assert_eq!(stand.names(), ["other"]);
    stand.plugin.shut_down().await;
    assert_eq!(stand.directory.directory().read_dir().expect("the directory is ours").count(), 0);
}
