//! List resources and actions: streams that a host may end, and what must be in each event.

use std::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering},
};

use serde_json::json;
use tfplugin::{
    Action, Capabilities, Context, Deferral, Diagnostic, Diagnostics, Error, Found, IdentitySchema,
    ListResource, Offers, Progress, Provider, Resource, Schema, Value,
    provider::Configuration,
    testing::{Host, errors, object, warnings},
};
use tfplugin_proto::tfplugin6::{
    get_metadata, get_provider_schema, invoke_action, list_resource, stop_provider,
};
use tokio_stream::StreamExt as _;

/// A provider with a list and an action.
#[derive(Clone, Debug, Schema)]
struct Library {}

impl Provider for Library {
    type Data = ();

    async fn configure(_: LibraryPartial, _: Configuration) -> Result<(), Error> {
        Ok(())
    }

    fn offers() -> Offers<()> {
        Offers::new().resource::<Book>().list_resource::<Books>().action::<Lend>()
    }
}

/// A book.
#[derive(Clone, Debug, Schema)]
#[schema(name = "library_book")]
struct Book {
    /// Number.
    #[schema(required, replace)]
    number: i64,
    /// Title.
    #[schema(optional, computed)]
    title: Value<String>,
    /// Secret note.
    #[schema(optional, write_only)]
    note: Option<String>,
}

impl Resource for Book {
    type Provider = ();

    const CAPABILITIES: Capabilities<Self, ()> =
        Capabilities::none().identity(IdentitySchema::of(&["number"]));

    async fn create(self, _: &Context<()>) -> Result<Self, Error> {
        Ok(self)
    }

    async fn read(self, _: &Context<()>) -> Result<Option<Self>, Error> {
        Ok(Some(self))
    }

    async fn update(self, _: Self, _: &Context<()>) -> Result<Self, Error> {
        Ok(self)
    }

    async fn delete(self, _: &Context<()>) -> Result<(), Error> {
        Ok(())
    }
}

/// Lists books.
#[derive(Clone, Debug, Schema)]
struct Books {
    /// How many there are.
    #[schema(required)]
    count: i64,
    /// What goes wrong: `warns`, `fails`, `panics`, `unknown`, `hangs`.
    #[schema(optional)]
    fault: Option<String>,
}

/// How many books were looked at.
static LOOKED_AT: AtomicU64 = AtomicU64::new(0);

impl ListResource for Books {
    type Resource = Book;

    fn validate(config: &BooksPartial, report: &mut Diagnostics) {
        if config.count == Value::Known(-1) {
            report.push(Diagnostic::error("Negative", "Count from 0.").at("count"));
        }
    }

    async fn list(self, found: &Found<Book>, context: &Context<()>) -> Result<(), Error> {
        for number in 0..self.count {
            LOOKED_AT.fetch_add(1, Ordering::Relaxed);
            let title = match self.fault.as_deref() {
                Some("unknown") => Value::Unknown,
                _ if found.wants_objects() => Value::Known(format!("page of {}", found.page_size(50))),
                _ => Value::Null,
            };
            found
                .add(format!("Book \u{1b}[2J{number}"), Book { number, title, note: Some("n".to_owned()) })
                .await;
            if number == 0 && self.fault.as_deref() == Some("warns") {
                context.warn(Diagnostic::warning("Shelf is locked", "Its books are missing."));
            }
        }
        match self.fault.as_deref() {
            Some("fails") => Err(Error::new("Library closed", "Come again.")),
            Some("panics") => panic!("hunter2"),
            Some("hangs") => std::future::pending().await,
            _ => Ok(()),
        }
    }
}

/// Lends a book.
#[derive(Clone, Debug, Schema)]
#[schema(name = "library_lend")]
struct Lend {
    /// Who reads it. `nobody` is an error at plan, `thief` one at the end, `fire` a panic, and `somebody` is known later.
    #[schema(required)]
    reader: String,
}

/// Readers who were lent a book, to the end.
static LENT: Mutex<Vec<String>> = Mutex::new(Vec::new());

impl Action for Lend {
    type Provider = ();

    fn validate(config: &LendPartial, report: &mut Diagnostics) {
        if config.reader == Value::Known(String::new()) {
            report.push(Diagnostic::error("No reader", "Name one.").at("reader"));
        }
    }

    async fn plan(config: &LendPartial, context: &Context<()>) -> Result<(), Error> {
        context.warn(Diagnostic::warning("Book will be missing", "Until it is returned."));
        if config.reader == Value::Known("nobody".to_owned()) {
            return Err(Error::new("Nobody reads", "Name somebody."));
        }
        if config.reader == Value::Known("somebody".to_owned()) {
            return Err(Error::unknown_argument("Too early", "It is known later."));
        }
        Ok(())
    }

