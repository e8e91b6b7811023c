//! A provider that writes down what Terraform sends it, byte for byte: see `tests/golden/README.md`.
//!
//! It is built on the protocol's messages alone, so that nothing of the framework's own reading comes between.

use std::{collections::BTreeMap, path::PathBuf, process::ExitCode};

use tfplugin::serve::{self, ServeOptions};
use tfplugin_proto::tfplugin6::{
    DynamicValue, Schema, apply_resource_change, configure_provider, get_provider_schema,
    plan_resource_change, provider_server::Provider, read_resource, schema, upgrade_resource_state,
    validate_data_resource_config, validate_provider_config, validate_resource_config,
};
use tonic::{Request, Response, Status};

/// The type of each data source's `value`, by the data source's name without its prefix.
const CASES: &str = include_str!("../tests/golden/cases.json");

fn main() -> ExitCode {
    let options = ServeOptions {
        name: "recorder",
        source: "example/recorder",
        version: "0.0.0",
        description: "Writes down what Terraform sends.",
        log_target: env!("CARGO_CRATE_NAME"),
        log_crates: &[],
    };
    serve::run_service(&options, |_process| Recorder)
}

struct Recorder;

#[tonic::async_trait]
impl Provider for Recorder {
    /// A data source for each case, and one resource with an attribute for each.
    async fn get_provider_schema(
        &self,
        _: Request<get_provider_schema::Request>,
    ) -> Result<Response<get_provider_schema::Response>, Status> {
        let cases: BTreeMap<String, serde_json::Value> = serde_json::from_str(CASES).map_err(internal)?;
        let sources = cases
            .iter()
            .map(|(name, value_type)| {
                (format!("recorder_{name}"), schema_of(vec![attribute("value", value_type)]))
            })
            .collect();
        let all = cases.iter().map(|(name, value_type)| attribute(name, value_type)).collect();
        Ok(Response::new(get_provider_schema::Response {
            provider: Some(schema_of(Vec::new())),
            data_source_schemas: sources,
            resource_schemas: [("recorder_all".to_owned(), schema_of(all))].into(),
            ..get_provider_schema::Response::default()
        }))
    }

    async fn validate_provider_config(
        &self,
        _: Request<validate_provider_config::Request>,
    ) -> Result<Response<validate_provider_config::Response>, Status> {
        Ok(Response::new(validate_provider_config::Response::default()))
    }

    async fn validate_data_resource_config(
        &self,
        request: Request<validate_data_resource_config::Request>,
    ) -> Result<Response<validate_data_resource_config::Response>, Status> {
        let request = request.into_inner();
        let name = request.type_name.trim_start_matches("recorder_");
        record(&format!("{name}.msgpack"), &request.config.unwrap_or_default().msgpack)?;
        Ok(Response::new(validate_data_resource_config::Response::default()))
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<upgrade_resource_state::Request>,
    ) -> Result<Response<upgrade_resource_state::Response>, Status> {
        let json = request.into_inner().raw_state.unwrap_or_default().json;
        record("state.json", &json)?;
        let upgraded_state = Some(DynamicValue { json, msgpack: Vec::new() });
        Ok(Response::new(upgrade_resource_state::Response { upgraded_state, ..Default::default() }))
    }

    async fn configure_provider(
        &self,
        _: Request<configure_provider::Request>,
    ) -> Result<Response<configure_provider::Response>, Status> {
        Ok(Response::new(configure_provider::Response::default()))
    }

    async fn validate_resource_config(
        &self,
        _: Request<validate_resource_config::Request>,
    ) -> Result<Response<validate_resource_config::Response>, Status> {
        Ok(Response::new(validate_resource_config::Response::default()))
    }

    async fn read_resource(
        &self,
        request: Request<read_resource::Request>,
    ) -> Result<Response<read_resource::Response>, Status> {
        let new_state = request.into_inner().current_state;
        Ok(Response::new(read_resource::Response { new_state, ..Default::default() }))
    }

    async fn plan_resource_change(
        &self,
        request: Request<plan_resource_change::Request>,
    ) -> Result<Response<plan_resource_change::Response>, Status> {
        let planned_state = request.into_inner().proposed_new_state;
        Ok(Response::new(plan_resource_change::Response { planned_state, ..Default::default() }))
    }

    async fn apply_resource_change(
        &self,
        request: Request<apply_resource_change::Request>,
    ) -> Result<Response<apply_resource_change::Response>, Status> {
        let new_state = request.into_inner().planned_state;
        Ok(Response::new(apply_resource_change::Response { new_state, ..Default::default() }))
    }
}

fn attribute(name: &str, value_type: &serde_json::Value) -> schema::Attribute {
    schema::Attribute {
        name: name.to_owned(),
        r#type: value_type.to_string().into_bytes(),
        optional: true,
        ..schema::Attribute::default()
    }
}

fn schema_of(attributes: Vec<schema::Attribute>) -> Schema {
    Schema { version: 0, block: Some(schema::Block { attributes, ..schema::Block::default() }) }
}

fn record(file: &str, bytes: &[u8]) -> Result<(), Status> {
    let directory =
        std::env::var_os("RECORD_INTO").ok_or_else(|| internal("RECORD_INTO names no directory"))?;
    std::fs::write(PathBuf::from(directory).join(file), bytes).map_err(internal)
}

fn internal(problem: impl std::fmt::Display) -> Status {
    Status::internal(problem.to_string())
}
