//! A provider with one type of every kind, and with resources that misbehave on purpose. Its objects are in memory.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use secrecy::{ExposeSecret as _, SecretString};
use tfplugin::{
    Capabilities, Context, DataSource, Diagnostic, Diagnostics, Error, Function, FunctionError, Import,
    ImportResource, MoveResource, MoveSource, Offers, Plan, PlanDestroy, Provider, Resource, Schema,
    StoredState, Timeouts, UpgradeResource, Value, provider::Configuration, value::Number,
};
use tokio::sync::Notify;

use super::{lease::Lease, sealed::Sealed, wearing::Wearing};

/// Objects by id.
static STORE: LazyLock<Mutex<BTreeMap<String, Everything>>> = LazyLock::new(Mutex::default);

/// A provider for tests.
#[derive(Clone, Debug, Schema)]
pub(crate) struct TestProvider {
    /// Region of the objects. `"broken"` fails.
    #[schema(optional)]
    pub(crate) region: Value<String>,
}

/// Client of the provider, from its configuration.
#[derive(Debug)]
pub(crate) struct Backend {
    region: Value<String>,
}

impl Backend {
    pub(crate) fn region(&self) -> Result<&str, Error> {
        match &self.region {
            Value::Unknown => {
                Err(Error::unknown_configuration("Region unknown", "The region is known only after apply."))
            }
            Value::Null => Ok("home"),
            Value::Known(region) => Ok(region),
        }
    }
}

impl Provider for TestProvider {
    type Data = Backend;

    fn validate(config: &TestProviderPartial, report: &mut Diagnostics) {
        if config.region == Value::Known("nowhere".to_owned()) {
            report.push(Diagnostic::error("No such region", "Write \"home\".").at("region"));
        }
    }

    async fn configure(config: TestProviderPartial, _: Configuration) -> Result<Backend, Error> {
        if config.region == Value::Known("broken".to_owned()) {
            return Err(Error::new("Region is broken", "Write \"home\".").at("region"));
        }
        Ok(Backend { region: config.region })
    }

    fn offers() -> Offers<Backend> {
        Offers::new()
            .resource::<Everything>()
            .resource::<Faulty>()
            .resource::<Sealed>()
            .resource::<Versioned>()
            .resource::<Wearing>()
            .data_source::<Echo>()
            .ephemeral_resource::<Lease>()
            .function::<Join>()
    }
}

/// A resource with attributes of every kind.
#[derive(Clone, Debug, Schema)]
#[schema(name = "test_everything")]
pub(crate) struct Everything {
    /// Identity.
    #[schema(computed)]
    id: Value<String>,
    /// Counts the updates.
    #[schema(computed)]
    revision: Value<i64>,
    /// A change requires replacement.
    #[schema(required, replace)]
    zone: String,
    /// At most ten letters.
    #[schema(required, validate(short))]
    name: String,
    /// Free text. Default: a text of the provider.
    #[schema(optional, computed)]
    comment: Value<String>,
    /// How many.
    #[schema(optional, computed, default = 5)]
    size: Value<i64>,
    /// A fraction.
    #[schema(optional)]
    ratio: Option<Number>,
    /// How long to wait.
    #[schema(optional, same = tfplugin::duration::same)]
    wait: Option<String>,
    /// Words in order.
    #[schema(optional, validate_each(short))]
    steps: Option<Vec<String>>,
    /// Words without order.
    #[schema(optional, validate_each(short))]
    tags: Option<BTreeSet<String>>,
    /// Words by name.
    #[schema(optional, validate_each(short))]
    labels: Option<BTreeMap<String, String>>,
    /// A secret that is stored.
    #[schema(optional, sensitive)]
    token: Option<SecretString>,
    /// A secret that is not.
    #[schema(optional, sensitive, write_only)]
    password: Option<SecretString>,
    /// Length of the configured password, if any.
    #[schema(computed)]
    password_length: Value<i64>,
    /// One part.
    #[schema(optional)]
    main: Option<Part>,
    /// Parts in order.
    #[schema(optional)]
    parts: Option<Vec<Part>>,
    /// Parts by name.
    #[schema(optional)]
    named: Option<BTreeMap<String, Part>>,
    /// Ports without order.
    #[schema(optional)]
    ports: Option<BTreeSet<Port>>,
    /// Disks.
    #[schema(block)]
    disk: Vec<Port>,
    #[schema(block)]
    timeouts: Option<Timeouts>,
}

