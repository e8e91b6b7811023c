//! Identity: from the state in every response, stable, complete, and the way of an import.

use serde_json::json;
use tfplugin::{
    Capabilities, Context, Error, IdentitySchema, Import, ImportResource, Offers, Provider, Resource, Schema,
    Value,
    provider::Configuration,
    testing::{Host, Stored, errors, object, with},
};
use tfplugin_proto::tfplugin6::{ResourceIdentityData, get_resource_identity_schemas, read_resource};

/// A provider whose resources have identities.
#[derive(Clone, Debug, Schema)]
struct Registry {}

impl Provider for Registry {
    type Data = ();

    async fn configure(_: RegistryPartial, _: Configuration) -> Result<(), Error> {
        Ok(())
    }

    fn offers() -> Offers<()> {
        Offers::new().resource::<Entry>().resource::<Nameable>()
    }
}

/// An entry. What is not in the state exists all the same.
#[derive(Clone, Debug, Schema)]
#[schema(name = "registry_entry")]
struct Entry {
    /// Shelf.
    #[schema(required, replace)]
    shelf: String,
    /// Section.
    #[schema(optional, replace)]
    section: Option<String>,
    /// Number.
    #[schema(computed)]
    number: Value<i64>,
    /// Note. `moves` lets a refresh find another shelf; `fails` lets an update fail.
    #[schema(optional)]
    note: Option<String>,
}

const IDENTITY: IdentitySchema =
    IdentitySchema::of(&["shelf", "section", "number"]).upgraded(2, |version, stored| {
        let stored: serde_json::Value = stored.parse()?;
        let shelf =
            stored[if version == 0 { "place" } else { "shelf" }].as_str().unwrap_or_default().to_owned();
        let number = Value::Known(tfplugin::value::Data::Number(7_i64.into()));
        Ok(Value::mapping([("shelf", Value::string(shelf)), ("number", number)]))
    });

impl Resource for Entry {
    type Provider = ();

    const CAPABILITIES: Capabilities<Self, ()> = Capabilities::none().import::<Self>().identity(IDENTITY);

    async fn plan(plan: &mut tfplugin::Plan<Self>, _: &Context<()>) -> Result<(), Error> {
        if let Some(prior) = &plan.prior {
            plan.planned.number = prior.number.clone();
        }
        Ok(())
    }

    async fn create(self, _: &Context<()>) -> Result<Self, Error> {
        Ok(Self { number: Value::Known(7), ..self })
    }

    async fn read(self, _: &Context<()>) -> Result<Option<Self>, Error> {
        let moved = self.note.as_deref() == Some("moves");
        let found = if moved || self.shelf == "b" { "c".to_owned() } else { self.shelf.clone() };
        Ok(Some(Self { shelf: found, number: Value::Known(7), ..self }))
    }

    async fn update(self, _: Self, _: &Context<()>) -> Result<Self, Error> {
        if self.note.as_deref() == Some("fails") {
            return Err(Error::new("Not now", "Try again."));
        }
        Ok(self)
    }

    async fn delete(self, _: &Context<()>) -> Result<(), Error> {
        Ok(())
    }
}

impl ImportResource<()> for Entry {
    async fn import(from: Import, _: &Context<()>) -> Result<Self, Error> {
        let (shelf, number) = match &from {
            Import::Id(shelf) => (shelf.as_str(), Value::Null),
            Import::Identity(identity) => (identity.text("shelf"), Value::Known(7)),
            _ => return Err(Error::new("Unknown import", "Write an id.")),
        };
        Ok(Self { shelf: shelf.to_owned(), section: None, number, note: None })
    }
}

/// A thing whose name may change.
#[derive(Clone, Debug, Schema)]
#[schema(name = "registry_nameable")]
struct Nameable {
    /// Name.
    #[schema(required)]
    name: String,
}

impl Resource for Nameable {
    type Provider = ();

