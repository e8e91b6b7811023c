//! How the process ends: requested by the host, by a signal, and after the host has crashed.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use child_processes::Signal;
use tfplugin_proto::{
    health::health_check_response::ServingStatus,
    plugin::{
        ConnInfo, Empty, grpc_broker_client::GrpcBrokerClient, grpc_controller_client::GrpcControllerClient,
        grpc_stdio_client::GrpcStdioClient,
    },
};
use tokio_stream::StreamExt as _;

use crate::{
    host::{Plugin, provider_of_a_host},
    services::health,
};

/// Hosts kill a process that runs longer than this.
const HOSTS_GRACE_PERIOD: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn after_shutdown_the_process_ends_in_time_though_the_hosts_streams_are_open() {
    let plugin = Plugin::start(provider_of_a_host());
    let channel = plugin.connect().await;
    let mut stdio = GrpcStdioClient::new(channel.clone()).stream_stdio(()).await.unwrap().into_inner();
    let nothing_to_say = tokio_stream::pending::<ConnInfo>();
    let mut broker =
        GrpcBrokerClient::new(channel.clone()).start_stream(nothing_to_say).await.unwrap().into_inner();

    let begun = Instant::now();
    GrpcControllerClient::new(channel.clone()).shutdown(Empty {}).await.unwrap();
    // An early end with an error would be logged by the host.
    assert!(stdio.next().await.is_none(), "the stream of output ends without a word");
    assert!(broker.next().await.is_none(), "the broker ends without a word");
    let status = tokio::task::block_in_place(|| plugin.ended());
    assert_eq!(status.code(), Some(0));
    assert!(begun.elapsed() < HOSTS_GRACE_PERIOD, "took {:?}", begun.elapsed());
    assert_eq!(plugin.files(), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn an_interrupt_is_ignored_since_the_host_handles_it() {
    let plugin = Plugin::start(provider_of_a_host());
    let channel = plugin.connect().await;
    plugin.signal(Signal::INT);
    plugin.signal(Signal::INT);
    assert_eq!(health(channel, "plugin").await.unwrap(), ServingStatus::Serving);
}

#[test]
fn a_request_to_terminate_leaves_no_socket() {
    let plugin = Plugin::start(provider_of_a_host());
    plugin.signal(Signal::TERM);
    assert_eq!(plugin.ended().code(), Some(0));
    assert_eq!(plugin.files(), Vec::<std::path::PathBuf>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_process_ends_when_its_host_is_killed() {
    // The shell is the host: it starts the provider, waits, and is killed.
    let host = provider_of_a_host();
    let mut shell = Command::new("sh");
    shell.args(["-c", "\"$0\" & wait"]).arg(host.get_program()).env_clear();
    for (name, value) in host.get_envs() {
        shell.env(name, value.unwrap_or_default());
    }
    let plugin = Plugin::start(shell);
    let channel = plugin.connect().await;
    // A response proves that the server has accepted the connection.
    health(channel.clone(), "plugin").await.unwrap();

    plugin.signal(Signal::KILL);
    tokio::task::block_in_place(|| plugin.ended());
    // A client is still connected, so that the process continues.
    assert_eq!(health(channel.clone(), "plugin").await.unwrap(), ServingStatus::Serving);

    drop(channel);
    assert_eq!(tokio::task::block_in_place(|| plugin.stdout_rest()), "");
    assert_eq!(plugin.files(), Vec::<std::path::PathBuf>::new());
}
