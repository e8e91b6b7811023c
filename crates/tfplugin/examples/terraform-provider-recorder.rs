//! A provider that writes down what Terraform sends it, byte for byte: `tests/golden/README.md` says how to use it.
//!
//! It is built on the protocol's messages alone, so that nothing of the framework's own reading comes between.

use std::{collections::HashMap, path::PathBuf, process::ExitCode};

use tfplugin::serve::{self, ServeOptions};
use tfplugin_proto::tfplugin6::{
    Schema, get_provider_schema, provider_server::Provider, schema, validate_data_resource_config,
    validate_provider_config,
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
    };
    serve::run(&options, |_process| Recorder)
}

struct Recorder;

#[tonic::async_trait]
impl Provider for Recorder {
    async fn get_provider_schema(
        &self,
        _: Request<get_provider_schema::Request>,
    ) -> Result<Response<get_provider_schema::Response>, Status> {
        let cases: HashMap<String, serde_json::Value> = serde_json::from_str(CASES).map_err(internal)?;
        let sources = cases.into_iter().map(|(name, value_type)| {
            let value = schema::Attribute {
                name: "value".to_owned(),
                r#type: value_type.to_string().into_bytes(),
                optional: true,
                ..schema::Attribute::default()
            };
            let block = schema::Block { attributes: vec![value], ..schema::Block::default() };
            (format!("recorder_{name}"), Schema { version: 0, block: Some(block) })
        });
        Ok(Response::new(get_provider_schema::Response {
            provider: Some(Schema { version: 0, block: Some(schema::Block::default()) }),
            data_source_schemas: sources.collect(),
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
        let directory =
            std::env::var_os("RECORD_INTO").ok_or_else(|| internal("RECORD_INTO names no directory"))?;
        let name = request.type_name.trim_start_matches("recorder_");
        let file = PathBuf::from(directory).join(format!("{name}.msgpack"));
        std::fs::write(file, request.config.unwrap_or_default().msgpack).map_err(internal)?;
        Ok(Response::new(validate_data_resource_config::Response::default()))
    }
}

fn internal(problem: impl std::fmt::Display) -> Status {
    Status::internal(problem.to_string())
}
