//! Tokens are issued by a create only, and valid at once.

use local_cks::by_method;
use serde_json::json;

use super::{
    ADDRESS, attribute, bed, claims, expect_rejected, expect_valid, mark, secrets, token, token_requests, who,
};
use crate::{
    on_both_hosts,
    support::{Bed, CLUSTER_ID, Host},
};

on_both_hosts!(
    a_token_is_valid_at_once_and_revoked_by_the_destroy,
    no_token_is_issued_by_validate_plan_or_refresh,
    a_service_account_of_the_same_apply_gets_its_token,
    a_missing_service_account_leaves_nothing_behind,
    null_and_empty_audiences_are_the_same_and_others_are_in_the_token,
    mistakes_are_reported_before_any_request,
    the_token_is_in_no_output_and_no_log,
);

/// Reports 4, 5 and 13: no default Secret is read, the token is issued at once, and it expires.
fn a_token_is_valid_at_once_and_revoked_by_the_destroy(host: &Host) {
    let bed = bed(host, &token(""));
    bed.apply().succeeded();
    let state = bed.attributes(ADDRESS);
    let issued = attribute(&bed, "token");
    let user = who(&bed, &issued).expect("the token is accepted");
    assert_eq!(user["username"], "system:serviceaccount:default:deployer");
    assert_eq!(user["uid"], state["service_account_uid"]);
    let credential = format!("JTI={}", attribute(&bed, "credential_id"));
    assert_eq!(user["extra"]["authentication.kubernetes.io/credential-id"], json!([credential]));

    let [secret] = secrets(&bed).try_into().expect("one Secret");
    assert_eq!(secret["metadata"]["name"], state["secret_name"]);
    assert_eq!(secret["metadata"]["labels"]["cks-community.github.io/token-id"], state["id"]);
    assert_eq!((&secret["type"], &secret["data"]), (&json!("Opaque"), &json!(null)));
    assert_eq!(secret["metadata"]["ownerReferences"][0]["uid"], state["service_account_uid"]);
    assert_eq!(mark(&secret, "token-state"), "issued");
    assert_eq!(mark(&secret, "token-expires-at"), attribute(&bed, "expires_at"));
    assert_eq!(claims(&issued)["kubernetes.io"]["secret"]["uid"], secret["metadata"]["uid"]);
    let lifetime =
        claims(&issued)["exp"].as_i64().expect("exp") - claims(&issued)["iat"].as_i64().expect("iat");
    assert_eq!(lifetime, 3600, "the server's default");

    let requests = bed.local.requests();
    assert!(!requests.iter().any(|request| request.path.contains("secrets/default-token")), "{requests:?}");
    assert_eq!(token_requests(&bed), 1);
    bed.plan().expect_empty();
    bed.destroy().succeeded();
    assert_eq!(secrets(&bed), [] as [serde_json::Value; 0]);
    expect_rejected(&bed, &issued);
}

/// Reports 2 and 10.
fn no_token_is_issued_by_validate_plan_or_refresh(host: &Host) {
    let bed = bed(host, &token("duration = \"1h\"\nrotate_before = \"10m\""));
    bed.validate().succeeded();
    bed.plan().plans(&[&format!("create {ADDRESS}")]);
    bed.plan().succeeded();
    assert_eq!(token_requests(&bed), 0);
    bed.apply_plan().succeeded();
    assert_eq!(token_requests(&bed), 1, "one create, one token");
    let issued = attribute(&bed, "token");

    bed.local.clear_requests();
    bed.validate().succeeded();
    bed.plan().expect_empty();
    bed.plan_with(&["-destroy"]).succeeded();
    bed.plan_with(&["-refresh-only"]).succeeded();
    bed.apply_with(&["-refresh-only"]).succeeded();
    bed.apply().succeeded();
    bed.expect_only_reads();
    assert_eq!(attribute(&bed, "token"), issued);
    bed.write("main.tf", &token("duration = \"2h\"\nrotate_before = \"10m\""));
    bed.plan().succeeded();
    let planned = by_method(&bed.local.requests());
    assert!(
        planned.keys().all(|method| method == "GET"),
        "a planned rotation sends no token request: {planned:?}"
    );
    bed.apply_plan().succeeded();
    assert_eq!(token_requests(&bed), 1, "one rotation, one token");
}

fn a_service_account_of_the_same_apply_gets_its_token(host: &Host) {
    let account = format!(
        "resource \"cks_service_account\" \"example\" {{\n  cluster_id = {CLUSTER_ID:?}\n  namespace = \"default\"\n  name = \"deployer\"\n}}\n"
    );
    let known_later = token("service_account_uid = cks_service_account.example.uid")
        .replace("\"deployer\"", "cks_service_account.example.name");
    let bed = Bed::with_kubernetes(host);
    bed.write("main.tf", &(account + &known_later));
    bed.apply().succeeded();
    expect_valid(&bed, &attribute(&bed, "token"));
    bed.plan().expect_empty();
    bed.destroy().succeeded();
    assert_eq!(secrets(&bed), [] as [serde_json::Value; 0]);
}

