//! The least privilege of `examples/plan-and-apply`: with just these rules the whole job is planned, applied, changed and destroyed, all of
//! them are used, without one a plan fails or warns, and none of them leads beyond the namespace of the tokens.

use std::{collections::BTreeSet, fs};

use local_cks::{Call, Request, Role};
use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::{
    on_terraform,
    scenarios::examples::{bed, example, issuer, make_destroyable, put},
    support::{Bed, CLUSTER_ID, Diagnostic, Host, Run, account, wait_until},
};

on_terraform!(the_whole_job_needs_exactly_the_rules_of_the_example);

/// That of the whole job, which the roles for one namespace are bound in.
const NAMESPACE: &str = "team-a";

/// Adds an address and credentials to the provider block of the whole job: a file, so that a plan of one caller can be applied by another.
fn provider(bed: &Bed) -> String {
    let (host, file) = (bed.cluster().unmanaged_host(), bed.path("caller").display().to_string());
    format!(
        "provider \"cks\" {{\n  kubernetes = [{{\n    cluster_id = {CLUSTER_ID:?}\n    host = \"https://{host}\"\n    token_file = {file:?}\n  \
         }}]\n}}\n"
    )
}

/// Makes the ServiceAccount the caller of Kubernetes, and a user with this role that of CoreWeave's API.
fn become_caller(bed: &mut Bed, name: &str, role: Role) {
    let token = bed.token_of(name);
    fs::write(bed.path("caller"), token.expose_secret()).expect("the directory is ours");
    let token = bed.local.token(role);
    bed.use_token(&token);
}

fn role_path(name: &str) -> String {
    format!("/apis/rbac.authorization.k8s.io/v1/clusterroles/{name}")
}

fn rules(bed: &Bed, name: &str) -> Vec<Value> {
    let (status, role) = bed.kubernetes("GET", &role_path(name), None);
    assert_eq!(status, 200, "{role}");
    role["rules"].as_array().expect("rules").clone()
}

fn set_rules(bed: &Bed, name: &str, rules: &[Value]) {
    let (status, role) = bed.kubernetes("PATCH", &role_path(name), Some(json!({ "rules": rules })));
    assert_eq!(status, 200, "{role}");
}

/// Each permission of the rules: verb, and resource or path.
fn permissions(rules: &[Value]) -> BTreeSet<(String, String)> {
    let texts = |rule: &Value, name: &str| -> Vec<String> {
        let list = rule[name].as_array().into_iter().flatten();
        list.filter_map(|text| Some(text.as_str()?.to_owned())).collect()
    };
    rules
        .iter()
        .flat_map(|rule| {
            let what = [texts(rule, "resources"), texts(rule, "nonResourceURLs")].concat();
            let verbs = texts(rule, "verbs");
            what.into_iter()
                .flat_map(move |what| verbs.clone().into_iter().map(move |verb| (verb, what.clone())))
        })
        .collect()
}

/// The permission that RBAC requires of a request.
fn permission_of(request: &Request) -> (String, String) {
    let path = request.path.split('?').next().unwrap_or_default();
    let mut parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
    let skipped = match parts.first() {
        Some(&"api") => 2,
        Some(&"apis") => 3,
        _ => return ("get".to_owned(), path.to_owned()),
    };
    parts.drain(..skipped);
    if parts.first() == Some(&"namespaces") && parts.len() > 2 {
        parts.drain(..2);
    }
    let (resource, name, subresource) = (parts[0], parts.get(1), parts.get(2));
    let verb = match (&request.method, name) {
        (&Method::GET, Some(_)) => "get",
        (&Method::GET, None) => "list",
        (&Method::POST, _) => "create",
        (&Method::PATCH, _) => "patch",
        (&Method::DELETE, Some(_)) => "delete",
        other => panic!("{other:?} {path}"),
    };
    let resource = subresource.map_or_else(|| resource.to_owned(), |sub| format!("{resource}/{sub}"));
    (verb.to_owned(), resource)
}

