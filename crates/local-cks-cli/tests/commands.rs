//! The commands, with a cluster of the API only, which starts at once. `tests/acceptance/scenarios/local_cks.rs` has the whole of it.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use child_processes::{Printed, Process, Processes, Signal};
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_mins(1);

/// A directory of a user.
struct Shell(Processes);

/// How a command ended.
#[derive(Debug)]
struct Ended {
    succeeded: bool,
    stdout: String,
    stderr: String,
}

impl Shell {
    fn new() -> Self {
        let shell = Self(Processes::new("local-cks-commands-").unwrap());
        fs::write(
            shell.path("config.yaml"),
            "clusters: [{name: example, kubernetes: false}]\nusers: [{name: ada}]\n",
        )
        .unwrap();
        shell
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.directory().join(name)
    }

    fn start(&self, arguments: &[&str]) -> Process {
        self.start_with(arguments, &[])
    }

    fn start_with(&self, arguments: &[&str], environment: &[(&str, &Path)]) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_local-cks"));
        command.args(arguments).current_dir(self.0.directory()).env_remove("LOCAL_CKS_CONTROL");
        command.envs(environment.iter().copied());
        self.0.start(command).unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        ended(&self.start(arguments))
    }

    #[track_caller]
    fn succeed(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert!(ended.succeeded, "{ended:?}");
        ended.stdout
    }

    #[track_caller]
    fn fail(&self, arguments: &[&str], expected: &str) {
        let ended = self.run(arguments);
        assert!(!ended.succeeded && ended.stderr.contains(expected), "{ended:?}");
    }
}

fn ended(process: &Process) -> Ended {
    let succeeded = process.finish(LIMIT).unwrap().success();
    let Printed { stdout, stderr } = process.printed();
    Ended { succeeded, stdout, stderr }
}

#[test]
fn it_runs_in_the_background_until_it_is_stopped() {
    let shell = Shell::new();
    let runtime = shell.path("runtime");
    fs::create_dir(&runtime).unwrap();
    let arguments = ["up", "--config", "config.yaml", "--detach"];
    let up = ended(&shell.start_with(&arguments, &[("XDG_RUNTIME_DIR", &runtime)]));
    assert!(up.succeeded, "{up:?}");
    let started = up.stdout;
    assert!(started.starts_with("local-cks ") && started.contains("ready after"), "{started}");
    assert!(started.ends_with("Stop it with:  local-cks down\n"), "{started}");
    shell.succeed(&["wait", "--seconds", "1"]);

    let environment = fs::read_to_string(shell.path("local-cks.env")).unwrap();
    let mode = fs::metadata(shell.path("local-cks.env")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let of_user = |name: &str| environment.contains(&format!("{name}={}/local-cks-run-", runtime.display()));
    assert!(["LOCAL_CKS_BIN", "SSL_CERT_FILE"].into_iter().all(of_user), "{environment}");
    let (_, token) = environment.split_once("COREWEAVE_API_TOKEN=").unwrap();
    let token = token.lines().next().unwrap();
    assert!(token.starts_with("CW-SECRET-") && !started.contains(token));
    assert!(!fs::read_to_string(shell.path("local-cks.log")).unwrap().contains(token));

    let status = shell.succeed(&["status"]);
    assert!(status.contains("example (US-EAST-04A)") && status.contains("users: ada"), "{status}");
    shell.fail(&["up", "--config", "config.yaml"], "runs already");
    shell.fail(&arguments, "runs already");
    assert_eq!(
        fs::read_to_string(shell.path("local-cks.log")).unwrap(),
        started,
        "the log is of the one that runs"
    );
    shell.fail(&["fault", "503", "on=anything"], "there is no call \"anything\"");
    assert!(shell.succeed(&["fault", "503", "times=2"]).contains("pending faults: 1"));
    assert!(shell.succeed(&["status"]).contains("pending faults 1"));
    shell.succeed(&["fault", "--clear"]);

    shell.succeed(&["id-token", "ada", "--file", "token"]);
    let token = fs::read_to_string(shell.path("token")).unwrap();
    assert_eq!(token.split('.').count(), 3);
    assert_eq!(fs::metadata(shell.path("token")).unwrap().permissions().mode() & 0o777, 0o600);
    shell.fail(&["id-token", "eve", "--file", "token"], "no user eve");

    shell.succeed(&["down"]);
    assert!(!shell.path("local-cks.env").exists());
    assert_eq!(fs::read_dir(&runtime).unwrap().count(), 0);
    shell.fail(&["status"], "no local-cks runs");
}

#[test]
fn requests_are_shown_without_credentials_until_they_are_cleared() {
    let shell = Shell::new();
    shell.succeed(&["up", "--config", "config.yaml", "--detach"]);
    let environment = fs::read_to_string(shell.path("local-cks.env")).unwrap();
    let value = |name: &str| {
        let lines = environment.lines().filter_map(|line| line.split_once('='));
        lines.filter(|(found, _)| *found == name).map(|(_, value)| value.to_owned()).next().unwrap()
    };
    assert_eq!(shell.succeed(&["requests", "--json"]), "");
    let token = value("COREWEAVE_API_TOKEN");
    let url = format!("{}/v1beta1/cks/clusters", value("LOCAL_CKS_API_URL"));
    send(&value("SSL_CERT_FILE"), &url, &token);
    send(&value("SSL_CERT_FILE"), &format!("{url}?access_token={token}"), "another");

    let lines = shell.succeed(&["requests", "--json"]);
    let requests: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let expected = |path: &str, status: u16| {
        let client = "module/1";
        json!({"method": "GET", "host": "127.0.0.1", "path": path, "status": status, "user_agent": client})
    };
    let (path, redacted) = ("/v1beta1/cks/clusters", "/v1beta1/cks/clusters?access_token=[redacted]");
    assert_eq!(requests, [expected(path, 200), expected(redacted, 401)]);
    let table = shell.succeed(&["requests"]);
    let rows: Vec<Vec<_>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["METHOD", "HOST", "PATH", "STATUS", "USER", "AGENT"]);
    assert_eq!(rows[1], ["GET", "127.0.0.1", path, "200", "module/1"]);
    assert!(!lines.contains(&token) && !table.contains(&token), "{lines}{table}");

    shell.fail(&["requests", "--json", "--clear"], "exclude each other");
    assert_eq!(shell.succeed(&["requests", "--clear"]), "no request is logged\n");
    assert_eq!(shell.succeed(&["requests", "--json"]), "");
    shell.succeed(&["down"]);
    shell.fail(&["requests"], "no local-cks runs");
}

