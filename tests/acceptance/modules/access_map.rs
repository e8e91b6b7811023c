//! Three estates as `access-map` draws them: a small team, several clusters, and one with 200 bindings.

use std::collections::BTreeSet;

use local_cks::{ClusterSpec, LocalCks};
use serde_json::{Value, json};

use super::{
    mermaid::{Grant, edges, grants, grants_in},
    use_of_modules::{add_modules, configure},
};
use crate::{
    on_both_hosts, on_terraform,
    support::{Bed, CLUSTER_ID, Host, block_on},
};

on_both_hosts!(a_small_team_is_one_picture_with_its_tokens);
on_terraform!(
    several_clusters_are_drawn_each_on_its_own,
    two_hundred_bindings_are_pictures_of_a_readable_size_with_every_name,
    a_namespace_that_is_too_large_is_drawn_with_numbers_of_subjects,
);

const SECOND: &str = "9a6d1f3e-0c52-4b7e-8f55-2f0a7b1c4d10";

/// Objects of a cluster, created as another client.
struct Estate<'a> {
    bed: &'a Bed,
    cluster_id: &'a str,
    /// What its pictures must say.
    grants: BTreeSet<Grant>,
}

impl<'a> Estate<'a> {
    /// With the bindings of the managed endpoint.
    fn new(bed: &'a Bed, cluster_id: &'a str) -> Self {
        let grants = [
            ("cks:admin", "cluster-admin"),
            ("admin", "cluster-admin"),
            ("cks:read", "view"),
            ("read", "view"),
        ];
        let grants = grants.map(|(group, role)| {
            (format!("Group {group}"), format!("ClusterRole {role}"), "whole cluster".to_owned())
        });
        Self { bed, cluster_id, grants: grants.into() }
    }

    #[track_caller]
    fn create(&self, path: &str, object: Value) {
        let cluster = self.bed.local.cluster(self.cluster_id);
        let method = "POST".parse().expect("a method");
        let (status, response) =
            block_on(cluster.kubernetes(method, path, Some(object))).expect("kube-apiserver responds");
        assert_eq!(status, 201, "{response}");
    }

    fn namespace(&self, name: &str) {
        self.create("/api/v1/namespaces", json!({"metadata": {"name": name}}));
    }

    /// A binding of a role, such as `ClusterRole view`, to subjects, such as `Group oidc:a`. Without a namespace, in the whole cluster.
    #[track_caller]
    fn bind(&mut self, namespace: Option<&str>, name: &str, role: &str, subjects: &[&str]) {
        const API: &str = "/apis/rbac.authorization.k8s.io/v1";
        const GROUP: &str = "rbac.authorization.k8s.io";
        let path = match namespace {
            Some(namespace) => format!("{API}/namespaces/{namespace}/rolebindings"),
            None => format!("{API}/clusterrolebindings"),
        };
        let subject = |subject: &&str| {
            let (kind, name) = subject.split_once(' ').expect("a kind and a name");
            match name.split_once(':').filter(|_| kind == "ServiceAccount") {
                Some((namespace, name)) => json!({"kind": kind, "namespace": namespace, "name": name}),
                None => json!({"apiGroup": GROUP, "kind": kind, "name": name}),
            }
        };
        let (role_kind, role_name) = role.split_once(' ').expect("a kind and a name");
        let bound: Vec<_> = subjects.iter().map(subject).collect();
        self.create(
            &path,
            json!({
                "metadata": {"name": name}, "subjects": bound,
                "roleRef": {"apiGroup": GROUP, "kind": role_kind, "name": role_name},
            }),
        );
        let scope =
            namespace.map_or("whole cluster".to_owned(), |namespace| format!("namespace {namespace}"));
        self.grants
            .extend(subjects.iter().map(|subject| ((*subject).to_owned(), role.to_owned(), scope.clone())));
    }

    /// The pictures say what the cluster has, and nothing else.
    #[track_caller]
    fn expect_drawn(&self, pictures: &Value) {
        let drawn = grants_in(pictures, self.cluster_id);
        let missing: Vec<_> = self.grants.difference(&drawn).collect();
        let invented: Vec<_> = drawn.difference(&self.grants).collect();
        assert!(missing.is_empty() && invented.is_empty(), "missing: {missing:#?}\ninvented: {invented:#?}");
    }
}

/// The module with these arguments, and its outputs.
fn map(arguments: &str) -> String {
    let outputs = ["markdown", "pictures", "grants", "tokens"]
        .map(|name| format!("output {name:?} {{\n  value = module.access.{name}\n}}\n"));
    format!(
        "module \"access\" {{\n  source = \"../modules/access-map\"\n  {arguments}\n}}\n{}",
        outputs.concat()
    )
}