/// The permissions that the requests since the last clearing needed, except those that every user has.
fn used(bed: &Bed) -> BTreeSet<(String, String)> {
    let requests = bed.local.requests_of(Call::Unmanaged);
    // Some are optional, and rejected.
    let allowed = requests.iter().filter(|request| request.status != Some(StatusCode::FORBIDDEN));
    let used = allowed.map(permission_of);
    used.filter(|(_, what)| !what.starts_with("selfsubject") && what != "/version").collect()
}

/// Whether the plan fails, because it lacks this rule and not another one.
fn lacks(plan: &Run, rule: &Value) -> bool {
    let resources: Vec<_> =
        permissions(std::slice::from_ref(rule)).into_iter().map(|(_, what)| what).collect();
    let names_it = |error: &Diagnostic| resources.iter().any(|what| error.contains(&[&format!("{what:?}")]));
    plan.errors().iter().any(names_it)
}

/// Adds a label to every object of the configuration.
fn change_all_objects(bed: &Bed) {
    const OBJECTS: [&str; 4] = ["cks_namespace", "cks_service_account", "cks_rbac_role", "cks_rbac_binding"];
    for file in fs::read_dir(bed.configuration()).expect("a directory").flatten().map(|entry| entry.path()) {
        if file.extension().is_none_or(|extension| extension != "tf") {
            continue;
        }
        let mut text = fs::read_to_string(&file).expect("a text");
        for object in OBJECTS {
            let start = format!("resource {object:?} ");
            let lines = text.lines().map(|line| {
                let label = if line.starts_with(&start) { "\n  labels = { changed = \"yes\" }" } else { "" };
                format!("{line}{label}\n")
            });
            text = lines.collect();
        }
        fs::write(&file, text).expect("ours");
    }
}

fn the_whole_job_needs_exactly_the_rules_of_the_example(host: &Host) {
    let issuer = issuer();
    let mut bed = bed(host, &issuer);
    put(&bed, &example("plan-and-apply"));
    for (variable, name) in [("planners", "planner"), ("appliers", "applier")] {
        bed.set_variable(&format!("TF_VAR_{variable}"), Some(&json!([account(name)]).to_string()));
    }
    create_namespace(&bed);
    bed.set_variable("TF_VAR_token_namespace", Some(NAMESPACE));
    bed.set_variable("TF_VAR_planner_groups", Some("[\"gitlab:example/infrastructure\"]"));
    bed.apply().succeeded();
    groups_plan_too(&bed);
    let bindings = bindings(&bed);
    an_applier_gets_no_further_permissions(&mut bed);
    put(&bed, &example("whole-job"));
    bed.write("provider_override.tf", &provider(&bed));
    let import = format!("import {{\n  to = cks_namespace.team\n  id = \"{CLUSTER_ID}/{NAMESPACE}\"\n}}\n");
    bed.write("import.tf", &import);

    become_caller(&mut bed, "planner", Role::Viewer);
    let planned = bed.plan().succeeded();
    assert_eq!(planned.warnings(), [], "{planned}");
    a_plan_without_the_issuer_warns(&bed);
    bed.plan().succeeded();
    become_caller(&mut bed, "applier", Role::Admin);
    bed.local.clear_requests();
    let applied = bed.apply_plan().succeeded();
    assert_eq!(applied.warnings(), [], "{applied}");
    become_caller(&mut bed, "planner", Role::Viewer);
    bed.plan().expect_empty();
    every_rule_of_a_plan_is_needed(&bed);

    become_caller(&mut bed, "applier", Role::Admin);
    change_all_objects(&bed);
    bed.apply().succeeded();
    make_destroyable(&bed);
    bed.remove("import.tf");
    bed.destroy().succeeded();
    bed.run(&["apply", "-json", "-auto-approve", "-target=cks_namespace.team"]).succeeded();
    every_rule_of_an_apply_is_used(&bed);
    for binding in bindings {
        let (status, response) = bed.kubernetes("POST", BINDINGS, Some(binding));
        assert_eq!(status, 201, "{response}");
    }
    without_its_rules_an_apply_fails(&bed);
}

