//! Everything of a provider that has a configuration, without its Rust types: for tests of a promise that all of it keeps.

use tfplugin_proto::tfplugin6::{
    validate_action_config, validate_data_resource_config, validate_ephemeral_resource_config,
    validate_list_resource_config, validate_resource_config,
};

use super::{
    host::{Host, RESPONSE},
    wire::{encode_as, from_wire},
};
use crate::{
    diagnostics::Diagnostic,
    offers::{Descriptor, Kind, Offers, Table},
    provider::Provider,
    schema::Block,
    value::Value,
};

/// What has a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Resource,
    DataSource,
    Ephemeral,
    List,
    Action,
}

/// A type with a configuration.
#[derive(Clone, Debug)]
pub struct Configurable {
    sort: Sort,
    /// Its name, which a resource, its list and a data source may have in common.
    pub name: &'static str,
    /// Its schema.
    pub block: Block,
}

fn of_table<T: Kind + ?Sized>(sort: Sort, table: &Table<T>) -> Vec<Configurable> {
    let of = |descriptor: &Descriptor| Configurable {
        sort,
        name: descriptor.name,
        block: descriptor.block.clone(),
    };
    table.iter().map(|offered| of(&offered.descriptor)).collect()
}

impl<P: Provider> Host<P> {
    /// Every type with a configuration: all that the provider offers but its functions. The provider block is not among them.
    pub fn configurable() -> Vec<Configurable> {
        let Offers { resources, data_sources, ephemeral_resources, list_resources, actions, functions: _ } =
            P::offers();
        [
            of_table(Sort::Resource, &resources),
            of_table(Sort::DataSource, &data_sources),
            of_table(Sort::Ephemeral, &ephemeral_resources),
            of_table(Sort::List, &list_resources),
            of_table(Sort::Action, &actions),
        ]
        .concat()
    }

    /// Checks a configuration of any type.
    pub async fn validate_any(&self, of: &Configurable, config: &Value) -> Vec<Diagnostic> {
        let (mut client, type_name) = (self.client(), of.name.to_owned());
        let config = Some(encode_as(config, &of.block.value_type()));
        let diagnostics = match of.sort {
            Sort::Resource => {
                let client_capabilities = Some(self.capabilities());
                let request = validate_resource_config::Request { type_name, config, client_capabilities };
                client.validate_resource_config(request).await.expect(RESPONSE).into_inner().diagnostics
            }
            Sort::DataSource => {
                let request = validate_data_resource_config::Request { type_name, config };
                client.validate_data_resource_config(request).await.expect(RESPONSE).into_inner().diagnostics
            }
            Sort::Ephemeral => {
                let request = validate_ephemeral_resource_config::Request { type_name, config };
                client
                    .validate_ephemeral_resource_config(request)
                    .await
                    .expect(RESPONSE)
                    .into_inner()
                    .diagnostics
            }
            Sort::List => {
                let request =
                    validate_list_resource_config::Request { type_name, config, ..Default::default() };
                client.validate_list_resource_config(request).await.expect(RESPONSE).into_inner().diagnostics
            }
            Sort::Action => {
                let request = validate_action_config::Request { type_name, config };
                client.validate_action_config(request).await.expect(RESPONSE).into_inner().diagnostics
            }
        };
        from_wire(diagnostics)
    }
}
