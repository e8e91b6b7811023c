//! Which cluster an answer of a picture is from: as for a request of its own.

use std::time::Duration;

use request_pipeline::{LoginUrl, testing::call};

use super::{
    find, names,
    server::{Simulated, place, uid_of},
};
use crate::{Binding, Error, ExpectedCluster, Server, Session};

const BASE: &str = "https://oidc.example.com/id/";

fn expected(id: &str, uid: Option<&str>) -> ExpectedCluster {
    ExpectedCluster { id: id.to_owned(), issuer_base: BASE.to_owned(), uid: uid.map(str::to_owned) }
}

/// Behind an address, where each server is checked.
fn by_address() -> std::sync::Arc<Simulated> {
    let server = Simulated::behind(|url| Server::Url(LoginUrl::new(url)));
    for name in names(10) {
        server.put(&name);
    }
    server
}

async fn refreshed(session: &Session, count: usize) {
    for name in names(count) {
        assert!(find(session, &name).await.is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn a_picture_ends_when_the_address_leads_elsewhere() {
    let server = by_address();
    let own = || server.session_of(call(), expected("own", None));
    refreshed(&own(), 6).await;
    assert_eq!(server.take_counts(), (3, 1));
    // Another server of the same cluster.
    server.lead_to(1, true);
    own().cluster_uid().await.expect("an answer");
    server.take_counts();
    refreshed(&own(), 6).await;
    assert_eq!(server.take_counts(), (0, 1), "the list is read again");
    // One that does not show which cluster it is.
    server.lead_to(9, true);
    let ended = own().find::<Binding>(&place("never")).await;
    assert!(matches!(ended, Err(Error::UncertainCluster { .. })), "{ended:?}");
    let ended = own().find_or_gone::<Binding>(&place("own-1"), &uid_of("own-1", 1)).await;
    assert!(matches!(ended, Err(Error::UncertainCluster { .. })), "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn sessions_that_expect_different_clusters_have_pictures_of_their_own() {
    let server = by_address();
    refreshed(&server.session_of(call(), expected("own", None)), 6).await;
    assert_eq!(server.take_counts(), (3, 1));
    let other = server.session_of(call(), expected("another", None));
    let ended = other.find_or_gone::<Binding>(&place("own-1"), &uid_of("own-1", 1)).await;
    assert!(matches!(ended, Err(Error::OtherCluster { .. })), "{ended:?}");
    refreshed(&server.session_of(call(), expected("own", Some("u"))), 6).await;
    assert_eq!(server.take_counts(), (3, 1));
}

#[tokio::test(start_paused = true)]
async fn the_server_of_a_picture_is_believed_as_one_that_answered() {
    let server = by_address();
    refreshed(&server.session_of(call(), expected("own", None)), 5).await;
    let session = server.session_of(call(), expected("own", None));
    assert!(find(&session, "own-6").await.is_some());
    assert_eq!(server.take_counts(), (3, 1));
    assert_eq!(session.believed().len(), 1);
    // And its time counts, since tokens end by it.
    assert_eq!(session.now(), 784_111_777);
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(session.now(), 784_111_779);
}

#[tokio::test(start_paused = true)]
async fn a_picture_ends_when_credentials_are_read_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("config");
    let config = r#"{"clusters": [{"name": "c", "cluster": {"server": "https://kube.example.com"}}],
        "users": [{"name": "u", "user": {"token": "t"}}], "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}]}"#;
    std::fs::write(&path, config).expect("a file");
    let server = Simulated::of_kubeconfig(path);
    for name in names(10) {
        server.put(&name);
    }
    let session = server.session_of(call(), expected("own", None));
    refreshed(&session, 6).await;
    assert_eq!(server.take_counts(), (3, 1));
    server.reject_credentials(1);
    assert!(session.find::<Binding>(&place("own-1")).await.expect("an answer").is_some());
    server.take_counts();
    refreshed(&session, 6).await;
    assert_eq!(server.take_counts(), (0, 1));
}
