//! The action `cks_revoke_service_account_tokens`: at every event, by hand, and when a Secret cannot be deleted.

use local_cks::{Call, Fault, Injection};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    ACCOUNTS, ADDRESS, SECRETS, applied, attribute, delete_account, expect_rejected, expect_rotation,
    expect_valid, secret_names, secrets, token,
};
use crate::{
    on_terraform,
    support::{Bed, CLUSTER_ID, Host, Run, provider, secret_variables},
};

on_terraform!(
    every_event_revokes_every_token_and_the_next_plan_rotates,
    on_failure_decides_what_follows_a_secret_that_cannot_be_deleted,
    by_hand_it_revokes_what_the_service_account_has_and_nothing_else,
    a_caller_with_such_a_token_is_warned_and_revokes_its_own_last,
);

const ACTION: &str = "action.cks_revoke_service_account_tokens.all";

/// The action for `default/deployer`.
fn action() -> String {
    format!(
        "action \"cks_revoke_service_account_tokens\" \"all\" {{\n  config {{\n    cluster_id = {CLUSTER_ID:?}\n    \
         namespace = \"default\"\n    service_account = \"deployer\"\n  }}\n}}\n"
    )
}

/// A resource whose event runs the action. Another `input` updates it, another `replaces` replaces it.
fn triggered_at(events: &str, input: &str, replaces: &str, more: &str) -> String {
    format!(
        "resource \"terraform_data\" \"event\" {{\n  input = {input:?}\n  triggers_replace = {replaces:?}\n  lifecycle {{\n    \
         action_trigger {{\n      events = [{events}]\n      actions = [{ACTION}]\n{more}\n    }}\n  }}\n}}\n"
    )
}

fn invoke(bed: &Bed) -> Run {
    bed.apply_with(&[&format!("-invoke={ACTION}")])
}

/// One line of progress must have all these parts.
#[track_caller]
fn expect_progress(run: &Run, parts: &[&str]) {
    let progress = run.progress();
    let found = progress.iter().any(|line| parts.iter().all(|part| line.contains(part)));
    assert!(found, "no progress has {parts:?}: {progress:?}\n{run}");
}

fn every_event_revokes_every_token_and_the_next_plan_rotates(host: &Host) {
    let bed = applied(host, &(token("") + &action()));
    let events =
        ["before_create", "after_create", "before_update", "after_update", "before_destroy", "after_destroy"];
    for event in events {
        eprintln!("{event}");
        let (revoked, name) = (attribute(&bed, "token"), attribute(&bed, "secret_name"));
        if !event.ends_with("create") {
            bed.write("event.tf", &triggered_at(event, "1", "1", ""));
            assert_eq!(bed.apply().succeeded().progress(), [""; 0], "{event} does not happen yet");
        }
        let (input, replaces) = if event.ends_with("update") { ("2", "1") } else { ("2", "2") };
        bed.write("event.tf", &triggered_at(event, input, replaces, ""));
        bed.local.clear_requests();
        bed.plan().succeeded();
        bed.expect_only_reads();
        let run = bed.apply_plan().succeeded();
        expect_progress(&run, &["Revoking 1 token of ServiceAccount default/deployer"]);
        expect_progress(&run, &["Revoked: Secret default/", &name, "credential id", "was valid until"]);
        expect_progress(
            &run,
            &["1 of 1 token of ServiceAccount default/deployer revoked", "revocable = false"],
        );
        assert_eq!(secrets(&bed), [] as [Value; 0], "{event}");
        expect_rejected(&bed, &revoked);
        expect_rotation(&bed, bed.plan(), &["rotated: its Secret", "was deleted"]);
        bed.apply_plan().succeeded();
        bed.write("event.tf", "");
        bed.apply().succeeded();
    }
    // A destroy of everything, which has the event too.
    bed.write("event.tf", &triggered_at("before_destroy, after_destroy", "1", "1", ""));
    bed.apply().succeeded();
    let run = bed.destroy().succeeded();
    expect_progress(&run, &["ServiceAccount default/deployer"]);
    assert_eq!(secrets(&bed), [] as [Value; 0]);
}

/// RBAC's rejection of the deletion of a Secret.
fn forbidden(secret: &str) -> Injection {
    let message = format!(
        "secrets \"{secret}\" is forbidden: User \"ada\" cannot delete resource \"secrets\" in API group \"\""
    );
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403, "message": message,
    });
    let fault =
        Fault::Status { status: StatusCode::FORBIDDEN, retry_after: None, body: Some(body.to_string()) };
    deletion(fault, secret).times(u32::MAX)
}

