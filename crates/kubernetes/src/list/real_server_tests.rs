//! Pages of the real kube-apiserver: each object once, in whatever pages, and whatever others do between two of them.

use std::collections::BTreeSet;

use http::Method;
use local_cks::{Cluster, ClusterSpec, LocalCks};
use request_pipeline::testing::call;
use serde_json::{Value, json};

use super::{LARGEST_PAGE, ListScope, Pages, Session};
use crate::{Client, Connection, Credentials, ExpectedCluster, Role, Server};

const ROLES: &str = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles";

/// More than one page has.
const ALL: u32 = LARGEST_PAGE + 20;

async fn send(cluster: &Cluster, method: Method, path: &str, body: Option<Value>) {
    let (status, answer) = cluster.kubernetes(method, path, body).await.expect("an answer");
    assert!(status < 300, "{status} {answer}");
}

async fn create(cluster: &Cluster, name: &str, label: &str) {
    let metadata = json!({"name": name, "labels": {"page": label}});
    send(cluster, Method::POST, ROLES, Some(json!({"metadata": metadata, "rules": []}))).await;
}

/// A session as an address in the configuration leads to the cluster.
fn session(cluster: &Cluster) -> Session {
    let issuer = cluster.service_account_issuer();
    let expected = ExpectedCluster {
        id: cluster.id().to_owned(),
        issuer_base: issuer.trim_end_matches(cluster.id()).to_owned(),
        uid: None,
    };
    let text = cluster.admin_kubeconfig().expect("a Kubernetes").into();
    let connection = Connection {
        server: Server::Kubeconfig { text, context: None },
        credentials: Credentials::OfKubeconfig,
        certificates: None,
        ..Connection::for_tests("https://127.0.0.1", "")
    };
    Session::new(Client::new(connection), call(), expected)
}

/// The names of each page. `between` runs after each.
async fn pages(
    cluster: &Cluster,
    label_selector: &str,
    size: u32,
    mut between: impl AsyncFnMut(usize),
) -> Vec<Vec<String>> {
    let mut pages = Pages::<Role>::new(ListScope::Namespace("default"), label_selector, size);
    let mut found = Vec::new();
    while let Some(page) = pages.next(&session(cluster)).await.expect("a page") {
        found.push(page.into_iter().map(|role| role.place.name).collect());
        between(found.len()).await;
    }
    found
}

#[tokio::test]
async fn a_list_has_each_object_of_a_real_server_once() {
    let spec = ClusterSpec::new("pages").with_kubernetes();
    let local = LocalCks::builder().cluster(spec.clone()).start().await.expect("local CKS starts");
    let cluster = local.cluster(spec.id());
    let name = |number: u32| format!("role-{number:04}");
    let creates = (0..ALL).map(|number| {
        let (cluster, name) = (cluster.clone(), name(number));
        async move { create(&cluster, &name, if number < 45 { "few" } else { "many" }).await }
    });
    futures_util::future::join_all(creates).await;

    let found = pages(&cluster, "", LARGEST_PAGE, async |_| {}).await;
    assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [500, 20]);
    assert_eq!(found.concat(), (0..ALL).map(name).collect::<Vec<_>>());
    let found = session(&cluster).list::<Role>(ListScope::AllNamespaces, "page").await.expect("a list");
    assert_eq!(found.len(), usize::try_from(ALL).expect("few"));

    // Between the pages others delete what was there already and what is still to come, and create what would be before and after it.
    let found = pages(&cluster, "page=few", 10, async |page| {
        if page == 1 {
            for number in [3, 33] {
                send(&cluster, Method::DELETE, &format!("{ROLES}/{}", name(number)), None).await;
            }
            for name in ["role-0003-again", "role-0033-again"] {
                create(&cluster, name, "few").await;
            }
        }
    })
    .await;
    assert_eq!(found.len(), 5, "{found:?}");
    let found = found.concat();
    let once: BTreeSet<_> = found.iter().cloned().collect();
    assert_eq!(once.len(), found.len(), "{found:?}");
    let throughout: BTreeSet<_> = (0..45).filter(|number| ![3, 33].contains(number)).map(name).collect();
    assert!(throughout.is_subset(&once), "{found:?}");
    local.stop().await;
}