/// For a look at the pictures by people: the document, in the directory that the variable names.
fn keep(name: &str, markdown: &Value) {
    if let Some(directory) = std::env::var_os("CKS_KEEP_MAPS") {
        let file = std::path::Path::new(&directory).join(format!("{name}.md"));
        std::fs::write(file, markdown.as_str().expect("a text")).expect("a directory");
    }
}

fn a_small_team_is_one_picture_with_its_tokens(host: &Host) {
    let bed = Bed::with_kubernetes(host);
    add_modules(&bed);
    let mut team = Estate::new(&bed, CLUSTER_ID);
    team.namespace("shop");
    team.bind(
        None,
        "admins",
        "ClusterRole cluster-admin",
        &["Group oidc:admins", "User oidc:grace@example.com"],
    );
    team.bind(None, "viewers", "ClusterRole view", &["Group oidc:everyone"]);
    team.bind(Some("shop"), "developers", "ClusterRole edit", &["Group oidc:shop"]);
    team.bind(Some("shop"), "ada", "ClusterRole edit", &["User oidc:ada@example.com"]);
    for role in ["logs", "restarts"] {
        let bound = ["Group oidc:shop", "User oidc:ada@example.com"];
        team.bind(Some("shop"), role, &format!("Role {role}"), &bound);
    }
    team.bind(
        None,
        "odd",
        "ClusterRole style:<b>",
        &[
            "User \"]; x --> y %% #quot; `c` | classDef \\ https://issuer.example.com#sub_1*",
            "User {{$a}} (b) [c] <d> & ~e~",
            "Group oidc:Gruppe der Übersetzerinnen 翻訳",
            &format!("User {}", "very-long-name-".repeat(12)),
        ],
    );
    let pipeline = format!(
        "module \"ci\" {{\n  source     = \"../modules/ci\"\n  cluster_id = {CLUSTER_ID:?}\n  namespace  = \"shop\"\n  \
         bindings   = {{ ci = {{ cluster_role = \"edit\" }} }}\n}}\n"
    );
    team.grants
        .insert(["ServiceAccount shop:ci", "ClusterRole edit", "namespace shop"].map(str::to_owned).into());
    let named = format!("clusters = {{ \"the team's\" = {CLUSTER_ID:?} }}\n  depends_on = [module.ci]");
    configure(&bed, &(pipeline + &map(&named)));
    let applied = bed.apply().succeeded();
    bed.plan().expect_empty();

    let pictures = applied.output("pictures");
    team.expect_drawn(&pictures);
    assert_eq!(pictures.as_array().map(Vec::len), Some(1), "{pictures}");
    let drawn = pictures[0]["mermaid"].as_str().expect("a text");
    let token = &applied.output("tokens")[0];
    let expiry = &token["expires_at"].as_str().expect("a time")[..10];
    assert!(drawn.contains(&format!("ServiceAccount shop:ci · token until {expiry}")), "{drawn}");
    assert_eq!([&token["state"], &token["service_account"]], ["issued", "ci"], "{token}");
    assert!(
        drawn.contains("Group oidc:shop<br/>User oidc:ada#64;example.com"),
        "the same grants are one node\n{drawn}"
    );
    assert!(drawn.contains("Role logs<br/>Role restarts"), "the same subjects are one node\n{drawn}");

    let markdown = applied.output("markdown");
    keep("small-team", &markdown);
    let markdown = markdown.as_str().expect("a text");
    for row in [
        "| User `oidc:ada@example.com` | ClusterRole `edit` | `shop` | `shop/ada` |",
        "| Group `oidc:admins` | ClusterRole `cluster-admin` | whole cluster | `admins` |",
    ] {
        assert!(markdown.lines().any(|line| line == row), "{row}\n{markdown}");
    }
    // Every row of a table has the columns of its head, whatever the names are.
    for line in markdown.lines().filter(|line| line.starts_with('|')) {
        let columns = line.matches('|').count();
        assert!(columns == 5 || columns == 6, "{line}");
    }
}

