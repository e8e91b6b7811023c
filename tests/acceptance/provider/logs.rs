//! The provider's log, as a host shows it: levels, modules and fields, at the level of `TF_LOG_PROVIDER`.

use crate::{
    on_every_host,
    support::{Bed, CLUSTER_ID, Host, oidc},
};

on_every_host!(the_log_shows_levels_modules_and_fields);

/// Lines of the provider in the host's log of an apply at this level.
fn log_of_an_apply(host: &Host, level: &str) -> Vec<String> {
    let mut bed = Bed::of(host, &oidc(""));
    let log = bed.path("provider.log");
    bed.set_variable("TF_LOG_PROVIDER", Some(level));
    bed.set_variable("TF_LOG_PATH", Some(&log.display().to_string()));
    bed.apply().succeeded();
    let log = std::fs::read_to_string(log).expect("a log");
    log.lines().filter(|line| line.contains(" provider.terraform-provider-cks")).map(str::to_owned).collect()
}

/// The one line with this message must have all of these.
#[track_caller]
fn expect_line(log: &[String], message: &str, parts: &[&str]) {
    let found = log.iter().find(|line| line.contains(&format!(": {message}: ")));
    let line = found.unwrap_or_else(|| panic!("no line has {message:?}:\n{}", log.join("\n")));
    for part in parts {
        assert!(line.contains(part), "{part:?} is missing in {line}");
    }
}

fn the_log_shows_levels_modules_and_fields(host: &Host) {
    let log = log_of_an_apply(host, "DEBUG");
    let cluster = format!("cluster={CLUSTER_ID}");
    let call = ["tf_rpc=ApplyResourceChange", "tf_resource_type=cks_cluster_oidc", "tf_req_id="];
    let write = ["[INFO]", "@module=coreweave.change", &cluster, "mask=", "oidc.issuerUrl,oidc.clientId"];
    expect_line(&log, "changing the cluster", &[write.as_slice(), &call].concat());
    expect_line(
        &log,
        "sent a request to the CoreWeave API",
        &["[DEBUG]", "@module=coreweave.http", "outcome=succeeded", "elapsed_ms="],
    );
    expect_line(&log, "call begins", &["[DEBUG]", "@module=tfplugin.rpc", "tf_rpc="]);

    let quiet = log_of_an_apply(host, "INFO");
    expect_line(&quiet, "changing the cluster", &["[INFO]"]);
    assert!(quiet.iter().all(|line| !line.contains("[DEBUG]")), "{}", quiet.join("\n"));
}
