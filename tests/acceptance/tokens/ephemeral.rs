//! Ephemeral tokens: accepted while the run lasts, rejected afterwards however it ends, and in nothing that a run leaves.

use std::{fs, time::Duration};

use local_cks::{Call, Fault, Injection};
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
);

on_terraform!(mistakes_of_an_ephemeral_token_are_reported_before_any_request);

/// `cks_service_account_token.robot` of the ServiceAccount `default/deployer` for ten minutes.
fn ephemeral(more: &str) -> String {
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

/// Files of a test outside of its workspace, where the search for secrets does not look.
struct Outside(tempfile::TempDir);

impl Outside {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    /// A resource that writes the token of the run to a file while it is created, and then does more.
    fn takes(&self, then: &str) -> String {
        let file = self.0.path().join("token");
        format!(
            r#"
resource "terraform_data" "takes" {{
  provisioner "local-exec" {{
    command     = "printf %s \"$TOKEN\" > '{0}.part' && mv '{0}.part' '{0}' && {then}"
    environment = {{ TOKEN = ephemeral.cks_service_account_token.robot.token }}
  }}
}}
"#,
            file.display()
        )
    }

    /// The token, once it was written.
    fn token(&self) -> Option<String> {
        fs::read_to_string(self.0.path().join("token")).ok()
    }

    #[track_caller]
    fn expect_token(&self) -> String {
        self.token().expect("the run wrote the token")
    }
}

fn a_token_configures_another_provider_and_is_rejected_after_the_run(host: &Host) {
    let outside = Outside::new();
    let mut bed = bed(host, &(ephemeral("") + &other_provider("") + &outside.takes("true")));
    bed.log_everything();
    let planned = bed.plan().plans(&["create terraform_data.takes"]);
    assert_eq!(planned.warnings(), [], "{planned}");
    assert_eq!((token_requests(&bed), secrets(&bed).len()), (1, 0), "the plan has opened and closed one");
    let shown = bed.run(&["show", "-json", "plan"]).succeeded();
    let applied = bed.apply_plan().succeeded();
    assert_eq!(applied.output("robot"), "system:serviceaccount:default:deployer");
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
    // The token's last part alone is a secret too.
    bed.expect_secret_absent(token.rsplit('.').next().expect("a signature"), &outputs);
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
    bed.destroy().succeeded();
}

fn mistakes_of_an_ephemeral_token_are_reported_before_any_request(host: &Host) {
    let bed = Bed::of(host, &(ephemeral("") + &other_provider("")).replace("\"10m\"", "\"9m\""));
    bed.validate().failed().expect_error(&["Invalid value for duration", "\"10m\" or more"]);
    bed.write("main.tf", &(ephemeral("").replace(CLUSTER_ID, "no-uuid") + &other_provider("")));
    bed.validate().failed().expect_error(&["Invalid value for cluster_id"]);
    assert_eq!(bed.local.requests().len(), 0);
}
