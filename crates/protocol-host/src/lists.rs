//! Lists of `terraform query`.

use std::collections::HashSet;

use tfplugin::Value;
use tfplugin_proto::tfplugin6::list_resource;
use tokio_stream::StreamExt as _;

use crate::{
    Host, Messages, Type,
    host::{answered, read, value},
    lifecycle::read_identity,
};

/// The result of a list.
#[derive(Clone, Debug)]
pub struct Listing {
    /// What was found, in the order of the events.
    pub found: Vec<Listed>,
    /// Errors and warnings.
    pub messages: Vec<Messages>,
    /// Whether the stream ended by itself.
    pub complete: bool,
}

/// One object.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Its identity.
    pub identity: Value,
    /// The name that users read.
    pub display_name: String,
    /// Its attributes; null if they were not requested.
    pub object: Value,
}

impl Host {
    /// Lists objects, and closes the stream after `most` of them, whatever the limit is. `of`: the list resource, `resource`: what
    /// it lists.
    ///
    /// # Panics
    /// If Terraform would refuse an event, or a provider sends more than the limit.
    pub async fn list(
        &self,
        (of, resource): (&Type, &Type),
        config: &Value,
        limit: i64,
        objects: bool,
        most: usize,
    ) -> Listing {
        let request = list_resource::Request {
            type_name: of.name.clone(),
            config: Some(value(of, config)),
            include_resource_object: objects,
            limit,
        };
        let mut events = answered(self.client().list_resource(request).await);
        let mut listing = Listing { found: Vec::new(), messages: Vec::new(), complete: false };
        let mut identities = HashSet::new();
        while listing.found.len() < most {
            let Some(event) = events.next().await else {
                listing.complete = true;
                break;
            };
            let event = event.unwrap_or_else(|status| panic!("a status in place of an event: {status}"));
            let messages = Messages::new(event.diagnostic, &of.block);
            let failed = messages.failed();
            let has_identity = event.identity.is_some();
            assert!(has_identity || messages != Messages::default(), "an event without anything");
            listing.messages.push(messages);
            if failed || !has_identity {
                continue;
            }
            let identity = read_identity(resource, event.identity);
            assert!(!identity.is_null() && identity.is_wholly_known(), "{identity:?}");
            let required = resource.identity.iter().flat_map(|schema| &schema.required);
            for name in required {
                assert!(!identity.member(name).is_null(), "{} has no {name} in its identity", of.name);
            }
            assert!(identities.insert(identity.clone()), "{} lists {identity:?} twice", of.name);
            assert_eq!(event.resource_object.is_some(), objects, "objects are there on request only");
            let object = read(event.resource_object.as_ref(), resource);
            assert!(object.is_wholly_known() && object.is_null() != objects, "{object:?}");
            listing.found.push(Listed { identity, display_name: event.display_name, object });
        }
        let count = i64::try_from(listing.found.len()).unwrap_or(i64::MAX);
        assert!(limit == 0 || count <= limit, "{} sends {count} of {limit}", of.name);
        listing
    }
}
