//! What the provider logs during a run, kept to search it for secrets.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use tracing::{Level, subscriber::DefaultGuard};
use tracing_subscriber::fmt::MakeWriter;

use crate::terraform::locked;

/// The lines of one run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Listens to this thread, as `TF_LOG=DEBUG` does, while the guard exists.
    pub(crate) fn listen(&self) -> DefaultGuard {
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(Level::DEBUG)
            .with_ansi(false)
            .without_time()
            .with_writer(self.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }

    /// The first line that has one of these texts, without it.
    pub(crate) fn line_with(&self, secrets: &[String]) -> Option<String> {
        let bytes = locked(&self.0);
        let text = String::from_utf8_lossy(&bytes);
        text.lines().find_map(|line| {
            let secret = secrets.iter().find(|secret| line.contains(secret.as_str()))?;
            Some(line.replace(secret.as_str(), "SECRET"))
        })
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        locked(&self.0).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