fn several_clusters_are_drawn_each_on_its_own(host: &Host) {
    let spec = |name: &str, id: &str| ClusterSpec::new(name).with_id(id).with_kubernetes();
    let clusters = LocalCks::builder().cluster(spec("train", CLUSTER_ID)).cluster(spec("serve", SECOND));
    let bed =
        Bed::with(host, clusters.cluster(ClusterSpec::new("new").field("apiServerEndpoint", json!(""))));
    add_modules(&bed);
    let mut train = Estate::new(&bed, CLUSTER_ID);
    let mut serve = Estate::new(&bed, SECOND);
    for namespace in ["research", "evaluation"] {
        train.namespace(namespace);
        train.bind(Some(namespace), "team", "ClusterRole edit", &["Group oidc:research"]);
        train.bind(
            Some(namespace),
            "watch",
            "ClusterRole view",
            &["Group oidc:platform", "User oidc:ada@example.com"],
        );
    }
    serve.namespace("api");
    serve.bind(Some("api"), "release", "ClusterRole edit", &["ServiceAccount api:release"]);
    serve.bind(None, "platform", "ClusterRole cluster-admin", &["Group oidc:platform"]);

    // All clusters of the organisation, one of which has no Kubernetes yet.
    configure(&bed, &map(""));
    let applied = bed.apply().succeeded();
    applied.expect_warning(&["in cluster new (US-EAST-04A) could not be read"]);
    let pictures = applied.output("pictures");
    train.expect_drawn(&pictures);
    serve.expect_drawn(&pictures);
    let markdown = applied.output("markdown");
    keep("several-clusters", &markdown);
    let markdown = markdown.as_str().expect("a text");
    let headings: Vec<_> = markdown.lines().filter(|line| line.starts_with("## ")).collect();
    assert_eq!(headings.len(), 3, "{headings:?}");
    assert!(
        markdown.contains("or the cluster could not be read, which a warning of the run says"),
        "{markdown}"
    );
    let drawn =
        pictures.as_array().expect("a list").iter().find(|picture| picture["cluster_id"] == CLUSTER_ID);
    let drawn = drawn.and_then(|picture| picture["mermaid"].as_str()).expect("a text");
    assert!(
        drawn.contains("namespace evaluation<br/>namespace research"),
        "the same grants are one node\n{drawn}"
    );

    // The same two by name, without a warning, and no write.
    configure(&bed, &map(&format!("clusters = {{ serve = {SECOND:?}, train = {CLUSTER_ID:?} }}")));
    bed.local.clear_requests();
    let applied = bed.apply().succeeded();
    assert_eq!(applied.warnings(), [], "{applied}");
    bed.expect_only_reads();
    bed.plan().expect_empty();
    train.expect_drawn(&applied.output("pictures"));
    serve.expect_drawn(&applied.output("pictures"));

    // One that cannot be read is not left out of clusters that were named.
    let named = map("clusters = { gone = \"00000000-93fc-4d39-af10-fe6c2f4b8824\" }");
    configure(&bed, &named);
    bed.plan().failed().expect_error(&["00000000-93fc-4d39-af10-fe6c2f4b8824"]);
}

