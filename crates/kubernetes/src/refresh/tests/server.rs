//! A Kubernetes API in memory, as far as refreshes need one: objects, lists in pages, and answers that fail or take their time.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use bytes::Bytes;
use http::{Method, Request, Response, Uri, header};
use request_pipeline::{Call, Connecting, Exchange, LoginUrl, Network, NetworkConnection, testing::call};
use serde_json::{Value, json};

use crate::{
    Binding, Client, Connection, Credentials, ExpectedCluster, ObjectPlace, RoleRef, Server, Session,
    object::Kind as _,
};

/// Where the bindings are.
pub(super) const BINDINGS: &str = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";

/// A server, and what leads there.
#[derive(Debug)]
pub(super) struct Simulated {
    state: Arc<Mutex<State>>,
    client: Client,
}

#[derive(Clone, Debug)]
struct Wire(Arc<Mutex<State>>);

#[derive(Debug)]
struct Connected {
    wire: Wire,
    certificate: Vec<u8>,
}

#[derive(Debug, Default)]
struct State {
    objects: BTreeMap<String, Value>,
    requests: Vec<String>,
    /// All that were asked for.
    lists: Vec<String>,
    version: u64,
    delay: Duration,
    list_delay: Duration,
    write_delay: Duration,
    /// What lists of these paths are answered.
    refusals: BTreeMap<String, Refusal>,
    /// The number of the server that new connections lead to.
    leads: u8,
    /// Whether connections from before were closed.
    closed_before: u8,
    unauthorized: usize,
}

/// How lists fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// With this status.
    Status(u16),
    /// After the first page, with 410 again and again.
    Expired,
    /// Once after the first page, with a token for the rest.
    ExpiredOnce,
    /// Never.
    Silence,
    /// With something that is no list.
    Page,
}

/// The uid of an object of this name, when it was made for this time.
pub(super) fn uid_of(name: &str, made: u64) -> String {
    format!("uid-{name}-{made}")
}

pub(super) fn place(name: &str) -> ObjectPlace {
    ObjectPlace::cluster(name)
}

pub(super) fn binding() -> Binding {
    let role = RoleRef { kind: "ClusterRole".to_owned(), name: "view".to_owned() };
    Binding { role, ..Binding::default() }
}

impl Simulated {
    /// Empty, behind an endpoint of CoreWeave's.
    pub(super) fn start() -> Arc<Self> {
        Self::behind(|url| Server::Endpoint(LoginUrl::new(url)))
    }

    /// Empty, behind this.
    pub(super) fn behind(server: impl FnOnce(&str) -> Server) -> Arc<Self> {
        let server = server("https://kube.example.com");
        Self::with(|connection| connection.server = server)
    }

    /// Empty, behind what a kubeconfig names.
    pub(super) fn of_kubeconfig(path: PathBuf) -> Arc<Self> {
        Self::with(|connection| {
            connection.server = Server::KubeconfigFile { path, context: "x".to_owned() };
            connection.credentials = Credentials::OfKubeconfig;
        })
    }

