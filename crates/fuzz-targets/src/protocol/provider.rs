//! A provider with one of everything, which keeps nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use secrecy::SecretString;
use tfplugin::{
    Capabilities, Context, DataSource, Diagnostics, EphemeralResource, Error, Function, FunctionError,
    IdentitySchema, Import, ImportResource, MoveResource, MoveSource, Offers, Opened, Provider, Resource,
    Schema, StoredState, Timeouts, UpgradeResource, Value, provider::Configuration, value::Number,
};

/// A provider for fuzzing.
#[derive(Clone, Debug, Schema)]
pub(crate) struct Shop {
    /// Region of the objects.
    #[schema(optional)]
    region: Value<String>,
}

impl Provider for Shop {
    type Data = ();

    async fn configure(_: ShopPartial, _: Configuration) -> Result<(), Error> {
        Ok(())
    }

    fn offers() -> Offers<()> {
        Offers::new()
            .resource::<Thing>()
            .data_source::<Echo>()
            .ephemeral_resource::<Echo>()
            .function::<Join>()
    }
}

/// One of everything.
#[derive(Clone, Debug, Schema)]
#[schema(name = "shop_thing", version = 1)]
pub(crate) struct Thing {
    /// Identity.
    #[schema(computed)]
    id: Value<String>,
    /// A change makes a new object.
    #[schema(required, replace, validate(short))]
    zone: String,
    /// Free text. Without it, the provider gives one.
    #[schema(optional, computed)]
    comment: Value<String>,
    /// How many.
    #[schema(optional, computed, default = 5)]
    size: Value<i64>,
    /// A fraction.
    #[schema(optional)]
    ratio: Option<Number>,
    /// Whether it is on.
    #[schema(optional)]
    on: Option<bool>,
    /// How long to wait.
    #[schema(optional, same = tfplugin::duration::same, validate(tfplugin::duration::validate))]
    wait: Option<String>,
    /// Words in order.
    #[schema(optional, validate_each(short))]
    steps: Option<Vec<String>>,
    /// Words without order.
    #[schema(optional)]
    tags: Option<BTreeSet<String>>,
    /// Words by name.
    #[schema(optional)]
    labels: Option<BTreeMap<String, String>>,
    /// A secret that is not stored.
    #[schema(optional, sensitive, write_only)]
    password: Option<SecretString>,
    /// Parts in order.
    #[schema(optional)]
    parts: Option<Vec<Part>>,
    /// Parts by name.
    #[schema(optional)]
    named: Option<BTreeMap<String, Part>>,
    /// Disks.
    #[schema(block)]
    disk: Vec<Part>,
    #[schema(block)]
    timeouts: Option<Timeouts>,
}

/// A part.
#[derive(Clone, Debug, PartialEq, Schema)]
pub(crate) struct Part {
    /// What it is.
    #[schema(required)]
    kind: String,
    /// Given by the provider.
    #[schema(computed)]
    serial: Value<String>,
}

fn short(text: &str) -> Result<(), String> {
    if text.len() <= 10 { Ok(()) } else { Err("It is longer than ten letters.".to_owned()) }
}

impl Thing {
    fn named(zone: &str) -> Self {
        Self {
            id: Value::Null,
            zone: zone.to_owned(),
            comment: Value::Null,
            size: Value::Null,
            ratio: None,
            on: None,
            wait: None,
            steps: None,
            tags: None,
            labels: None,
            password: None,
            parts: None,
            named: None,
            disk: Vec::new(),
            timeouts: None,
        }
    }

    fn finished(mut self) -> Self {
        self.id = Value::Known("1".to_owned());
        let parts = self.parts.iter_mut().flatten();
        let named = self.named.iter_mut().flat_map(|named| named.values_mut());
        for part in parts.chain(named).chain(&mut self.disk) {
            part.serial = Value::Known("s".to_owned());
        }
        if self.comment.as_known().is_none() {
            self.comment = Value::Known("made".to_owned());
        }
        self
    }
}

impl Resource for Thing {
    type Provider = ();

    const CAPABILITIES: Capabilities<Self, ()> = Capabilities::none()
        .import::<Self>()
        .upgrade()
        .move_from::<Self>()
        .identity(IdentitySchema::of(&["id", "zone"]).upgraded(1, older_identity));

    async fn create(self, context: &Context<()>) -> Result<Self, Error> {
        context.set_private_state("made", &true);
        Ok(self.finished())
    }

    async fn read(self, _: &Context<()>) -> Result<Option<Self>, Error> {
        Ok((self.zone != "gone").then_some(self))
    }

    async fn update(self, _: Self, _: &Context<()>) -> Result<Self, Error> {
        Ok(self.finished())
    }

    async fn delete(self, _: &Context<()>) -> Result<(), Error> {
        Ok(())
    }
}

impl ImportResource<()> for Thing {
    async fn import(from: Import, _: &Context<()>) -> Result<Self, Error> {
        match from {
            Import::Id(zone) => Ok(Self::named(&zone)),
            Import::Identity(identity) => Ok(Self::named(identity.text("zone"))),
            _ => Err(Error::new("Import needs an id", "Write an id.")),
        }
    }
}

fn older_identity(_: i64, stored: &StoredState) -> Result<Value, Error> {
    let stored: serde_json::Value = stored.parse()?;
    let text = |name: &str| Value::string(stored[name].as_str().unwrap_or_default());
    Ok(Value::mapping([("id", text("number")), ("zone", text("zone"))]))
}

impl UpgradeResource for Thing {
    fn upgrade(_: i64, stored: &StoredState) -> Result<Self, Error> {
        let stored: serde_json::Value = stored.parse()?;
        Ok(Self::named(stored["zone"].as_str().unwrap_or_default()))
    }
}

impl MoveResource for Thing {
    fn move_from(source: &MoveSource, _: &mut Diagnostics) -> Result<Option<Self>, Error> {
        let stored: serde_json::Value = source.state.parse()?;
        let known = source.type_name == "other_thing";
        Ok(known.then(|| Self::named(stored["metadata"]["name"].as_str().unwrap_or_default())))
    }
}

/// Returns its input.
#[derive(Clone, Debug, Schema)]
#[schema(name = "shop_echo")]
pub(crate) struct Echo {
    /// The input.
    #[schema(required)]
    input: String,
    /// The input again.
    #[schema(computed)]
    output: Value<String>,
}

impl DataSource for Echo {
    type Provider = ();

    async fn read(self, _: &Context<()>) -> Result<Self, Error> {
        Ok(Self { output: Value::Known(self.input.clone()), ..self })
    }
}

impl EphemeralResource for Echo {
    type Provider = ();

    async fn open(self, context: &Context<()>) -> Result<Opened<Self>, Error> {
        context.set_private_state("input", &self.input);
        Ok(Opened::new(self.read(context).await?).renew_after(Duration::from_secs(u64::MAX)))
    }

    async fn renew(context: &Context<()>) -> Result<Option<Duration>, Error> {
        let input = context.private_state::<String>("input");
        context.set_private_state("input", &input);
        Ok(input.map(|_| Duration::ZERO))
    }

    async fn close(context: &Context<()>) -> Result<(), Error> {
        let input = context.private_state::<String>("input");
        input.map(drop).ok_or_else(|| Error::new("Not open", "It was closed before."))
    }
}

/// Joins words.
///
/// With a dash by default.
#[derive(Clone, Debug, Schema)]
#[schema(name = "join")]
pub(crate) struct Join {
    /// What to join.
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
        Ok(self.words.join(self.separator.as_deref().unwrap_or("-")))
    }
}