fn groups_plan_too(bed: &Bed) {
    let group = json!({ "apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "gitlab:example/infrastructure" });
    let whole_cluster = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/terraform-plan";
    for (path, expected) in [
        (whole_cluster, true),
        (&format!("{BINDINGS}/terraform-plan-tokens"), true),
        (&whole_cluster.replace("plan", "apply"), false),
        (&format!("{BINDINGS}/terraform-apply-tokens"), false),
    ] {
        let (status, binding) = bed.kubernetes("GET", path, None);
        assert_eq!(status, 200, "{binding}");
        let subjects = binding["subjects"].as_array().expect("subjects");
        assert_eq!(subjects.contains(&group), expected, "{binding}");
    }
}

const BINDINGS: &str = "/apis/rbac.authorization.k8s.io/v1/namespaces/team-a/rolebindings";

fn create_namespace(bed: &Bed) {
    let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": NAMESPACE } });
    let (status, response) = bed.kubernetes("POST", "/api/v1/namespaces", Some(namespace));
    assert_eq!(status, 201, "{response}");
}

/// The bindings in the namespace, which are deleted together with it, to create again.
fn bindings(bed: &Bed) -> Vec<Value> {
    let (status, mut list) = bed.kubernetes("GET", BINDINGS, None);
    assert_eq!(status, 200, "{list}");
    let items = list["items"].as_array_mut().expect("items");
    for binding in &mut *items {
        binding["metadata"] = json!({ "name": binding["metadata"]["name"] });
    }
    assert_eq!(items.len(), 2, "{items:?}");
    items.clone()
}

/// With `edit` in the whole cluster or in `kube-system` it could become any ServiceAccount there, and so cluster-admin.
fn an_applier_gets_no_further_permissions(bed: &mut Bed) {
    become_caller(bed, "applier", Role::Viewer);
    bed.clear();
    bed.write("provider_override.tf", &provider(bed));
    let user = account("applier");
    let binding = |name: &str, namespace: &str| {
        format!(
            "resource \"cks_rbac_binding\" {name:?} {{\n  cluster_id = {CLUSTER_ID:?}\n  {namespace}\n  name = \"escalation\"\n  \
             cluster_role = \"edit\"\n  users = [{user:?}]\n}}\n"
        )
    };
    let in_namespace = |name: &str| format!("namespace = {name:?}");
    let allowed = binding("allowed", &in_namespace(NAMESPACE));
    let refused = [binding("cluster", ""), binding("kube_system", &in_namespace("kube-system"))];
    bed.write("main.tf", &format!("{allowed}{}", refused.concat()));
    let errors = bed.apply().failed().errors();
    assert_eq!(errors.len(), 2, "{errors:?}");
    for error in errors {
        assert!(error.contains(&["Not allowed to grant these permissions", "bind"]), "{error:?}");
    }
    let rbac = "/apis/rbac.authorization.k8s.io/v1";
    for (path, expected) in [
        (format!("{BINDINGS}/escalation"), 200),
        (format!("{rbac}/clusterrolebindings/escalation"), 404),
        (format!("{rbac}/namespaces/kube-system/rolebindings/escalation"), 404),
    ] {
        assert_eq!(bed.kubernetes("GET", &path, None).0, expected, "{path}");
    }
    bed.write("main.tf", &allowed);
    bed.destroy().succeeded();
    for (namespace, expected) in [(NAMESPACE, true), ("kube-system", false)] {
        for (name, verb, group, resource) in [
            ("planner", "get", "", "secrets"),
            ("applier", "get", "", "secrets"),
            ("applier", "create", "", "serviceaccounts/token"),
            ("applier", "patch", "apps", "deployments"),
        ] {
            let may = is_allowed(
                bed,
                name,
                &json!({ "namespace": namespace, "verb": verb, "group": group }),
                resource,
            );
            assert_eq!(may, expected, "{name} {verb} {resource} in {namespace}");
        }
    }
}

/// Whether the caller may do this, by the API server.
fn is_allowed(bed: &Bed, name: &str, attributes: &Value, resource: &str) -> bool {
    let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
    let mut attributes = attributes.clone();
    attributes["resource"] = json!(resource);
    attributes["subresource"] = json!(subresource);
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": { "user": account(name), "resourceAttributes": attributes },
    });
    let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
    let (status, response) = bed.kubernetes("POST", path, Some(review));
    assert_eq!(status, 201, "{response}");
    response["status"]["allowed"] == true
}