/// A part.
#[derive(Clone, Debug, PartialEq, Schema)]
pub(crate) struct Part {
    /// What it is.
    #[schema(required, replace_if = leaves_lead)]
    kind: String,
    /// Its mark. Default: a mark of the provider.
    #[schema(optional, computed)]
    mark: Value<String>,
    /// Set by the provider.
    #[schema(computed)]
    serial: Value<String>,
    /// A secret that is not stored.
    #[schema(optional, write_only)]
    secret: Option<String>,
    /// Length of the secret, if any.
    #[schema(computed)]
    secret_length: Value<i64>,
}

/// A port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Schema)]
pub(crate) struct Port {
    /// Its number.
    #[schema(required)]
    number: i64,
    /// What it is for.
    #[schema(optional)]
    purpose: Option<String>,
    /// Who may use it.
    #[schema(optional, validate_each(short))]
    users: Option<Vec<String>>,
}

fn short(text: &str) -> Result<(), String> {
    if text.len() <= 10 {
        Ok(())
    } else {
        Err("It is longer than ten letters. Write a shorter one.".to_owned())
    }
}

/// A change from lead requires replacement.
fn leaves_lead(prior: &Value, _: &Value) -> bool {
    *prior == Value::string("lead")
}

impl Resource for Everything {
    type Provider = Backend;

    const CAPABILITIES: Capabilities<Self, Backend> = Capabilities::none().import::<Self>();

    fn validate(config: &EverythingPartial, report: &mut Diagnostics) {
        if config.name == config.zone && config.name.as_known().is_some() {
            report.push(Diagnostic::error("Name is the zone's", "Choose another name.").at("name"));
        }
    }

    async fn plan(plan: &mut Plan<Self>, context: &Context<Backend>) -> Result<(), Error> {
        if let Some(prior) = &plan.prior {
            plan.planned.id = prior.id.clone();
        }
        let region = context.provider().region()?;
        if plan.config.comment.is_null() {
            plan.planned.comment = Value::Known(format!("made at {region}"));
        }
        context.warn(Diagnostic::warning("Something changes", "This is only a test."));
        Ok(())
    }

    async fn create(mut self, context: &Context<Backend>) -> Result<Self, Error> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let region = context.provider().region()?;
        self.id = Value::Known(format!("{}", NEXT.fetch_add(1, Ordering::Relaxed)));
        self.revision = Value::Known(1);
        if self.comment.as_known().is_none() {
            self.comment = Value::Known(format!("made at {region}"));
        }
        context.set_private_state("made", &true);
        Ok(self.finish())
    }

    async fn read(self, context: &Context<Backend>) -> Result<Option<Self>, Error> {
        context.provider().region()?;
        let found =
            STORE.lock().expect("no test panics while it holds the store").get(&id(&self.id)).cloned();
        Ok(found.map(|found| Self { timeouts: self.timeouts, ..found }))
    }

    async fn update(mut self, prior: Self, context: &Context<Backend>) -> Result<Self, Error> {
        let region = context.provider().region()?;
        self.revision = prior.revision.map(|revision| revision + 1);
        if self.comment.is_unknown() {
            self.comment = Value::Known(format!("made at {region}"));
        }
        Ok(self.finish())
    }

    async fn delete(self, _: &Context<Backend>) -> Result<(), Error> {
        STORE.lock().expect("no test panics while it holds the store").remove(&id(&self.id));
        Ok(())
    }
}

impl ImportResource<Backend> for Everything {
    async fn import(from: Import, context: &Context<Backend>) -> Result<Self, Error> {
        context.provider().region()?;
        let Import::Id(wanted) = from else { return Err(Error::new("Import by id only", "Write an id.")) };
        let found = STORE.lock().expect("no test panics while it holds the store").get(&wanted).cloned();
        found.ok_or_else(|| Error::new("No such object", format!("There is no object {wanted:?}.")))
    }
}

