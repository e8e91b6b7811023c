//! Ephemeral tokens: accepted while the run lasts, rejected afterwards however it ends, and in nothing that a run leaves.

use std::{fs, time::Duration};

use local_cks::{Call, Fault, Injection, tools::Feature};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{
    ADDRESS, attribute, bed, expect_rejected, expect_valid, mark, secret_names, secrets, token,
    token_requests,
};
use crate::{
    on_both_hosts, on_terraform,
    support::{Bed, CLUSTER_ID, Host, wait_until},
};

on_both_hosts!(
    a_token_configures_another_provider_and_is_rejected_after_the_run,
    a_failed_run_and_an_interrupted_one_revoke_their_token,
    a_killed_run_leaves_a_secret_that_the_next_token_apply_deletes,
    a_token_of_a_new_service_account_is_opened_in_the_apply,
    a_run_that_takes_longer_than_its_token_should_is_said,
);

on_terraform!(mistakes_of_an_ephemeral_token_are_reported_before_any_request);

/// `cks_service_account_token.robot` of the ServiceAccount `default/deployer` for ten minutes.
pub(super) fn ephemeral(more: &str) -> String {
    format!(
        "ephemeral \"cks_service_account_token\" \"robot\" {{\n  cluster_id = {CLUSTER_ID:?}\n  namespace = \"default\"\n  \
         service_account = \"deployer\"\n  duration = \"10m\"\n{more}\n}}\n"
    )
}

/// Another provider by the token, and who that is.
fn other_provider(more: &str) -> String {
    format!(
        r#"
provider "cks" {{
  alias = "robot"
  kubernetes = [{{
    cluster_id = {CLUSTER_ID:?}
    host       = ephemeral.cks_service_account_token.robot.host
    token      = ephemeral.cks_service_account_token.robot.token
  }}]
}}

data "cks_self_subject_review" "robot" {{
  provider   = cks.robot
  cluster_id = {CLUSTER_ID:?}
{more}
}}

output "robot" {{
  value = data.cks_self_subject_review.robot.username
}}
"#
    )
}

/// One more, by an ephemeral kubeconfig with the token.
const BY_KUBECONFIG: &str = r#"
ephemeral "cks_kubeconfig" "robot" {
  cluster_id = ephemeral.cks_service_account_token.robot.cluster_id
  token      = ephemeral.cks_service_account_token.robot.token
}

provider "cks" {
  alias = "by_kubeconfig"
  kubernetes = [{
    cluster_id = ephemeral.cks_kubeconfig.robot.cluster_id
    kubeconfig = ephemeral.cks_kubeconfig.robot.kubeconfig
  }]
}

data "cks_self_subject_review" "by_kubeconfig" {
  provider   = cks.by_kubeconfig
  cluster_id = data.cks_self_subject_review.robot.cluster_id
}

output "by_kubeconfig" {
  value = data.cks_self_subject_review.by_kubeconfig.username
}
"#;

/// Files of a test outside of its workspace, where the search for secrets does not look.
pub(super) struct Outside(tempfile::TempDir);

impl Outside {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    /// A resource that writes the token of the run to a file while it is created, and then does more.
    pub(super) fn takes(&self, then: &str) -> String {
        let file = self.0.path().join("token");
        format!(
            r#"
resource "terraform_data" "takes" {{
  triggers_replace = "{0}"
  provisioner "local-exec" {{
    command     = "printf %s \"$TOKEN\" > '{0}.part' && mv '{0}.part' '{0}' && {then}"
    environment = {{ TOKEN = ephemeral.cks_service_account_token.robot.token }}
  }}
}}
"#,
            file.display()
        )
    }

    /// The same, and waits until [`Outside::lets_go_on`].
    fn takes_and_waits(&self) -> String {
        self.takes(&format!("until [ -e '{}' ]; do sleep 0.1; done", self.0.path().join("go").display()))
    }

    fn lets_go_on(&self) {
        fs::write(self.0.path().join("go"), "").expect("the directory is ours");
    }

    /// The token, once it was written.
    fn token(&self) -> Option<String> {
        fs::read_to_string(self.0.path().join("token")).ok()
    }

    #[track_caller]
    pub(super) fn expect_token(&self) -> String {
        self.token().expect("the run wrote the token")
    }
}

