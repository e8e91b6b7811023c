//! The same requests to the simulations, to a real kube-apiserver, and to CoreWeave's API as local CKS has it: the same statuses,
//! reasons, subjects and effects.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request};
use local_cks::{ClusterSpec, LocalCks, Role};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use sweep::world::{CLUSTERS, OTHER_TOKEN, TOKEN, World};

/// One of the two.
enum Server {
    Simulated(Box<World>),
    Real(local_cks::Cluster),
}

const ROLES: &str = "/apis/rbac.authorization.k8s.io/v1/namespaces/team/roles";
const BINDINGS: &str = "/apis/rbac.authorization.k8s.io/v1/namespaces/team/rolebindings";
const ACCOUNTS: &str = "/api/v1/namespaces/team/serviceaccounts";
const SECRETS: &str = "/api/v1/namespaces/team/secrets";
const NAMESPACES: &str = "/api/v1/namespaces";

impl Server {
    async fn send(&mut self, method: &Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        match self {
            Self::Real(cluster) => {
                cluster.kubernetes(method.clone(), path, body.cloned()).await.expect("an answer")
            }
            Self::Simulated(world) => {
                let url = format!("https://{}{path}", world.coreweave_host(0));
                let body = body.map_or_else(Vec::new, |body| body.to_string().into_bytes());
                let request = Request::builder().method(method.clone()).uri(url);
                let request =
                    request.header("authorization", format!("Bearer {TOKEN}")).body(Bytes::from(body));
                let answer = world.answer(&request.expect("a request"));
                (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or_default())
            }
        }
    }

    async fn pause(&mut self) {
        match self {
            Self::Real(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            Self::Simulated(world) => world.advance(world.now + 100),
        }
    }
}

/// How the end of an object with this uid is answered: as done, or by the object.
fn end(answer: &Value, uid: &Value) -> String {
    let (kind, metadata) = (answer["kind"].as_str().unwrap_or_default(), &answer["metadata"]);
    let is_done = answer["status"] == "Success" && answer["details"]["uid"] == *uid;
    let is_going = metadata.get("deletionTimestamp").is_some();
    format!("{kind}, done: {is_done}, itself: {}, going: {is_going}", metadata["uid"] == *uid)
}

/// What was done, for comparison.
struct Transcript<'a> {
    server: &'a mut Server,
    lines: Vec<String>,
}

impl Transcript<'_> {
    /// Sends a request, and notes its status, and the reason and subject of a rejection.
    async fn step(&mut self, what: &str, method: Method, path: &str, body: Value) -> Value {
        let body = (!body.is_null()).then_some(body);
        let (status, answer) = self.server.send(&method, path, body.as_ref()).await;
        let subject = match answer["kind"].as_str() {
            Some("Status") if answer["status"] == "Failure" => {
                let details = &answer["details"];
                format!(" {} {} {} {}", answer["reason"], details["group"], details["kind"], details["name"])
            }
            _ => String::new(),
        };
        self.lines.push(format!("{what}: {status}{subject}"));
        answer
    }

    fn note(&mut self, what: &str, fact: impl std::fmt::Debug) {
        self.lines.push(format!("{what}: {fact:?}"));
    }

    /// Waits until a read is answered in this way.
    async fn until(
        &mut self,
        what: &str,
        path: &str,
        body: Option<Value>,
        done: impl Fn(u16, &Value) -> bool,
    ) {
        let started = Instant::now();
        let method = if body.is_some() { Method::POST } else { Method::GET };
        for _ in 0..600 {
            let (status, answer) = self.server.send(&method, path, body.as_ref()).await;
            if done(status, &answer) {
                return self.lines.push(format!("{what}: it comes"));
            }
            if started.elapsed() > Duration::from_mins(1) {
                break;
            }
            self.server.pause().await;
        }
        self.lines.push(format!("{what}: it does not come"));
    }
}

fn role(name: &str, verbs: &[&str]) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": name, "namespace": "team", "labels": {"a": "1"}},
        "rules": [{"verbs": verbs, "apiGroups": [""], "resources": ["pods"]}],
    })
}

fn named(kind: &str, name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}})
}

async fn transcript(server: &mut Server) -> Vec<String> {
    let mut all = Transcript { server, lines: Vec::new() };
    objects(&mut all).await;
    each_end(&mut all).await;
    tokens(&mut all).await;
    ends(&mut all).await;
    all.lines
}