impl Everything {
    /// Sets the computed values, and stores the object.
    fn finish(mut self) -> Self {
        let length = self.password.as_ref().map(|password| password.expose_secret().len());
        self.password_length = length.and_then(|length| i64::try_from(length).ok()).into();
        let serial = id(&self.id);
        self.main = self.main.map(|part| part.finished(&serial, "main"));
        self.parts = self.parts.map(|parts| {
            (0..)
                .zip(parts)
                .map(|(index, part): (usize, Part)| part.finished(&serial, &index.to_string()))
                .collect()
        });
        self.named = self.named.map(|named| {
            named.into_iter().map(|(key, part)| (key.clone(), part.finished(&serial, &key))).collect()
        });
        // An API may return sets and durations in another form.
        self.wait = self.wait.map(|wait| if wait == "60m" { "1h".to_owned() } else { wait });
        STORE.lock().expect("no test panics while it holds the store").insert(serial, self.clone());
        self
    }
}

impl Part {
    /// Returns the secret too, as a careless author would: the framework removes it.
    fn finished(mut self, owner: &str, place: &str) -> Self {
        self.serial = Value::Known(format!("{owner}/{place}"));
        let length = self.secret.as_ref().and_then(|secret| i64::try_from(secret.len()).ok());
        self.secret_length = length.into();
        if self.mark.as_known().is_none() {
            self.mark = Value::Known("plain".to_owned());
        }
        self
    }
}

fn id(id: &Value<String>) -> String {
    id.as_known().cloned().unwrap_or_default()
}

/// Whether an object exists.
pub(crate) fn exists(id: &str) -> bool {
    STORE.lock().expect("no test panics while it holds the store").contains_key(id)
}

/// Deletes an object as another client.
pub(crate) fn vanish(id: &str) {
    STORE.lock().expect("no test panics while it holds the store").remove(id);
}

/// Has the fault that its configuration names.
#[derive(Clone, Debug, Schema)]
#[schema(name = "test_faulty")]
pub(crate) struct Faulty {
    /// Identity.
    #[schema(computed)]
    id: Value<String>,
    /// What goes wrong: `fail`, `fail_after_record`, `panic`, `panic_after_record`, `hang`, `slow`, `differ`, `unknown`,
    /// `plan_panics`, `plan_differs`, `plan_unknown_attribute`, `comment_replaces`, `remembers`, `read_panics`, `read_fails`, `delete_fails`,
    /// `destroy_plan_warns`, `destroy_plan_fails`, `destroy_plan_waits`, `plan_waits`.
    #[schema(required)]
    fault: String,
    /// Something to change.
    #[schema(optional)]
    comment: Option<String>,
    /// Something to change, sensitive.
    #[schema(optional, sensitive)]
    secret: Option<SecretString>,
    /// A change makes a new object.
    #[schema(optional, replace)]
    place: Option<String>,
}

/// Where `slow` waits, and what it has finished.
pub(crate) static GATE: LazyLock<Arc<Notify>> = LazyLock::new(Arc::default);
/// How often `slow` was finished.
pub(crate) static SLOW_DONE: AtomicU64 = AtomicU64::new(0);
/// Notified when `hang` has begun.
pub(crate) static HANGING: LazyLock<Arc<Notify>> = LazyLock::new(Arc::default);
/// Notified when `slow` has begun.
pub(crate) static SLOW_BEGUN: LazyLock<Arc<Notify>> = LazyLock::new(Arc::default);

impl Resource for Faulty {
    type Provider = Backend;

    const CAPABILITIES: Capabilities<Self, Backend> =
        Capabilities::none().import::<Self>().plan_destroy::<Self>();

