//! List resources.

use std::sync::Arc;

use tfplugin_proto::tfplugin6::{
    Diagnostic, get_metadata, get_provider_schema, list_resource, validate_list_resource_config,
};

use super::{
    call::{Events, Refusable},
    identity,
    provider::Advertised,
    schema as to_wire,
    scope::scope,
    wire,
};
use crate::{
    diagnostics::Error,
    engine::{instance::Instance, list as engine, operation::RpcCall, validate as validation},
    offers::{ErasedListResource, OfferedResource, Table},
    provider::Provider,
};

impl<P> Advertised for Table<dyn ErasedListResource<P>> {
    fn add_metadata(&self, response: &mut get_metadata::Response) {
        let names = self.iter().map(|offered| offered.descriptor.name.to_owned());
        response.list_resources =
            names.map(|type_name| get_metadata::ListResourceMetadata { type_name }).collect();
    }

    fn add_schemas(&self, response: &mut get_provider_schema::Response) {
        response.list_resource_schemas =
            self.iter().map(|offered| to_wire::named(&offered.descriptor)).collect();
    }
}

impl Refusable for list_resource::Event {
    fn refusal(error: Error) -> Self {
        Self { diagnostic: wire::diagnostics(error.into_messages()), ..Self::default() }
    }

    fn diagnostics(&mut self) -> Option<&mut Vec<Diagnostic>> {
        Some(&mut self.diagnostic)
    }
}

pub(super) async fn validate<P: Provider>(
    instance: &Arc<Instance<P>>,
    request: validate_list_resource_config::Request,
    _call: RpcCall,
) -> Result<validate_list_resource_config::Response, Error> {
    let list = instance.offers().list_resources.get(&request.type_name)?;
    let config = wire::value(request.config, &list.value_type)?;
    let allowed = validation::WriteOnly::Allowed;
    let report = validation::check(&list.descriptor.block, &config, allowed, |config, report| {
        list.code.validate(config, report)
    });
    Ok(validate_list_resource_config::Response { diagnostics: wire::diagnostics(report) })
}

pub(super) async fn list<P: Provider>(
    instance: Arc<Instance<P>>,
    request: list_resource::Request,
    call: RpcCall,
    events: Events<list_resource::Event>,
) -> Result<(), Error> {
    let offers = instance.offers();
    let list = offers.list_resources.get(&request.type_name)?;
    let resource = offers.resources.get(&request.type_name)?;
    let config = wire::value(request.config, &list.value_type)?;
    let scope = scope(&instance, call, None);
    let wanted = engine::Wanted {
        limit: u64::try_from(request.limit).ok().filter(|limit| *limit > 0),
        objects: request.include_resource_object,
    };
    engine::list((list, resource), &config, wanted, scope, |event| {
        let event = message(resource, event).unwrap_or_else(Refusable::refusal);
        events.send(event)
    })
    .await?;
    let notices = instance.notices();
    if !notices.is_empty() {
        let diagnostic = wire::diagnostics(notices);
        events.send(list_resource::Event { diagnostic, ..Default::default() }).await;
    }
    Ok(())
}

fn message<P>(resource: &OfferedResource<P>, event: engine::Event) -> Result<list_resource::Event, Error> {
    Ok(match event {
        engine::Event::Found { identity, display_name, object, messages } => list_resource::Event {
            identity: identity::data(resource, &identity)?,
            display_name: wire::printable(&display_name),
            resource_object: match object {
                Some(object) => wire::dynamic(&object, &resource.value_type)?,
                None => None,
            },
            diagnostic: wire::diagnostics(messages),
        },
        engine::Event::Warnings(messages) => {
            list_resource::Event { diagnostic: wire::diagnostics(messages), ..Default::default() }
        }
    })
}
