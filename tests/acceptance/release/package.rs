//! The files of a release for this machine's platform, as `cargo xtask package` writes them, once for all tests.

use std::{
    env,
    env::consts::{ARCH, OS},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
    time::Duration,
};

use child_processes::Processes;
use sha2::{Digest as _, Sha256};

/// Version of the provider.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The files, and what signed them.
#[derive(Debug)]
pub(super) struct Package {
    /// Archive, bill of materials, manifest, checksums and signature.
    pub(super) release: PathBuf,
    /// `providers` and `oci`.
    pub(super) mirror: PathBuf,
    pub(super) key: Key,
}

/// An OpenPGP key of this run.
#[derive(Debug)]
pub(super) struct Key {
    /// The last 16 digits of its fingerprint.
    pub(super) id: String,
    /// The public key, ASCII-armoured.
    pub(super) armoured: String,
    /// What `gpg --verify` says of the signature.
    pub(super) verified: String,
}

/// Most of the time is the release build, which `cargo xtask test` does before the tests.
const LIMIT: Duration = Duration::from_mins(9);

impl Package {
    /// Made by the first test that needs it.
    pub(super) fn get() -> &'static Self {
        static PACKAGE: LazyLock<Package> = LazyLock::new(Package::make);
        &PACKAGE
    }

    fn make() -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("release");
        // Of an earlier run.
        let _ = fs::remove_dir_all(&directory);
        let (release, mirror) = (directory.join("dist"), directory.join("mirrors"));
        let processes = Processes::new("cks-release-").expect("a temporary directory");
        let home = processes.directory();
        let run = |command: Command| run(&processes, command);

        let user = "Release rehearsal <release@example.com>";
        run(gpg(home, &["--passphrase", "", "--quick-generate-key", user, "rsa3072", "sign"]));
        let listed = run(gpg(home, &["--with-colons", "--list-keys"]));
        let fingerprint = listed.lines().find_map(|line| line.strip_prefix("fpr:")?.split(':').nth(8));
        let fingerprint = fingerprint.expect("gpg lists the key").to_owned();

        let mut xtask = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        xtask.current_dir(env!("CARGO_MANIFEST_DIR")).env("GNUPGHOME", home);
        xtask.args(["run", "--quiet", "--package", "xtask", "--", "package", "--target", "host"]);
        xtask.args(["--key", &fingerprint, "--out"]).arg(&release).arg("--mirror").arg(&mirror);
        run(xtask);

        let sums = release.join(format!("terraform-provider-cks_{VERSION}_SHA256SUMS"));
        let mut verify = gpg(home, &["--status-fd", "1", "--verify"]);
        verify.arg(format!("{}.sig", sums.display())).arg(&sums);
        let key = Key {
            id: fingerprint[fingerprint.len() - 16..].to_owned(),
            armoured: run(gpg(home, &["--armor", "--export", &fingerprint])),
            verified: run(verify),
        };
        // It left the process group when gpg started it.
        let mut kill = Command::new("gpgconf");
        kill.args(["--kill", "gpg-agent"]).env("GNUPGHOME", home);
        run(kill);
        Self { release, mirror, key }
    }

    /// A file of the release, by the end of its name.
    pub(super) fn file(&self, end: &str) -> Vec<u8> {
        let path = self.release.join(format!("terraform-provider-cks_{VERSION}_{end}"));
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The archive.
    pub(super) fn archive(&self) -> Vec<u8> {
        self.file(&format!("{}.zip", platform()))
    }

    /// The mirror for both programs.
    pub(super) fn providers(&self) -> PathBuf {
        self.mirror.join("providers")
    }
}

/// This machine's platform by Go's names.
pub(super) fn platform() -> String {
    let system = if OS == "macos" { "darwin" } else { OS };
    let architecture = match ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{system}_{architecture}")
}

/// SHA-256 in hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn gpg(home: &Path, arguments: &[&str]) -> Command {
    let mut gpg = Command::new("gpg");
    gpg.args(["--batch", "--quiet"]).args(arguments).env("GNUPGHOME", home);
    gpg
}

/// Runs a program to its end, and returns what it printed.
fn run(processes: &Processes, command: Command) -> String {
    let process = processes.start(command).unwrap_or_else(|error| panic!("{error:?}"));
    process.succeed(LIMIT).unwrap_or_else(|error| panic!("{error:?}"));
    process.printed().stdout
}