    async fn invoke(self, progress: &Progress, context: &Context<()>) -> Result<(), Error> {
        progress.report(format!("Looking up {}", self.reader)).await;
        progress.report("Stamping\u{7}").await;
        assert_ne!(self.reader, "fire", "hunter2");
        LENT.lock().expect("no test panics with it").push(self.reader.clone());
        context.warn(Diagnostic::warning("Due in a week", "Bring it back."));
        if self.reader == "thief" { Err(Error::new("Book is gone", "Look elsewhere.")) } else { Ok(()) }
    }
}

async fn host() -> Host<Library> {
    Host::configured(&object::<Library>(&json!({}))).await
}

#[tokio::test]
async fn lists_and_actions_are_advertised() {
    assert_eq!(Library::offers().check(), Ok(()));
    let mut client = host().await.client();
    let schema =
        client.get_provider_schema(get_provider_schema::Request {}).await.expect("a response").into_inner();
    let metadata = client.get_metadata(get_metadata::Request {}).await.expect("a response").into_inner();
    assert_eq!(schema.list_resource_schemas.keys().collect::<Vec<_>>(), ["library_book"]);
    assert_eq!(metadata.list_resources[0].type_name, "library_book");
    let action = schema.action_schemas["library_lend"].schema.clone();
    assert!(action.is_some_and(|schema| schema.block.is_some()), "core crashes without");
    assert_eq!(metadata.actions[0].type_name, "library_lend");
}

#[tokio::test]
async fn a_list_has_identities_and_objects_only_on_request() {
    let host = host().await;
    let config = object::<Books>(&json!({"count": 3}));
    let listing = host.list::<Books>(&config, 0, false).await;
    let names: Vec<_> = listing.objects.iter().map(|it| it.display_name.as_str()).collect();
    assert_eq!(
        (names, listing.diagnostics.len()),
        (vec!["Book \u{fffd}[2J0", "Book \u{fffd}[2J1", "Book \u{fffd}[2J2"], 0),
        "no text steers the terminal"
    );
    assert!(listing.objects.iter().all(|it| it.object.is_null()));
    let listing = host.list::<Books>(&config, 2, true).await;
    assert_eq!(listing.objects.len(), 2);
    let first = &listing.objects[0].object;
    assert_eq!(first.member("title").as_str(), Some("page of 2"), "the limit is the page");
    assert!(first.member("note").is_null(), "write-only");
}

#[tokio::test]
async fn a_limit_ends_the_work() {
    let host = host().await;
    let before = LOOKED_AT.load(Ordering::Relaxed);
    let listing = host.list::<Books>(&object::<Books>(&json!({"count": 1_000_000})), 5, false).await;
    assert_eq!(listing.objects.len(), 5);
    assert!(LOOKED_AT.load(Ordering::Relaxed) - before < 1_000, "the rest is not looked at");
}

#[tokio::test]
async fn a_host_that_closes_a_list_ends_it() {
    let request = list_resource::Request {
        type_name: "library_book".to_owned(),
        config: Some(tfplugin::testing::encode::<Books>(&object::<Books>(&json!({"count": 1_000_000})))),
        ..Default::default()
    };
    let mut events = host().await.client().list_resource(request).await.expect("a response").into_inner();
    assert!(events.next().await.is_some());
    drop(events);
    let seen = LOOKED_AT.load(Ordering::Relaxed);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(LOOKED_AT.load(Ordering::Relaxed) - seen < 1_000);
}