async fn objects(all: &mut Transcript<'_>) {
    let none = Value::Null;
    all.step("a namespace that is not there", Method::GET, &format!("{NAMESPACES}/team"), none.clone()).await;
    all.step("an object in no namespace", Method::POST, ROLES, role("alpha", &["get"])).await;
    all.step("a namespace", Method::POST, NAMESPACES, named("Namespace", "team")).await;
    all.step("a namespace again", Method::POST, NAMESPACES, named("Namespace", "team")).await;
    all.step("a dry run", Method::POST, &format!("{ROLES}?dryRun=All"), role("alpha", &["get"])).await;
    all.step("nothing came of it", Method::GET, &format!("{ROLES}/alpha"), none.clone()).await;
    let made = all
        .step("an object", Method::POST, &format!("{ROLES}?fieldManager=one"), role("alpha", &["get"]))
        .await;
    let (uid, version) = (made["metadata"]["uid"].clone(), made["metadata"]["resourceVersion"].clone());
    all.note("its manager", &made["metadata"]["managedFields"][0]["manager"]);
    all.step("the object again", Method::POST, ROLES, role("alpha", &["get"])).await;
    let alpha = format!("{ROLES}/alpha");
    let labels =
        |labels: Value, version: &Value| json!({"metadata": {"labels": labels, "resourceVersion": version}});
    let patched = all.step("a change", Method::PATCH, &alpha, labels(json!({"b": "2"}), &version)).await;
    let next = patched["metadata"]["resourceVersion"].clone();
    all.note("another version", next != version);
    all.note("labels are merged", &patched["metadata"]["labels"]);
    all.step("a change of an old version", Method::PATCH, &alpha, labels(json!({"c": "3"}), &version)).await;
    let mut of_another = labels(json!({"c": "3"}), &next);
    of_another["metadata"]["uid"] = json!("00000000-0000-0000-0000-000000000000");
    all.step("a change of another object", Method::PATCH, &alpha, of_another).await;
    let same = all.step("a change of nothing", Method::PATCH, &alpha, labels(json!({"b": "2"}), &next)).await;
    all.note("the same version", same["metadata"]["resourceVersion"] == next);
    let dry =
        all.step("a dry change", Method::PATCH, &format!("{alpha}?dryRun=All"), json!({"rules": []})).await;
    all.note("rules of the dry change", dry["rules"].as_array().map_or(0, Vec::len));
    let removed =
        all.step("a label less", Method::PATCH, &alpha, json!({"metadata": {"labels": {"a": null}}})).await;
    all.note("labels", &removed["metadata"]["labels"]);
    all.step("a change of what is not there", Method::PATCH, &format!("{ROLES}/beta"), json!({"rules": []}))
        .await;
    let listed =
        all.step("a list by label", Method::GET, &format!("{ROLES}?labelSelector=b"), none.clone()).await;
    all.note("how many", listed["items"].as_array().map_or(0, Vec::len));
    let listed = all
        .step("a list by another label", Method::GET, &format!("{ROLES}?labelSelector=a"), none.clone())
        .await;
    all.note("how many", listed["items"].as_array().map_or(0, Vec::len));
    pages(all).await;
    let options = |preconditions: Value| json!({"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background", "preconditions": preconditions});
    all.step(
        "a delete of another uid",
        Method::DELETE,
        &alpha,
        options(json!({"uid": "11111111-2222-3333-4444-555555555555"})),
    )
    .await;
    all.step(
        "a delete of an old version",
        Method::DELETE,
        &alpha,
        options(json!({"uid": uid, "resourceVersion": version})),
    )
    .await;
    let ended = all.step("a delete", Method::DELETE, &alpha, options(json!({"uid": uid}))).await;
    all.note("its answer", end(&ended, &uid));
    all.step("a delete again", Method::DELETE, &alpha, options(json!({"uid": uid}))).await;
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "alpha", "namespace": "team"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "team"}],
    });
    all.step("a binding", Method::POST, BINDINGS, binding).await;
    let other =
        json!({"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"}});
    all.step("another role for it", Method::PATCH, &format!("{BINDINGS}/alpha"), other).await;
}

