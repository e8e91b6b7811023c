//! The side of the commands that use a running local-cks.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::Value;

use crate::{
    environment,
    failure::Failure,
    protocol::{Request, Response},
};

/// More than a login takes.
const LIMIT: Duration = Duration::from_mins(1);

/// A running local-cks.
#[derive(Debug)]
pub(crate) struct Client {
    stream: BufReader<UnixStream>,
}

impl Client {
    /// The one of `--environment`, else that of the variables of this shell, else that of the default file.
    pub(crate) fn find(named: Option<PathBuf>) -> Result<Self, Failure> {
        let of_shell = std::env::var_os(environment::CONTROL).filter(|value| !value.is_empty());
        if let (None, Some(control)) = (&named, of_shell)
            && let Some(client) = Self::connect(Path::new(&control))
        {
            return Ok(client);
        }
        let file = environment::path(named)?;
        let client = environment::read(&file)?.and_then(|written| Self::connect(&written.control));
        client.ok_or(Failure::NotRunning { path: file })
    }

    /// `None` if nothing listens.
    pub(crate) fn connect(control: &Path) -> Option<Self> {
        let stream = UnixStream::connect(control).ok()?;
        stream.set_read_timeout(Some(LIMIT)).ok()?;
        Some(Self { stream: BufReader::new(stream) })
    }

    /// Sends a request, and returns its result.
    pub(crate) fn send(&mut self, request: &Request) -> Result<Value, Failure> {
        let lost = |source| Failure::System("reach the running local-cks", source);
        let line = serde_json::to_string(request).map_err(|error| lost(error.into()))?;
        self.stream.get_mut().write_all(format!("{line}\n").as_bytes()).map_err(lost)?;
        let mut answer = String::new();
        self.stream.read_line(&mut answer).map_err(lost)?;
        match serde_json::from_str(&answer) {
            Ok(Response::Done(result)) => Ok(result),
            Ok(Response::Failed(why)) => Err(Failure::Rejected(why)),
            Err(error) => Err(lost(error.into())),
        }
    }

    /// Stops it, and waits until everything has ended.
    pub(crate) fn stop(mut self) -> Result<(), Failure> {
        self.send(&Request::Stop)?;
        let mut rest = Vec::new();
        let ended = self.stream.read_to_end(&mut rest);
        ended.map(drop).map_err(|_| Failure::TooSlow { what: "stopped", seconds: LIMIT.as_secs() })
    }
}
