//! Serves one host from the first line to the end.

use std::{
    io::{self, Write as _},
    path::Path,
    time::Duration,
};

use tfplugin_proto::{
    health::health_server::HealthServer,
    plugin::{
        grpc_broker_server::GrpcBrokerServer, grpc_controller_server::GrpcControllerServer,
        grpc_stdio_server::GrpcStdioServer,
    },
    tfplugin6::provider_server::{Provider, ProviderServer},
};
use tokio_rustls::TlsAcceptor;
use tonic::transport::server::Router;
use tower::layer::util::{Identity, Stack};

use super::{
    ServeOptions,
    calls::CountCalls,
    connection, debug,
    environment::{EnvironmentError, HostEnvironment},
    goplugin::GoPlugin,
    handshake,
    health::AlwaysServing,
    listener::{ListenError, Listener},
    orphan,
    signals::{Mode, Signals},
    tls::{self, TlsError},
};
use crate::process::{Count, Ending, Process};

/// Time for the last bytes of the last responses, and for a host to close its side.
const LAST_BYTES: Duration = Duration::from_millis(250);
/// Largest message either way: schemas and states are big, and tonic's own limit is 4 MiB (plugin-go tf6server).
const MAX_MESSAGE_BYTES: usize = 256 << 20;

/// Why nothing was served.
#[derive(Debug, thiserror::Error)]
pub(super) enum ServeError {
    #[error("cannot start the runtime")]
    Runtime(#[source] io::Error),
    #[error("the host's environment makes no sense")]
    Environment(#[from] EnvironmentError),
    #[error("cannot make a socket for the host")]
    Listen(#[from] ListenError),
    #[error("cannot set up TLS with the host")]
    Tls(#[from] TlsError),
    #[error("cannot watch for signals")]
    Signals(#[source] io::Error),
    #[error("cannot tell the host where to connect: standard output is closed")]
    Handshake(#[source] io::Error),
    #[error("serving failed")]
    Serve(#[from] tonic::transport::Error),
}

pub(super) async fn serve<S, F>(options: &ServeOptions, mode: Mode, service: F) -> Result<(), ServeError>
where
    S: Provider,
    F: FnOnce(Process) -> S,
{
    let connections = Count::new();
    let host_gone = orphan::host_gone(connections.clone());
    let host = match mode {
        Mode::Plugin => HostEnvironment::read()?,
        Mode::Debug => HostEnvironment::without_host(),
    };
    if !host.speaks_protocol_6 {
        tracing::warn!("the host does not offer protocol 6, the only one spoken here");
    }
    let tls = host.client_certificate.as_deref().map(tls::Identity::for_client).transpose()?;
    let (listener, socket_file) = Listener::bind(&host).await?;
    let address = listener.address()?;
    let process = Process::new();
    // Before the host has the handshake: a Ctrl-C goes to both.
    let mut signals = Signals::new().map_err(ServeError::Signals)?;

    let calls = Count::new();
    let router = router(service(process.clone()), &process, CountCalls(calls.clone()));
    let announcement = match mode {
        Mode::Plugin => {
            let certificate = tls.as_ref().map(tls::Identity::certificate);
            handshake::line(&address, certificate, &host)
        }
        Mode::Debug => {
            super::print_error(debug::EXPLANATION);
            debug::setting(options, &address)
        }
    };
    announce(&announcement).map_err(ServeError::Handshake)?;
    tracing::debug!(network = address.network, address = %address.location, tls = tls.is_some(), "serving");

    let socket_path = socket_file.path().map(Path::to_owned);
    let acceptor = tls.map(|tls| TlsAcceptor::from(tls.into_config()));
    let incoming = connection::incoming(listener, acceptor, connections);
    let until_the_end = async {
        let ending = tokio::select! {
            ending = process.ending() => ending,
            () = host_gone, if mode == Mode::Plugin => Ending::HostGone,
            () = signals.end(mode) => Ending::Signal,
        };
        tracing::debug!(?ending, "ending");
        ending.exit_when_time_is_up(socket_path);
        process.end(ending);
    };
    let no_calls = async {
        process.stopping().cancelled().await;
        calls.until_zero().await;
        tokio::time::sleep(LAST_BYTES).await;
    };
    tokio::select! {
        served = router.serve_with_incoming_shutdown(incoming, until_the_end) => served?,
        () = no_calls => tracing::debug!("the host keeps connections or streams open that nothing runs in"),
    }
    process.until_no_holds().await;
    tracing::debug!("ended");
    Ok(())
}

fn router<S: Provider>(
    service: S,
    process: &Process,
    calls: CountCalls,
) -> Router<Stack<CountCalls, Identity>> {
    let goplugin = GoPlugin::new(process.clone());
    tonic::transport::Server::builder()
        .layer(calls)
        .add_service(
            ProviderServer::new(service)
                .max_decoding_message_size(MAX_MESSAGE_BYTES)
                .max_encoding_message_size(MAX_MESSAGE_BYTES),
        )
        .add_service(GrpcControllerServer::new(goplugin.clone()))
        .add_service(GrpcStdioServer::new(goplugin.clone()))
        .add_service(GrpcBrokerServer::new(goplugin))
        .add_service(HealthServer::new(AlwaysServing::new(process.clone())))
}

fn announce(line: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(line.as_bytes())?;
    stdout.flush()
}