fn a_missing_service_account_leaves_nothing_behind(host: &Host) {
    let bed = bed(host, &token("").replace("deployer", "nobody"));
    bed.apply().failed().expect_error(&["ServiceAccount not found", "default/nobody", "service_account_uid"]);
    assert_eq!((bed.instance(ADDRESS), secrets(&bed).len(), token_requests(&bed)), (None, 0, 0));

    // A uid that differs: no other ServiceAccount of the same name is accepted.
    bed.write("main.tf", &token("service_account_uid = \"00000000-0000-0000-0000-000000000000\""));
    let error = bed.apply().failed().expect_error(&["ServiceAccount was re-created", "default/deployer"]);
    assert!(error.code.starts_with("service_account_uid"), "{error:?}");
    assert_eq!((bed.instance(ADDRESS), secrets(&bed).len(), token_requests(&bed)), (None, 0, 0));
}

fn null_and_empty_audiences_are_the_same_and_others_are_in_the_token(host: &Host) {
    let bed = super::applied(host, &token(""));
    let first = attribute(&bed, "token");
    assert_eq!(bed.attributes(ADDRESS)["audiences"], json!(null));
    bed.write("main.tf", &token("audiences = []"));
    bed.plan().plans(&[&format!("update {ADDRESS}")]);
    assert_eq!(super::unknown(&bed), [] as [&str; 0]);
    bed.apply_plan().succeeded();
    assert_eq!((token_requests(&bed), attribute(&bed, "token")), (0, first));
    assert_eq!(bed.attributes(ADDRESS)["audiences"], json!([]));
    bed.plan().expect_empty();

    bed.write("main.tf", &token("audiences = [\"vault\", \"registry\"]"));
    super::expect_rotation(&bed, bed.plan(), &["`audiences` changed"]);
    bed.apply_plan().succeeded();
    let foreign = attribute(&bed, "token");
    let mut audiences: Vec<_> = claims(&foreign)["aud"].as_array().cloned().unwrap_or_default();
    audiences.sort_by_key(ToString::to_string);
    assert_eq!(audiences, ["registry", "vault"]);
    assert!(who(&bed, &foreign).is_err(), "the API server is not among them");
    bed.plan().expect_empty();
}

fn mistakes_are_reported_before_any_request(host: &Host) {
    let bed = Bed::new(host);
    let mistakes: [(&str, &[&str]); 7] = [
        ("duration = \"5m\"", &["less than 10 minutes", "duration = "]),
        ("duration = \"30d\"", &["\"720h\"", "duration = "]),
        ("duration = \"1h\"\nrotate_before = \"60m\"", &["rotate_before is not shorter", "rotate_before = "]),
        ("on_rotation = \"revoke\"\nrevocable = false", &["requires revocable", "on_rotation = "]),
        ("on_rotation = \"kill\"", &["\"expire\" nor \"revoke\"", "on_rotation = "]),
        ("audiences = [\"\"]", &["must not be empty", "audiences = "]),
        ("token = \"mine\"", &["cannot be configured", "token = "]),
    ];
    for (mistake, message) in mistakes {
        bed.write("main.tf", &token(mistake));
        bed.validate().failed().expect_error(message);
    }
    bed.write("main.tf", &token(""));
    let run = bed.import(ADDRESS, &format!("{CLUSTER_ID}/default/deployer")).failed();
    assert!(run.text().contains("Tokens cannot be imported"), "{run}");
    assert!(run.text().contains("Kubernetes returns a token only once"), "{run}");
    assert_eq!(bed.local.requests().len(), 0);
}

/// Report 14: the token is in the state, since it is an attribute, but in no output and no log.
fn the_token_is_in_no_output_and_no_log(host: &Host) {
    let mut bed = bed(host, &token(""));
    let log = bed.path("trace.log");
    bed.set_variable("TF_LOG", Some("TRACE"));
    bed.set_variable("TF_LOG_PATH", Some(&log.display().to_string()));
    let mut outputs = vec![bed.plan().succeeded().to_string(), bed.apply_plan().succeeded().to_string()];
    let mut tokens = vec![attribute(&bed, "token")];
    bed.write("main.tf", &token(&super::trigger("1")));
    outputs.push(bed.plan().succeeded().to_string());
    outputs.push(bed.run(&["show", "-no-color", "plan"]).succeeded().to_string());
    outputs.push(bed.apply_plan().succeeded().to_string());
    tokens.push(attribute(&bed, "token"));
    outputs.push(bed.run(&["plan", "-no-color"]).succeeded().to_string());
    outputs.push(bed.run(&["show", "-no-color"]).succeeded().to_string());
    outputs.push(bed.destroy().succeeded().to_string());
    outputs.push(std::fs::read_to_string(log).expect("a log"));
    for token in tokens {
        assert!(token.len() > 100, "a token");
        let signature = token.rsplit('.').next().expect("a JWT has a signature").to_owned();
        assert!(!outputs.iter().any(|output| output.contains(&signature)), "a token was shown");
    }
}