    const CAPABILITIES: Capabilities<Self, ()> =
        Capabilities::none().identity(IdentitySchema::of(&["name"]).changeable());

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

async fn host() -> Host<Registry> {
    Host::configured(&object::<Registry>(&json!({}))).await
}

fn entry(members: &serde_json::Value) -> Value {
    object::<Entry>(members)
}

fn identity(shelf: &str, section: Option<&str>) -> Value {
    Value::mapping([
        ("shelf", Value::string(shelf)),
        ("section", section.map_or(Value::Null, Value::string)),
        ("number", Value::Known(tfplugin::value::Data::Number(7_i64.into()))),
    ])
}

#[tokio::test]
async fn schemas_of_identities_have_what_core_requires() {
    assert_eq!(Registry::offers().check(), Ok(()));
    let request = get_resource_identity_schemas::Request {};
    let response = host().await.client().get_resource_identity_schemas(request).await;
    let schemas = response.expect("there is a response").into_inner().identity_schemas;
    let entry = &schemas["registry_entry"];
    let attributes: Vec<_> = entry
        .identity_attributes
        .iter()
        .map(|it| (it.name.as_str(), it.r#type.as_slice(), it.required_for_import, it.optional_for_import))
        .collect();
    assert_eq!(
        attributes,
        [
            ("shelf", b"\"string\"".as_slice(), true, false),
            ("section", b"\"string\"", false, true),
            ("number", b"\"number\"", true, false),
        ]
    );
    assert_eq!((entry.version, schemas["registry_nameable"].version), (2, 0));
}

#[tokio::test]
async fn an_identity_is_complete_after_every_call_and_stays() {
    let host = host().await;
    let config = entry(&json!({"shelf": "a"}));
    let planned = host.plan::<Entry>(&Stored::none(), &config).await;
    assert_eq!(planned.identity, Value::Null, "its number is known after apply");
    // The host compares the identities after apply, refresh and plan.
    let created = host.bring_to::<Entry>(&Stored::none(), &config).await;
    assert_eq!(created.identity, identity("a", None));
    let updated = host.bring_to::<Entry>(&created, &entry(&json!({"shelf": "a", "note": "n"}))).await;
    assert_eq!(updated.identity, created.identity);
    let replaced = host.bring_to::<Entry>(&updated, &entry(&json!({"shelf": "d", "section": "s"}))).await;
    assert_eq!(replaced.identity, identity("d", Some("s")));
    let end = host.plan::<Entry>(&replaced, &Value::Null).await;
    assert_eq!(end.identity, replaced.identity, "of what is destroyed");
    host.destroy::<Entry>(&replaced).await;
}

#[tokio::test]
async fn a_failed_update_keeps_the_identity() {
    let host = host().await;
    let created = host.bring_to::<Entry>(&Stored::none(), &entry(&json!({"shelf": "a"}))).await;
    let config = entry(&json!({"shelf": "a", "note": "fails"}));
    let planned = host.plan::<Entry>(&created, &config).await;
    let applied = host.apply::<Entry>(&created, &planned, &config).await;
    assert_eq!(errors(&applied.diagnostics).len(), 1);
    assert_eq!(applied.stored, created);
}

#[tokio::test]
async fn a_state_without_an_identity_gets_one_from_the_first_read() {
    let host = host().await;
    let created = host.bring_to::<Entry>(&Stored::none(), &entry(&json!({"shelf": "a"}))).await;
    let older = Stored::new(created.state.clone(), created.private.clone());
    assert_eq!(host.read::<Entry>(&older).await.stored, created);
    let planned = host.plan::<Entry>(&older, &entry(&json!({"shelf": "a", "note": "n"}))).await;
    assert_eq!(planned.identity, created.identity, "without a refresh from the plan");
    // The state cannot tell yet: `number` is missing.
    let unread = Stored::new(entry(&json!({"shelf": "a"})), vec![]);
    let planned = host.plan::<Entry>(&unread, &entry(&json!({"shelf": "a", "note": "n"}))).await;
    assert_eq!(planned.identity, Value::Null);
    assert_eq!(host.read::<Entry>(&unread).await.stored.identity, created.identity);
}

#[tokio::test]
async fn an_identity_that_changes_is_an_error_unless_it_may() {
    let host = host().await;
    let mut stored = host.bring_to::<Entry>(&Stored::none(), &entry(&json!({"shelf": "a"}))).await;
    stored.state = with(stored.state, "note", Value::string("moves"));
    let read = host.read::<Entry>(&stored).await;
    let found = errors(&read.diagnostics);
    assert!(found[0].contains("Identity of an object changed: A refresh of a registry_entry"), "{found:?}");
    assert_eq!(read.stored, stored);

    let named = |name: &str| object::<Nameable>(&json!({"name": name}));
    let one = host.bring_to::<Nameable>(&Stored::none(), &named("one")).await;
    let two = host.bring_to::<Nameable>(&one, &named("two")).await;
    assert_eq!(two.identity, Value::mapping([("name", Value::string("two"))]));
}

#[tokio::test]
async fn an_import_by_identity_finds_what_an_import_by_id_finds() {
    let host = host().await;
    let by_id = host.import::<Entry>("a").await.expect("it exists");
    let by_identity = host.import_identity::<Entry>(&identity("a", None)).await.expect("it exists");
    assert_eq!(by_id, by_identity);
    assert_eq!(by_id.identity, identity("a", None));
    assert_eq!(by_id.private, b"", "the mark of the import is gone");
    // The first read after an import may find another spelling, a later one may not.
    let respelled = host.import_identity::<Entry>(&identity("b", None)).await.expect("it exists");
    assert_eq!(respelled.identity, identity("c", None));

    for (missing, expected) in [
        (with(identity("a", None), "shelf", Value::Null), "`shelf`"),
        (with(identity("", None), "number", Value::Null), "`shelf`, `number`"),
        (with(identity("a", None), "section", Value::Unknown), "known values"),
    ] {
        let found = host.import_identity::<Entry>(&missing).await.expect_err("it is incomplete");
        assert!(found[0].contains(&format!("to import needs {expected}.")), "{found:?}");
    }
    let found = host.import_identity::<Nameable>(&Value::mapping([("name", Value::string("n"))])).await;
    let found = found.expect_err("it has no import");
    assert!(found[0].contains("registry_nameable cannot be imported"), "{found:?}");
}

#[tokio::test]
async fn a_stored_identity_of_any_version_is_upgraded() {
    let host = host().await;
    for (version, stored) in [
        (0, r#"{"place": "a"}"#),
        (1, r#"{"shelf": "a"}"#),
        (2, r#"{"shelf": "a", "number": 7, "dropped": 1}"#),
    ] {
        let found = host.upgrade_identity::<Entry>(version, stored).await;
        assert_eq!(found, Ok(identity("a", None)), "{version}");
    }
    assert_eq!(host.upgrade_identity::<Entry>(2, r#"{"shelf": "a"}"#).await, Ok(Value::Null), "incomplete");
    for version in [3, -1] {
        let found = host.upgrade_identity::<Entry>(version, "{}").await.expect_err("unknown");
        assert!(found[0].contains(&format!("has version {version}")), "{found:?}");
    }
    let broken = host.upgrade_identity::<Entry>(2, "[").await.expect_err("no JSON");
    assert!(broken[0].contains("Identity cannot be read"), "{broken:?}");
}

#[tokio::test]
async fn an_identity_for_a_resource_without_one_is_ignored() {
    let host = crate::support::host::configured().await;
    let state = object::<crate::support::provider::Versioned>(&json!({"name": "n"}));
    let request = read_resource::Request {
        type_name: "test_versioned".to_owned(),
        current_state: Some(tfplugin::testing::encode::<crate::support::provider::Versioned>(&state)),
        current_identity: Some(ResourceIdentityData { identity_data: None }),
        ..Default::default()
    };
    let response = host.client().read_resource(request).await.expect("there is a response").into_inner();
    assert_eq!((response.diagnostics, response.new_identity), (vec![], None), "core would crash on one");
    let found = host.upgrade_identity::<crate::support::provider::Versioned>(0, "{}").await;
    assert!(found.expect_err("it has none")[0].contains("Resource has no identity"));
}

#[test]
fn what_terraform_rejects_in_an_identity_is_a_fault() {
    /// A resource.
    #[derive(Clone, Debug, Schema)]
    #[schema(name = "registry_wrong")]
    struct Wrong {
        /// A map.
        #[schema(required, replace)]
        map: std::collections::BTreeMap<String, String>,
        /// A secret.
        #[schema(required, replace, sensitive)]
        secret: secrecy::SecretString,
        /// A note.
        #[schema(optional)]
        note: Option<String>,
    }

    impl Resource for Wrong {
        type Provider = ();

        const CAPABILITIES: Capabilities<Self, ()> =
            Capabilities::none().identity(IdentitySchema::of(&["map", "secret", "note", "note", "absent"]));

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

    let error = Offers::new().resource::<Wrong>().check().expect_err("it breaks every rule");
    let details: Vec<_> = error.messages().iter().map(|message| message.detail.as_str()).collect();
    for expected in [
        "its identity, map: Terraform accepts",
        "its identity, secret: an identity is shown",
        "its identity, note: a change of it does not replace",
        "its identity has the attribute \"note\" twice",
        "its identity has the attribute \"absent\", which",
    ] {
        assert!(details.iter().any(|detail| detail.contains(expected)), "{expected}: {details:?}");
    }
    assert_eq!(details.len(), 5);
}