/// Sends a GET as a client of the environment does.
fn send(certificates: &str, url: &str, token: &str) {
    let certificates = reqwest::Certificate::from_pem_bundle(&fs::read(certificates).unwrap()).unwrap();
    let client = reqwest::Client::builder().tls_certs_only(certificates).no_proxy().user_agent("module/1");
    let request = client.build().unwrap().get(url).bearer_auth(token);
    tokio::runtime::Runtime::new().unwrap().block_on(request.send()).unwrap();
}

#[test]
fn it_stops_at_sigterm_and_a_second_one_replaces_what_a_killed_one_left() {
    let shell = Shell::new();
    let ready = |process: &Process| {
        process
            .wait_for_output(LIMIT, |printed| printed.stdout.contains("Stop it with").then_some(()))
            .unwrap();
    };
    let killed = shell.start(&["up", "--config", "config.yaml"]);
    ready(&killed);
    killed.signal_alone(Signal::KILL);
    killed.finish(LIMIT).unwrap();
    shell.fail(&["status"], "no local-cks runs");
    assert!(shell.path("local-cks.env").exists());

    let second = shell.start(&["up", "--config", "config.yaml"]);
    ready(&second);
    shell.succeed(&["status"]);
    second.signal_alone(Signal::TERM);
    let ended = ended(&second);
    assert!(ended.succeeded && ended.stdout.ends_with("SIGTERM: stopping …\nstopped\n"), "{ended:?}");
    assert!(!shell.path("local-cks.env").exists());
    shell.fail(&["down"], "no local-cks runs");
}

#[test]
fn the_file_of_one_that_was_killed_is_removed_by_down() {
    let shell = Shell::new();
    let killed = shell.start(&["up", "--config", "config.yaml"]);
    killed.wait_for_output(LIMIT, |printed| printed.stdout.contains("Stop it with").then_some(())).unwrap();
    killed.signal_alone(Signal::KILL);
    killed.finish(LIMIT).unwrap();
    shell.fail(&["down"], "no local-cks runs");
    assert!(!shell.path("local-cks.env").exists());
}

