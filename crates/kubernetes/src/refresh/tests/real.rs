//! The same with a real kube-apiserver: how it lists, what it says of objects to come, and how it forbids.

use std::time::Duration;

use http::Method;
use local_cks::{Cluster, ClusterSpec, LocalCks};
use request_pipeline::testing::call;
use serde_json::{Value, json};

use super::server::BINDINGS;
use crate::{
    Binding, Client, Connection, Credentials, ExpectedCluster, Kind, Object, ObjectPlace, Server,
    ServiceAccount, Session,
    list::Paging,
    page::Next,
    picture::{LONGEST_AGE, Pictures},
};

/// More than one page, with those that Kubernetes makes itself.
const COUNT: usize = 620;

async fn send(cluster: &Cluster, method: Method, path: &str, body: Value) -> Value {
    let (status, answer) =
        cluster.kubernetes(method, path, (!body.is_null()).then_some(body)).await.expect("an answer");
    assert!((200..300).contains(&status), "{path}: {status} {answer}");
    answer
}

/// With the credentials of an administrator, or with this token.
fn session(cluster: &Cluster, token: Option<&str>) -> Session {
    let text = cluster.admin_kubeconfig().expect("it has a Kubernetes");
    let mut config: Value = serde_json::from_str(&text).expect("JSON");
    if let Some(token) = token {
        config["users"][0]["user"] = json!({"token": token});
    }
    let connection = Connection {
        server: Server::Kubeconfig { text: config.to_string().into(), context: None },
        credentials: Credentials::OfKubeconfig,
        certificates: None,
        ..Connection::for_tests("https://unused.example.com", "")
    };
    // The issuer of a cluster of local CKS shows it.
    let issuer = cluster.service_account_issuer();
    let base = issuer.trim_end_matches('/').strip_suffix(cluster.id()).expect("it ends in the id");
    let expected = ExpectedCluster { id: cluster.id().to_owned(), issuer_base: base.to_owned(), uid: None };
    Session::new(Client::new(connection), call(), expected)
}

async fn uid_of<K: Kind>(session: &Session, place: &ObjectPlace, uid: &str) -> Option<String> {
    let found: Option<Object<K>> = session.refresh(place, uid, "").await.expect("an answer");
    found.map(|object| object.uid)
}

#[tokio::test]
async fn a_real_kube_apiserver_gives_the_same_by_lists() {
    let spec = ClusterSpec::new("pictures").with_kubernetes();
    let local = LocalCks::builder().cluster(spec.clone()).start().await.expect("local CKS starts");
    let cluster = local.cluster(spec.id());
    let mut made = Vec::new();
    for number in 0..COUNT {
        let binding = json!({
            "metadata": {"name": format!("own-{number}")},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        });
        let object = send(&cluster, Method::POST, BINDINGS, binding).await;
        made.push(object["metadata"]["uid"].as_str().expect("a uid").to_owned());
    }
    let session = session(&cluster, None);
    counts(&session).await;
    for (number, uid) in made.iter().enumerate() {
        let found = uid_of::<Binding>(&session, &place(number), uid).await;
        assert_eq!(found.as_ref(), Some(uid), "{number}");
    }
    assert!(session.client().remembered::<Pictures>().has_any());
    // What this run writes.
    drop(session.delete::<Binding>(&place(7), &made[7], None).await.expect("a deletion"));
    assert_eq!(uid_of::<Binding>(&session, &place(7), &made[7]).await, None);
    // What another client does is seen once the picture is too old.
    send(&cluster, Method::DELETE, &format!("{BINDINGS}/own-8"), Value::Null).await;
    tokio::time::sleep(LONGEST_AGE).await;
    assert_eq!(uid_of::<Binding>(&session, &place(8), &made[8]).await, None);
    assert_eq!(uid_of::<Binding>(&session, &place(9), &made[9]).await.as_ref(), Some(&made[9]));
    assert!(session.take_warnings().is_empty());
    forbidden(&cluster).await;
    expires(&cluster).await;
    local.stop().await;
}

fn place(number: usize) -> ObjectPlace {
    ObjectPlace::cluster(format!("own-{number}"))
}

/// Objects to come are counted, unless a selector leaves some out.
async fn counts(session: &Session) {
    for (selector, counted) in [("", true), ("!none", false)] {
        let mut paging = Paging::new(Binding::api(false), None, selector);
        let (first, _) = paging.next(500, session).await.expect("a page").expect("the first");
        assert_eq!((first.items.len(), first.remaining.is_some()), (500, counted), "{selector}");
        let (second, _) = paging.next(1_000, session).await.expect("a page").expect("the second");
        assert!(second.items.len() >= COUNT - 500 && second.remaining.is_none(), "{selector}");
        let rest = u64::try_from(second.items.len()).expect("a few");
        assert!(first.remaining.is_none_or(|remaining| remaining == rest), "{first:?}");
        assert!(paging.next(1_000, session).await.expect("the end").is_none());
    }
}

