//! Managed resources and data sources: plan, apply, refresh, import, upgrade, with the checks that Terraform makes.

use tfplugin::{
    AttributePath, Value,
    path::Step,
    testing::{
        core_rules::{plan_errors, proposed_new, result_errors},
        encode_as, to_path,
    },
    value::Data,
};
use tfplugin_proto::tfplugin6::{
    RawState, ResourceIdentityData, apply_resource_change, import_resource_state, plan_resource_change,
    read_data_source, read_resource, upgrade_resource_identity, upgrade_resource_state,
};

use crate::{
    Host, Messages, Type,
    host::{answered, read, read_as, value},
};

/// An object as a state has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Its attributes; null if there is none.
    pub state: Value,
    /// Its private state.
    pub private: Vec<u8>,
    /// Its identity; null if there is none.
    pub identity: Value,
}

/// A plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What is planned.
    pub planned: Object,
    /// What replaces the object.
    pub replaced_by: Vec<AttributePath>,
}

impl Object {
    /// No object.
    pub fn none() -> Self {
        Self { state: Value::Null, private: Vec::new(), identity: Value::Null }
    }
}

impl Host {
    /// Plans a change from `prior` to a configuration, which is null for a destroy.
    ///
    /// # Errors
    /// The errors of the provider.
    ///
    /// # Panics
    /// If core would report an invalid plan, or two of the same input differ.
    pub async fn plan(&self, of: &Type, prior: &Object, config: &Value) -> Result<Change, Messages> {
        let one = self.plan_once(of, prior, config, Vec::new()).await;
        let other = self.plan_once(of, prior, config, Vec::new()).await;
        match (&one, &other) {
            (Ok(one), Ok(other)) => assert_eq!(one, other, "two plans of {} differ", of.name),
            (Err(_), Err(_)) => {}
            _ => panic!("one of two plans of {} fails: {one:?}, {other:?}", of.name),
        }
        one
    }

    async fn plan_once(
        &self,
        of: &Type,
        prior: &Object,
        config: &Value,
        planned_private: Vec<u8>,
    ) -> Result<Change, Messages> {
        let request = plan_resource_change::Request {
            type_name: of.name.clone(),
            prior_state: Some(value(of, &prior.state)),
            proposed_new_state: Some(value(of, &proposed_new(&of.block, &prior.state, config))),
            config: Some(value(of, config)),
            prior_private: prior.private.clone(),
            prior_identity: identity_message(of, &prior.identity),
            planned_private,
            client_capabilities: Some(self.capabilities()),
            ..Default::default()
        };
        let response = answered(self.client().plan_resource_change(request).await);
        let messages = Messages::new(response.diagnostics, &of.block);
        assert!(!response.legacy_type_system);
        if messages.failed() {
            return Err(messages);
        }
        let change = Change {
            planned: Object {
                state: read(response.planned_state.as_ref(), of),
                private: response.planned_private,
                identity: read_identity(of, response.planned_identity),
            },
            replaced_by: response.requires_replace.iter().map(to_path).collect(),
        };
        if let Some(deferred) = response.deferred {
            assert!(self.defers(), "the host does not defer: {deferred:?}");
            return Ok(change);
        }
        let found = plan_errors(&of.block, &prior.state, config, &change.planned.state);
        assert_eq!(found, [] as [String; 0], "{} from {prior:?} to {config:?}", of.name);
        for path in &change.replaced_by {
            let exists = exists(&prior.state, path) || exists(&change.planned.state, path);
            assert!(exists, "{}: {path} replaces, and is nowhere", of.name);
        }
        if config.is_null() {
            assert_eq!(
                change.planned.private, prior.private,
                "the destroy of {} loses its private state",
                of.name
            );
        }
        let is_new = prior.state.is_null() || !change.replaced_by.is_empty();
        assert!(is_new || change.planned.identity.is_wholly_known(), "{change:?}");
        if !is_new && !config.is_null() && !prior.identity.is_null() {
            assert_eq!(change.planned.identity, prior.identity, "an identity of {} changes", of.name);
        }
        Ok(change)
    }

    /// Plans once more, as an apply does, with a configuration that is known by now: everything known in the first plan remains.
    ///
    /// # Errors
    /// The errors of the provider.
    ///
    /// # Panics
    /// If core would report an invalid or an inconsistent plan.
    pub async fn plan_final(
        &self,
        of: &Type,
        prior: &Object,
        config: &Value,
        first: &Change,
    ) -> Result<Change, Messages> {
        let last = self.plan_once(of, prior, config, first.planned.private.clone()).await?;
        let changed = difference(&first.planned.state, &last.planned.state, String::new());
        assert_eq!(changed, None, "inconsistent final plan of {}: {first:?}, {last:?}", of.name);
        Ok(last)
    }