/// Later plans recognise the cluster by what the state remembers.
fn a_plan_without_the_issuer_warns(bed: &Bed) {
    // Kubernetes grants this to all ServiceAccounts, and to no users.
    let path =
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/system:service-account-issuer-discovery";
    let (status, binding) = bed.kubernetes("GET", path, None);
    assert_eq!(status, 200, "{binding}");
    let set_subjects = |subjects: &Value| {
        let (status, binding) = bed.kubernetes("PATCH", path, Some(json!({ "subjects": subjects })));
        assert_eq!(status, 200, "{binding}");
    };
    set_subjects(&json!([]));
    assert_eq!(bed.plan().succeeded().warnings(), [], "the rule of the example grants it too");
    let all = rules(bed, "terraform-plan");
    let others: Vec<_> = all.iter().filter(|rule| !is_of_urls(rule)).cloned().collect();
    set_rules(bed, "terraform-plan", &others);
    wait_until("a plan does not verify the cluster", || {
        let warnings = bed.plan().succeeded().warnings();
        warnings.iter().any(|warning| warning.summary == "Cluster not verified")
    });
    set_rules(bed, "terraform-plan", &all);
    set_subjects(&binding["subjects"]);
}

fn is_of_urls(rule: &Value) -> bool {
    rule["nonResourceURLs"].is_array()
}

fn every_rule_of_a_plan_is_needed(bed: &Bed) {
    for name in ["terraform-plan", "terraform-plan-tokens"] {
        let all = rules(bed, name);
        for number in (0..all.len()).filter(|number| !is_of_urls(&all[*number])) {
            let mut without = all.clone();
            without.remove(number);
            set_rules(bed, name, &without);
            wait_until(&format!("a plan without {} fails", all[number]), || lacks(&bed.plan(), &all[number]));
        }
        set_rules(bed, name, &all);
    }
    wait_until("all rules are in force again", || bed.plan().code == Some(0));
}

fn every_rule_of_an_apply_is_used(bed: &Bed) {
    let granted = |(verb, what): &(String, String)| {
        verb == "bind" || what == "pods/log" || what == "deployments" || what.starts_with('/')
    };
    let rules = ["terraform-apply", "terraform-apply-tokens"].map(|name| rules(bed, name)).concat();
    let used = used(bed);
    let unused: Vec<_> = permissions(&rules)
        .into_iter()
        .filter(|permission| !granted(permission) && !used.contains(permission))
        .map(|(verb, what)| format!("{verb} {what}"))
        .collect();
    // As those of Roles, which the whole job has.
    assert_eq!(unused, ["create clusterroles", "delete clusterroles", "patch clusterroles"], "{used:?}");
}

fn without_its_rules_an_apply_fails(bed: &Bed) {
    let has = |rule: &Value, what: &str| {
        permissions(std::slice::from_ref(rule)).iter().any(|(verb, of)| verb == what || of == what)
    };
    wait_until("the bindings are in force again", || bed.plan().other_warnings().is_empty());
    for (name, removed) in [
        ("terraform-apply", "bind"),
        ("terraform-apply-tokens", "bind"),
        ("terraform-apply-tokens", "serviceaccounts/token"),
    ] {
        let rules: Vec<_> = rules(bed, name).into_iter().filter(|rule| !has(rule, removed)).collect();
        set_rules(bed, name, &rules);
    }
    wait_until("the right to bind is withdrawn", || !bed.plan().other_warnings().is_empty());
    let failed = bed.apply().failed();
    failed.expect_error(&["Not allowed to grant these permissions", "verbs [\"bind\"]"]);
    failed.expect_error(&["Not allowed by Kubernetes", "\"serviceaccounts/token\"", "\"create\""]);
}
