//! The lines on standard error, parsed as a host parses them.

use serde_json::{Map, Value};
use tfplugin_proto::plugin::{Empty, grpc_controller_client::GrpcControllerClient};

use crate::{
    host::{Plugin, provider_of_a_host},
    services::health,
};

/// The lines of a short process.
async fn lines_of(variables: &[(&str, &str)]) -> String {
    let mut command = provider_of_a_host();
    command.envs(variables.iter().copied());
    let plugin = Plugin::start(command);
    let channel = plugin.connect().await;
    health(channel.clone(), "plugin").await.unwrap();
    GrpcControllerClient::new(channel).shutdown(Empty {}).await.unwrap();
    tokio::task::block_in_place(|| plugin.ended());
    plugin.stderr()
}

/// Parses a line as strictly as hosts do.
#[track_caller]
fn parse(line: &str) -> Map<String, Value> {
    assert!(line.len() < 64 << 10, "hosts cut lines of {} bytes in pieces", line.len());
    let entry: Map<String, Value> = serde_json::from_str(line).unwrap();
    let text = |key: &str| entry[key].as_str().unwrap_or_else(|| panic!("{key} is no string in {line}"));
    assert!(["trace", "debug", "info", "warn", "error"].contains(&text("@level")), "{line}");
    text("@message");
    text("@module");
    let shape: String =
        text("@timestamp").chars().map(|each| if each.is_ascii_digit() { '0' } else { each }).collect();
    assert_eq!(shape, "0000-00-00T00:00:00.000000Z");
    entry
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_can_be_parsed_by_the_host() {
    let text = lines_of(&[("TF_LOG", "TRACE")]).await;
    let entries: Vec<_> = text.lines().map(parse).collect();
    let serving = entries.iter().find(|entry| entry["@message"] == "serving").expect("the start is logged");
    assert_eq!(serving["@level"], "debug");
    assert_eq!(serving["@module"], "tfplugin.serve.server");
    assert_eq!(serving["network"], "unix");
    assert!(serving["@caller"].as_str().unwrap().contains("serve/server.rs:"), "{serving:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_logged_by_default() {
    assert_eq!(lines_of(&[]).await, "");
    assert_eq!(lines_of(&[("TF_LOG", "trace"), ("TF_LOG_PROVIDER_TEST", "off")]).await, "");
}
