//! Lists against a scripted Kubernetes: pages, lost and expired ones, and lists that do not end.

use serde_json::{Value, json};

use crate::{
    Binding, Error, ListScope, Pages, ServiceAccount,
    testing::{ACCOUNT, Rejection as _, Script, ScriptedKubernetes as _, Step, account, step},
};

fn page(names: &[&str], next: &str) -> Value {
    let items: Vec<Value> = names
        .iter()
        .map(|name| {
            let mut item = account(&Value::Null, &json!({}));
            item["metadata"]["name"] = json!(name);
            item
        })
        .collect();
    json!({"kind": "ServiceAccountList", "metadata": {"continue": next}, "items": items})
}

fn list(query: &str) -> Step {
    let path = ACCOUNT.rsplit_once('/').map(|(path, _)| path).unwrap_or_default();
    step(&format!("GET {path}?limit=500{query}"))
}

async fn list_with(steps: impl IntoIterator<Item = Step>, labels: &str) -> Result<Vec<String>, Error> {
    let script = Script::start_tls(steps).await;
    let found = script.session().list::<ServiceAccount>(ListScope::Namespace("team"), labels).await;
    script.finish();
    Ok(found?.into_iter().map(|account| account.place.name).collect())
}

#[tokio::test]
async fn a_list_is_read_page_by_page() {
    let steps = [
        list("&labelSelector=a%3Db%2Cc").json(200, &page(&["1", "2"], "n=/")),
        list("&labelSelector=a%3Db%2Cc&continue=n%3D%2F").text(503, "", ""),
        list("&labelSelector=a%3Db%2Cc&continue=n%3D%2F").json(200, &page(&["3"], "")),
    ];
    assert_eq!(list_with(steps, "a=b,c").await.expect("a list"), ["1", "2", "3"]);
    assert!(list_with([list("").json(200, &json!({"items": null}))], "").await.expect("a list").is_empty());
}

#[tokio::test]
async fn a_list_is_of_the_whole_cluster_of_all_namespaces_or_of_one() {
    const GROUP: &str = "/apis/rbac.authorization.k8s.io/v1";
    for (scope, path) in [
        (ListScope::Cluster, "/clusterrolebindings"),
        (ListScope::AllNamespaces, "/rolebindings"),
        (ListScope::Namespace("team"), "/namespaces/team/rolebindings"),
    ] {
        let binding = json!({"metadata": {"name": "b", "uid": "u-1", "namespace": "other"}});
        let step = step(&format!("GET {GROUP}{path}?limit=500")).json(200, &json!({"items": [binding]}));
        let script = Script::start_tls([step]).await;
        let found = script.session().list::<Binding>(scope, "").await.expect("a list");
        assert_eq!(found.iter().map(|found| found.place.to_string()).collect::<Vec<_>>(), ["other/b"]);
        script.finish();
    }
}

#[tokio::test]
async fn a_list_that_expired_between_two_pages_is_read_from_its_start() {
    let steps = [
        list("").json(200, &page(&["1", "2"], "n")),
        list("&continue=n").refusal(410, "Expired", None),
        list("").json(200, &page(&["1", "2", "3"], "")),
    ];
    assert_eq!(list_with(steps, "").await.expect("a list"), ["1", "2", "3"]);
}

#[tokio::test]
async fn a_list_that_expires_again_and_again_or_does_not_end_is_an_error() {
    let expires =
        || [list("").json(200, &page(&["1"], "n")), list("&continue=n").refusal(410, "Expired", None)];
    let error = list_with((0..6).flat_map(|_| expires()), "").await.expect_err("it never ends");
    assert!(error.to_string().contains("410"), "{error}");
    let first = list("").json(200, &page(&["1"], "n"));
    let endless = (0..200).map(|_| list("&continue=n").json(200, &page(&["1"], "n")));
    let error = list_with(std::iter::once(first).chain(endless), "").await.expect_err("it does not end");
    assert!(error.to_string().contains("more than 200 pages"), "{error}");
}

/// As kube-apiserver answers: the token leads to the rest of the objects as they are now.
fn expired(step: Step, remainder: &str) -> Step {
    step.json(
        410,
        &json!({
            "kind": "Status", "reason": "Expired", "code": 410, "message": "The provided continue parameter is too old",
            "metadata": {"continue": remainder},
        }),
    )
}

#[tokio::test]
async fn a_list_that_expired_goes_on_where_the_server_says() {
    let steps = [
        list("").json(200, &page(&["1", "2"], "n")),
        expired(list("&continue=n"), "now"),
        // An object that the first page had is not returned twice, whatever the server does.
        list("&continue=now").json(200, &page(&["2", "3"], "m")),
        expired(list("&continue=m"), "later"),
        list("&continue=later").json(200, &page(&["4"], "")),
    ];
    assert_eq!(list_with(steps, "").await.expect("a list"), ["1", "2", "3", "4"]);
}

#[tokio::test]
async fn a_page_is_returned_before_the_next_one_is_requested() {
    let of_two = |query: &str| {
        let path = ACCOUNT.rsplit_once('/').map(|(path, _)| path).unwrap_or_default();
        step(&format!("GET {path}?limit=2{query}"))
    };
    let steps = [
        of_two("").json(200, &page(&["1", "2"], "n")),
        of_two("&continue=n").json(200, &page(&[], "m")),
        of_two("&continue=m").json(200, &page(&["3"], "")),
    ];
    let script = Script::start_tls(steps).await;
    let mut pages = Pages::<ServiceAccount>::new(ListScope::Namespace("team"), "", 2);
    let mut sizes = Vec::new();
    // Each page may have a session of its own.
    while let Some(page) = pages.next(&script.session()).await.expect("a page") {
        sizes.push(page.len());
    }
    assert_eq!(sizes, [2, 0, 1]);
    assert!(pages.next(&script.session()).await.expect("no request").is_none(), "after its end");
    script.finish();
    // Whoever needs no more pages requests none.
    let script = Script::start_tls([of_two("").json(200, &page(&["1", "2"], "n"))]).await;
    let first =
        Pages::<ServiceAccount>::new(ListScope::Namespace("team"), "", 2).next(&script.session()).await;
    assert_eq!(first.expect("a page").map(|page| page.len()), Some(2));
    script.finish();
}