/// Lists in pages: who says how many objects are to come, and where a list goes on.
async fn pages(all: &mut Transcript<'_>) {
    let none = Value::Null;
    let others = ["page-1", "page-2", "page-3"];
    for name in others {
        all.step("one more", Method::POST, ROLES, role(name, &["get"])).await;
    }
    for selector in ["", "&labelSelector=a"] {
        let mut token = String::new();
        for page in 0..2 {
            let path = format!("{ROLES}?limit=2{selector}&continue={token}");
            let answer = all.step("a page", Method::GET, &path, none.clone()).await;
            let names = answer["items"].as_array().into_iter().flatten();
            let names: Vec<_> = names.map(|item| item["metadata"]["name"].clone()).collect();
            all.note("its objects", names);
            all.note("objects to come", &answer["metadata"]["remainingItemCount"]);
            answer["metadata"]["continue"].as_str().unwrap_or_default().clone_into(&mut token);
            all.note("it goes on", (page, !token.is_empty()));
        }
    }
    for name in others {
        all.step("one less", Method::DELETE, &format!("{ROLES}/{name}"), none.clone()).await;
    }
}

/// The end of an object of each kind that the provider manages, of its last version and of the one before.
async fn each_end(all: &mut Transcript<'_>) {
    let group = "/apis/rbac.authorization.k8s.io/v1";
    let of_role = json!({
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "team"}],
    });
    for (path, members) in [
        (ACCOUNTS.to_owned(), json!({})),
        (SECRETS.to_owned(), json!({})),
        (ROLES.to_owned(), json!({"rules": []})),
        (BINDINGS.to_owned(), of_role.clone()),
        (format!("{group}/clusterroles"), json!({"rules": []})),
        (format!("{group}/clusterrolebindings"), of_role),
    ] {
        for finalizers in [json!([]), json!(["example.com/wait"])] {
            let mut object = members.clone();
            object["metadata"] = json!({"name": "ending"});
            let made = all.step("an object that ends", Method::POST, &path, object).await;
            let path = format!("{path}/ending");
            let labels = json!({"metadata": {"labels": {"a": "1"}, "finalizers": finalizers}});
            let changed = all.step("its change", Method::PATCH, &path, labels).await;
            let metadata = |object: &Value| {
                (object["metadata"]["uid"].clone(), object["metadata"]["resourceVersion"].clone())
            };
            let options = |object: &Value| {
                let (uid, version) = metadata(object);
                json!({"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background", "preconditions": {"uid": uid, "resourceVersion": version}})
            };
            all.step("its end as it was", Method::DELETE, &path, options(&made)).await;
            let ended = all.step("its end", Method::DELETE, &path, options(&changed)).await;
            all.note("the answer", end(&ended, &metadata(&changed).0));
            all.step("it again", Method::GET, &path, Value::Null).await;
            if finalizers != json!([]) {
                let end = json!({"metadata": {"finalizers": null}});
                all.step("the end of its finalizer", Method::PATCH, &path, end).await;
                all.step("it after that", Method::GET, &path, Value::Null).await;
            }
        }
    }
}

async fn tokens(all: &mut Transcript<'_>) {
    let request = |metadata: Value, bound: Value| {
        let mut request = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "metadata": metadata, "spec": {"expirationSeconds": 600}});
        if !bound.is_null() {
            request["spec"]["boundObjectRef"] = bound;
        }
        request
    };
    let tokens = format!("{ACCOUNTS}/alpha/token");
    all.step(
        "a token of nobody",
        Method::POST,
        &tokens,
        request(json!({"name": "alpha", "namespace": "team"}), Value::Null),
    )
    .await;
    let account = all.step("an account", Method::POST, ACCOUNTS, named("ServiceAccount", "alpha")).await;
    let uid = account["metadata"]["uid"].clone();
    let metadata = json!({"name": "alpha", "namespace": "team", "uid": uid});
    let wrong = json!({"name": "alpha", "namespace": "team", "uid": "11111111-2222-3333-4444-555555555555"});
    all.step("a token of another account", Method::POST, &tokens, request(wrong, Value::Null)).await;
    let bound = |uid: &Value| json!({"apiVersion": "v1", "kind": "Secret", "name": "ticket", "uid": uid});
    all.step("a token bound to nothing", Method::POST, &tokens, request(metadata.clone(), bound(&uid))).await;
    let mut ticket = named("Secret", "ticket");
    ticket["metadata"]["ownerReferences"] =
        json!([{"apiVersion": "v1", "kind": "ServiceAccount", "name": "alpha", "uid": uid}]);
    let secret = all.step("a Secret", Method::POST, SECRETS, ticket.clone()).await;
    all.step(
        "a token bound to another Secret",
        Method::POST,
        &tokens,
        request(metadata.clone(), bound(&uid)),
    )
    .await;
    let issued = all
        .step("a token", Method::POST, &tokens, request(metadata, bound(&secret["metadata"]["uid"])))
        .await;
    all.note("its lifetime", &issued["spec"]["expirationSeconds"]);
    let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": issued["status"]["token"]}});
    let reviews = "/apis/authentication.k8s.io/v1/tokenreviews";
    let live = |wanted: bool| {
        move |_: u16, answer: &Value| {
            answer["status"]["authenticated"].as_bool().unwrap_or_default() == wanted
        }
    };
    all.until("the token is accepted", reviews, Some(review.clone()), live(true)).await;
    all.step("a delete of the Secret", Method::DELETE, &format!("{SECRETS}/ticket"), Value::Null).await;
    all.until("the token is revoked", reviews, Some(review), live(false)).await;
    all.step("another Secret", Method::POST, SECRETS, ticket).await;
    all.step("a delete of the account", Method::DELETE, &format!("{ACCOUNTS}/alpha"), Value::Null).await;
    all.until("its Secret goes too", &format!("{SECRETS}/ticket"), None, |status, _| status == 404).await;
}

