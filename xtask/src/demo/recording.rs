//! The demonstration as a picture: an SVG that scrolls through its output, for the README.

use std::{
    fs::{self, File},
    path::Path,
    process::Command,
};

use crate::{failure::Failure, pinned, process};

const RENDERER: &str = "term-transcript-cli";
const VERSION: &str = "0.5.0";

/// 80 columns in a window of 27 lines, which scrolls by half of them every four seconds.
const LAYOUT: [&str; 11] = [
    "--pure-svg",
    "--window=local CKS",
    "--palette=xterm",
    "--width=710",
    "--scroll=454",
    "--scroll-interval=4s",
    "--scroll-len=218px",
    "--font=ui-monospace, SFMono-Regular, Menlo, Consolas, Liberation Mono",
    "--line-height=1.2em",
    "--advance-width=8.43px",
    "--hard-wrap=82",
];

/// Writes the output of the demonstration, which has colours, as a picture.
pub(super) fn write(output: &str, file: &Path) -> Result<(), Failure> {
    let renderer = pinned::from_crates_io(RENDERER, VERSION, "term-transcript")?;
    let text =
        tempfile::NamedTempFile::new().map_err(Failure::io("create", Path::new("a temporary file")))?;
    fs::write(text.path(), without_home(output)).map_err(Failure::io("write", text.path()))?;
    let input = File::open(text.path()).map_err(Failure::io("open", text.path()))?;
    let mut command = Command::new(renderer);
    command.arg("capture").args(LAYOUT).arg("--out").arg(file).arg("cargo xtask demo").stdin(input);
    process::run(&mut command)
}

/// The output without this machine's home directory, which is nobody else's.
fn without_home(output: &str) -> String {
    match std::env::var("HOME") {
        Ok(home) if home.len() > 1 => output.replace(&format!("{home}/"), "~/"),
        _ => output.to_owned(),
    }
}