    fn with(change: impl FnOnce(&mut Connection)) -> Arc<Self> {
        let state = Arc::new(Mutex::new(State { delay: Duration::from_millis(10), ..State::default() }));
        let mut connection = Connection {
            network: Some(Arc::new(Wire(Arc::clone(&state)))),
            certificates: None,
            request_timeout: Duration::from_secs(30),
            ..Connection::for_tests("https://kube.example.com", "")
        };
        change(&mut connection);
        Arc::new(Self { state, client: Client::new(connection) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic inside")
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn session(&self) -> Session {
        self.session_of(call(), ExpectedCluster::default())
    }

    pub(super) fn session_of(&self, call: Call, expected: ExpectedCluster) -> Session {
        Session::new(self.client.clone(), call, expected)
    }

    pub(super) fn uid(&self, name: &str) -> String {
        let state = self.state();
        let object = state.objects.get(&format!("{BINDINGS}/{name}")).expect("it is there");
        object["metadata"]["uid"].as_str().expect("a text").to_owned()
    }

    pub(super) fn put(&self, name: &str) {
        self.put_at(&format!("{BINDINGS}/{name}"), &json!({}));
    }

    pub(super) fn put_at(&self, path: &str, metadata: &Value) {
        self.state().put(path, json!({"metadata": metadata}));
    }

    pub(super) fn remove(&self, name: &str) {
        self.state().objects.remove(&format!("{BINDINGS}/{name}"));
    }

    /// Another client's object takes the name.
    pub(super) fn remake(&self, name: &str) {
        let path = format!("{BINDINGS}/{name}");
        let mut state = self.state();
        let object = state.objects.get_mut(&path).expect("it is there");
        object["metadata"]["uid"] = uid_of(name, 2).into();
    }

    pub(super) fn mark_deleting(&self, name: &str) {
        let path = format!("{BINDINGS}/{name}");
        let mut state = self.state();
        let object = state.objects.get_mut(&path).expect("it is there");
        object["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
    }

    pub(super) fn delay(&self, delay: Duration) {
        self.state().delay = delay;
    }

    pub(super) fn delay_lists(&self, delay: Duration) {
        self.state().list_delay = delay;
    }

    pub(super) fn delay_writes(&self, delay: Duration) {
        self.state().write_delay = delay;
    }

    /// Lists of this collection fail from now on.
    pub(super) fn refuse_lists(&self, path: &str, refusal: Refusal) {
        self.state().refusals.insert(path.to_owned(), refusal);
    }

    /// The next requests are answered with 401.
    pub(super) fn reject_credentials(&self, times: usize) {
        self.state().unauthorized = times;
    }

    /// New connections lead to this server. `closing`: those from before are closed.
    pub(super) fn lead_to(&self, server: u8, closing: bool) {
        let mut state = self.state();
        state.leads = server;
        if closing {
            state.closed_before = server;
        }
    }

    /// How many objects were read, and how many pages of lists, since the last call.
    pub(super) fn take_counts(&self) -> (usize, usize) {
        let requests = std::mem::take(&mut self.state().requests);
        let facts = |request: &&String| !request.contains("kube-system") && !request.contains("well-known");
        let gets = requests.iter().filter(facts).filter(|request| request.starts_with("GET"));
        let (lists, objects): (Vec<_>, Vec<_>) = gets.partition(|request| request.contains("limit="));
        (objects.len(), lists.len())
    }

    /// All lists that were asked for.
    pub(super) fn lists(&self) -> Vec<String> {
        self.state().lists.clone()
    }
}

impl State {
    fn put(&mut self, path: &str, mut object: Value) -> Value {
        self.version += 1;
        let name = path.rsplit('/').next().unwrap_or_default();
        let metadata = &mut object["metadata"];
        metadata["name"] = name.into();
        if let Some((_, rest)) = path.split_once("/namespaces/")
            && let Some((namespace, _)) = rest.split_once('/')
        {
            metadata["namespace"] = namespace.into();
        }
        if metadata.get("uid").is_none() {
            metadata["uid"] = uid_of(name, 1).into();
        }
        metadata["resourceVersion"] = self.version.to_string().into();
        let entry = json!({"manager": "kubectl", "operation": "Update", "fieldsV1": {"f:metadata": {}}});
        metadata["managedFields"] = json!([entry]);
        if path.starts_with(BINDINGS) && object.get("roleRef").is_none() {
            object["roleRef"] = Value::Object(binding().to_json())["roleRef"].clone();
        }
        self.objects.insert(path.to_owned(), object.clone());
        object
    }

    fn answer(&mut self, request: &Request<Bytes>, server: u8) -> (u16, Value) {
        let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
        self.requests.push(format!("{} {path}?{query}", request.method()));
        if query.contains("limit=") {
            self.lists.push(format!("{path}?{query}"));
        }
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        if path.ends_with("openid-configuration") {
            // Server 9 does not show which cluster it is.
            let issuer =
                if server < 9 { "https://oidc.example.com/id/own" } else { "https://other.example.com" };
            return (200, json!({"issuer": issuer}));
        }
        if self.unauthorized > 0 {
            self.unauthorized -= 1;
            return (401, json!({"kind": "Status", "reason": "Unauthorized", "code": 401}));
        }
        match *request.method() {
            Method::GET if query.contains("limit=") => self.list(path, query),
            Method::GET => self.found(path),
            Method::POST => {
                let name = body["metadata"]["name"].as_str().unwrap_or_default().to_owned();
                (201, self.put(&format!("{path}/{name}"), body))
            }
            Method::PATCH => {
                let Some(mut object) = self.objects.get(path).cloned() else { return self.found(path) };
                object["metadata"]["labels"] = body["metadata"]["labels"].clone();
                (200, self.put(path, object))
            }
            _ => {
                let found = self.found(path);
                let inside = format!("{path}/");
                self.objects.retain(|other, _| other != path && !other.starts_with(&inside));
                found
            }
        }
    }

    fn found(&self, path: &str) -> (u16, Value) {
        let mut parts = path.rsplit('/');
        let (name, kind) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        match self.objects.get(path) {
            Some(object) => (200, object.clone()),
            None => (404, status(404, "NotFound", &json!({"name": name, "kind": kind}))),
        }
    }

    /// As Kubernetes answers: in the order of names, with the number of those to come unless there is a selector.
    fn list(&mut self, path: &str, query: &str) -> (u16, Value) {
        let given: BTreeMap<_, _> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let after = given.get("continue").cloned().unwrap_or_default();
        match self.refusals.get(path).copied() {
            Some(Refusal::Status(code)) => return (code, status(code, "Forbidden", &Value::Null)),
            Some(Refusal::Page) => return (200, "Please log in".into()),
            Some(Refusal::Expired) if !after.is_empty() => {
                return (410, status(410, "Expired", &Value::Null));
            }
            Some(Refusal::ExpiredOnce) if !after.is_empty() => {
                self.refusals.remove(path);
                let mut answer = status(410, "Expired", &Value::Null);
                answer["metadata"] = json!({"continue": after});
                return (410, answer);
            }
            _ => {}
        }
        let limit: usize = given.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(usize::MAX);
        let label = given.get("labelSelector");
        let inside = format!("{path}/");
        let all: Vec<&Value> = self
            .objects
            .iter()
            .filter(|(other, _)| other.starts_with(&inside) && !other[inside.len()..].contains('/'))
            .map(|(_, object)| object)
            .filter(|object| {
                label.is_none_or(|label| object["metadata"]["labels"].get(label.as_str()).is_some())
            })
            .collect();
        let is_after =
            |object: &&&Value| object["metadata"]["name"].as_str().unwrap_or_default() > after.as_str();
        let rest: Vec<&Value> = all.iter().filter(is_after).copied().collect();
        let page: Vec<_> = rest.iter().take(limit).collect();
        let mut metadata = json!({"resourceVersion": self.version.to_string()});
        if rest.len() > page.len() {
            metadata["continue"] = page.last().map_or(Value::Null, |last| last["metadata"]["name"].clone());
            if label.is_none() {
                metadata["remainingItemCount"] = (rest.len() - page.len()).into();
            }
        }
        (200, json!({"kind": "List", "apiVersion": "v1", "metadata": metadata, "items": page}))
    }
}

fn status(code: u16, reason: &str, details: &Value) -> Value {
    json!({"kind": "Status", "status": "Failure", "reason": reason, "code": code, "message": reason, "details": details})
}

impl Network for Wire {
    fn exchange(&self, _: Request<Bytes>) -> Exchange<'_> {
        Box::pin(std::future::pending())
    }

    fn connect(&self, _: &Uri) -> Connecting<'_> {
        let leads = self.0.lock().expect("no panic inside").leads;
        let connected = Connected { wire: self.clone(), certificate: vec![leads] };
        Box::pin(async { Ok(Arc::new(connected) as Arc<dyn NetworkConnection>) })
    }
}

impl NetworkConnection for Connected {
    fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    fn is_open(&self) -> bool {
        self.certificate[0] >= self.wire.0.lock().expect("no panic inside").closed_before
    }

    fn exchange(&self, request: Request<Bytes>) -> Exchange<'_> {
        let server = self.certificate[0];
        Box::pin(async move {
            let is_list = request.uri().query().is_some_and(|query| query.contains("limit="));
            let writes = request.method() != Method::GET;
            let (status, body, delay) = {
                let mut state = self.wire.0.lock().expect("no panic inside");
                let silent = is_list && state.refusals.get(request.uri().path()) == Some(&Refusal::Silence);
                let (status, body) = state.answer(&request, server);
                let more = match (is_list, writes) {
                    _ if silent => Duration::from_hours(1),
                    (true, _) => state.list_delay,
                    (_, true) => state.write_delay,
                    _ => Duration::ZERO,
                };
                (status, body, state.delay + more)
            };
            tokio::time::sleep(delay).await;
            let body = if body.is_string() {
                body.as_str().unwrap_or_default().to_owned()
            } else {
                body.to_string()
            };
            let response = Response::builder()
                .status(status)
                .header(header::DATE, "Sun, 06 Nov 1994 08:49:37 GMT")
                .body(Bytes::from(body));
            Ok(response.expect("a response"))
        })
    }
}
