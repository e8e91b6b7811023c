//! The same kubeconfigs for the real kubectl and for this reader. Nobody listens at their server: whoever complains about that has read the
//! kubeconfig as a whole.

use std::{path::Path, process::Command, time::Duration};

use child_processes::Processes;
use local_cks::{Authority, tools::Tool};

use super::*;
use crate::{
    Client, Connection,
    testing::{Script, ScriptedKubernetes as _, call},
};

/// What both say of a kubeconfig.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Both {
    Read,
    Refuse,
    /// This reader alone reads it, for the reason that is given.
    Lenient(&'static str),
    /// kubectl alone reads it, for the reason that is given.
    Strict(&'static str),
}

struct Texts {
    ca: String,
    client: String,
    key: String,
    other_key: String,
}

fn texts() -> Texts {
    let authority = Authority::new("example").expect("a certificate");
    let client = authority.client("ada", &[]).expect("a certificate");
    let other = authority.client("ada", &[]).expect("a certificate");
    let plain = |pem: &str| pem.replace("\r\n", "\n");
    Texts {
        ca: plain(authority.pem()),
        client: plain(&client.certificate),
        key: plain(client.key.expose_secret()),
        other_key: plain(other.key.expose_secret()),
    }
}

/// A kubeconfig with more lines for its cluster and its user.
fn kubeconfig(cluster: &str, user: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster:\n    server: https://127.0.0.1:9\n{}users:\n- name: u\n  user:\n{}\
         contexts:\n- name: x\n  context:\n    cluster: c\n    user: u\n",
        indented(cluster),
        indented(user)
    )
}

fn indented(lines: &str) -> String {
    format!("    {}\n", lines.trim_end().replace('\n', "\n    "))
}

/// As a block scalar of this style.
fn block(name: &str, style: &str, base64: &str) -> String {
    let lines: Vec<_> = base64.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("{name}: {style}\n  {}\n", lines.join("\n  "))
}

