//! The identity of resources: its schemas, its upgrade, and its messages in the calls of a resource.

use std::sync::Arc;

use tfplugin_proto::tfplugin6::{
    ResourceIdentityData, ResourceIdentitySchema, get_resource_identity_schemas, resource_identity_schema,
    upgrade_resource_identity,
};

use super::wire;
use crate::{
    diagnostics::Error,
    engine::{identity as engine, instance::Instance, operation::RpcCall},
    offers::{OfferedIdentity, OfferedResource},
    provider::Provider,
    stored_state::StoredState,
    value::Value,
};

pub(super) async fn schemas<P: Provider>(
    instance: &Arc<Instance<P>>,
    _request: get_resource_identity_schemas::Request,
    _call: RpcCall,
) -> Result<get_resource_identity_schemas::Response, Error> {
    let resources = instance.offers().resources.iter();
    let identity_schemas = resources.filter_map(|resource| {
        let descriptor = &resource.descriptor;
        Some((descriptor.name.to_owned(), schema(descriptor.identity.as_ref()?)))
    });
    Ok(get_resource_identity_schemas::Response {
        identity_schemas: identity_schemas.collect(),
        ..get_resource_identity_schemas::Response::default()
    })
}

pub(super) async fn upgrade<P: Provider>(
    instance: &Arc<Instance<P>>,
    request: upgrade_resource_identity::Request,
    _call: RpcCall,
) -> Result<upgrade_resource_identity::Response, Error> {
    let resource = instance.offers().resources.get(&request.type_name)?;
    let stored = StoredState::from_json(request.raw_identity.unwrap_or_default().json);
    let upgraded = engine::upgrade(resource, request.version, &stored)?;
    Ok(upgrade_resource_identity::Response {
        upgraded_identity: data(resource, &upgraded)?,
        ..upgrade_resource_identity::Response::default()
    })
}

/// The identity that a host sent; null if there is none. A host may send one of a version of the provider that had identities for what has
/// none now.
pub(super) fn stored<P>(
    resource: &OfferedResource<P>,
    message: Option<ResourceIdentityData>,
) -> Result<Value, Error> {
    match &resource.descriptor.identity {
        Some(identity) => wire::value(message.and_then(|data| data.identity_data), &identity.value_type),
        None => Ok(Value::Null),
    }
}

/// The message of an identity; none for null, which hosts take as "not known yet". Core crashes on an identity without a schema.
pub(super) fn data<P>(
    resource: &OfferedResource<P>,
    identity: &Value,
) -> Result<Option<ResourceIdentityData>, Error> {
    match &resource.descriptor.identity {
        Some(schema) if !identity.is_null() => {
            Ok(Some(ResourceIdentityData { identity_data: wire::dynamic(identity, &schema.value_type)? }))
        }
        _ => Ok(None),
    }
}

fn schema(identity: &OfferedIdentity) -> ResourceIdentitySchema {
    let attributes =
        identity.attributes.iter().map(|attribute| resource_identity_schema::IdentityAttribute {
            name: attribute.name.to_owned(),
            r#type: attribute.value_type.to_json(),
            required_for_import: attribute.required,
            optional_for_import: !attribute.required,
            description: attribute.description.clone(),
        });
    ResourceIdentitySchema { version: identity.version, identity_attributes: attributes.collect() }
}
