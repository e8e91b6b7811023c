//! The services on the socket in addition to the provider itself.

use tfplugin_proto::{
    health::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient},
    tfplugin6::{DynamicValue, provider_client::ProviderClient, validate_provider_config},
};
use tonic::{Code, Status, transport::Channel};

use crate::host::{Plugin, provider_of_a_host};

/// Requests the health of a service.
pub(crate) async fn health(channel: Channel, service: &str) -> Result<ServingStatus, Status> {
    let request = HealthCheckRequest { service: service.to_owned() };
    HealthClient::new(channel).check(request).await.map(|response| response.get_ref().status())
}

#[tokio::test]
async fn without_a_client_certificate_the_connection_is_plaintext() {
    let plugin = Plugin::start(provider_of_a_host());
    assert_eq!(plugin.fields()[5], "");
    assert_eq!(health(plugin.connect().await, "plugin").await.unwrap(), ServingStatus::Serving);
}

#[tokio::test]
async fn only_the_service_named_plugin_has_a_health() {
    let plugin = Plugin::start(provider_of_a_host());
    let status = health(plugin.connect().await, "tfplugin6.Provider").await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}

/// Sends a message of about so many bytes.
async fn send(bytes: usize) -> Code {
    let plugin = Plugin::start(provider_of_a_host());
    let config = DynamicValue { msgpack: vec![0xc0; bytes], json: Vec::new() };
    let request = validate_provider_config::Request { config: Some(config) };
    let response = ProviderClient::new(plugin.connect().await).validate_provider_config(request).await;
    response.expect_err("the provider offers nothing").code()
}

#[tokio::test]
async fn messages_of_256_mebibytes_are_accepted_and_longer_ones_rejected() {
    const LONGEST: usize = 256 << 20;
    // Received and decoded, but not implemented.
    assert_eq!(send(LONGEST - 64).await, Code::Unimplemented);
    assert_eq!(send(LONGEST + 1).await, Code::OutOfRange);
}
