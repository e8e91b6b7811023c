//! The same certificates and URLs for the real kube-apiserver and for this crate.
//!
//! kube-apiserver reads its OIDC settings before its audit policy, which is missing here: whoever complains about that has read them. It needs
//! no etcd for that, and ends within a second or two.

use std::{path::PathBuf, process::Command, time::Duration};

use child_processes::Processes;
use go_formats::{GoUrl, read_bundle};
use local_cks::{Authority, tools::Tool};

struct ApiServer {
    program: PathBuf,
    processes: Processes,
}

impl ApiServer {
    fn new() -> Option<Self> {
        let program = Tool::KubeApiserver.find().expect("the tools are built")?;
        Some(Self { program, processes: Processes::new("cks-go-formats-").expect("a directory") })
    }

    fn write(&self, name: &str, content: &str) -> String {
        let path = self.processes.directory().join(name);
        std::fs::write(&path, content).expect("ours");
        path.display().to_string()
    }

    /// Whether it reads these settings of an issuer, and what it says.
    fn reads(&self, issuer: &str, ca: Option<&str>) -> (bool, String) {
        let key = rcgen::KeyPair::generate().expect("a key");
        let (private, public) =
            (self.write("sa.key", &key.serialize_pem()), self.write("sa.pub", &key.public_key_pem()));
        let mut command = Command::new(&self.program);
        command.env_clear().args([
            "--etcd-servers=http://127.0.0.1:9",
            "--audit-policy-file=/nowhere",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--service-account-issuer=https://accounts.example.com",
            "--oidc-client-id=kubernetes",
        ]);
        command.arg(format!("--secure-port={}", free_port()));
        command.arg(format!("--cert-dir={}", self.processes.directory().display()));
        command.arg(format!("--service-account-key-file={public}"));
        command.arg(format!("--service-account-signing-key-file={private}"));
        command.arg(format!("--oidc-issuer-url={issuer}"));
        if let Some(ca) = ca {
            command.arg(format!("--oidc-ca-file={}", self.write("ca.pem", ca)));
        }
        let process = self.processes.start(command).expect("it starts");
        process.finish(Duration::from_mins(1)).expect("it ends");
        let said = process.printed().stderr;
        let reads = said.contains("loading audit policy file");
        assert!(reads || said.contains("invalid authentication configuration"), "{said}");
        (reads, said)
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("bound").port()
}

#[test]
fn kube_apiserver_starts_with_the_certificates_that_are_accepted() {
    let Some(server) = ApiServer::new() else { return };
    let authority = Authority::new("example").expect("a certificate");
    let good = authority.pem().replace("\r\n", "\n");
    let broken = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    let indented = format!("  {}\n", good.trim_end().replace('\n', "\n  "));
    for (name, text, starts) in [
        ("one", good.clone(), true),
        ("two", format!("{good}{good}"), true),
        ("CRLF", good.replace('\n', "\r\n"), true),
        ("text around it", format!("Issuer: example\n{good}end\n"), true),
        ("no line end at the end", good.trim_end().to_owned(), true),
        ("lone carriage returns", good.replace('\n', "\r"), false),
        ("a good one, then a broken one", format!("{good}{broken}"), false),
        ("bad DER", broken.to_owned(), false),
        ("indented", indented, false),
        ("a byte order mark", format!("\u{feff}{good}"), false),
        ("cut off", good.lines().take(4).collect::<Vec<_>>().join("\n"), false),
        ("no certificate", "hello".to_owned(), false),
    ] {
        let bundle = read_bundle(text.as_bytes());
        let accepted = bundle.problems.is_empty() && !bundle.certificates.is_empty();
        let (reads, said) = server.reads("https://issuer.example.com", Some(&text));
        assert_eq!((accepted, reads), (starts, starts), "{name}: {bundle:?} {said}");
    }
}

#[test]
fn kube_apiserver_starts_with_the_issuers_that_are_accepted() {
    let Some(server) = ApiServer::new() else { return };
    for (issuer, starts) in [
        ("https://issuer.example.com/tenant%20a", true),
        ("https://[::1]:8443", true),
        ("https://issuer%2Eexample.com", false),
        ("https://issuer.example.com:port", false),
        ("https://issuer.example.com/%zz", false),
        ("https://iss{uer}.example.com", false),
        ("https://[127.0.0.1]", false),
        ("https://a:1:2", false),
    ] {
        let (reads, said) = server.reads(issuer, None);
        assert_eq!((GoUrl::parse(issuer).is_ok(), reads), (starts, starts), "{issuer}: {said}");
    }
}
