//! Lists and actions in the host in memory.

use tfplugin_proto::tfplugin6::{
    invoke_action, invoke_action::event::Type as EventType, list_resource, plan_action,
    validate_action_config, validate_list_resource_config,
};
use tokio_stream::StreamExt as _;

use super::{
    host::{Host, RESPONSE},
    wire::{decode, encode, from_wire},
};
use crate::{
    action::Action, deferral::Deferral, diagnostics::Diagnostic, list_resource::ListResource,
    provider::Provider, schema::Schema as _, value::Value,
};

/// What a list found.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedObject {
    /// Its identity.
    pub identity: Value,
    /// The name that users read.
    pub display_name: String,
    /// Its attributes; null if they were not requested.
    pub object: Value,
}

/// The result of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// The objects in the order of the events.
    pub objects: Vec<ListedObject>,
    /// Errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
}

impl<P: Provider> Host<P> {
    /// Checks a configuration of a list resource.
    pub async fn validate_list<L: ListResource>(&self, config: &Value) -> Vec<Diagnostic> {
        let request = validate_list_resource_config::Request {
            type_name: L::Resource::NAME.to_owned(),
            config: Some(encode::<L>(config)),
            ..Default::default()
        };
        let response =
            self.client().validate_list_resource_config(request).await.expect(RESPONSE).into_inner();
        from_wire(response.diagnostics)
    }

    /// Lists objects, up to the limit if that is not 0, and closes the stream there as Terraform does.
    ///
    /// # Panics
    /// If an event has what Terraform would reject.
    pub async fn list<L: ListResource>(&self, config: &Value, limit: i64, objects: bool) -> Listing {
        let request = list_resource::Request {
            type_name: L::Resource::NAME.to_owned(),
            config: Some(encode::<L>(config)),
            include_resource_object: objects,
            limit,
        };
        let mut events = self.client().list_resource(request).await.expect(RESPONSE).into_inner();
        let mut listing = Listing { objects: Vec::new(), diagnostics: Vec::new() };
        while let Some(event) = events.next().await {
            let event = event.expect(RESPONSE);
            let failed = event
                .diagnostic
                .iter()
                .any(|it| it.severity() != tfplugin_proto::tfplugin6::diagnostic::Severity::Warning);
            assert!(
                event.identity.is_some() || !event.diagnostic.is_empty(),
                "an event has an object or a message"
            );
            listing.diagnostics.extend(from_wire(event.diagnostic));
            if let (Some(identity), false) = (event.identity, failed) {
                let identity = self.identity::<L::Resource>(Some(identity)).await;
                assert!(!identity.is_null() && identity.is_wholly_known(), "{identity:?}");
                let object = decode::<L::Resource>(event.resource_object.as_ref());
                assert!(object.is_wholly_known() && object.is_null() != objects, "{object:?}");
                listing.objects.push(ListedObject { identity, display_name: event.display_name, object });
            }
            if limit > 0 && i64::try_from(listing.objects.len()).is_ok_and(|count| count >= limit) {
                break;
            }
        }
        listing
    }

    /// Checks a configuration of an action.
    pub async fn validate_action<A: Action>(&self, config: &Value) -> Vec<Diagnostic> {
        let request = validate_action_config::Request {
            type_name: A::NAME.to_owned(),
            config: Some(encode::<A>(config)),
        };
        let response = self.client().validate_action_config(request).await.expect(RESPONSE).into_inner();
        from_wire(response.diagnostics)
    }

    /// Plans an action: its errors and warnings, and why it is deferred, if it is.
    pub async fn plan_action<A: Action>(&self, config: &Value) -> (Vec<Diagnostic>, Option<Deferral>) {
        let request = plan_action::Request {
            action_type: A::NAME.to_owned(),
            config: Some(encode::<A>(config)),
            client_capabilities: Some(self.capabilities()),
        };
        let response = self.client().plan_action(request).await.expect(RESPONSE).into_inner();
        (from_wire(response.diagnostics), self.deferral(response.deferred))
    }

    /// Runs an action: its progress, and its errors and warnings.
    ///
    /// # Panics
    /// If the events are not progress and then one end: core takes another stream as a success, or crashes.
    pub async fn invoke<A: Action>(&self, config: &Value) -> (Vec<String>, Vec<Diagnostic>) {
        let request = invoke_action::Request {
            action_type: A::NAME.to_owned(),
            config: Some(encode::<A>(config)),
            ..Default::default()
        };
        let mut events = self.client().invoke_action(request).await.expect(RESPONSE).into_inner();
        let (mut progress, mut end) = (Vec::new(), None);
        while let Some(event) = events.next().await {
            assert!(end.is_none(), "nothing comes after the end");
            match event.expect(RESPONSE).r#type.expect("core crashes on an empty event") {
                EventType::Progress(event) => progress.push(event.message),
                EventType::Completed(event) => end = Some(from_wire(event.diagnostics)),
            }
        }
        (progress, end.expect("the last event is the end"))
    }
}
