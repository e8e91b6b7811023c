//! A connection to a provider, with its schemas; what validates and configures it.

use std::sync::Arc;

use tfplugin::{
    Value,
    schema::{Block, Nesting},
    testing::{decode_as, encode_as},
    value::{Data, Type as ValueType},
};
use tfplugin_proto::tfplugin6::{
    ClientCapabilities, DynamicValue, configure_provider, get_metadata, get_provider_schema,
    get_resource_identity_schemas, provider_client::ProviderClient, stop_provider, validate_action_config,
    validate_data_resource_config, validate_ephemeral_resource_config, validate_list_resource_config,
    validate_provider_config, validate_resource_config,
};
use tonic::{Response, Status, transport::Channel};

use crate::{Declared, Messages, Plugin, Type};

/// What hosts receive, and more than any answer needs.
const LONGEST: usize = 256 << 20;

/// A connection to a provider. Clones share it.
#[derive(Clone, Debug)]
pub struct Host {
    client: ProviderClient<Channel>,
    declared: Arc<Declared>,
    capabilities: Capabilities,
}

/// What the host can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Arguments that are not stored: Terraform 1.11 and newer, OpenTofu 1.11 and newer.
    pub write_only: bool,
    /// Deferral: Terraform with `-allow-deferral`.
    pub deferral: bool,
}

impl Host {
    /// Connects, and reads the schemas, without a configuration.
    ///
    /// # Panics
    /// If Terraform would refuse the schemas, or they differ from one call to the next.
    pub async fn connect(plugin: &Plugin) -> Self {
        let mut client = ProviderClient::new(plugin.connect().await)
            .max_decoding_message_size(LONGEST)
            .max_encoding_message_size(LONGEST);
        let schemas = answered(client.get_provider_schema(get_provider_schema::Request {}).await);
        let again = answered(client.get_provider_schema(get_provider_schema::Request {}).await);
        assert!(schemas == again, "the schemas differ from call to call");
        let identities = get_resource_identity_schemas::Request {};
        let identities = answered(client.get_resource_identity_schemas(identities).await);
        let metadata = answered(client.get_metadata(get_metadata::Request {}).await);
        let declared = Arc::new(Declared::new(&schemas, &identities, &metadata));
        Self { client, declared, capabilities: Capabilities { write_only: true, deferral: false } }
    }

    /// The same connection of a host with other capabilities.
    #[must_use]
    pub fn with(&self, capabilities: Capabilities) -> Self {
        Self { capabilities, ..self.clone() }
    }

    /// The schemas.
    pub fn declared(&self) -> &Declared {
        &self.declared
    }

    pub(crate) fn client(&self) -> ProviderClient<Channel> {
        self.client.clone()
    }

    pub(crate) fn capabilities(&self) -> ClientCapabilities {
        ClientCapabilities {
            write_only_attributes_allowed: self.capabilities.write_only,
            deferral_allowed: self.capabilities.deferral,
            store_planned_private: true,
            ..ClientCapabilities::default()
        }
    }

    pub(crate) fn defers(&self) -> bool {
        self.capabilities.deferral
    }

    /// Checks a configuration of the provider.
    pub async fn validate_provider(&self, config: &Value) -> Messages {
        let request = validate_provider_config::Request { config: Some(self.provider_value(config)) };
        let response = answered(self.client().validate_provider_config(request).await);
        Messages::new(response.diagnostics, &self.declared.provider)
    }

    /// Configures the provider. The last configuration counts.
    pub async fn configure(&self, config: &Value) -> Messages {
        let request = configure_provider::Request {
            terraform_version: "1.16.0".to_owned(),
            config: Some(self.provider_value(config)),
            client_capabilities: Some(self.capabilities()),
        };
        let response = answered(self.client().configure_provider(request).await);
        Messages::new(response.diagnostics, &self.declared.provider)
    }

    fn provider_value(&self, config: &Value) -> DynamicValue {
        encode_as(config, &self.declared.provider.value_type())
    }