/// Who may get, and may not list, is answered all the same; in each namespace as it is there.
async fn forbidden(cluster: &Cluster) {
    const ROLES: &str = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
    const ACCOUNTS: &str = "/api/v1/namespaces/default/serviceaccounts";
    const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1/namespaces/open";
    let rules = json!([{"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["get"]}]);
    send(cluster, Method::POST, ROLES, json!({"metadata": {"name": "reader"}, "rules": rules})).await;
    send(cluster, Method::POST, ACCOUNTS, json!({"metadata": {"name": "reader"}})).await;
    let binding = json!({
        "metadata": {"name": "reader"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "reader"},
        "subjects": [{"kind": "ServiceAccount", "name": "reader", "namespace": "default"}],
    });
    send(cluster, Method::POST, BINDINGS, binding).await;
    let issued = send(
        cluster,
        Method::POST,
        &format!("{ACCOUNTS}/reader/token"),
        json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}),
    )
    .await;
    let session = session(cluster, issued["status"]["token"].as_str());
    let account = ObjectPlace::namespaced("default", "reader");
    let find = || session.find::<ServiceAccount>(&account);
    // The API server learns of a binding a moment later.
    while find().await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let uid = find().await.expect("an answer").expect("it is there").uid;
    for _ in 0..8 {
        assert_eq!(uid_of::<ServiceAccount>(&session, &account, &uid).await.as_ref(), Some(&uid));
    }
    assert!(!session.client().remembered::<Pictures>().has_any());

    // Who may list in one namespace has lists there.
    send(cluster, Method::POST, "/api/v1/namespaces", json!({"metadata": {"name": "open"}})).await;
    let path = "/api/v1/namespaces/open/serviceaccounts";
    let made = send(cluster, Method::POST, path, json!({"metadata": {"name": "other"}})).await;
    let uid = made["metadata"]["uid"].as_str().expect("a uid");
    let rules = json!([{"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["get", "list"]}]);
    let role = json!({"metadata": {"name": "reader"}, "rules": rules});
    send(cluster, Method::POST, &format!("{RBAC}/roles"), role).await;
    let binding = json!({
        "metadata": {"name": "reader"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
        "subjects": [{"kind": "ServiceAccount", "name": "reader", "namespace": "default"}],
    });
    send(cluster, Method::POST, &format!("{RBAC}/rolebindings"), binding).await;
    let mut list = Paging::new(ServiceAccount::api(true), Some("open"), "");
    while list.next(500, &session).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let other = ObjectPlace::namespaced("open", "other");
    for _ in 0..8 {
        assert_eq!(uid_of::<ServiceAccount>(&session, &other, uid).await.as_deref(), Some(uid));
    }
    assert!(session.client().remembered::<Pictures>().has_any() && session.take_warnings().is_empty());
}

/// A list whose next page is of a revision that is no longer known has the rest as it is now.
async fn expires(cluster: &Cluster) {
    let session = session(cluster, None);
    let mut paging = Paging::new(Binding::api(false), None, "");
    let (first, _) = paging.next(500, &session).await.expect("a page").expect("the first");
    // The server itself remembers some revisions as long as it runs.
    send(cluster, Method::DELETE, &format!("{BINDINGS}/own-10"), Value::Null).await;
    cluster.compact().await.expect("etcd forgets");
    cluster.set_field("oidc", json!({"issuerUrl": "https://issuer.example.com", "clientId": "kubectl"}));
    assert!(cluster.settled(Duration::from_mins(1)).await, "kube-apiserver starts again");
    let Next::Continue(token) = &paging.progress.next else { panic!("{:?}", paging.progress) };
    let (status, answer) = cluster
        .kubernetes(Method::GET, &format!("{BINDINGS}?limit=500&continue={token}"), None)
        .await
        .expect("an answer");
    assert_eq!((status, &answer["reason"]), (410, &json!("Expired")), "{answer}");
    let session = self::session(cluster, None);
    let (second, _) = paging.next(500, &session).await.expect("a page").expect("the second");
    assert!(first.items.len() + second.items.len() >= COUNT - 3, "{}", second.items.len());
    assert!(paging.next(500, &session).await.expect("the end").is_none());
}
