//! The least privilege of `examples/plan-and-apply`: with just these rules the whole job is planned and applied, and without any one of them
//! it is not.

use std::{collections::BTreeSet, fs};

use local_cks::{Call, Request, Role};
use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::{
    on_terraform,
    scenarios::examples::{bed, example, issuer, make_destroyable, put},
    support::{Bed, CLUSTER_ID, Host, Run, account, wait_until},
};

on_terraform!(the_whole_job_needs_exactly_the_rules_of_the_example);

/// Adds credentials to the provider block of the whole job: a file, so that a plan of one caller can be applied by another.
fn provider(file: &str) -> String {
    format!(
        "provider \"cks\" {{\n  kubernetes = [{{\n    cluster_id = {CLUSTER_ID:?}\n    endpoint = \"unmanaged\"\n    token_file = {file:?}\n  }}]\n}}\n"
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
    let used = requests.iter().map(permission_of);
    used.filter(|(_, what)| !what.starts_with("selfsubject") && what != "/version").collect()
}

/// Whether the plan succeeds without a warning.
fn is_clean(plan: &Run) -> bool {
    plan.code != Some(1) && plan.other_warnings().is_empty()
}

fn the_whole_job_needs_exactly_the_rules_of_the_example(host: &Host) {
    let issuer = issuer();
    let mut bed = bed(host, &issuer);
    put(&bed, &example("plan-and-apply"));
    for (variable, name) in [("planners", "planner"), ("appliers", "applier")] {
        bed.set_variable(&format!("TF_VAR_{variable}"), Some(&json!([account(name)]).to_string()));
    }
    bed.apply().succeeded();
    put(&bed, &example("whole-job"));
    bed.write("provider_override.tf", &provider(&bed.path("caller").display().to_string()));

    become_caller(&mut bed, "planner", Role::Viewer);
    bed.local.clear_requests();
    let planned = bed.plan().succeeded();
    assert_eq!(planned.warnings(), [], "{planned}");
    eprintln!("first plan: {:?}", used(&bed));
    bed.local.clear_requests();
    become_caller(&mut bed, "applier", Role::Admin);
    let applied = bed.apply_plan().succeeded();
    assert_eq!(applied.warnings(), [], "{applied}");
    eprintln!("apply: {:?}", used(&bed));
    become_caller(&mut bed, "planner", Role::Viewer);
    bed.local.clear_requests();
    let plan = bed.plan();
    plan.expect_empty();
    eprintln!("second plan: {:?}", used(&bed));
    for name in ["terraform-plan", "terraform-plan-tokens"] {
        let all = rules(&bed, name);
        for (number, rule) in all.iter().enumerate() {
            let mut without = all.clone();
            without.remove(number);
            set_rules(&bed, name, &without);
            wait_until("the rule is removed", || !is_clean(&bed.plan()));
            eprintln!("{rule}: {}", bed.plan());
        }
        set_rules(&bed, name, &all);
    }
    wait_until("all rules are in force again", || is_clean(&bed.plan()));

    become_caller(&mut bed, "applier", Role::Admin);
    bed.local.clear_requests();
    make_destroyable(&bed);
    bed.destroy().succeeded();
    eprintln!("destroy: {:?}", used(&bed));
    let _ = permissions(&[]);
}