#[tokio::test]
async fn an_interrupt_ends_a_list() {
    let host = host().await;
    let request = list_resource::Request {
        type_name: "library_book".to_owned(),
        config: Some(tfplugin::testing::encode::<Books>(&object::<Books>(
            &json!({"count": 1, "fault": "hangs"}),
        ))),
        ..Default::default()
    };
    let mut events = host.client().list_resource(request).await.expect("a response").into_inner();
    assert!(events.next().await.is_some_and(|event| event.is_ok_and(|event| event.identity.is_some())));
    host.client().stop_provider(stop_provider::Request {}).await.expect("a response");
    let last = events.next().await.expect("an event").expect("no status");
    assert_eq!(last.diagnostic[0].summary, "List is incomplete");
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn what_was_found_before_an_error_is_listed_and_warnings_are_shown() {
    let host = host().await;
    let list = async |fault: &str| {
        host.list::<Books>(&object::<Books>(&json!({"count": 2, "fault": fault})), 0, false).await
    };
    let warned = list("warns").await;
    assert_eq!((warned.objects.len(), warnings(&warned.diagnostics).len()), (2, 1));
    let failed = list("fails").await;
    assert_eq!(
        (failed.objects.len(), errors(&failed.diagnostics)),
        (2, vec![": Library closed: Come again.".to_owned()])
    );
    let panicked = errors(&list("panics").await.diagnostics);
    assert!(
        panicked[0].contains("ListResource of library_book") && !panicked[0].contains("hunter2"),
        "{panicked:?}"
    );
    let config = object::<Books>(&json!({"count": 1, "fault": "unknown"}));
    let unknown = errors(&host.list::<Books>(&config, 0, true).await.diagnostics);
    assert_eq!(unknown.len(), 1, "an object must be known: {unknown:?}");
    let invalid = host.validate_list::<Books>(&object::<Books>(&json!({"count": -1}))).await;
    assert_eq!(errors(&invalid), ["count: Negative: Count from 0."]);
}

#[tokio::test]
async fn a_list_needs_the_provider_and_a_resource_with_an_identity() {
    let host = Host::<Library>::unconfigured();
    let found = host.list::<Books>(&object::<Books>(&json!({"count": 1})), 0, false).await;
    assert!(errors(&found.diagnostics)[0].contains("Provider is not configured"));
    let alone =
        Offers::<()>::new().list_resource::<Books>().check().expect_err("its resource is not offered");
    assert!(alone.messages()[0].detail.contains("no resource of this name with an identity"), "{alone:?}");
}

#[tokio::test]
async fn an_action_has_progress_and_exactly_one_end() {
    let host = host().await;
    let lend = |reader: &str| object::<Lend>(&json!({"reader": reader}));
    assert_eq!(warnings(&host.plan_action::<Lend>(&lend("ada")).await.0).len(), 1);
    assert_eq!(errors(&host.plan_action::<Lend>(&lend("nobody")).await.0).len(), 1);
    // Terraform validates without the values of variables, and not again.
    let invalid = ["reader: No reader: Name one."];
    assert_eq!(errors(&host.validate_action::<Lend>(&lend("")).await), invalid);
    assert_eq!(errors(&host.plan_action::<Lend>(&lend("")).await.0), invalid);
    let (progress, messages) = host.invoke::<Lend>(&lend("")).await;
    assert_eq!((progress.len(), errors(&messages)), (0, invalid.map(str::to_owned).to_vec()));
    let (progress, messages) = host.invoke::<Lend>(&lend("ada")).await;
    assert_eq!(progress, ["Looking up ada", "Stamping\u{fffd}"]);
    assert_eq!((warnings(&messages).len(), errors(&messages).len()), (1, 0));
    let (progress, messages) = host.invoke::<Lend>(&lend("thief")).await;
    assert_eq!((progress.len(), warnings(&messages).len(), errors(&messages).len()), (2, 1, 1));
    let (_, messages) = host.invoke::<Lend>(&lend("fire")).await;
    let panicked = errors(&messages);
    assert!(
        panicked[0].contains("InvokeAction of library_lend") && !panicked[0].contains("hunter2"),
        "{panicked:?}"
    );
    let (_, messages) = Host::<Library>::unconfigured().invoke::<Lend>(&lend("ada")).await;
    assert!(errors(&messages)[0].contains("Provider is not configured"));
    assert_eq!(Host::<Library>::unconfigured().plan_action::<Lend>(&lend("nobody")).await, (vec![], None));
}

#[tokio::test]
async fn an_action_that_waits_is_deferred_where_the_host_allows_it() {
    let config = object::<Lend>(&json!({"reader": "somebody"}));
    for (host, expected) in [(host().await, None), (host().await.with_deferral(), Some(Deferral::Arguments))]
    {
        let (messages, deferred) = host.plan_action::<Lend>(&config).await;
        assert_eq!((errors(&messages).len(), warnings(&messages).len(), deferred), (0, 1, expected));
    }
}

#[tokio::test]
async fn an_action_runs_to_its_end_without_its_host() {
    let request = invoke_action::Request {
        action_type: "library_lend".to_owned(),
        config: Some(tfplugin::testing::encode::<Lend>(&object::<Lend>(&json!({"reader": "bob"})))),
        ..Default::default()
    };
    let mut events = host().await.client().invoke_action(request).await.expect("a response").into_inner();
    assert!(events.next().await.is_some());
    drop(events);
    while !LENT.lock().expect("no test panics with it").contains(&"bob".to_owned()) {
        tokio::task::yield_now().await;
    }
}
