//! The documented permissions are enough, and a missing one is reported before anything is created.

use serde_json::{Value, json};

use super::{ADDRESS, attribute, bed, expect_valid, secrets, token, token_requests, trigger};
use crate::{
    on_terraform,
    support::{Bed, Host},
};

on_terraform!(the_documented_permissions_are_enough);

const PROVIDER: &str = r#"
variable "limited" {
  sensitive = true
}
provider "cks" {
  kubernetes = [{ endpoint = "unmanaged", token = var.limited }]
}
"#;

/// Grants the ServiceAccount `default/limited` these rules only.
fn allow(bed: &Bed, rules: &Value) {
    const ROLES: &str = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles";
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "limited"}, "rules": rules,
    });
    let (status, response) = match bed.kubernetes("POST", ROLES, Some(role.clone())) {
        (409, _) => bed.kubernetes("PATCH", &format!("{ROLES}/limited"), Some(json!({"rules": rules}))),
        created => created,
    };
    assert!(matches!(status, 200 | 201), "{response}");
}

fn limited_token(bed: &Bed) -> String {
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "limited"}});
    assert_eq!(bed.kubernetes("POST", super::ACCOUNTS, Some(account)).0, 201);
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "limited"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "limited"},
        "subjects": [{"kind": "ServiceAccount", "name": "limited", "namespace": "default"}],
    });
    let bindings = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings";
    assert_eq!(bed.kubernetes("POST", bindings, Some(binding)).0, 201);
    let request = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}});
    let (status, response) =
        bed.kubernetes("POST", &format!("{}/limited/token", super::ACCOUNTS), Some(request));
    assert_eq!(status, 201, "{response}");
    response["status"]["token"].as_str().expect("a token").to_owned()
}

/// Whether the limited ServiceAccount may list Secrets.
fn may_list(bed: &Bed) -> bool {
    let spec = json!({
        "user": "system:serviceaccount:default:limited",
        "resourceAttributes": {"namespace": "default", "resource": "secrets", "verb": "list"},
    });
    let review =
        json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec});
    let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
    bed.kubernetes("POST", path, Some(review)).1["status"]["allowed"] == true
}

fn the_documented_permissions_are_enough(host: &Host) {
    let mut bed = bed(host, &token(""));
    bed.write("provider.tf", PROVIDER);
    let limited = limited_token(&bed);
    bed.set_variable("TF_VAR_limited", Some(&limited));
    let mut rules = vec![
        json!({"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["get"]}),
        json!({"apiGroups": [""], "resources": ["serviceaccounts/token"], "verbs": ["create"]}),
    ];
    allow(&bed, &json!(rules));
    crate::support::wait_until("the role is in force", || {
        bed.apply().failed().errors().iter().any(|error| error.contains(&["list", "\"secrets\""]))
    });
    assert_eq!((bed.instance(ADDRESS), secrets(&bed).len(), token_requests(&bed)), (None, 0, 0));

    bed.write("main.tf", &token("revocable = false"));
    bed.apply().succeeded();
    expect_valid(&bed, &attribute(&bed, "token"));
    bed.plan().expect_empty();
    bed.destroy().succeeded();

    rules.push(json!({"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list", "create", "patch", "delete"]}));
    allow(&bed, &json!(rules));
    bed.write("main.tf", &token(&trigger("1")));
    crate::support::wait_until("the role is in force", || bed.apply().code == Some(0));
    bed.plan().expect_empty();
    bed.write("main.tf", &token(&format!("on_rotation = \"revoke\"\n{}", trigger("2"))));
    bed.apply().succeeded();
    expect_valid(&bed, &attribute(&bed, "token"));

    // The bound token lives on beside one that is not; without `list` nothing finds it.
    bed.write("main.tf", &token("revocable = false"));
    bed.apply().succeeded();
    assert_eq!(secrets(&bed).len(), 1);
    let id = attribute(&bed, "id");
    let with_list = json!(rules);
    rules.pop();
    allow(&bed, &json!(rules));
    crate::support::wait_until("the right to list is revoked", || !may_list(&bed));
    bed.destroy().failed().expect_error(&[
        "list",
        "Earlier tokens of this resource were bound to Secrets",
        &format!("cks-community.github.io/token-id={id}"),
    ]);
    assert!(bed.instance(ADDRESS).is_some());
    allow(&bed, &with_list);
    crate::support::wait_until("the right to list is in force", || may_list(&bed));
    bed.destroy().succeeded();
    assert_eq!(secrets(&bed), [] as [Value; 0]);
}