async fn ends(all: &mut Transcript<'_>) {
    let mut held = role("held", &["get"]);
    held["metadata"]["namespace"] = "team".into();
    all.step("something in it", Method::POST, ROLES, held).await;
    let team = format!("{NAMESPACES}/team");
    let going = all.step("a delete of the namespace", Method::DELETE, &team, Value::Null).await;
    all.note("its phase", &going["status"]["phase"]);
    all.note("its answer", end(&going, &going["metadata"]["uid"]));
    all.until("the namespace goes", &team, None, |status, _| status == 404).await;
    all.step("what was in it", Method::GET, &format!("{ROLES}/held"), Value::Null).await;
}

#[tokio::test]
async fn the_simulation_answers_as_a_real_kube_apiserver() {
    let spec = ClusterSpec::new("contract").with_id(CLUSTERS[0]).with_kubernetes();
    let local = LocalCks::builder().cluster(spec.clone()).start().await.expect("local CKS starts");
    let real = transcript(&mut Server::Real(local.cluster(spec.id()))).await;
    local.stop().await;
    let simulated = transcript(&mut Server::Simulated(Box::new(World::new()))).await;
    same(&simulated, &real);
}

/// CoreWeave's API: the simulation, or local CKS.
enum Api {
    Simulated(Box<World>),
    Local(Box<LocalCks>, reqwest::Client),
}

impl Api {
    async fn send(
        &mut self,
        method: &Method,
        path: &str,
        token: Whose,
        body: Option<&Value>,
    ) -> (u16, Value) {
        let url = format!("https://api.coreweave.com{path}");
        match self {
            Self::Local(local, client) => {
                let token = match token {
                    Whose::Own => local.token(Role::Admin),
                    Whose::Stranger => local.add_token("ffffff", Role::Admin),
                };
                let mut request = client.request(method.clone(), url).bearer_auth(token.expose_secret());
                if let Some(body) = body {
                    request = request.json(body);
                }
                let response = request.send().await.expect("an answer");
                let status = response.status().as_u16();
                (status, response.json().await.unwrap_or_default())
            }
            Self::Simulated(world) => {
                let token = match token {
                    Whose::Own => TOKEN,
                    Whose::Stranger => OTHER_TOKEN,
                };
                let body = body.map_or_else(Vec::new, |body| body.to_string().into_bytes());
                let request = Request::builder().method(method.clone()).uri(url);
                let request =
                    request.header("authorization", format!("Bearer {token}")).body(Bytes::from(body));
                let answer = world.answer(&request.expect("a request"));
                (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or_default())
            }
        }
    }
}

/// Whose token a request has.
#[derive(Clone, Copy)]
enum Whose {
    Own,
    Stranger,
}