#[test]
fn it_runs_and_stops_when_nobody_reads_its_output_any_more() {
    for detach in ["", "--detach"] {
        let shell = Shell::new();
        let mut command = Command::new("sh");
        let program = env!("CARGO_BIN_EXE_local-cks");
        let script =
            format!("{{ {program:?} up --config config.yaml {detach}; echo $? >status; }} | head -n 1");
        command.args(["-c", &script]).current_dir(shell.0.directory()).env_remove("LOCAL_CKS_CONTROL");
        let pipe = shell.0.start(command).unwrap();
        shell.succeed(&["wait", "--seconds", "60"]);
        // `up --detach` has its own view of whether all has started: stopped before it has seen that, it fails.
        let detached = (!detach.is_empty()).then(|| ended(&pipe));
        shell.succeed(&["down"]);
        assert!(detached.unwrap_or_else(|| ended(&pipe)).succeeded);
        // That of local-cks, and not that of `head`.
        assert_eq!(fs::read_to_string(shell.path("status")).unwrap(), "0\n", "{detach}");
        assert!(!shell.path("local-cks.env").exists());
    }
}

#[test]
fn what_cannot_work_is_said_before_anything_starts() {
    let shell = Shell::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for option in ["--api-port", "--proxy-port", "--issuer-port"] {
        let message = format!("port {port} of 127.0.0.1 cannot be used for {option}");
        shell.fail(&["up", "--config", "config.yaml", option, &port], &message);
    }
    fs::write(shell.path("notes.env"), "A=b\n").unwrap();
    shell.fail(&["up", "--environment", "notes.env"], "was not written by local-cks");
    fs::write(shell.path("terraform.log"), "of another program\n").unwrap();
    shell.fail(
        &["up", "--detach", "--environment", "terraform.env"],
        "terraform.log exists and was not written by",
    );
    assert_eq!(fs::read_to_string(shell.path("terraform.log")).unwrap(), "of another program\n");
    fs::write(shell.path("wrong.yaml"), "users: [{nam: ada}]\n").unwrap();
    shell.fail(&["up", "--users", "wrong.yaml"], "wrong.yaml is not a valid configuration");

    let nowhere = shell.path("nowhere");
    let variables = [("KUBEBUILDER_ASSETS", nowhere.as_path()), ("CKS_TESTBED_CACHE", nowhere.as_path())];
    let ended = ended(&shell.start_with(&["up"], &variables));
    let names = "missing programs: etcd, kube-apiserver, kube-controller-manager, openid-provider";
    assert!(!ended.succeeded && ended.stderr.contains(names), "{ended:?}");
    assert!(ended.stdout.starts_with("local-cks "), "the first line comes at once: {ended:?}");
}

#[test]
fn ports_are_stable_on_request() {
    let shell = Shell::new();
    // Below those that the kernel takes for connections. Held together, so that no port comes twice.
    let held = [15_000, 20_000, 25_000]
        .map(|first| (first..).find_map(|port: u16| TcpListener::bind(("127.0.0.1", port)).ok()).unwrap());
    let [api, proxy, issuer] =
        held.each_ref().map(|listener| listener.local_addr().unwrap().port().to_string());
    drop(held);
    let arguments = ["--api-port", &api, "--proxy-port", &proxy, "--issuer-port", &issuer];
    shell.succeed(&[&["up", "--config", "config.yaml", "--detach"], arguments.as_slice()].concat());
    let environment = fs::read_to_string(shell.path("local-cks.env")).unwrap();
    for line in [
        format!("HTTPS_PROXY=http://127.0.0.1:{proxy}"),
        format!("LOCAL_CKS_API_URL=https://127.0.0.1:{api}"),
        format!("LOCAL_CKS_ISSUER_URL=https://127.0.0.1:{issuer}"),
    ] {
        assert!(environment.lines().any(|found| found == line), "{line} is not in {environment}");
    }
    shell.succeed(&["down"]);
}

#[test]
fn the_programs_of_a_release_archive_are_found_beside_it() {
    let shell = Shell::new();
    let issuer = local_cks::tools::Tool::OpenIdProvider.path().unwrap();
    fs::create_dir(shell.path("programs")).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_local-cks"), shell.path("local-cks")).unwrap();
    fs::copy(issuer, shell.path("programs/openid-provider")).unwrap();
    let mut command = Command::new(shell.path("local-cks"));
    command.args(["up", "--config", "config.yaml"]).current_dir(shell.0.directory());
    // There is no other one.
    command.env_remove("LOCAL_CKS_CONTROL").env("CKS_TESTBED_CACHE", shell.path("nowhere"));
    let up = shell.0.start(command).unwrap();
    up.wait_for_output(LIMIT, |printed| printed.stdout.contains("Stop it with").then_some(())).unwrap();
    up.signal_alone(Signal::TERM);
    assert!(ended(&up).succeeded);
}
