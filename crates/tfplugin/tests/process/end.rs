//! How the process ends: requested by the host, by a signal, and after the host has crashed.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use child_processes::Signal;
use tfplugin_proto::{
    health::{HealthCheckRequest, HealthCheckResponse, health_check_response::ServingStatus},
    plugin::{
        ConnInfo, Empty, grpc_broker_client::GrpcBrokerClient, grpc_controller_client::GrpcControllerClient,
        grpc_stdio_client::GrpcStdioClient,
    },
};
use tokio::{io::AsyncWriteExt as _, net::UnixStream};
use tokio_stream::StreamExt as _;
use tonic::{Request, client::Grpc, codegen::http::uri::PathAndQuery};
use tonic_prost::ProstCodec;

use crate::{
    host::{Plugin, connect, provider, provider_of_a_host, with},
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

/// What a host may keep open: a connection in which nothing was sent, one whose other side stopped reading, and a request without an end.
#[derive(Clone, Copy, Debug)]
enum KeptOpen {
    Connection,
    Stalled,
    Request,
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_host_keeps_open_without_a_call_does_not_delay_the_end() {
    for kept in [KeptOpen::Connection, KeptOpen::Stalled, KeptOpen::Request] {
        let plugin = Plugin::start(with(provider_of_a_host(), "TF_LOG", "debug"));
        let channel = plugin.connect().await;
        let mut socket = UnixStream::connect(plugin.socket()).await.unwrap();
        match kept {
            KeptOpen::Connection => {}
            // HTTP/2's preface and empty settings; what comes back is not read.
            KeptOpen::Stalled => {
                let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
                socket.write_all(preface).await.unwrap();
            }
            KeptOpen::Request => {
                let mut client = Grpc::new(channel.clone());
                client.ready().await.unwrap();
                let nothing = Request::new(tokio_stream::pending::<HealthCheckRequest>());
                let codec = ProstCodec::<HealthCheckRequest, HealthCheckResponse>::default();
                let path = PathAndQuery::from_static("/grpc.health.v1.Health/Check");
                tokio::spawn(async move { client.client_streaming(nothing, path, codec).await });
            }
        }
        // The server has accepted both connections, and what was sent in them.
        health(connect(&plugin.socket()).await, "plugin").await.unwrap();
        health(channel.clone(), "plugin").await.unwrap();

        GrpcControllerClient::new(channel).shutdown(Empty {}).await.unwrap();
        assert_eq!(tokio::task::block_in_place(|| plugin.ended()).code(), Some(0), "{kept:?}");
        let log = plugin.stderr();
        assert!(log.contains("\"ended\"") && !log.contains("the time of the end is up"), "{kept:?}: {log}");
        drop(socket);
    }
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
fn a_request_to_terminate_and_a_closed_terminal_leave_no_socket() {
    let mut by_hand = provider();
    by_hand.arg("--debug=true");
    for (command, signal) in
        [(provider_of_a_host(), Signal::TERM), (provider_of_a_host(), Signal::HUP), (by_hand, Signal::HUP)]
    {
        let plugin = Plugin::start(heeding_hangups(&command));
        plugin.signal(signal);
        assert_eq!(plugin.ended().code(), Some(0), "{signal:?}");
        assert_eq!(plugin.files(), Vec::<std::path::PathBuf>::new(), "{signal:?}");
    }
}

/// The command as a terminal starts it, also if the tests run under `nohup`, which hands on that SIGHUP is ignored.
fn heeding_hangups(command: &Command) -> Command {
    if !cfg!(target_os = "linux") {
        return by(command, Command::new(command.get_program()));
    }
    let mut env = Command::new("env");
    env.arg("--default-signal=HUP").arg(command.get_program());
    by(command, env)
}

/// `starter` with the arguments and the environment of a command.
fn by(command: &Command, mut starter: Command) -> Command {
    starter.args(command.get_args()).env_clear();
    for (name, value) in command.get_envs() {
        starter.env(name, value.unwrap_or_default());
    }
    starter
}

/// As `nohup` starts a host, which hands it on to what it starts. Only Linux shows it to the process.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_closed_terminal_that_is_to_be_ignored_is_ignored() {
    let plugin = Plugin::start(by_a_shell("trap '' HUP; exec \"$0\""));
    let channel = plugin.connect().await;
    plugin.signal(Signal::HUP);
    plugin.signal(Signal::HUP);
    assert_eq!(health(channel, "plugin").await.unwrap(), ServingStatus::Serving);
}

/// A shell that starts the provider, as a host would, by this script, in which it is `$0`.
fn by_a_shell(script: &str) -> Command {
    let provider = provider_of_a_host();
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).arg(provider.get_program());
    by(&provider, shell)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_process_ends_when_its_host_is_killed() {
    // The shell is the host: it starts the provider, waits, and is killed.
    let plugin = Plugin::start(by_a_shell("\"$0\" & wait"));
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
