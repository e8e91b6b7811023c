//! The identity of an object: taken from its state, so that the two never disagree. Rules as terraform-plugin-framework has them.
//!
//! | call | identity in the response |
//! |---|---|
//! | plan of a create or replacement | of the planned state; none if a part of it is unknown |
//! | plan of an update | the stored one; of the planned state if there is none yet |
//! | plan of a destroy | the stored one |
//! | apply, read, import, move | of the state in the response |
//!
//! A state that has no value for what import needs has no identity: core accepts none, and the next call fills it in. The protocol lets
//! a plan have an unknown identity, but OpenTofu 1.12 then fails to store the plan, and Terraform 1.16 to show it as JSON.

use super::{late_replacement, transform};
use crate::{
    diagnostics::{Error, PROVIDER_BUG},
    identity::is_missing,
    offers::{OfferedIdentity, OfferedResource},
    private::Private,
    stored_state::StoredState,
    value::{Data, Value, json},
};

/// Key of the private state of an object that was just imported: the read after it may find another spelling of its identity.
const IMPORTED: &str = "tfplugin.imported";

/// The identity of an object in this state; null if the state cannot tell, or the resource has none.
pub(crate) fn of_state<P>(resource: &OfferedResource<P>, state: &Value) -> Value {
    match (&resource.descriptor.identity, state) {
        (Some(identity), Value::Known(Data::Mapping(_))) => complete(identity, state),
        _ => Value::Null,
    }
}

/// What a plan decided, as far as the identity depends on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlannedChange<'a> {
    pub(crate) prior: &'a Value,
    pub(crate) planned: &'a Value,
    pub(crate) replaces: bool,
    pub(crate) private: &'a Private,
}

/// The identity in a plan.
pub(crate) fn of_plan<P>(
    resource: &OfferedResource<P>,
    stored: &Value,
    change: PlannedChange<'_>,
) -> Result<Value, Error> {
    let PlannedChange { prior, planned, replaces, private } = change;
    let stored = if stored.is_null() { of_state(resource, prior) } else { stored.clone() };
    if planned.is_null() {
        return Ok(stored);
    }
    let identity = of_state(resource, planned);
    let is_known = identity.is_wholly_known();
    if prior.is_null() || replaces {
        return Ok(if is_known { identity } else { Value::Null });
    }
    if !is_known || late_replacement::is_late(private) {
        return Ok(stored);
    }
    expect_same(resource, &stored, &identity, "The plan of an update in place")?;
    Ok(identity)
}

/// Marks the private state of an object that was just imported.
pub(crate) fn mark_imported<P>(resource: &OfferedResource<P>, private: &mut Private) {
    if resource.descriptor.identity.is_some() {
        private.set(IMPORTED, &true);
    }
}

/// The identity after a refresh. Removes the mark of an import.
pub(crate) fn of_refresh<P>(
    resource: &OfferedResource<P>,
    stored: &Value,
    state: &Value,
    private: &mut Private,
) -> Result<Value, Error> {
    let is_imported = private.get(IMPORTED) == Some(true);
    private.remove(IMPORTED);
    let identity = of_state(resource, state);
    if !is_imported {
        expect_same(resource, stored, &identity, "A refresh")?;
    }
    Ok(identity)
}

/// An identity does not change while its object exists.
fn expect_same<P>(
    resource: &OfferedResource<P>,
    stored: &Value,
    found: &Value,
    what: &str,
) -> Result<(), Error> {
    let changeable = resource.descriptor.identity.as_ref().is_some_and(|identity| identity.changeable);
    if changeable || stored.is_null() || found.is_null() || stored == found {
        return Ok(());
    }
    Err(Error::new(
        "Identity of an object changed",
        format!(
            "{what} of a {} has another identity than the state, although an object keeps its identity. Nothing was changed. {PROVIDER_BUG}",
            resource.descriptor.name
        ),
    ))
}

/// The current form of a stored identity.
pub(crate) fn upgrade<P>(
    resource: &OfferedResource<P>,
    version: i64,
    stored: &StoredState,
) -> Result<Value, Error> {
    let name = resource.descriptor.name;
    let Some(identity) = &resource.descriptor.identity else {
        return Err(Error::new(
            "Resource has no identity",
            format!(
                "This version of the provider has no identity for a {name}. Nothing was changed. Use the version of the provider that wrote \
                 the state."
            ),
        ));
    };
    let upgraded = match (version == identity.version, identity.upgrade) {
        (true, _) => json::decode(stored.json(), &identity.value_type).map_err(|error| {
            Error::new(
                "Identity cannot be read",
                format!(
                    "The stored identity of this {name} does not fit its schema: {error}. It was edited, or written by another program. \
                     Nothing was changed. Take the object out of the state (`terraform state rm`) and import it again."
                ),
            )
        })?,
        (false, Some(upgrade)) if (0..identity.version).contains(&version) => upgrade(version, stored)?,
        _ => {
            return Err(Error::new(
                "Identity has another version",
                format!(
                    "The stored identity of this {name} has version {version}, and this version of the provider knows version {} only. \
                     Nothing was changed. Use the version of the provider that wrote the state.",
                    identity.version
                ),
            ));
        }
    };
    Ok(complete(identity, &transform::unknown_to_null(upgraded)))
}

/// An object of exactly the identity's attributes; null if it identifies nothing.
fn complete(identity: &OfferedIdentity, value: &Value) -> Value {
    let members = identity
        .attributes
        .iter()
        .map(|attribute| (attribute.name, value.member(attribute.name).clone()))
        .collect::<Vec<_>>();
    let is_incomplete = identity.attributes.iter().any(|it| it.required && is_missing(value.member(it.name)));
    if is_incomplete { Value::Null } else { Value::mapping(members) }
}
