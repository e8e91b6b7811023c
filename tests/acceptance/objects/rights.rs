//! Rights that would be given without having them, roles that do not exist, and access that would be lost: told at plan.

use local_cks::Role;
use serde_json::{Value, json};

use super::kinds::{BINDING, ROLE, Sample, applied, writes};
use crate::{
    on_terraform,
    support::{Bed, Host, wait_until},
};

on_terraform!(
    rights_that_the_caller_lacks_are_named_at_plan_with_the_remedy,
    a_role_that_nobody_makes_is_told_at_plan,
    losing_ones_own_access_or_the_last_administrators_is_told_at_plan,
    a_binding_is_in_force_when_the_apply_ends,
);

const GROUP: &str = "/apis/rbac.authorization.k8s.io/v1";

/// Makes an object of the API's own.
#[track_caller]
fn make(bed: &Bed, plural: &str, object: Value) {
    let (status, answer) = bed.kubernetes("POST", &format!("{GROUP}/{plural}"), Some(object));
    assert_eq!(status, 201, "{answer}");
}

/// What the cluster's authorizer says, as of now.
fn is_allowed(bed: &Bed, spec: &Value) -> bool {
    let review =
        json!({ "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec });
    let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
    bed.kubernetes("POST", path, Some(review)).1["status"]["allowed"] == true
}

/// Lets the provider be somebody who may write roles and bindings, and has no other right than to look.
fn be_a_clerk(bed: &mut Bed) {
    let rule = |verbs: &[&str], resources: &[&str]| json!({ "apiGroups": ["rbac.authorization.k8s.io"], "resources": resources, "verbs": verbs });
    let kinds = ["roles", "clusterroles", "rolebindings", "clusterrolebindings"];
    let rules = json!([rule(&["get", "list", "create", "patch", "delete"], &kinds)]);
    make(bed, "clusterroles", json!({ "metadata": { "name": "clerk" }, "rules": rules }));
    let binding = json!({
        "metadata": { "name": "clerks" },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "clerk" },
        "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "cks:read" }],
    });
    make(bed, "clusterrolebindings", binding);
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

fn rights_that_the_caller_lacks_are_named_at_plan_with_the_remedy(host: &Host) {
    let mut bed = Bed::with_kubernetes(host);
    be_a_clerk(&mut bed);

    // To bind a role.
    bed.write("main.tf", &binding_to("edit", ""));
    let told = ["Not allowed to grant these permissions", "secrets", "verbs [\"bind\"]"];
    bed.plan().succeeded().expect_warning(&told);
    assert_eq!(writes(&bed), [] as [&str; 0], "it was only tried");
    bed.apply_plan().failed().expect_error(&told);
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

    // To change a binding to it, in whatever.
    let without: Vec<_> = rules(&bed).as_array().expect("rules").iter().take(1).cloned().collect();
    bed.kubernetes("PATCH", &format!("{GROUP}/clusterroles/clerk"), Some(json!({ "rules": without })));
    bed.write("main.tf", &binding_to("edit", "  labels = { team = \"a\" }"));
    wait_until("the right to bind is gone", || {
        let planned = bed.plan().succeeded();
        planned.warnings().iter().any(|warning| warning.says(&told))
    });
    bed.apply_plan().failed().expect_error(&told);

    // To write rules.
    let secrets = "  rules = [{ api_groups = [\"\"], resources = [\"secrets\"], verbs = [\"get\"] }]";
    bed.write("main.tf", &ROLE.with(secrets, ""));
    let told = ["Not allowed to grant these permissions", "secrets", "verbs [\"escalate\"]"];
    bed.plan_with(&["-target=cks_rbac_role.it"]).succeeded().expect_warning(&told);
    bed.apply_with(&["-target=cks_rbac_role.it"]).failed().expect_error(&told);
}

fn a_role_that_nobody_makes_is_told_at_plan(host: &Host) {
    let mut bed = Bed::with_kubernetes(host);
    // An administrator may bind what does not exist: Kubernetes says nothing.
    bed.write("main.tf", &binding_to("veiw", ""));
    let told = ["ClusterRole does not exist", "veiw"];
    let warning = bed.plan().succeeded().expect_warning(&told);
    assert_eq!(warning.code, "cluster_role = \"veiw\"");

    // A role and a namespace that the same apply makes are no reason to warn.
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

    // Whoever may not bind everything is refused, and told as well.
    be_a_clerk(&mut bed);
    bed.write("main.tf", &binding_to("veiw", ""));
    let planned = bed.plan().succeeded();
    bed.apply_plan().failed().expect_error(&[
        "Role or ClusterRole veiw not found",
        "there is no Role or ClusterRole veiw",
        "`cluster_role`",
    ]);
    planned.expect_warning(&told);
}

fn losing_ones_own_access_or_the_last_administrators_is_told_at_plan(host: &Host) {
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

    // The end of it, and the end of one of two.
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

    // Nothing that is wrong with the wait fails the apply.
    let lines = "  cluster_role = \"view\"\n  users = [\"bob\"]";
    bed.write("main.tf", &BINDING.with(lines, ""));
    let refusal = local_cks::Fault::Status {
        status: reqwest::StatusCode::FORBIDDEN,
        retry_after: None,
        body: Some("{\"kind\":\"Status\",\"reason\":\"Forbidden\",\"message\":\"no\"}".to_owned()),
    };
    let injection = local_cks::Injection::new(refusal).path("subjectaccessreviews").times(u32::MAX);
    bed.local.inject(injection);
    let run = bed.apply().succeeded();
    assert_eq!(run.warnings(), [], "{run}");
}
