//! A shell that ends the children and removes their directory when this program is killed (SIGKILL, the out-of-memory killer).
//!
//! It reads a pipe that only this program holds: whatever ends this program closes it.

use std::{
    io::{self, Write as _},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Reads `+ ID` and `- ID` of process groups; at `quit` it does nothing more, at the end of the pipe it kills and removes. What was
/// just killed may write its last file during the removal, hence the second attempt.
const SCRIPT: &str = r#"
groups=
while read -r word id; do
  case $word in
    +) groups="$groups $id" ;;
    -) kept=; for each in $groups; do [ "$each" = "$id" ] || kept="$kept $each"; done; groups=$kept ;;
    quit) exit 0 ;;
  esac
done
for each in $groups; do kill -s KILL -- "-$each"; done
rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; }
"#;

#[derive(Debug)]
pub(crate) struct Watchdog {
    /// `None` once it has ended.
    shell: Mutex<Option<(Child, ChildStdin)>>,
}

impl Watchdog {
    pub(crate) fn start(directory: &Path) -> io::Result<Self> {
        let mut shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "watchdog"])
            .arg(directory)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        let pipe = shell.stdin.take();
        Ok(Self { shell: Mutex::new(pipe.map(|pipe| (shell, pipe))) })
    }

    /// Ends this process group from now on.
    pub(crate) fn add(&self, group: u32) {
        self.write(&format!("+ {group}\n"));
    }

    /// Ends it no more. Its id must not be free for others yet.
    pub(crate) fn remove(&self, group: u32) {
        self.write(&format!("- {group}\n"));
    }

    /// Ends the watchdog itself, and comes back when it has ended.
    pub(crate) fn quit(&self) {
        self.write("quit\n");
        if let Some((mut shell, pipe)) = self.shell().take() {
            drop(pipe);
            let _ = shell.wait();
        }
    }

    fn write(&self, line: &str) {
        if let Some((_, pipe)) = self.shell().as_mut() {
            // Without the watchdog only the sudden death of this program is uncovered.
            let _ = pipe.write_all(line.as_bytes());
        }
    }

    fn shell(&self) -> MutexGuard<'_, Option<(Child, ChildStdin)>> {
        self.shell.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
