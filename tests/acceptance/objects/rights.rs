//! Warnings at plan: permissions that the caller cannot grant, roles that do not exist, and access that would be lost.

use local_cks::Role;
use serde_json::{Value, json};

use super::kinds::{BINDING, ROLE, Sample, applied, writes};
use crate::{
    on_terraform,
    support::{Bed, CLUSTER_ID, Host, provider, secret_variables, wait_until},
};

on_terraform!(
    destroying_what_the_callers_access_rests_on_is_named_at_plan,
    a_plan_says_once_what_it_could_not_check,
    permissions_that_the_caller_lacks_are_a_warning_at_plan_and_an_error_at_apply,
    a_role_that_does_not_exist_is_a_warning_at_plan,
    losing_the_callers_access_or_the_last_cluster_admin_binding_is_a_warning_at_plan,
    a_binding_is_in_force_when_the_apply_ends,
);

const GROUP: &str = "/apis/rbac.authorization.k8s.io/v1";

/// Creates a cluster-wide object of the RBAC API.
#[track_caller]
fn create(bed: &Bed, plural: &str, object: Value) {
    let (status, response) = bed.kubernetes("POST", &format!("{GROUP}/{plural}"), Some(object));
    assert_eq!(status, 201, "{response}");
}

/// The current decision of the cluster's authorizer.
fn is_allowed(bed: &Bed, spec: &Value) -> bool {
    let review =
        json!({ "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec });
    let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
    bed.kubernetes("POST", path, Some(review)).1["status"]["allowed"] == true
}

/// Makes the provider use a token that may write roles and bindings, and otherwise only read.
fn use_a_clerk_token(bed: &mut Bed) {
    let rule = |verbs: &[&str], resources: &[&str]| json!({ "apiGroups": ["rbac.authorization.k8s.io"], "resources": resources, "verbs": verbs });
    let kinds = ["roles", "clusterroles", "rolebindings", "clusterrolebindings"];
    let rules = json!([rule(&["get", "list", "create", "patch", "delete"], &kinds)]);
    create(bed, "clusterroles", json!({ "metadata": { "name": "clerk" }, "rules": rules }));
    let binding = json!({
        "metadata": { "name": "clerks" },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "clerk" },
        "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "cks:read" }],
    });
    create(bed, "clusterrolebindings", binding);
    let attributes =
        json!({ "group": "rbac.authorization.k8s.io", "resource": "clusterrolebindings", "verb": "create" });
    let spec = json!({ "user": "anyone", "groups": ["cks:read"], "resourceAttributes": attributes });
    wait_until("clerks may write bindings", || is_allowed(bed, &spec));
    let token = bed.local.token(Role::Viewer);
    bed.use_token(&token);
}

fn binding_to(role: &str, more: &str) -> String {
    BINDING.with(&format!("  cluster_role = {role:?}\n  users = [\"ada\"]"), more)
}

fn permissions_that_the_caller_lacks_are_a_warning_at_plan_and_an_error_at_apply(host: &Host) {
    let mut bed = Bed::with_kubernetes(host);
    use_a_clerk_token(&mut bed);

    // Binds a role.
    bed.write("main.tf", &binding_to("edit", ""));
    let message = ["Not allowed to grant these permissions", "secrets", "verbs [\"bind\"]"];
    bed.plan().succeeded().expect_warning(&message);
    assert_eq!(writes(&bed), [] as [&str; 0], "it was only tried");
    bed.apply_plan().failed().expect_error(&message);
    let bind = json!({
        "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["clusterroles"], "verbs": ["bind"],
        "resourceNames": ["edit"],
    });
    let rules =
        |bed: &Bed| bed.kubernetes("GET", &format!("{GROUP}/clusterroles/clerk"), None).1["rules"].clone();
    let mut with_bind = rules(&bed);
    with_bind.as_array_mut().expect("rules").push(bind);
    bed.kubernetes("PATCH", &format!("{GROUP}/clusterroles/clerk"), Some(json!({ "rules": with_bind })));
    wait_until("the right to bind is in force", || bed.plan().succeeded().warnings().is_empty());
    bed.apply_plan().succeeded();

    // Updates a binding to it, in any field.
    let without: Vec<_> = rules(&bed).as_array().expect("rules").iter().take(1).cloned().collect();
    bed.kubernetes("PATCH", &format!("{GROUP}/clusterroles/clerk"), Some(json!({ "rules": without })));
    bed.write("main.tf", &binding_to("edit", "  labels = { team = \"a\" }"));
    wait_until("the right to bind is revoked", || {
        let planned = bed.plan().succeeded();
        planned.warnings().iter().any(|warning| warning.contains(&message))
    });
    bed.apply_plan().failed().expect_error(&message);

    // Writes rules.
    let secrets = "  rules = [{ api_groups = [\"\"], resources = [\"secrets\"], verbs = [\"get\"] }]";
    bed.write("main.tf", &ROLE.with(secrets, ""));
    let message = ["Not allowed to grant these permissions", "secrets", "verbs [\"escalate\"]"];
    bed.plan_with(&["-target=cks_rbac_role.it"]).succeeded().expect_warning(&message);
    bed.apply_with(&["-target=cks_rbac_role.it"]).failed().expect_error(&message);
}

fn a_role_that_does_not_exist_is_a_warning_at_plan(host: &Host) {
    let mut bed = Bed::with_kubernetes(host);
    // An administrator may bind a role that does not exist: Kubernetes accepts it.
    bed.write("main.tf", &binding_to("veiw", ""));
    let message = ["ClusterRole does not exist", "veiw"];
    let warning = bed.plan().succeeded().expect_warning(&message);
    assert_eq!(warning.code, "cluster_role = \"veiw\"");

    // No warning for a role and a namespace that the same apply creates.
    let role = Sample { namespace: None, name: "veiw", ..ROLE };
    let inside = "  namespace = \"later\"\n  cluster_role = cks_rbac_role.it.name\n  users = [\"ada\"]";
    let namespace =
        super::kinds::NAMESPACE.with("  deletion_protection = false", "").replace("team-a", "later");
    let all = [
        role.with(role.lines, ""),
        binding_to("veiw", "").replace("\"veiw\"", "cks_rbac_role.it.name"),
        BINDING.named("inside", "cluster_id = cks_namespace.it.cluster_id", inside, ""),
        namespace,
    ];
    bed.write("main.tf", &all.concat().replace("namespace = \"later\"", "namespace = cks_namespace.it.name"));
    let planned = bed.plan().succeeded();
    assert_eq!(planned.warnings(), [], "{planned}");
    bed.apply_plan().succeeded();
    bed.plan().expect_empty();
    bed.destroy().succeeded();

    // A caller that may not bind every role gets the warning, and is rejected.
    use_a_clerk_token(&mut bed);
    bed.write("main.tf", &binding_to("veiw", ""));
    let planned = bed.plan().succeeded();
    bed.apply_plan().failed().expect_error(&[
        "Role or ClusterRole veiw not found",
        "there is no Role or ClusterRole veiw",
        "`cluster_role`",
    ]);
    planned.expect_warning(&message);
}

fn losing_the_callers_access_or_the_last_cluster_admin_binding_is_a_warning_at_plan(host: &Host) {
    let admins = |groups: &str| {
        BINDING.with(&format!("  cluster_role = \"cluster-admin\"\n  groups = [{groups}]"), "")
    };
    let bed = applied(host, &admins("\"cks:admin\", \"others\""));
    let (own, last) = ("Removes the caller's own access", "Removes the last cluster-admin binding");
    let titles = |run: &crate::support::Run| {
        run.warnings().into_iter().map(|warning| warning.summary).collect::<Vec<_>>()
    };

    bed.write("main.tf", &admins("\"cks:admin\""));
    assert_eq!(titles(&bed.plan().succeeded()), [] as [&str; 0], "the caller keeps it");
    bed.write("main.tf", &admins("\"others\""));
    let planned = bed.plan().succeeded();
    assert_eq!(titles(&planned), [own]);
    planned.expect_warning(&[own, "viewers", "ClusterRole"]);

    // Both bindings are destroyed, and then one of two.
    let destroy = |bed: &Bed| bed.plan_with(&["-destroy"]).succeeded();
    let mut found = titles(&destroy(&bed));
    found.sort_unstable();
    assert_eq!(found, [own, last]);
    let second = Sample { name: "more", ..BINDING };
    let more = second.named(
        "more",
        &format!("cluster_id = {:?}", crate::support::CLUSTER_ID),
        "  cluster_role = \"cluster-admin\"\n  users = [\"ada\"]",
        "",
    );
    bed.write("main.tf", &format!("{}{more}", admins("\"others\"")));
    bed.apply().succeeded();
    bed.write("main.tf", &more);
    assert_eq!(titles(&bed.plan().succeeded()), [] as [&str; 0], "another one remains");
    assert!(titles(&destroy(&bed)).contains(&last.to_owned()), "both go");
    bed.destroy().succeeded();
}

fn a_binding_is_in_force_when_the_apply_ends(host: &Host) {
    let bed = Bed::with_kubernetes(host);
    bed.write("main.tf", &binding_to("view", ""));
    bed.apply().succeeded();
    let spec = json!({
        "user": "ada", "resourceAttributes": { "verb": "get", "resource": "pods", "namespace": "default" },
    });
    assert!(is_allowed(&bed, &spec));

    // A failed wait does not fail the apply.
    let lines = "  cluster_role = \"view\"\n  users = [\"bob\"]";
    bed.write("main.tf", &BINDING.with(lines, ""));
    let rejection = local_cks::Fault::Status {
        status: reqwest::StatusCode::FORBIDDEN,
        retry_after: None,
        body: Some("{\"kind\":\"Status\",\"reason\":\"Forbidden\",\"message\":\"no\"}".to_owned()),
    };
    let injection = local_cks::Injection::new(rejection).path("subjectaccessreviews").times(u32::MAX);
    bed.local.inject(injection);
    let run = bed.apply().succeeded();
    assert_eq!(run.warnings(), [], "{run}");
}

fn destroying_what_the_callers_access_rests_on_is_named_at_plan(host: &Host) {
    let mut bed = Bed::with_kubernetes(host);
    let main = format!(
        r#"
resource "cks_namespace" "ci" {{
  cluster_id          = "{CLUSTER_ID}"
  name                = "ci"
  deletion_protection = false
}}
resource "cks_service_account" "ci" {{
  cluster_id = "{CLUSTER_ID}"
  namespace  = cks_namespace.ci.name
  name       = "runner"
}}
resource "cks_rbac_binding" "ci" {{
  cluster_id       = "{CLUSTER_ID}"
  name             = "runners"
  cluster_role     = "cluster-admin"
  service_accounts = ["ci:runner"]
}}
resource "cks_service_account_token" "ci" {{
  cluster_id          = "{CLUSTER_ID}"
  namespace           = "ci"
  service_account     = "runner"
  service_account_uid = cks_service_account.ci.uid
  on_rotation         = "revoke"
}}
resource "cks_rbac_role" "ci" {{
  cluster_id = "{CLUSTER_ID}"
  name       = "reader"
  rules      = [{{ api_groups = [""], resources = ["pods"], verbs = ["get", "list"] }}]
}}
resource "cks_rbac_binding" "reader" {{
  cluster_id       = "{CLUSTER_ID}"
  name             = "readers"
  namespace        = cks_namespace.ci.name
  cluster_role     = cks_rbac_role.ci.name
  service_accounts = ["ci:runner"]
}}
"#
    );
    bed.write("main.tf", &main);
    bed.apply().succeeded();
    let title = "Destroys what the caller's own access rests on";
    let planned = bed.plan_with(&["-destroy"]).succeeded();
    assert!(
        planned.warnings().iter().all(|warning| warning.summary != title),
        "it is a CoreWeave user\n{planned}"
    );

    let token = bed.attributes("cks_service_account_token.ci")["token"].clone();
    bed.set_variable("TF_VAR_token", token.as_str());
    let entry = "endpoint = \"unmanaged\"\ntoken = var.token";
    bed.write("provider.tf", &(secret_variables(&["token"]) + &provider(&[entry], "")));
    let planned = bed.plan_with(&["-destroy"]).succeeded();
    for (resource, what) in [
        ("cks_namespace.ci", "a ServiceAccount in namespace ci"),
        ("cks_service_account.ci", "the ServiceAccount ci/runner"),
        ("cks_service_account_token.ci", "this token"),
    ] {
        assert_eq!(planned.expect_warning(&[title, what]).address, resource);
    }
    let (own_binding, own_role) = ("Removes the caller's own access", "Removes a role of the caller's own");
    planned.expect_warning(&[own_binding, "runners"]);
    // By a RoleBinding.
    assert_eq!(planned.expect_warning(&[own_role, "reader"]).address, "cks_rbac_role.ci");

    // What is tainted is deleted first, and then created. (Of `-replace` Terraform shows no warnings.)
    let tainted = ["cks_rbac_role.ci", "cks_service_account.ci", "cks_rbac_binding.ci"];
    for address in tainted {
        bed.run(&["taint", address]).succeeded();
    }
    let planned = bed.plan().succeeded();
    planned
        .expect_warning(&["Replaces what the caller's own access rests on", "the ServiceAccount ci/runner"]);
    planned.expect_warning(&[own_binding, "runners", "deleted first"]);
    planned.expect_warning(&[own_role, "reader", "deleted first"]);
    for address in tainted {
        bed.run(&["untaint", address]).succeeded();
    }

    let changed = main
        .replace("\"runners\"", "\"all-runners\"")
        .replace("[\"get\", \"list\"]", "[\"get\"]")
        .replace("\"revoke\"\n", "\"revoke\"\n  rotation_triggers = { build = 2 }\n");
    bed.write("main.tf", &changed);
    let planned = bed.plan().succeeded();
    planned.expect_warning(&[own_binding, "runners", "deleted first", "create_before_destroy"]);
    planned.expect_warning(&["Removes permissions of the caller's own", "reader"]);
    planned.expect_warning(&["Revokes what the caller's own access rests on", "this token"]);
    bed.write("main.tf", &main);
    bed.remove("provider.tf");
    bed.destroy().succeeded();
}

fn a_plan_says_once_what_it_could_not_check(host: &Host) {
    let bed = Bed::with_kubernetes(host);
    let entry = "endpoint = \"unmanaged\"\ntoken = \"eyJhbGciOiJSUzI1NiJ9.e30.c2ln\"";
    bed.write("provider.tf", &provider(&[entry], ""));
    bed.write("main.tf", &(ROLE.with(ROLE.lines, "") + &binding_to("view", "")));
    let planned = bed.plan().succeeded();
    let titles: Vec<_> = planned.warnings().into_iter().map(|warning| warning.summary).collect();
    assert_eq!(titles, ["Plan not checked against the cluster"], "{planned}");
    planned.expect_warning(&["does not accept", "roles that do not exist"]);
    bed.apply_plan().failed().expect_error(&["Credentials rejected by Kubernetes"]);
}