fn two_hundred_bindings_are_pictures_of_a_readable_size_with_every_name(host: &Host) {
    const TEAMS: [&str; 12] = [
        "ads",
        "billing",
        "catalog",
        "data",
        "fraud",
        "inference",
        "mobile",
        "payments",
        "search",
        "shipping",
        "training",
        "web",
    ];
    const LIMIT: usize = 40;
    let bed = Bed::with_kubernetes(host);
    add_modules(&bed);
    let mut estate = Estate::new(&bed, CLUSTER_ID);
    let mut count = 4;
    let mut bind =
        |estate: &mut Estate<'_>, namespace: Option<&str>, name: &str, role: &str, subjects: &[&str]| {
            estate.bind(namespace, name, role, subjects);
            count += 1;
        };
    for (name, role, subject) in [
        ("admins", "ClusterRole cluster-admin", "Group oidc:platform-admins"),
        ("breakglass", "ClusterRole cluster-admin", "User oidc:emergency@example.com"),
        ("auditors", "ClusterRole view", "Group oidc:auditors"),
        ("monitoring", "ClusterRole view", "ServiceAccount monitoring:prometheus"),
    ] {
        bind(&mut estate, None, name, role, &[subject]);
    }
    for (number, team) in TEAMS.into_iter().enumerate() {
        let group = format!("Group oidc:team-{team}");
        for stage in ["dev", "staging", "prod"] {
            let namespace = format!("{team}-{stage}");
            estate.namespace(&namespace);
            let pipeline = format!("ServiceAccount {namespace}:deploy");
            bind(&mut estate, Some(&namespace), "deploy", "ClusterRole edit", &[&pipeline]);
            bind(&mut estate, Some(&namespace), "on-call", "ClusterRole view", &["Group oidc:on-call"]);
            let role = if stage == "prod" { "ClusterRole view" } else { "ClusterRole edit" };
            bind(&mut estate, Some(&namespace), "team", role, &[&group]);
            bind(&mut estate, Some(&namespace), "debug", "Role debug", &[&group, "Group oidc:on-call"]);
            if stage == "prod" {
                let people =
                    [1, 2, 3].map(|person| format!("User oidc:person{}@example.com", number * 3 + person));
                let people: Vec<_> = people.iter().map(String::as_str).collect();
                bind(&mut estate, Some(&namespace), "release-managers", "ClusterRole admin", &people);
                bind(&mut estate, Some(&namespace), "secrets", "Role secret-reader", &people[..1]);
            }
        }
    }
    for number in 0..24 {
        let namespace = format!("sandbox-{number:02}");
        estate.namespace(&namespace);
        bind(&mut estate, Some(&namespace), "everyone", "ClusterRole edit", &["Group oidc:engineers"]);
    }
    assert_eq!(count, 200);

    configure(&bed, &map(&format!("clusters = {{ production = {CLUSTER_ID:?} }}")));
    let applied = bed.apply().succeeded();
    bed.plan().expect_empty();
    let pictures = applied.output("pictures");
    keep("two-hundred-bindings", &applied.output("markdown"));
    estate.expect_drawn(&pictures);
    let pictures: Vec<_> = pictures
        .as_array()
        .expect("a list")
        .iter()
        .map(|picture| picture["mermaid"].as_str().expect("a text"))
        .collect();
    let sizes: Vec<_> = pictures.iter().map(|picture| edges(picture)).collect();
    assert!(sizes.iter().all(|size| *size < 2 * LIMIT), "{sizes:?}");
    assert!((2..=10).contains(&sizes.len()), "{sizes:?}");
    // Namespaces with the same grants are one node, and no namespace is in two pictures.
    let sandboxes: Vec<_> = pictures.iter().filter(|picture| picture.contains("sandbox-")).collect();
    assert_eq!(sandboxes.len(), 1, "{sandboxes:?}");
    for team in TEAMS {
        let namespace = format!("namespace {team}-prod");
        let places =
            pictures.iter().filter(|picture| grants(picture).iter().any(|(_, _, scope)| *scope == namespace));
        assert_eq!(places.count(), 1, "{namespace}");
    }
}

fn a_namespace_that_is_too_large_is_drawn_with_numbers_of_subjects(host: &Host) {
    let bed = Bed::with_kubernetes(host);
    add_modules(&bed);
    let mut estate = Estate::new(&bed, CLUSTER_ID);
    estate.namespace("shop");
    for number in 0..12 {
        let (user, role) = (format!("User oidc:person{number}"), format!("Role task-{number}"));
        estate.bind(Some("shop"), &format!("own-{number}"), &role, &[&user]);
        estate.bind(Some("shop"), &format!("edit-{number}"), "ClusterRole edit", &[&user]);
    }
    estate.bind(Some("shop"), "pipeline", "ClusterRole edit", &["ServiceAccount shop:ci"]);
    let of_size =
        |size: usize| map(&format!("clusters  = {{ production = {CLUSTER_ID:?} }}\n  max_edges = {size}"));
    let drawn = |size: usize| {
        configure(&bed, &of_size(size));
        let applied = bed.apply().succeeded();
        let pictures = applied.output("pictures");
        let of_shop =
            pictures.as_array().expect("a list").iter().find(|picture| picture["scopes"] == json!(["shop"]));
        let of_shop =
            of_shop.and_then(|picture| picture["mermaid"].as_str()).expect("a picture of the namespace");
        (grants(of_shop), applied.output("markdown").as_str().expect("a text").to_owned())
    };

    let (each_role, markdown) = drawn(30);
    let edit = ["12 Users", "ClusterRole edit", "namespace shop"];
    assert!(
        each_role.iter().any(|(who, role, scope)| who == edit[0] && role == edit[1] && scope == edit[2]),
        "{each_role:?}"
    );
    assert!(
        each_role.contains(&["User oidc:person7", "Role task-7", "namespace shop"].map(str::to_owned).into()),
        "{each_role:?}"
    );
    assert!(
        markdown.contains("| User `oidc:person7` | ClusterRole `edit` | `shop` | `shop/edit-7` |"),
        "{markdown}"
    );

    // So many roles are a number too.
    let (one_role, _) = drawn(10);
    let all = |who: &str| [who, "13 roles", "namespace shop"].map(str::to_owned).into();
    assert_eq!(one_role, [all("ServiceAccount shop:ci"), all("12 Users")]);
}
