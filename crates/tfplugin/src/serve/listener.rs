//! The socket a host connects to: a Unix socket where there are any, else TCP on the loopback (go-plugin server.go).

use std::{
    io,
    net::Ipv4Addr,
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
};

use super::environment::HostEnvironment;

/// Bytes both ways.
pub(super) trait Transport: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Transport for T {}

#[cfg(unix)]
mod unix;

/// A socket that takes connections.
#[derive(Debug)]
pub(super) enum Listener {
    #[cfg(unix)]
    Unix(tokio::net::UnixListener),
    #[cfg_attr(
        unix,
        allow(dead_code, reason = "the only one where there are no Unix sockets; tested everywhere")
    )]
    Tcp(TcpListener),
}

/// The file of a Unix socket, removed when dropped. Apart from the listener, which a task of its own has.
#[derive(Debug)]
#[must_use = "dropping it removes the socket"]
pub(super) struct SocketFile(Option<PathBuf>);

/// Address of a socket, in the form of the handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// `unix` or `tcp`.
    pub(super) network: &'static str,
    /// A path, or a host with a port.
    pub(super) location: String,
}

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
pub(super) enum ListenError {
    #[error(
        "cannot listen on a socket in {directory} (TMPDIR may name another directory, with a short path)"
    )]
    #[cfg(unix)]
    Socket { directory: PathBuf, source: io::Error },
    #[error("the path of the socket is not UTF-8: {path:?} (TMPDIR may name another directory)")]
    #[cfg(unix)]
    Path { path: PathBuf },
    #[error("cannot give the socket to group {group:?} of PLUGIN_UNIX_SOCKET_GROUP")]
    #[cfg(unix)]
    Group { group: String, source: io::Error },
    #[error("no port from {} to {} is free on 127.0.0.1", ports.start(), ports.end())]
    Ports { ports: RangeInclusive<u16>, source: io::Error },
    #[error("the socket has no address")]
    Address { source: io::Error },
}

impl Listener {
    /// Listens where this system's hosts expect it.
    #[cfg(unix)]
    pub(super) async fn bind(host: &HostEnvironment) -> Result<(Self, SocketFile), ListenError> {
        // The other arm awaits.
        std::future::ready(()).await;
        let (listener, file) = unix::bind(&host.socket_dir, host.socket_group.as_deref())?;
        Ok((Self::Unix(listener), file))
    }

    /// Listens where this system's hosts expect it.
    #[cfg(not(unix))]
    pub(super) async fn bind(host: &HostEnvironment) -> Result<(Self, SocketFile), ListenError> {
        Ok((Self::bind_tcp(host.ports.clone()).await?, SocketFile(None)))
    }

    /// Listens on the first free port; 0 lets the system choose.
    #[cfg_attr(
        unix,
        allow(dead_code, reason = "the only one where there are no Unix sockets; tested everywhere")
    )]
    async fn bind_tcp(ports: RangeInclusive<u16>) -> Result<Self, ListenError> {
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for port in ports.clone() {
            match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
                Ok(listener) => return Ok(Self::Tcp(listener)),
                Err(error) => last = error,
            }
        }
        Err(ListenError::Ports { ports, source: last })
    }

    pub(super) fn address(&self) -> Result<Address, ListenError> {
        match self {
            #[cfg(unix)]
            Self::Unix(listener) => {
                let address = listener.local_addr().map_err(|source| ListenError::Address { source })?;
                let path = address.as_pathname().unwrap_or_else(|| Path::new(""));
                let location = path.to_str().ok_or_else(|| ListenError::Path { path: path.to_owned() })?;
                Ok(Address { network: "unix", location: location.to_owned() })
            }
            Self::Tcp(listener) => {
                let address = listener.local_addr().map_err(|source| ListenError::Address { source })?;
                Ok(Address { network: "tcp", location: address.to_string() })
            }
        }
    }

    pub(super) async fn accept(&self) -> io::Result<Box<dyn Transport>> {
        match self {
            #[cfg(unix)]
            Self::Unix(listener) => Ok(Box::new(listener.accept().await?.0)),
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
        }
    }
}

impl SocketFile {
    #[cfg(unix)]
    fn new(path: PathBuf) -> Self {
        Self(Some(path))
    }

    /// The file to remove if the process ends without dropping this.
    pub(super) fn path(&self) -> Option<&Path> {
        self.0.as_deref()
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // It may have been removed already, with the whole directory.
            let _ = std::fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tcp_takes_the_first_free_port() {
        let first = Listener::bind_tcp(0..=0).await.unwrap();
        let address = first.address().unwrap();
        assert_eq!(address.network, "tcp");
        let taken: u16 = address.location.strip_prefix("127.0.0.1:").unwrap().parse().unwrap();

        let error = Listener::bind_tcp(taken..=taken).await.unwrap_err();
        assert_eq!(error.to_string(), format!("no port from {taken} to {taken} is free on 127.0.0.1"));
    }
}
