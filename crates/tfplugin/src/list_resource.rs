//! List resources: what `terraform query` finds, so that users can import it.
//!
//! A list resource is a struct of filters that derives [`Schema`](macro@crate::Schema) without a name, with [`ListResource`] implemented
//! for it. It belongs to a [resource](crate::Resource) with an [identity](crate::identity), whose objects it finds, and has its name.
//! Users write it into a file `NAME.tfquery.hcl` (Terraform 1.14 and newer; OpenTofu has no such command yet):
//!
//! ```hcl
//! list "shop_role" "all" {
//!   provider = shop
//!   limit    = 50
//!
//!   config {
//!     project = "web"
//!   }
//! }
//! ```
//!
//! `terraform query` shows the identities. With `-generate-config-out=FILE` Terraform requests the objects too, and writes `import` blocks
//! with their configuration. Leave out, with a warning, what no configuration can keep as it is
//! ([`configuration_faults`](crate::configuration_faults)).
//!
//! ```
//! use tfplugin::{Capabilities, Context, Error, Found, IdentitySchema, ListResource, Resource, Schema};
//!
//! /// A role.
//! #[derive(Clone, Debug, Schema)]
//! #[schema(name = "shop_role")]
//! struct Role {
//!     /// Project.
//!     #[schema(required, replace)]
//!     project: String,
//!     /// Name.
//!     #[schema(required, replace)]
//!     name: String,
//! }
//!
//! /// The client of the API.
//! struct Api;
//! # impl Api {
//! #     async fn page(&self, _: &str, _: u64, from: Option<u32>) -> Result<(Vec<String>, Option<u32>), Error> {
//! #         Ok((vec![format!("role-{from:?}")], from.is_none().then_some(1)))
//! #     }
//! # }
//!
//! impl Resource for Role {
//!     type Provider = Api;
//!     const CAPABILITIES: Capabilities<Self, Api> = Capabilities::none().identity(IdentitySchema::of(&["project", "name"]));
//! #    async fn create(self, _: &Context<Api>) -> Result<Self, Error> { Ok(self) }
//! #    async fn read(self, _: &Context<Api>) -> Result<Option<Self>, Error> { Ok(Some(self)) }
//! #    async fn update(self, _: Self, _: &Context<Api>) -> Result<Self, Error> { Ok(self) }
//! #    async fn delete(self, _: &Context<Api>) -> Result<(), Error> { Ok(()) }
//!     // create, read, update, delete
//! }
//!
//! /// Lists roles.
//! #[derive(Clone, Debug, Schema)]
//! struct Roles {
//!     /// Project whose roles are listed.
//!     #[schema(required)]
//!     project: String,
//! }
//!
//! impl ListResource for Roles {
//!     type Resource = Role;
//!
//!     async fn list(self, found: &Found<Role>, context: &Context<Api>) -> Result<(), Error> {
//!         let mut next = None;
//!         loop {
//!             let (names, after) = context.provider().page(&self.project, found.page_size(500), next).await?;
//!             for name in names {
//!                 found.add(name.clone(), Role { project: self.project.clone(), name }).await;
//!             }
//!             next = after;
//!             if next.is_none() {
//!                 return Ok(());
//!             }
//!         }
//!     }
//! }
//!
//! assert_eq!(tfplugin::Offers::new().resource::<Role>().list_resource::<Roles>().check(), Ok(()));
//! ```

use std::{future::Future, marker::PhantomData};

use tokio::sync::mpsc;

use crate::{
    context::Context,
    diagnostics::{Diagnostics, Error},
    resource::Resource,
    schema::Schema,
    value::Value,
};

/// A list resource: a struct of filters. The [module's page](self) has an example.
pub trait ListResource: Schema {
    /// The resource whose objects are listed. It has an [identity](crate::identity).
    type Resource: Resource;

    /// Checks rules that concern more than one attribute, without network. Treat an unknown value as valid.
    fn validate(config: &Self::Partial, report: &mut Diagnostics) {
        let _ = (config, report);
    }

    /// Finds the objects, and [adds](Found::add) each as soon as it is found: page by page, and not all at the end. `self` is the
    /// configuration, wholly known.
    ///
    /// [Warnings](Context::warn) are shown with the next object, such as one for a part that could not be read: the list goes on without
    /// it. The [time limit](Context::timeout) is 20 minutes.
    ///
    /// The function is dropped at an `await` when the limit of the list is reached, or the user interrupts it.
    ///
    /// # Errors
    /// An error ends the list, and the query.
    fn list(
        self,
        found: &Found<Self::Resource>,
        context: &Context<<Self::Resource as Resource>::Provider>,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

/// Where a list resource adds what it finds.
#[derive(Debug)]
pub struct Found<R> {
    sink: Sink,
    resource: PhantomData<fn() -> R>,
}

/// The same without the type.
#[derive(Clone, Debug)]
pub(crate) struct Sink {
    pub(crate) sender: mpsc::Sender<Listed>,
    pub(crate) limit: Option<u64>,
    pub(crate) wants_objects: bool,
}

/// An object that was found.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) display_name: String,
    pub(crate) object: Value,
}

impl<R: Schema> Found<R> {
    pub(crate) fn new(sink: Sink) -> Self {
        Self { sink, resource: PhantomData }
    }

    /// Adds an object, with the name that users read in the list. Waits until Terraform has taken the one before it.
    ///
    /// If the [objects themselves](Found::wants_objects) are not requested, only the attributes of the identity count.
    pub async fn add(&self, display_name: impl Into<String>, object: R) {
        let listed = Listed { display_name: display_name.into(), object: object.to_value() };
        // The list has ended when nobody receives: then this function is dropped.
        if self.sink.sender.send(listed).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Whether Terraform requests the objects with all attributes, as for `-generate-config-out`. If not, an API that needs one more request
    /// for each object needs none: the other attributes may be null.
    pub fn wants_objects(&self) -> bool {
        self.sink.wants_objects
    }

    /// How many objects to request at once from an API whose pages have at most `largest`.
    pub fn page_size(&self, largest: u64) -> u64 {
        self.sink.limit.unwrap_or(largest).clamp(1, largest.max(1))
    }
}