async fn blocks(api: &mut Api) -> Vec<String> {
    let own = format!("/v1beta1/cks/clusters/{}", CLUSTERS[0]);
    let oidc = json!({"issuerUrl": "https://issuer.example.com", "clientId": "one"});
    let other =
        json!({"issuerUrl": "https://issuer.example.com", "clientId": "two", "usernameClaim": "email"});
    let leaves = "oidc.issuerUrl,oidc.clientId,oidc.usernameClaim";
    let patch = |mask: &str, oidc: &Value| {
        let mut body = json!({"id": CLUSTERS[0], "version": "v1.35", "updateMask": mask});
        if !oidc.is_null() {
            body["oidc"] = oidc.clone();
        }
        body
    };
    let (get, none) = (Method::GET, Value::Null);
    let mut wrong_version = patch(leaves, &oidc);
    wrong_version["version"] = "v1.20".into();
    let mut wrong_id = patch(leaves, &oidc);
    wrong_id["id"] = CLUSTERS[1].into();
    let steps = [
        ("a cluster", get.clone(), own.clone(), Whose::Own, none.clone()),
        (
            "no cluster",
            get.clone(),
            format!("/v1beta1/cks/clusters/{}", "5".repeat(8)),
            Whose::Own,
            none.clone(),
        ),
        ("a stranger's token", get.clone(), own.clone(), Whose::Stranger, none.clone()),
        ("a stranger's PATCH", Method::PATCH, own.clone(), Whose::Stranger, patch(leaves, &oidc)),
        ("no such route", get.clone(), "/v1beta1/cks/vpcs".to_owned(), Whose::Own, none.clone()),
        ("another version", Method::PATCH, own.clone(), Whose::Own, wrong_version),
        ("another id", Method::PATCH, own.clone(), Whose::Own, wrong_id),
        ("an empty block", Method::PATCH, own.clone(), Whose::Own, patch(leaves, &json!({}))),
        ("a block", Method::PATCH, own.clone(), Whose::Own, patch(leaves, &oidc)),
        ("while it is updated", Method::PATCH, own.clone(), Whose::Own, patch(leaves, &other)),
        ("", get.clone(), own.clone(), Whose::Own, none.clone()),
        ("the same block", Method::PATCH, own.clone(), Whose::Own, patch(leaves, &oidc)),
        ("one leaf", Method::PATCH, own.clone(), Whose::Own, patch("oidc.clientId", &other)),
        ("", get.clone(), own.clone(), Whose::Own, none.clone()),
        ("a leaf less", Method::PATCH, own.clone(), Whose::Own, patch("oidc.usernameClaim", &oidc)),
        ("", get.clone(), own.clone(), Whose::Own, none.clone()),
        ("no block", Method::PATCH, own.clone(), Whose::Own, patch(leaves, &none)),
        ("", get, own, Whose::Own, none),
    ];
    let mut lines = Vec::new();
    for (what, method, path, whose, body) in steps {
        if what.is_empty() {
            lines.push(format!("the status comes: {:?}", settled(api, &path).await));
            continue;
        }
        let (status, answer) = api.send(&method, &path, whose, (!body.is_null()).then_some(&body)).await;
        let (code, cluster) = (&answer["code"], &answer["cluster"]);
        lines.push(format!("{what}: {status} {code} {} {}", cluster["status"], cluster["oidc"]));
    }
    lines
}

/// The block once the cluster is RUNNING again.
async fn settled(api: &mut Api, path: &str) -> Option<Value> {
    for _ in 0..600 {
        let (_, answer) = api.send(&Method::GET, path, Whose::Own, None).await;
        if answer["cluster"]["status"] == "STATUS_RUNNING" {
            return Some(answer["cluster"]["oidc"].clone());
        }
        match api {
            Api::Local(..) => tokio::time::sleep(Duration::from_millis(50)).await,
            Api::Simulated(world) => world.advance(world.now + 50),
        }
    }
    None
}

#[tokio::test]
async fn the_simulation_answers_as_local_cks() {
    let spec = ClusterSpec::new("contract").with_id(CLUSTERS[0]).version("v1.35");
    let local = LocalCks::builder().cluster(spec).start().await.expect("local CKS starts");
    let root = reqwest::Certificate::from_pem(local.ca_pem().as_bytes()).expect("a certificate");
    let proxy = reqwest::Proxy::all(local.proxy_url()).expect("a proxy");
    let client = reqwest::Client::builder().tls_certs_only([root]).proxy(proxy).build().expect("a client");
    let expected = blocks(&mut Api::Local(Box::new(local), client)).await;
    same(&blocks(&mut Api::Simulated(Box::new(World::new()))).await, &expected);
}

/// Fails with the lines that differ.
fn same(simulated: &[String], real: &[String]) {
    let differing = simulated.iter().zip(real).filter(|(simulated, real)| simulated != real);
    let differing: Vec<_> =
        differing.map(|(simulated, real)| format!("simulated {simulated}\n     real {real}")).collect();
    assert!(differing.is_empty() && simulated.len() == real.len(), "\n{}", differing.join("\n"));
}