fn deletion(fault: Fault, secret: &str) -> Injection {
    Injection::new(fault).on(Call::Managed).method(Method::DELETE).path(&format!("/secrets/{secret}"))
}

fn on_failure_decides_what_follows_a_secret_that_cannot_be_deleted(host: &Host) {
    let bed = applied(host, &(token("count = 3") + &action()));
    for (on_failure, succeeds, is_tainted) in
        [("halt", false, false), ("taint", false, true), ("continue", true, false)]
    {
        eprintln!("{on_failure}");
        let [kept, ..] = secret_names(&bed).try_into().unwrap_or([const { String::new() }; 3]);
        bed.local.inject(forbidden(&kept));
        bed.write("event.tf", &triggered_at("after_create", "1", "1", &format!("on_failure = {on_failure}")));
        let run = bed.apply();
        let run = if succeeds { run.succeeded() } else { run.failed() };
        let failure = [
            "Not all tokens of ServiceAccount default/deployer were revoked",
            "2 of 3 tokens revoked",
            &kept,
            "verbs [\"delete\"]",
            "run the action again",
        ];
        if succeeds {
            run.expect_warning(&failure)
        } else {
            run.expect_error(&failure)
        };
        expect_progress(&run, &["Not revoked: Secret default/", &kept]);
        assert_eq!(secret_names(&bed), [kept.as_str()], "the others are revoked");
        let event = bed.instance("terraform_data.event").expect("it was created");
        assert_eq!(event["status"] == "tainted", is_tainted, "{event}");

        // Run again, it revokes what is left; a transient failure is no failure.
        bed.local.clear_faults();
        bed.local.inject(deletion(Fault::status(500), &kept).times(2));
        let run = invoke(&bed).succeeded();
        assert_eq!(bed.local.pending_faults(), 0, "{run}");
        expect_progress(&run, &["1 of 1 token"]);
        bed.write("event.tf", "");
        bed.apply().succeeded();
        assert_eq!(secrets(&bed).len(), 3, "the next apply rotates all of them");
    }

    // Before a destroy, `halt` keeps the resource.
    let event = |replaces| triggered_at("before_destroy", "1", replaces, "on_failure = halt");
    bed.write("event.tf", &event("1"));
    bed.apply().succeeded();
    let before = bed.instance("terraform_data.event");
    let [kept, ..] = secret_names(&bed).try_into().unwrap_or([const { String::new() }; 3]);
    bed.local.inject(forbidden(&kept));
    bed.write("event.tf", &event("2"));
    bed.apply().failed().expect_error(&["Not all tokens", &kept]);
    assert_eq!(bed.instance("terraform_data.event"), before);
}

/// A Secret as a run of this provider leaves it.
fn leave(bed: &Bed, name: &str, account: &str, state: &str, expires_at: &str, for_one_run: bool) {
    const MARK: &str = super::MARK;
    let mut labels = json!({ format!("{MARK}token-id"): "0c7a7e0a-8a34-4a57-9d2c-f4f4b4a6b0a5" });
    if for_one_run {
        labels[format!("{MARK}token-for-one-run")] = json!("true");
    }
    let secret = json!({
        "metadata": {
            "name": name, "labels": labels,
            "annotations": {
                format!("{MARK}service-account"): account, format!("{MARK}token-state"): state,
                format!("{MARK}token-expires-at"): expires_at,
            },
        },
    });
    assert_eq!(bed.kubernetes("POST", SECRETS, Some(secret)).0, 201);
}

