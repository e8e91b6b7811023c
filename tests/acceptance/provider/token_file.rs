//! The CoreWeave token in a file that another program renews.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use local_cks::{Call, Fault, Injection, Role};
use secrecy::{ExposeSecret as _, SecretString};
use tempfile::TempDir;

use crate::{
    on_terraform,
    support::{Bed, CLUSTER_ID, Host, provider, wait_until, who_am_i},
};

on_terraform!(
    a_token_in_a_file_is_used_for_both_apis_and_does_not_leak,
    a_token_that_is_replaced_between_two_runs_is_used,
    a_token_that_is_rejected_while_it_is_replaced_in_its_file_is_sent_once_more,
    a_token_file_that_cannot_be_used_is_reported_with_the_source_of_its_path,
);

/// A bed whose host has no token in its environment, and a file for one.
fn bed_with_file(bed: &mut Bed) -> (TempDir, PathBuf) {
    bed.set_variable("COREWEAVE_API_TOKEN", None);
    let directory =
        tempfile::Builder::new().prefix("cks-elsewhere-").tempdir().expect("a temporary directory");
    let file = directory.path().join("token");
    (directory, file)
}

fn put(file: &Path, token: &SecretString) {
    std::fs::write(file, format!("{}\n", token.expose_secret())).expect("the directory is ours");
}

fn provider_with(file: &Path) -> String {
    format!("provider \"cks\" {{\n  token_file = {:?}\n}}\n", file.display().to_string())
}

const CLUSTER: &str = "data \"cks_cluster\" \"example\" {\n  name = \"example\"\n}\n";

fn a_token_in_a_file_is_used_for_both_apis_and_does_not_leak(host: &Host) {
    let mut bed = Bed::with_kubernetes(host);
    let token = bed.admin_token();
    let (_directory, file) = bed_with_file(&mut bed);
    put(&file, &token);
    bed.log_everything();
    let of_variable = "provider \"cks\" {}\n".to_owned();
    for (configuration, variable) in
        [(provider_with(&file), None), (of_variable, Some(file.display().to_string()))]
    {
        bed.write("provider.tf", &configuration);
        bed.set_variable("COREWEAVE_API_TOKEN_FILE", variable.as_deref());
        bed.write("main.tf", &(CLUSTER.to_owned() + &who_am_i("")));
        bed.local.clear_requests();
        let runs = [bed.plan().succeeded(), bed.apply_plan().succeeded()];
        let seen = [Call::ListClusters, Call::Managed].map(|call| bed.local.requests_of(call).len());
        assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
        bed.expect_secret_absent(token.expose_secret(), &runs.map(|run| run.to_string()));
        bed.clear();
    }
}

fn a_token_that_is_replaced_between_two_runs_is_used(host: &Host) {
    let mut bed = Bed::new(host);
    let first = bed.local.add_token(bed.local.organisation(), Role::Admin);
    let second = bed.local.add_token(bed.local.organisation(), Role::Admin);
    let (_directory, file) = bed_with_file(&mut bed);
    bed.write("provider.tf", &provider_with(&file));
    bed.write("main.tf", CLUSTER);
    put(&file, &first);
    bed.plan().succeeded();
    bed.local.expire_token(&first);
    let path = file.display().to_string();
    let rejected = bed.plan().failed();
    rejected.expect_error(&["CoreWeave API token rejected", &path, "the provider's `token_file`"]);
    put(&file, &second);
    bed.plan().succeeded();
    bed.apply_plan().succeeded();
}

fn a_token_that_is_rejected_while_it_is_replaced_in_its_file_is_sent_once_more(host: &Host) {
    let mut bed = Bed::new(host);
    let expired = bed.local.add_token(bed.local.organisation(), Role::Admin);
    bed.local.expire_token(&expired);
    let valid = bed.local.add_token(bed.local.organisation(), Role::Admin);
    let (_directory, file) = bed_with_file(&mut bed);
    bed.write("provider.tf", &provider_with(&file));
    bed.write("main.tf", CLUSTER);
    put(&file, &expired);
    // The rejection comes once the file has another token.
    bed.local.inject(Injection::new(Fault::Delay(Duration::from_secs(5))).on(Call::ListClusters));
    let arguments = ["plan", "-json"];
    let running = bed.start(&arguments);
    wait_until("the expired token is sent", || !bed.local.requests_of(Call::ListClusters).is_empty());
    put(&file, &valid);
    bed.finish(&running, &arguments).succeeded();
    let statuses: Vec<_> =
        bed.local.requests_of(Call::ListClusters).iter().map(|request| request.status).collect();
    assert_eq!(statuses, [401, 200].map(|status| reqwest::StatusCode::from_u16(status).ok()));
}

fn a_token_file_that_cannot_be_used_is_reported_with_the_source_of_its_path(host: &Host) {
    let mut bed = Bed::new(host);
    let token = bed.admin_token();
    let (directory, file) = bed_with_file(&mut bed);
    let path = file.display().to_string();
    bed.write("provider.tf", &provider_with(&file));
    bed.write("main.tf", CLUSTER);
    bed.plan().failed().expect_error(&[
        "CoreWeave API token cannot be read",
        &path,
        "the provider's `token_file`",
    ]);
    std::fs::write(&file, "\n").expect("the directory is ours");
    bed.plan().failed().expect_error(&[&path, "is empty"]);
    std::fs::write(&file, "x".repeat(70_000)).expect("the directory is ours");
    bed.plan().failed().expect_error(&[&path, "longer than 64 KiB"]);

    bed.write("provider.tf", "provider \"cks\" {}\n");
    bed.set_variable("COREWEAVE_API_TOKEN_FILE", Some(&directory.path().display().to_string()));
    bed.plan()
        .failed()
        .expect_error(&["not a regular file", "the environment variable COREWEAVE_API_TOKEN_FILE"]);
    bed.use_token(&token);
    let both = ["COREWEAVE_API_TOKEN and", "COREWEAVE_API_TOKEN_FILE are set", "Keep one of the two"];
    bed.plan().failed().expect_error(&both);

    let managed = format!("cluster_id = {CLUSTER_ID:?}\nendpoint = \"managed\"");
    let line = format!("token_file = {path:?}\ntoken = \"CW-SECRET-a\"");
    bed.write("provider.tf", &provider(&[&managed], &line));
    bed.validate().failed().expect_error(&["Two CoreWeave API tokens set", "the provider's `token_file`"]);
    assert_eq!(bed.local.requests().len(), 0, "no request without a token");
}