    /// Applies a plan.
    ///
    /// # Errors
    /// What is kept in the state, and the errors of the provider.
    ///
    /// # Panics
    /// If core would report an inconsistent result.
    pub async fn apply(
        &self,
        of: &Type,
        prior: &Object,
        change: &Change,
        config: &Value,
    ) -> Result<Object, (Object, Messages)> {
        let request = apply_resource_change::Request {
            type_name: of.name.clone(),
            prior_state: Some(value(of, &prior.state)),
            planned_state: Some(value(of, &change.planned.state)),
            config: Some(value(of, config)),
            planned_private: change.planned.private.clone(),
            planned_identity: identity_message(of, &change.planned.identity),
            ..Default::default()
        };
        let response = answered(self.client().apply_resource_change(request).await);
        let messages = Messages::new(response.diagnostics, &of.block);
        let object = Object {
            state: read(response.new_state.as_ref(), of),
            private: response.private,
            identity: read_identity(of, response.new_identity),
        };
        assert!(object.state.is_wholly_known() && object.identity.is_wholly_known(), "{object:?}");
        if messages.failed() {
            return Err((object, messages));
        }
        let found = result_errors(&of.block, &change.planned.state, &object.state);
        assert_eq!(found, [] as [String; 0], "{}", of.name);
        expect_identity(of, &object);
        Ok(object)
    }

    /// Refreshes an object.
    ///
    /// # Errors
    /// The errors of the provider.
    ///
    /// # Panics
    /// If something in the answer is unknown, or a required part of the identity is missing.
    pub async fn read(&self, of: &Type, object: &Object) -> Result<Object, Messages> {
        let request = read_resource::Request {
            type_name: of.name.clone(),
            current_state: Some(value(of, &object.state)),
            private: object.private.clone(),
            current_identity: identity_message(of, &object.identity),
            client_capabilities: Some(self.capabilities()),
            ..Default::default()
        };
        let response = answered(self.client().read_resource(request).await);
        let messages = Messages::new(response.diagnostics, &of.block);
        if messages.failed() {
            return Err(messages);
        }
        assert!(response.deferred.is_none() || self.defers(), "the host does not defer");
        let refreshed = Object {
            state: read(response.new_state.as_ref(), of),
            private: response.private,
            identity: read_identity(of, response.new_identity),
        };
        assert!(refreshed.state.is_wholly_known(), "{refreshed:?}");
        expect_identity(of, &refreshed);
        Ok(refreshed)
    }

    /// Imports by id or by identity, and refreshes.
    ///
    /// # Errors
    /// The errors of the provider.
    ///
    /// # Panics
    /// If Terraform would refuse the answer.
    pub async fn import(&self, of: &Type, by: Result<&str, &Value>) -> Result<Object, Messages> {
        let request = import_resource_state::Request {
            type_name: of.name.clone(),
            id: by.unwrap_or_default().to_owned(),
            identity: by.err().and_then(|identity| identity_message(of, identity)),
            client_capabilities: Some(self.capabilities()),
        };
        let response = answered(self.client().import_resource_state(request).await);
        let messages = Messages::new(response.diagnostics, &of.block);
        if messages.failed() {
            return Err(messages);
        }
        let [imported] = &response.imported_resources[..] else {
            panic!("an import of {} has one object: {:?}", of.name, response.imported_resources);
        };
        assert_eq!(imported.type_name, of.name);
        let object = Object {
            state: read(imported.state.as_ref(), of),
            private: imported.private.clone(),
            identity: read_identity(of, imported.identity.clone()),
        };
        match by {
            Ok(_) => assert!(!object.state.is_null(), "an import by id has a state"),
            Err(_) => assert!(!object.identity.is_null(), "an import by identity has one"),
        }
        self.read(of, &object).await
    }

    /// Upgrades a state.
    ///
    /// # Errors
    /// The errors of the provider.
    ///
    /// # Panics
    /// If something in the answer is unknown.
    pub async fn upgrade(&self, of: &Type, json: &[u8], version: i64) -> Result<Value, Messages> {
        let raw_state = Some(RawState { json: json.to_vec(), ..RawState::default() });
        let request = upgrade_resource_state::Request { type_name: of.name.clone(), version, raw_state };
        let response = answered(self.client().upgrade_resource_state(request).await);
        let messages = Messages::new(response.diagnostics, &of.block);
        if messages.failed() {
            return Err(messages);
        }
        let upgraded = read(response.upgraded_state.as_ref(), of);
        assert!(upgraded.is_wholly_known(), "{upgraded:?}");
        Ok(upgraded)
    }

