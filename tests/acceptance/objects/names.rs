//! Names that no user of the issuer has.

use serde_json::json;

use super::kinds::{BINDING, applied};
use crate::{
    on_terraform,
    support::{Host, ISSUER},
};

on_terraform!(names_without_the_issuers_prefix_are_counted);

fn names_without_the_issuers_prefix_are_counted(host: &Host) {
    let lines = |users: &str, groups: &str| {
        format!("  cluster_role = \"view\"\n  users = [{users}]\n  groups = [{groups}]")
    };
    let bed = applied(host, &BINDING.with(&lines("\"ada\"", "\"team\""), ""));
    let oidc = json!({
        "issuerUrl": ISSUER, "clientId": "kubernetes", "usernamePrefix": "oidc:", "groupsClaim": "groups",
        "groupsPrefix": "g:",
    });
    bed.change_as_another_client(Some(oidc));
    // A name that was bound before causes no second warning.
    bed.plan().expect_empty();

    let names = lines("\"ada\", \"bob\", \"oidc:eve\", \"system:admin\"", "\"g:team\", \"staff\"");
    bed.write("main.tf", &BINDING.with(&names, ""));
    let planned = bed.plan().succeeded();
    let users =
        planned.expect_warning(&["No user of the OIDC issuer", "1 added name in `users`", "oidc_username"]);
    assert!(!users.detail.contains("bob"), "names may be sensitive: {users:?}");
    planned.expect_warning(&["No group of the OIDC issuer", "1 added name in `groups`", "oidc_group"]);
    assert_eq!(planned.warnings().len(), 2, "{planned}");
    bed.apply_plan().succeeded();
    bed.plan().expect_empty();
}
