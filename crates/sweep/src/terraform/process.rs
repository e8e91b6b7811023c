//! One process of the provider, in memory: each call of core, with the encodings and core's own checks of the answers.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use request_pipeline::Network;
use tfplugin::{
    Diagnostic, Provider, Schema as _, Value,
    schema::{Block, Nesting},
    testing::{Client, Host, core_rules, decode_as, encode_as, from_wire, to_path},
    value::{Data, Type, json},
};
use tfplugin_proto::tfplugin6::{
    ClientCapabilities, apply_resource_change, configure_provider, import_resource_state,
    plan_resource_change, read_data_source, read_resource, stop_provider, validate_provider_config,
    validate_resource_config,
};

use crate::{provider, provider::SimulatedCks};

/// What a call without a response would be.
const RESPONSE: &str = "every call has a response";

/// The resource types that histories have.
pub const TYPES: [&str; 8] = [
    "cks_cluster_oidc",
    "cks_cluster_authn_webhook",
    "cks_cluster_authz_webhook",
    "cks_namespace",
    "cks_rbac_role",
    "cks_rbac_binding",
    "cks_service_account",
    "cks_service_account_token",
];

/// The data source that histories have.
pub const DATA_SOURCE: &str = "cks_cluster";

static SCHEMAS: LazyLock<BTreeMap<&'static str, (Block, Type)>> = LazyLock::new(|| {
    let offers = SimulatedCks::offers();
    let schema = |name: &'static str| {
        let block = match name {
            DATA_SOURCE => offers.data_source_schema(name),
            _ => offers.resource_schema(name),
        };
        let block = block.expect("the provider offers it").clone();
        let value_type = block.value_type();
        (name, (block, value_type))
    };
    TYPES.into_iter().chain([DATA_SOURCE]).map(schema).collect()
});

static PROVIDER: LazyLock<(Block, Type)> = LazyLock::new(|| {
    let block = SimulatedCks::block();
    let value_type = block.value_type();
    (block, value_type)
});

fn schema(type_name: &str) -> &'static (Block, Type) {
    SCHEMAS.get(type_name).expect("one of the types")
}

/// A running process.
#[derive(Clone, Debug)]
pub struct Process(Client<SimulatedCks>);

/// A value with private state and messages.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Attributes.
    pub value: Value,
    /// Private state.
    pub private: Vec<u8>,
    /// Errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// Attributes whose change replaces the object.
    pub replace: Vec<String>,
    /// Core's rules that it breaks.
    pub broken: Vec<String>,
}

impl Answer {
    /// Whether there is an error.
    pub fn failed(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == tfplugin::Severity::Error)
    }
}

/// A configuration of a type from JSON.
pub fn object(type_name: &str, attributes: &serde_json::Value) -> Value {
    let (block, value_type) = schema(type_name);
    from_json(attributes, block, value_type)
}

fn from_json(attributes: &serde_json::Value, block: &Block, value_type: &Type) -> Value {
    let mut value = json::decode(attributes.to_string().as_bytes(), value_type).expect("it fits the schema");
    for nested in &block.blocks {
        if nested.nesting != Nesting::Single && value.member(nested.name).is_null() {
            value = super::with(value, nested.name, Value::Known(Data::Sequence(Vec::new())));
        }
    }
    value
}

impl Process {
    /// A process whose requests this network carries, and that lists after so many refreshes of a kind, configured from JSON. Returns the
    /// errors and warnings too.
    pub async fn start(
        network: Arc<dyn Network>,
        single_reads: u64,
        config: &serde_json::Value,
    ) -> (Self, Vec<Diagnostic>) {
        provider::use_network(network, single_reads);
        let process = Self(Host::<SimulatedCks>::unconfigured().client());
        let (block, value_type) = &*PROVIDER;
        let config = Some(encode_as(&from_json(config, block, value_type), value_type));
        let mut client = process.0.clone();
        let request = validate_provider_config::Request { config: config.clone() };
        let validated = client.validate_provider_config(request).await.expect(RESPONSE).into_inner();
        let mut shown = from_wire(validated.diagnostics);
        let request = configure_provider::Request {
            config,
            terraform_version: "1.16.0".to_owned(),
            ..Default::default()
        };
        let response = client.configure_provider(request).await.expect(RESPONSE).into_inner();
        shown.extend(from_wire(response.diagnostics));
        (process, shown)
    }

    /// Checks a configuration.
    pub async fn validate(&self, type_name: &str, config: &Value) -> Vec<Diagnostic> {
        let request = validate_resource_config::Request {
            type_name: type_name.to_owned(),
            config: Some(encode_as(config, &schema(type_name).1)),
            client_capabilities: Some(capabilities()),
        };
        let response = self.0.clone().validate_resource_config(request).await.expect(RESPONSE).into_inner();
        from_wire(response.diagnostics)
    }