    async fn plan(plan: &mut Plan<Self>, context: &Context<Backend>) -> Result<(), Error> {
        match plan.planned.fault.as_known().map(String::as_str) {
            Some("plan_panics") => panic!("the plan hook panics"),
            Some("plan_differs") => plan.planned.comment = Value::Known("another".to_owned()),
            Some("plan_waits") => return Err(Error::unknown_argument("Too early", "It is known later.")),
            Some("plan_unknown_attribute") => plan.require_replace("nothing"),
            // A rule that the schema cannot express.
            Some("comment_replaces") => plan.require_replace("comment"),
            Some("remembers") => {
                if let Some(first) = context.planned_private::<String>("plan") {
                    context.warn(Diagnostic::warning("Planned before", first));
                }
                context.set_planned_private("plan", &"the first");
            }
            _ => {}
        }
        Ok(())
    }

    async fn create(mut self, context: &Context<Backend>) -> Result<Self, Error> {
        let fault = self.fault.clone();
        self.misbehave(&fault, context).await?;
        if self.id.is_unknown() && fault != "unknown" {
            self.id = Value::Known("made".to_owned());
        }
        Ok(self)
    }

    async fn read(self, context: &Context<Backend>) -> Result<Option<Self>, Error> {
        assert_ne!(self.fault, "read_panics", "this secret is in the panic: hunter2");
        if self.fault == "read_fails" {
            return warned_and_failed(context);
        }
        Ok((self.fault != "gone").then_some(self))
    }

    async fn update(self, _: Self, context: &Context<Backend>) -> Result<Self, Error> {
        self.create(context).await
    }

    async fn delete(self, context: &Context<Backend>) -> Result<(), Error> {
        context.set_private_state("half", &"deleted");
        if self.fault == "delete_fails" { Err(Error::new("Not deleted", "It is in use.")) } else { Ok(()) }
    }
}

impl PlanDestroy<Backend> for Faulty {
    async fn plan_destroy(prior: &Self, context: &Context<Backend>) -> Result<(), Error> {
        if prior.fault.starts_with("destroy_plan_") {
            context.warn(Diagnostic::warning("It ends", "This is only a test."));
        }
        if prior.fault == "destroy_plan_waits" {
            return Err(Error::unknown_argument("Too early", "It is known later."));
        }
        if prior.fault == "destroy_plan_fails" { Err(Error::new("Not yet", "It is needed.")) } else { Ok(()) }
    }
}

impl ImportResource<Backend> for Faulty {
    async fn import(from: Import, context: &Context<Backend>) -> Result<Self, Error> {
        if from == Import::Id("read_fails".to_owned()) {
            return warned_and_failed(context);
        }
        assert_eq!(from, Import::Id("gone".to_owned()), "import panics");
        let id = Value::Known("gone".to_owned());
        Ok(Self { id, fault: "gone".to_owned(), comment: None, secret: None, place: None })
    }
}

/// A failure whose cause a warning has explained.
pub(crate) fn warned_and_failed<T>(context: &Context<Backend>) -> Result<T, Error> {
    context.warn(Diagnostic::warning("It is upgraded", "For some minutes."));
    Err(Error::new("No answer", "Try again."))
}

impl Faulty {
    async fn misbehave(&mut self, fault: &str, context: &Context<Backend>) -> Result<(), Error> {
        if ["fail", "panic"].contains(&fault) {
            context.set_private_state("half", &"made");
        }
        match fault {
            "fail" => return Err(Error::new("It failed", "Before anything was made.")),
            "fail_after_record" => {
                context.record(self);
                context.set_private_state("half", &"made");
                return Err(Error::new("It failed", "After it was made."));
            }
            "panic" => panic!("this secret is in the panic: hunter2"),
            "panic_after_record" => {
                context.record(self);
                panic!("after it was made");
            }
            "hang" => {
                context.record(self);
                HANGING.notify_one();
                context.stopped().cancelled().await;
                return Err(Error::new("Interrupted", "It exists, though."));
            }
            "slow" => {
                SLOW_BEGUN.notify_one();
                GATE.notified().await;
                SLOW_DONE.fetch_add(1, Ordering::SeqCst);
            }
            "differ" => {
                self.comment = Some("another".to_owned());
                self.secret = Some("hunter3".into());
            }
            _ => {}
        }
        Ok(())
    }
}

