//! `local-cks up --detach`: starts this program once more in the background, shows its output until it is ready, and leaves it running.

use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use child_processes::{EndSignals, Signal};
use rustix::process::{Pid, kill_process};
use tokio::process::{Child, Command};

use crate::{
    environment,
    failure::Failure,
    options::{DETACHED, Options},
    up::{self, LAST},
};

const PAUSE: Duration = Duration::from_millis(30);

/// Begin of each log, as `up` prints it.
const FIRST: &str = "local-cks ";

/// Starts it, and returns when it is ready.
pub(crate) async fn run(options: &Options) -> Result<(), Failure> {
    let mut signals = EndSignals::new().map_err(Failure::system("listen for signals"))?;
    // Before its log is written over.
    up::expect_none_running(options)?;
    let log = options.environment.with_extension("log");
    expect_own(&log)?;
    let mut child = start(&log)?;
    let mut shown = 0;
    loop {
        let complete = show(&log, &mut shown);
        if let Some(status) = child.try_wait().map_err(Failure::system("wait for local-cks"))? {
            show(&log, &mut shown);
            return Err(Failure::EndedEarly { status, log });
        }
        // The file could be that of another one.
        let written = environment::read(&options.environment).ok().flatten();
        if complete && written.is_some_and(|written| Some(written.process) == child.id()) {
            return Ok(());
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            name = signals.next() => {
                end(&mut child).await;
                return Err(Failure::Interrupted(name));
            }
        }
    }
}

/// Fails if the file has another purpose, so that it is not written over.
fn expect_own(log: &Path) -> Result<(), Failure> {
    let beginning = match File::open(log) {
        Ok(file) => io::read_to_string(file.take(FIRST.len() as u64)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => Err(error),
    };
    match beginning {
        Ok(text) if text.is_empty() || text == FIRST => Ok(()),
        // It is not text.
        Err(error) if error.kind() != io::ErrorKind::InvalidData => Err(Failure::file("read", log)(error)),
        _ => Err(Failure::ForeignFile { path: log.to_owned() }),
    }
}

/// Leaves the session of the terminal, whose end and Ctrl-C would end this program too.
pub(crate) fn leave_session() -> Result<(), Failure> {
    rustix::process::setsid().map(drop).map_err(|error| Failure::System("start a session", error.into()))
}

fn start(log: &Path) -> Result<Child, Failure> {
    // The lines have no secret, but nobody else needs them.
    let opened = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(log);
    let stdout = opened.map_err(Failure::file("write", log))?;
    let stderr = stdout.try_clone().map_err(Failure::file("write", log))?;
    let own: PathBuf = std::env::current_exe().map_err(Failure::system("find the path of this program"))?;
    let mut command = Command::new(own);
    command.args(std::env::args_os().skip(1).filter(|argument| argument != "--detach")).arg(DETACHED);
    command.stdin(Stdio::null()).stdout(stdout).stderr(stderr);
    command.spawn().map_err(Failure::system("start local-cks in the background"))
}

/// Prints what is new in the log; returns whether its last line is there.
fn show(log: &Path, shown: &mut usize) -> bool {
    let text = fs::read_to_string(log).unwrap_or_default();
    // As `say!`: nobody may read it any more.
    let _ = write!(io::stdout(), "{}", text.get(*shown..).unwrap_or_default());
    *shown = text.len();
    text.split_once(LAST).is_some_and(|(_, rest)| rest.ends_with('\n'))
}

async fn end(child: &mut Child) {
    if let Some(id) = child.id().and_then(|id| Pid::from_raw(id.cast_signed())) {
        // Fails only if it has just ended.
        let _ = kill_process(id, Signal::TERM);
    }
    let _ = child.wait().await;
}