    /// Refreshes.
    pub async fn read(&self, type_name: &str, value: &Value, private: &[u8]) -> Answer {
        let request = read_resource::Request {
            type_name: type_name.to_owned(),
            current_state: Some(encode_as(value, &schema(type_name).1)),
            private: private.to_vec(),
            ..Default::default()
        };
        let response = self.0.clone().read_resource(request).await.expect(RESPONSE).into_inner();
        Answer {
            value: decode_as(response.new_state.as_ref(), &schema(type_name).1),
            private: response.private,
            diagnostics: from_wire(response.diagnostics),
            replace: Vec::new(),
            broken: Vec::new(),
        }
    }

    /// Reads a data source.
    pub async fn read_data(&self, type_name: &str, config: &Value) -> Answer {
        let value_type = &schema(type_name).1;
        let request = read_data_source::Request {
            type_name: type_name.to_owned(),
            config: Some(encode_as(config, value_type)),
            ..Default::default()
        };
        let response = self.0.clone().read_data_source(request).await.expect(RESPONSE).into_inner();
        Answer {
            value: decode_as(response.state.as_ref(), value_type),
            private: Vec::new(),
            diagnostics: from_wire(response.diagnostics),
            replace: Vec::new(),
            broken: Vec::new(),
        }
    }

    /// Plans a change.
    pub async fn plan(
        &self,
        type_name: &str,
        prior: &Value,
        config: &Value,
        prior_private: &[u8],
        planned_private: &[u8],
    ) -> Answer {
        let (block, value_type) = schema(type_name);
        let proposed = core_rules::proposed_new(block, prior, config);
        let request = plan_resource_change::Request {
            type_name: type_name.to_owned(),
            prior_state: Some(encode_as(prior, value_type)),
            proposed_new_state: Some(encode_as(&proposed, value_type)),
            config: Some(encode_as(config, value_type)),
            prior_private: prior_private.to_vec(),
            planned_private: planned_private.to_vec(),
            client_capabilities: Some(capabilities()),
            ..Default::default()
        };
        let response = self.0.clone().plan_resource_change(request).await.expect(RESPONSE).into_inner();
        let planned = decode_as(response.planned_state.as_ref(), value_type);
        let mut answer = Answer {
            value: planned,
            private: response.planned_private,
            diagnostics: from_wire(response.diagnostics),
            replace: Vec::new(),
            broken: Vec::new(),
        };
        if !answer.failed() {
            answer.broken = core_rules::plan_errors(block, prior, config, &answer.value);
        }
        // Core drops paths whose value does not change.
        let paths = response.requires_replace.iter().map(|path| to_path(path).to_string());
        answer.replace = paths.filter(|name| prior.member(name) != answer.value.member(name)).collect();
        answer
    }

    /// Applies a change.
    pub async fn apply(
        &self,
        type_name: &str,
        prior: &Value,
        planned: &Value,
        config: &Value,
        planned_private: &[u8],
    ) -> Answer {
        let (block, value_type) = schema(type_name);
        let request = apply_resource_change::Request {
            type_name: type_name.to_owned(),
            prior_state: Some(encode_as(prior, value_type)),
            planned_state: Some(encode_as(planned, value_type)),
            config: Some(encode_as(config, value_type)),
            planned_private: planned_private.to_vec(),
            ..Default::default()
        };
        let response = self.0.clone().apply_resource_change(request).await.expect(RESPONSE).into_inner();
        let mut answer = Answer {
            value: decode_as(response.new_state.as_ref(), value_type),
            private: response.private,
            diagnostics: from_wire(response.diagnostics),
            replace: Vec::new(),
            broken: Vec::new(),
        };
        if !answer.failed() {
            answer.broken = core_rules::result_errors(block, planned, &answer.value);
        }
        answer
    }

    /// Imports by id.
    pub async fn import(&self, type_name: &str, id: &str) -> Answer {
        let request = import_resource_state::Request {
            type_name: type_name.to_owned(),
            id: id.to_owned(),
            ..Default::default()
        };
        let response = self.0.clone().import_resource_state(request).await.expect(RESPONSE).into_inner();
        let imported = response.imported_resources.into_iter().next().unwrap_or_default();
        Answer {
            value: decode_as(imported.state.as_ref(), &schema(type_name).1),
            private: imported.private,
            diagnostics: from_wire(response.diagnostics),
            replace: Vec::new(),
            broken: Vec::new(),
        }
    }

    /// The user's interrupt.
    pub async fn stop(&self) {
        let stopped = self.0.clone().stop_provider(stop_provider::Request {}).await;
        stopped.expect(RESPONSE);
    }
}

fn capabilities() -> ClientCapabilities {
    ClientCapabilities { write_only_attributes_allowed: true, ..Default::default() }
}