fn a_token_configures_another_provider_and_is_rejected_after_the_run(host: &Host) {
    let outside = Outside::new();
    let mut bed = bed(host, &(ephemeral("") + &other_provider("") + BY_KUBECONFIG + &outside.takes("true")));
    bed.log_everything();
    let planned = bed.plan().plans(&["create terraform_data.takes"]);
    assert_eq!(planned.warnings(), [], "{planned}");
    assert_eq!((token_requests(&bed), secrets(&bed).len()), (1, 0), "the plan has opened and closed one");
    let shown = bed.run(&["show", "-json", "plan"]).succeeded();
    let applied = bed.apply_plan().succeeded();
    for name in ["robot", "by_kubeconfig"] {
        assert_eq!(applied.output(name), "system:serviceaccount:default:deployer");
    }
    assert_eq!(applied.warnings(), [], "{applied}");
    assert_eq!((token_requests(&bed), secrets(&bed).len()), (2, 0), "so has the apply");
    let token = outside.expect_token();
    expect_rejected(&bed, &token);

    let state = bed.run(&["show", "-json"]).succeeded();
    let second = bed.plan().expect_empty();
    let log = bed.log();
    assert!(log.contains("opened a token for this run"), "the provider's own lines are in the log");
    let outputs = [planned, shown, applied, state, second].map(|run| run.to_string());
    bed.expect_secret_absent(&token, &outputs);
    // The token's last part alone is a secret too. The first part is the same in every token, that of the plan included.
    bed.expect_secret_absent(token.rsplit('.').next().expect("a signature"), &outputs);
    bed.expect_secret_absent(token.split('.').next().expect("a header"), &outputs);
    bed.destroy().succeeded();
    assert_eq!(secrets(&bed), [] as [Value; 0]);
}

/// Terraform closes nothing after a failed apply: the provider does, before its process ends.
fn a_failed_run_and_an_interrupted_one_revoke_their_token(host: &Host) {
    let outside = Outside::new();
    let bed = bed(host, &(ephemeral("") + &outside.takes("exit 3")));
    let run = bed.apply().failed();
    run.expect_error(&["local-exec"]);
    assert_eq!(secrets(&bed), [] as [Value; 0], "{run}");
    expect_rejected(&bed, &outside.expect_token());

    let outside = Outside::new();
    bed.write("main.tf", &(ephemeral("") + &outside.takes("sleep 60")));
    let arguments = ["apply", "-json", "-auto-approve"];
    let running = bed.start(&arguments);
    wait_until("the run has its token", || outside.token().is_some());
    assert_eq!(secrets(&bed).len(), 1);
    expect_valid(&bed, &outside.expect_token());
    running.interrupt();
    let run = bed.finish(&running, &arguments);
    assert_eq!(secrets(&bed), [] as [Value; 0], "{run}");
    expect_rejected(&bed, &outside.expect_token());
}

fn a_killed_run_leaves_a_secret_that_the_next_token_apply_deletes(host: &Host) {
    let outside = Outside::new();
    let bed = bed(host, &(ephemeral("") + &outside.takes("sleep 60")));
    let running = bed.start(&["apply", "-json", "-auto-approve"]);
    wait_until("the run has its token", || outside.token().is_some());
    // Kills the host, the provider, and what they started, with SIGKILL.
    drop(running);
    let [left] = secrets(&bed).try_into().expect("one Secret is left");
    assert_eq!(mark(&left, "token-state"), "issued");
    assert_eq!(left["metadata"]["labels"]["cks-community.github.io/token-for-one-run"], "true");
    let issued = left["metadata"]["creationTimestamp"].as_str().expect("a time").to_owned();
    assert!(mark(&left, "token-expires-at") > issued, "it has its end");

    // It may be in use, and no state will ever have it: it is neither deleted nor named.
    bed.write("main.tf", &token(""));
    let run = bed.apply().succeeded();
    assert_eq!(run.warnings(), [], "{run}");
    assert_eq!(secrets(&bed).len(), 2);

    // After its end, the next run that opens a token deletes it, and so does the next apply of the resource.
    let later = Fault::DateAhead(Duration::from_mins(16));
    bed.local.inject(Injection::new(later).on(Call::Managed).times(u32::MAX));
    bed.write("main.tf", &(token("") + &ephemeral("") + &other_provider("")));
    bed.apply().succeeded();
    assert_eq!(secret_names(&bed), [attribute(&bed, "secret_name")]);
    let again = json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {
            "name": "left-again", "labels": left["metadata"]["labels"],
            "annotations": left["metadata"]["annotations"],
        },
    });
    assert_eq!(bed.kubernetes("POST", super::SECRETS, Some(again)).0, 201);
    bed.write("main.tf", &token(&super::trigger("1")));
    bed.apply().succeeded();
    assert!(!secret_names(&bed).contains(&"left-again".to_owned()));
    assert_ne!(bed.instance(ADDRESS), None);
}

