//! Serves one host from the first line to the end.

use std::{
    io::{self, Write as _},
    path::Path,
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

use super::{
    ServeOptions, connection, debug,
    environment::{EnvironmentError, HostEnvironment},
    goplugin::GoPlugin,
    handshake,
    health::AlwaysServing,
    listener::{ListenError, Listener},
    orphan,
    tls::{self, TlsError},
};
use crate::process::{Count, Ending, Process};

/// Largest message either way: schemas and states are big, and tonic's own limit is 4 MiB (plugin-go tf6server).
const MAX_MESSAGE_BYTES: usize = 256 << 20;

/// Who started the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// A host, which waits for the handshake and requests the end.
    Plugin,
    /// A person, who ends it with Ctrl-C.
    Debug,
}

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

    let router = router(service(process.clone()), &process);
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
    router.serve_with_incoming_shutdown(incoming, until_the_end).await?;
    process.until_no_holds().await;
    Ok(())
}

fn router<S: Provider>(service: S, process: &Process) -> tonic::transport::server::Router {
    let goplugin = GoPlugin::new(process.clone());
    tonic::transport::Server::builder()
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

/// Signals. From now on no signal of these ends the process at once.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for a signal that means the end. A Ctrl-C at the terminal reaches a host and its plugins alike, and it is the
    /// host's business: it calls `StopProvider`.
    async fn end(&mut self, mode: Mode) {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => if mode == Mode::Debug { return },
                _ = self.terminate.recv() => return,
            }
        }
    }
}

/// Ctrl-C, which does not end the process at once from now on.
#[cfg(not(unix))]
struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
}

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self { interrupt: tokio::signal::windows::ctrl_c()? })
    }

    async fn end(&mut self, mode: Mode) {
        loop {
            self.interrupt.recv().await;
            if mode == Mode::Debug {
                return;
            }
        }
    }
}
