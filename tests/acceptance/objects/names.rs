//! Names that no user of the issuer has.

use serde_json::json;

use super::kinds::{BINDING, applied};
use crate::{
    on_terraform,
    support::{Host, ISSUER},
};

on_terraform!(a_name_without_the_issuers_prefix_is_a_warning_with_the_name_in_kubernetes);

fn a_name_without_the_issuers_prefix_is_a_warning_with_the_name_in_kubernetes(host: &Host) {
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
        planned.expect_warning(&["No user of the OIDC issuer", "\"oidc:bob\" instead of \"bob\"", ISSUER]);
    assert!(!users.detail.contains("ada") && !users.detail.contains("eve"), "{users:?}");
    let groups = planned.expect_warning(&["No group of the OIDC issuer", "\"g:staff\"", "oidc_group"]);
    assert!(!groups.detail.contains("\"g:team\""), "{groups:?}");
    assert_eq!(planned.warnings().len(), 2, "{planned}");
    bed.apply_plan().succeeded();
    bed.plan().expect_empty();
}