fn a_token_of_a_new_service_account_is_opened_in_the_apply(host: &Host) {
    let account = format!(
        "resource \"cks_service_account\" \"robot\" {{\n  cluster_id = {CLUSTER_ID:?}\n  namespace = \"default\"\n  name = \"robot\"\n}}\n"
    );
    let token = ephemeral("service_account_uid = cks_service_account.robot.uid")
        .replace("\"deployer\"", "cks_service_account.robot.name");
    let bed = Bed::with_kubernetes(host);
    bed.write("main.tf", &(account + &token + &other_provider("depends_on = [cks_service_account.robot]")));
    bed.plan().succeeded();
    assert_eq!(token_requests(&bed), 0);
    let run = bed.apply_plan().succeeded();
    assert_eq!(run.output("robot"), "system:serviceaccount:default:robot");
    assert_eq!((token_requests(&bed), secrets(&bed).len()), (1, 0));
    bed.plan().expect_empty();
    if !host.has(Feature::EphemeralDestroy) {
        bed.destroy().failed().expect_error(&["ServiceAccount not found"]);
        assert_eq!(bed.instance("cks_service_account.robot"), None, "it deletes everything before it fails");
    }
    bed.destroy().succeeded();
}

/// At the end by both hosts; while it runs by the log, and by OpenTofu as an error. Terraform 1.16 drops what a renewal says.
fn a_run_that_takes_longer_than_its_token_should_is_said(host: &Host) {
    const APPLY: [&str; 3] = ["apply", "-json", "-auto-approve"];
    let mut bed = bed(host, "");
    for (minutes, title) in [(6, "Run took more than half of the lifetime"), (11, "expired during this run")]
    {
        let outside = Outside::new();
        bed.write("main.tf", &(ephemeral("") + &outside.takes_and_waits()));
        let running = bed.start(&APPLY);
        wait_until("the run has its token", || outside.token().is_some());
        let later = Fault::DateAhead(Duration::from_mins(minutes));
        bed.local.inject(Injection::new(later).on(Call::Managed).times(u32::MAX));
        outside.lets_go_on();
        let run = bed.finish(&running, &APPLY).succeeded();
        run.expect_warning(&[title, "ServiceAccount default/deployer", "Set `duration` to more"]);
        bed.local.clear_faults();
    }

    // A token of a few seconds, which no real API server issues.
    let body = json!({
        "spec": { "expirationSeconds": 4 },
        "status": { "token": "a.token.of-nobody", "expirationTimestamp": "2999-01-01T00:00:00Z" },
    });
    let short =
        Fault::Status { status: StatusCode::CREATED, retry_after: None, body: Some(body.to_string()) };
    bed.local.inject(Injection::new(short).on(Call::Managed).path("/token").times(u32::MAX));
    let outside = Outside::new();
    bed.write("main.tf", &(ephemeral("") + &outside.takes_and_waits()));
    bed.log_everything();
    let running = bed.start(&APPLY);
    let is_second = |line: &str| line.contains("the run is not over") && line.contains("checks=1");
    wait_until("the second check", || bed.log().lines().any(is_second));
    outside.lets_go_on();
    let run = bed.finish(&running, &APPLY);
    if host.is_open_tofu() {
        run.failed().expect_error(&["Token of ServiceAccount default/deployer expires before the run ends"]);
    } else {
        run.succeeded().expect_warning(&["Lifetime of the run's token is shorter than duration"]);
    }
    assert_eq!(secrets(&bed), [] as [Value; 0]);
}

fn mistakes_of_an_ephemeral_token_are_reported_before_any_request(host: &Host) {
    let bed = Bed::of(host, &(ephemeral("") + &other_provider("")).replace("\"10m\"", "\"9m\""));
    bed.validate().failed().expect_error(&["Invalid value for duration", "\"10m\" or more"]);
    bed.write("main.tf", &(ephemeral("").replace(CLUSTER_ID, "no-uuid") + &other_provider("")));
    bed.validate().failed().expect_error(&["Invalid value for cluster_id"]);
    assert_eq!(bed.local.requests().len(), 0);
}