    /// Upgrades an identity.
    ///
    /// # Errors
    /// The errors of the provider.
    ///
    /// # Panics
    /// If the answer has none, or something in it is unknown.
    pub async fn upgrade_identity(&self, of: &Type, json: &[u8], version: i64) -> Result<Value, Messages> {
        let raw_identity = Some(RawState { json: json.to_vec(), ..RawState::default() });
        let request =
            upgrade_resource_identity::Request { type_name: of.name.clone(), version, raw_identity };
        let response = answered(self.client().upgrade_resource_identity(request).await);
        let messages = Messages::new(response.diagnostics, &of.block);
        if messages.failed() {
            return Err(messages);
        }
        let identity = read_identity(of, response.upgraded_identity);
        assert!(!identity.is_null() && identity.is_wholly_known(), "{identity:?}");
        Ok(identity)
    }

    /// Reads a data source, whose configuration is wholly known.
    ///
    /// # Errors
    /// The errors of the provider.
    ///
    /// # Panics
    /// If the answer is null, or unknown in parts, and not deferred.
    pub async fn read_data_source(&self, of: &Type, config: &Value) -> Result<Value, Messages> {
        let request = read_data_source::Request {
            type_name: of.name.clone(),
            config: Some(value(of, config)),
            client_capabilities: Some(self.capabilities()),
            ..Default::default()
        };
        let response = answered(self.client().read_data_source(request).await);
        let messages = Messages::new(response.diagnostics, &of.block);
        if messages.failed() {
            return Err(messages);
        }
        let found = read(response.state.as_ref(), of);
        if response.deferred.is_some() {
            assert!(self.defers(), "the host does not defer");
        } else {
            assert!(!found.is_null() && found.is_wholly_known(), "{found:?}");
        }
        Ok(found)
    }
}

fn identity_message(of: &Type, identity: &Value) -> Option<ResourceIdentityData> {
    let schema = of.identity.as_ref().filter(|_| !identity.is_null())?;
    Some(ResourceIdentityData { identity_data: Some(encode_as(identity, &schema.value_type)) })
}

/// An identity of a type without one crashes core.
pub(crate) fn read_identity(of: &Type, message: Option<ResourceIdentityData>) -> Value {
    let Some(message) = message else { return Value::Null };
    let schema = of.identity.as_ref().unwrap_or_else(|| panic!("{} has no identity", of.name));
    read_as(message.identity_data.as_ref(), &schema.value_type)
}

#[track_caller]
fn expect_identity(of: &Type, object: &Object) {
    let Some(identity) = &of.identity else { return };
    if object.state.is_null() {
        return;
    }
    assert!(object.identity.is_wholly_known(), "{object:?}");
    for name in &identity.required {
        assert!(!object.identity.member(name).is_null(), "{} has no {name} in its identity", of.name);
    }
}

/// Where a value that was known is another one.
fn difference(first: &Value, last: &Value, place: String) -> Option<String> {
    match (first, last) {
        (Value::Unknown, _) => None,
        (Value::Known(Data::Mapping(one)), Value::Known(Data::Mapping(other)))
            if one.keys().eq(other.keys()) =>
        {
            one.iter().find_map(|(name, first)| difference(first, &other[name], format!("{place}.{name}")))
        }
        (Value::Known(Data::Sequence(one)), Value::Known(Data::Sequence(other))) => {
            // A set has another order once more of it is known.
            let is_same = one.len() == other.len() && one.iter().all(|it| other.contains(it));
            (first.is_wholly_known() && !is_same).then_some(place)
        }
        _ => (first != last).then_some(place),
    }
}

/// Whether there is something at this place.
fn exists(value: &Value, path: &AttributePath) -> bool {
    let mut here = value;
    path.steps().iter().all(|step| {
        let next = match (step, here) {
            (Step::Attribute(name) | Step::Key(name), Value::Known(Data::Mapping(members))) => {
                members.get(name)
            }
            (Step::Index(index), Value::Known(Data::Sequence(elements))) => {
                usize::try_from(*index).ok().and_then(|index| elements.get(index))
            }
            _ => None,
        };
        here = next.unwrap_or(here);
        next.is_some()
    })
}