fn by_hand_it_revokes_what_the_service_account_has_and_nothing_else(host: &Host) {
    const LATER: &str = "2999-01-01T00:00:00Z";
    let mut bed = applied(host, &(token("") + &action()));
    leave(&bed, "of-a-killed-run", "deployer", "issued", LATER, true);
    leave(&bed, "expired", "deployer", "issued", "2020-01-01T00:00:00Z", false);
    leave(&bed, "unfinished", "deployer", "pending", "", false);
    leave(&bed, "of-another", "another", "issued", LATER, false);
    let foreign = json!({"metadata": {"name": "no-token"}});
    assert_eq!(bed.kubernetes("POST", SECRETS, Some(foreign)).0, 201);
    let revoked = attribute(&bed, "token");
    expect_valid(&bed, &revoked);
    bed.log_everything();
    let run = invoke(&bed).succeeded();
    assert_eq!(run.warnings(), [], "{run}");
    for parts in [
        &["Revoking 4 tokens"][..],
        &["Revoked: Secret default/of-a-killed-run", "of one run", "was valid until 2999"],
        &["Revoked: Secret default/expired", "expired at 2020"],
        &["Revoked: Secret default/unfinished", "was being issued"],
        &["4 of 4 tokens of ServiceAccount default/deployer revoked"],
    ] {
        expect_progress(&run, parts);
    }
    assert_eq!(secret_names(&bed), ["of-another"]);
    assert_eq!(bed.kubernetes("GET", &format!("{SECRETS}/no-token"), None).0, 200);
    expect_rejected(&bed, &revoked);
    let signature = revoked.rsplit('.').next().expect("a signature");
    assert!(!run.to_string().contains(signature) && !bed.log().contains(signature), "{run}");

    expect_progress(&invoke(&bed).succeeded(), &["has no tokens that are bound to a Secret"]);
    delete_account(&bed);
    let run = invoke(&bed).succeeded();
    run.expect_warning(&["ServiceAccount whose tokens are to be revoked not found", "correct `namespace`"]);
    expect_progress(&run, &["There is no ServiceAccount default/deployer, so none of its tokens is valid"]);

    // Not to be taken for success: a cluster that does not exist.
    bed.write("main.tf", &action().replace(CLUSTER_ID, "00000000-0000-4000-8000-000000000000"));
    bed.write("terraform.tfstate", "");
    invoke(&bed).failed().expect_error(&["Cluster not found"]);
}

fn a_caller_with_such_a_token_is_warned_and_revokes_its_own_last(host: &Host) {
    let mut bed = applied(host, &(token("count = 2") + &action()));
    let binding = json!({
        "metadata": {"name": "deployer"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": "deployer", "namespace": "default"}],
    });
    let bindings = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
    assert_eq!(bed.kubernetes("POST", bindings, Some(binding)).0, 201);
    // The API server lists by name: the caller's would be the first.
    let state = bed.state();
    let resources = state.pointer("/values/root_module/resources").and_then(Value::as_array);
    let tokens = resources.expect("resources").iter().map(|resource| &resource["values"]);
    let own = tokens.min_by_key(|values| values["secret_name"].to_string()).expect("a token");
    let own_secret = own["secret_name"].as_str().expect("a name").to_owned();
    let own_token = own["token"].as_str().expect("a token").to_owned();
    let entry = format!(
        "      cluster_id = {CLUSTER_ID:?}\n      endpoint   = \"unmanaged\"\n      token      = var.own"
    );
    bed.write("provider.tf", &(secret_variables(&["own"]) + &provider(&[&entry], "")));
    bed.set_variable("TF_VAR_own", Some(&own_token));
    let run = invoke(&bed).succeeded();
    run.expect_warning(&[
        "Revokes what the caller's own access rests on",
        "a token of ServiceAccount default/deployer that this action revokes",
        "Do not run the action, or give the provider other credentials first",
    ]);
    let lines: Vec<_> =
        run.progress().into_iter().filter(|line| line.contains("Revoked: Secret default/")).collect();
    assert!(lines.len() == 2 && lines[1].contains(&own_secret), "{own_secret} is not the last: {lines:?}");
    assert_eq!(secrets(&bed), [] as [Value; 0]);

    // Another ServiceAccount's tokens are no concern of the caller's.
    bed.remove("provider.tf");
    let other = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "other"}});
    assert_eq!(bed.kubernetes("POST", ACCOUNTS, Some(other)).0, 201);
    bed.apply().succeeded();
    bed.write("provider.tf", &(secret_variables(&["own"]) + &provider(&[&entry], "")));
    let own_token = bed.state().pointer("/values/root_module/resources/0/values/token").cloned();
    let own_token = own_token.as_ref().and_then(Value::as_str).expect("a token").to_owned();
    bed.set_variable("TF_VAR_own", Some(&own_token));
    bed.write("main.tf", &(token("count = 2") + &action().replace("\"deployer\"", "\"other\"")));
    assert_eq!(invoke(&bed).succeeded().warnings(), []);
    assert_eq!(secrets(&bed).len(), 2);
    assert_eq!(bed.instance(ADDRESS).map(|instance| instance["status"].clone()), Some(Value::Null));
}