/// A resource whose state had two versions before, and to which objects of another provider can be moved.
#[derive(Clone, Debug, Schema)]
#[schema(name = "test_versioned", version = 2)]
pub(crate) struct Versioned {
    /// Name of the object. Version 0 called it `title`, and version 1 `label`.
    #[schema(required)]
    name: String,
    /// Since version 2; computed by the next refresh.
    #[schema(computed)]
    length: Value<i64>,
}

impl Resource for Versioned {
    type Provider = Backend;

    const CAPABILITIES: Capabilities<Self, Backend> = Capabilities::none().upgrade().move_from::<Self>();

    async fn create(self, _: &Context<Backend>) -> Result<Self, Error> {
        let length = i64::try_from(self.name.len()).map_or(Value::Null, Value::Known);
        Ok(Self { length, ..self })
    }

    async fn read(self, context: &Context<Backend>) -> Result<Option<Self>, Error> {
        self.create(context).await.map(Some)
    }

    async fn update(self, _: Self, context: &Context<Backend>) -> Result<Self, Error> {
        self.create(context).await
    }

    async fn delete(self, _: &Context<Backend>) -> Result<(), Error> {
        Ok(())
    }
}

impl UpgradeResource for Versioned {
    fn upgrade(version: i64, stored: &StoredState) -> Result<Self, Error> {
        let stored: serde_json::Value = stored.parse()?;
        let name = stored.get(if version == 0 { "title" } else { "label" }).and_then(|name| name.as_str());
        let name = name.ok_or_else(|| Error::new("Name is missing", "The state has no name."))?.to_owned();
        Ok(Self { name, length: Value::Unknown })
    }
}

impl MoveResource for Versioned {
    fn move_from(source: &MoveSource, report: &mut Diagnostics) -> Result<Option<Self>, Error> {
        match (source.provider.as_str(), source.type_name.as_str(), source.version) {
            ("registry.terraform.io/acme/other", "other_thing", 3) => {
                let stored: serde_json::Value = source.state.parse()?;
                let name = stored["metadata"]["name"].as_str().unwrap_or_default().to_owned();
                if stored.get("timeouts").is_some() {
                    report.push(Diagnostic::warning("Timeouts are not moved", "Set them again."));
                }
                Ok(Some(Self { name, length: Value::Null }))
            }
            ("registry.terraform.io/acme/other", "other_thing", version) => Err(Error::new(
                "State is of an unknown version",
                format!("Version {version} of other_thing cannot be moved. Apply once with version 3 first."),
            )),
            _ => Ok(None),
        }
    }
}

/// Returns its input.
#[derive(Clone, Debug, Schema)]
#[schema(name = "test_echo")]
pub(crate) struct Echo {
    /// The input. `panic` panics, `fail` fails after a warning.
    #[schema(required)]
    input: String,
    /// The input with the region.
    #[schema(computed)]
    output: Value<String>,
}

impl DataSource for Echo {
    type Provider = Backend;

    async fn read(mut self, context: &Context<Backend>) -> Result<Self, Error> {
        assert_ne!(self.input, "panic", "the configuration requests it");
        if self.input == "fail" {
            return warned_and_failed(context);
        }
        let region = context.provider().region()?;
        self.output = Value::Known(format!("{} from {region}", self.input));
        Ok(self)
    }
}

/// Joins words.
///
/// With a dash by default.
#[derive(Clone, Debug, Schema)]
#[schema(name = "join")]
pub(crate) struct Join {
    /// What to join. Not empty.
    #[schema(required)]
    words: Vec<String>,
    /// What to put between.
    #[schema(optional)]
    separator: Option<String>,
}

impl Function for Join {
    type Output = String;

    fn call(self) -> Result<String, FunctionError> {
        if self.separator.as_deref() == Some("!") {
            return Err(FunctionError::at("separator", "An exclamation mark is too loud."));
        }
        assert!(!self.words.is_empty(), "no words");
        Ok(self.words.join(self.separator.as_deref().unwrap_or("-")))
    }
}