    /// Interrupts what runs.
    ///
    /// # Panics
    /// If the answer has an error.
    pub async fn stop(&self) {
        let response = answered(self.client().stop_provider(stop_provider::Request {}).await);
        assert_eq!(response.error, "");
    }

    /// Checks a configuration of a managed resource.
    pub async fn validate(&self, of: &Type, config: &Value) -> Messages {
        let request = validate_resource_config::Request {
            type_name: of.name.clone(),
            config: Some(value(of, config)),
            client_capabilities: Some(self.capabilities()),
        };
        let response = answered(self.client().validate_resource_config(request).await);
        Messages::new(response.diagnostics, &of.block)
    }

    /// Checks a configuration of a data source.
    pub async fn validate_data_source(&self, of: &Type, config: &Value) -> Messages {
        let request = validate_data_resource_config::Request {
            type_name: of.name.clone(),
            config: Some(value(of, config)),
        };
        let response = answered(self.client().validate_data_resource_config(request).await);
        Messages::new(response.diagnostics, &of.block)
    }

    /// Checks a configuration of an ephemeral resource.
    pub async fn validate_ephemeral(&self, of: &Type, config: &Value) -> Messages {
        let request = validate_ephemeral_resource_config::Request {
            type_name: of.name.clone(),
            config: Some(value(of, config)),
        };
        let response = answered(self.client().validate_ephemeral_resource_config(request).await);
        Messages::new(response.diagnostics, &of.block)
    }

    /// Checks a configuration of a list resource.
    pub async fn validate_list(&self, of: &Type, config: &Value) -> Messages {
        let request = validate_list_resource_config::Request {
            type_name: of.name.clone(),
            config: Some(value(of, config)),
            ..Default::default()
        };
        let response = answered(self.client().validate_list_resource_config(request).await);
        Messages::new(response.diagnostics, &of.block)
    }

    /// Checks a configuration of an action.
    pub async fn validate_action(&self, of: &Type, config: &Value) -> Messages {
        let request =
            validate_action_config::Request { type_name: of.name.clone(), config: Some(value(of, config)) };
        let response = answered(self.client().validate_action_config(request).await);
        Messages::new(response.diagnostics, &of.block)
    }
}

/// A status says that the transport is broken: whatever a provider has to say is a diagnostic.
#[track_caller]
pub(crate) fn answered<T>(response: Result<Response<T>, Status>) -> T {
    match response {
        Ok(response) => response.into_inner(),
        Err(status) => panic!("a status in place of an answer: {status}"),
    }
}

pub(crate) fn value(of: &Type, value: &Value) -> DynamicValue {
    encode_as(value, &of.value_type())
}

/// The value of an answer, which has to be what core reads. No blocks are an empty collection, and never null.
pub(crate) fn read(message: Option<&DynamicValue>, of: &Type) -> Value {
    let value = read_as(message, &of.value_type());
    expect_blocks(&of.block, &value);
    value
}

pub(crate) fn read_as(message: Option<&DynamicValue>, value_type: &ValueType) -> Value {
    // Core does not read JSON everywhere.
    assert!(message.is_none_or(|message| message.json.is_empty()), "{message:?}");
    decode_as(message, value_type)
}

fn expect_blocks(block: &Block, value: &Value) {
    let Some(_) = value.as_known() else { return };
    for nested in &block.blocks {
        let inner = value.member(nested.name);
        assert!(
            nested.nesting == Nesting::Single || !inner.is_null(),
            "no {} are empty, not null",
            nested.name
        );
        match inner {
            Value::Known(Data::Sequence(elements)) => {
                for element in elements {
                    expect_blocks(&nested.block, element);
                }
            }
            Value::Known(Data::Mapping(members)) if nested.nesting == Nesting::Map => {
                for element in members.values() {
                    expect_blocks(&nested.block, element);
                }
            }
            single => expect_blocks(&nested.block, single),
        }
    }
}
