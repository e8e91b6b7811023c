//! A provider's process, as a host starts and ends it.

use std::{
    path::PathBuf,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use child_processes::{Process, Processes};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tfplugin_proto::plugin::{Empty, grpc_controller_client::GrpcControllerClient};
use tokio::net::UnixStream;
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

use crate::tls::ClientCertificate;

/// All hosts set this cookie.
const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// For what takes milliseconds, unless the machine is very busy. Hosts wait as long for the handshake.
const DEADLINE: Duration = Duration::from_mins(1);

/// A provider's process, and the directory its socket is in. Killed when dropped.
#[derive(Debug)]
pub struct Plugin {
    process: Process,
    line: String,
    certificate: ClientCertificate,
    processes: Processes,
}

impl Plugin {
    /// Starts the provider as a host does, in addition to what the command has in its environment, and reads the handshake.
    ///
    /// # Panics
    /// If there is no handshake, or a host would refuse it.
    pub fn start(command: Command) -> Self {
        let (plugin, _) = Self::start_at(command);
        assert_eq!(plugin.version(), "6", "{}", plugin.line);
        plugin
    }

    /// The same with any version of the protocol; also when the process was started.
    pub(crate) fn start_at(mut command: Command) -> (Self, Instant) {
        let processes = Processes::new("protocol-host-").expect("a temporary directory");
        let certificate = ClientCertificate::new();
        command
            .env(COOKIE.0, COOKIE.1)
            .env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
            .env("PLUGIN_MIN_PORT", "10000")
            .env("PLUGIN_MAX_PORT", "25000")
            .env("PLUGIN_CLIENT_CERT", &certificate.pem)
            .env("TMPDIR", processes.directory());
        let started = Instant::now();
        let process = processes.start(command).expect("the provider was built");
        let line = process.wait_for_output(DEADLINE, |printed| {
            let (line, _) = printed.stdout.split_once('\n')?;
            Some(line.to_owned())
        });
        let line = line.unwrap_or_else(|error| panic!("no handshake: {error}; {:?}", process.printed()));
        let fields: Vec<_> = line.split('|').collect();
        assert!(matches!(fields[..], ["1", "5" | "6", "unix", _, "grpc", _]), "{line}");
        (Self { process, line, certificate, processes }, started)
    }

    /// Id of the process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Version of the protocol that the provider chose.
    pub(crate) fn version(&self) -> &str {
        self.line.split('|').nth(1).unwrap_or_default()
    }

    /// A connection with AutoMTLS.
    ///
    /// # Panics
    /// If the provider refuses it.
    pub async fn connect(&self) -> Channel {
        let fields: Vec<_> = self.line.split('|').collect();
        let (socket, server) = (PathBuf::from(fields[3]), fields[5]);
        // A strict decoder: padding would be an error.
        let server = STANDARD_NO_PAD.decode(server).expect("a certificate");
        let connector = TlsConnector::from(Arc::new(self.certificate.config(server.into())));
        let connect = service_fn(move |_| {
            let (connector, socket) = (connector.clone(), socket.clone());
            async move {
                let name = ServerName::try_from("localhost").expect("a name");
                let stream = connector.connect(name, UnixStream::connect(socket).await?).await?;
                assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
                Ok::<_, std::io::Error>(TokioIo::new(stream))
            }
        });
        let endpoint = Endpoint::from_static("http://localhost");
        endpoint.connect_with_connector(connect).await.expect("the provider accepts its host")
    }

    /// Whether the process runs.
    pub fn is_running(&self) -> bool {
        self.process.status().is_none()
    }

    /// What it wrote to standard error so far.
    pub fn stderr(&self) -> String {
        self.process.printed().stderr
    }

    /// Ends it as a host does.
    ///
    /// # Panics
    /// If it does not end with success, or leaves something in its directory.
    pub async fn shut_down(self) {
        GrpcControllerClient::new(self.connect().await).shutdown(Empty {}).await.expect("a response");
        let status = tokio::task::block_in_place(|| self.process.wait(DEADLINE)).expect("it ends");
        assert_eq!(status.code(), Some(0), "{}", self.stderr());
        let left = std::fs::read_dir(self.processes.directory()).expect("the directory is there");
        assert_eq!(left.count(), 0, "the socket is removed");
    }
}