fn variants(texts: &Texts, directory: &Path) -> Vec<(&'static str, String, Both)> {
    let token = "token: t";
    let (ca, client, key) =
        (BASE64.encode(&texts.ca), BASE64.encode(&texts.client), BASE64.encode(&texts.key));
    let other_key = BASE64.encode(&texts.other_key);
    let data = format!("certificate-authority-data: {ca}");
    let pair = format!("client-certificate-data: {client}\nclient-key-data: {key}");
    let file = |name: &str, content: &str| {
        std::fs::write(directory.join(name), content).expect("ours");
        directory.join(name).display().to_string()
    };
    let (ca_file, key_file) = (file("ca.pem", &texts.ca), file("key.pem", &texts.key));
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let ca_of = |pem: &str| format!("certificate-authority-data: {}", BASE64.encode(pem));
    let plain = kubeconfig(&data, token);
    vec![
        ("plain", plain.clone(), Both::Read),
        ("CRLF", plain.replace('\n', "\r\n"), Both::Read),
        ("a literal block", kubeconfig(&block("certificate-authority-data", "|", &ca), token), Both::Read),
        ("a literal block with CRLF", kubeconfig(&block("certificate-authority-data", "|", &ca), token).replace('\n', "\r\n"), Both::Read),
        ("a folded block", kubeconfig(&block("certificate-authority-data", ">-", &ca), token), Both::Lenient("kubectl stops at the spaces")),
        ("!!binary", kubeconfig(&format!("certificate-authority-data: !!binary {ca}"), token), Both::Lenient("kubectl decodes it twice")),
        ("no base64", kubeconfig("certificate-authority-data: '@@'", token), Both::Refuse),
        ("base64 of nothing useful", kubeconfig("certificate-authority-data: aGVsbG8=", token), Both::Refuse),
        ("a broken certificate", kubeconfig(&ca_of(broken), token), Both::Refuse),
        ("a broken certificate behind a good one", kubeconfig(&ca_of(&format!("{}{broken}", texts.ca)), token), Both::Read),
        ("lone carriage returns", kubeconfig(&ca_of(&texts.ca.replace('\n', "\r")), token), Both::Refuse),
        ("an empty CA", kubeconfig("certificate-authority-data: \"\"", token), Both::Read),
        ("a CA file", kubeconfig(&format!("certificate-authority: {ca_file}"), token), Both::Read),
        ("a missing CA file", kubeconfig("certificate-authority: /nowhere", token), Both::Refuse),
        ("a CA twice", kubeconfig(&format!("{data}\ncertificate-authority: {ca_file}"), token), Both::Refuse),
        ("an empty CA file beside data", kubeconfig(&format!("{data}\ncertificate-authority: \"\""), token), Both::Read),
        ("insecure", kubeconfig("insecure-skip-tls-verify: true", token), Both::Read),
        ("insecure with a CA", kubeconfig(&format!("insecure-skip-tls-verify: true\n{data}"), token), Both::Refuse),
        ("insecure false with a CA", kubeconfig(&format!("insecure-skip-tls-verify: false\n{data}"), token), Both::Read),
        ("two clusters of one name", plain.replacen("users:", "- name: c\n  cluster:\n    server: https://127.0.0.1:10\nusers:", 1), Both::Refuse),
        ("two users of one name", plain.replacen("contexts:", "- name: u\n  user: {token: s}\ncontexts:", 1), Both::Refuse),
        ("two contexts of one name", format!("{plain}- name: x\n  context:\n    cluster: c\n    user: u\n"), Both::Refuse),
        ("two other clusters of one name", plain.replacen("users:", "- name: d\n  cluster: {server: https://d}\n- name: d\n  cluster: {server: https://e}\nusers:", 1), Both::Refuse),
        ("an empty token beside a certificate", kubeconfig(&data, &format!("token: \"\"\n{pair}")), Both::Read),
        ("an empty user name", kubeconfig(&data, "token: t\nusername: \"\"\npassword: \"\""), Both::Read),
        ("a password", kubeconfig(&data, "username: ada\npassword: p"), Both::Strict("no API server accepts one")),
        ("no credentials, for which kubectl asks at a terminal", kubeconfig(&data, "token: \"\""), Both::Refuse),
        ("a certificate and its key", kubeconfig(&data, &pair), Both::Read),
        ("the key in a file", kubeconfig(&data, &format!("client-certificate-data: {client}\nclient-key: {key_file}")), Both::Read),
        ("a certificate without a key", kubeconfig(&data, &format!("client-certificate-data: {client}")), Both::Refuse),
        ("the key of another certificate", kubeconfig(&data, &format!("client-certificate-data: {client}\nclient-key-data: {other_key}")), Both::Refuse),
        ("a key twice", kubeconfig(&data, &format!("{pair}\nclient-key: {key_file}")), Both::Refuse),
        ("an empty proxy", kubeconfig(&format!("{data}\nproxy-url: \"\""), token), Both::Read),
        ("a proxy of another kind", kubeconfig(&format!("{data}\nproxy-url: ftp://127.0.0.1:9"), token), Both::Refuse),
        ("a SOCKS proxy", kubeconfig(&format!("{data}\nproxy-url: socks5://127.0.0.1:9"), token), Both::Read),
        ("an escape in the host", plain.replace("127.0.0.1:9", "127.0.0%2E1:9"), Both::Refuse),
        ("a slash too many", plain.replace("https://127", "https:///127"), Both::Refuse),
        ("a server without a scheme", plain.replace("https://127.0.0.1:9", "127.0.0.1:9"), Both::Strict("it must say https")),
        ("no server", plain.replace("server: https://127.0.0.1:9", "server: \"\""), Both::Strict("kubectl takes localhost:8080")),
        ("a plugin without a command", kubeconfig(&data, "exec:\n  apiVersion: client.authentication.k8s.io/v1\n  command: \"\"\n  interactiveMode: Never"), Both::Refuse),
        ("an unknown member", kubeconfig(&format!("{data}\nunknown: [1]"), token), Both::Read),
        ("no YAML", "clusters: [".to_owned(), Both::Refuse),
        ("a user that is not there", plain.replace("user: u", "user: v"), Both::Refuse),
    ]
}

/// Whether kubectl reads it, and what it says.
fn kubectl(kubectl: &Path, processes: &Processes, text: &str) -> (bool, String) {
    let path = processes.directory().join("kubeconfig");
    std::fs::write(&path, text).expect("ours");
    let mut command = Command::new(kubectl);
    command.env_clear().env("HOME", processes.directory()).arg("--kubeconfig").arg(&path);
    command.args(["--context=x", "--request-timeout=5s", "get", "--raw", "/version"]);
    let process = processes.start(command).expect("kubectl starts");
    process.finish(Duration::from_mins(1)).expect("kubectl ends");
    let said = process.printed().stderr;
    let refused_by_server = said.contains("connection refused") || said.contains("was refused");
    (refused_by_server, said)
}

#[tokio::test]
async fn kubeconfigs_are_read_as_kubectl_reads_them() {
    let Some(program) = Tool::Kubectl.find().expect("the tools are built") else { return };
    let processes = Processes::new("cks-kubeconfig-").expect("a directory");
    let script = Script::start_tls([]).await;
    for (name, text, expected) in variants(&texts(), processes.directory()) {
        let client = Client::new(Connection {
            server: Server::Kubeconfig { text: text.clone().into(), context: Some("x".to_owned()) },
            credentials: Credentials::OfKubeconfig,
            certificates: None,
            ..script.connection()
        });
        let own = client.connected(&call()).await.map(|_| ());
        let (theirs, said) = kubectl(&program, &processes, &text);
        let (kubectl_reads, we_read) = match expected {
            Both::Read => (true, true),
            Both::Refuse => (false, false),
            Both::Lenient(_) => (false, true),
            Both::Strict(_) => (true, false),
        };
        assert_eq!(own.is_ok(), we_read, "{name}: {own:?}\n{text}");
        assert_eq!(theirs, kubectl_reads, "{name}: kubectl says {said}\n{text}");
    }
}
