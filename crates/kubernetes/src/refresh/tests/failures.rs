//! Lists that fail, and refreshes that end while they wait for one.

use std::time::Duration;

use request_pipeline::{Call, testing::call};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::{
    find, names, refreshed, served,
    server::{BINDINGS, Refusal, Simulated, place, uid_of},
};
use crate::{Binding, Error, ExpectedCluster, ObjectPlace, ServiceAccount};

#[tokio::test(start_paused = true)]
async fn without_a_list_each_object_is_read_for_the_rest_of_the_run() {
    for refusal in [
        Refusal::Status(403),
        Refusal::Status(500),
        Refusal::Status(503),
        Refusal::Status(404),
        Refusal::Status(429),
        Refusal::Page,
        Refusal::Silence,
    ] {
        let server = served(100, 0).await;
        server.refuse_lists(BINDINGS, refusal);
        let started = Instant::now();
        refreshed(&server, &names(100)).await;
        assert_eq!(server.take_counts(), (100, 1), "{refusal:?}");
        assert!(started.elapsed() < Duration::from_secs(6), "{refusal:?}: {:?}", started.elapsed());
        sleep(Duration::from_secs(6)).await;
        refreshed(&server, &names(100)).await;
        assert_eq!(server.take_counts(), (100, 0), "{refusal:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_forbidden_in_one_namespace_is_not_in_another() {
    let server = Simulated::start();
    let of = |namespace: &str| format!("/api/v1/namespaces/{namespace}/serviceaccounts");
    server.refuse_lists(&of("one"), Refusal::Status(403));
    let session = server.session();
    for (namespace, expected) in [("one", (10, 1)), ("two", (3, 1))] {
        for number in 0..10 {
            let name = format!("s-{number}");
            server.put_at(&format!("{}/{name}", of(namespace)), &serde_json::json!({}));
            server.put_at(&format!("{}/{name}", of("two")), &serde_json::json!({}));
        }
        for number in 0..10 {
            let name = format!("s-{number}");
            let place = ObjectPlace::namespaced(namespace, name.clone());
            let found = session.refresh::<ServiceAccount>(&place, &uid_of(&name, 1), "").await;
            assert!(found.expect("an answer").is_some());
        }
        assert_eq!(server.take_counts(), expected, "{namespace}");
    }
    assert!(session.take_warnings().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_list_that_expires_goes_on_where_the_server_says_or_ends() {
    let server = served(900, 0).await;
    server.refuse_lists(BINDINGS, Refusal::ExpiredOnce);
    refreshed(&server, &names(900)).await;
    assert_eq!(server.take_counts(), (3, 3));
    // It begins again, until that is in vain.
    let server = served(2_000, 0).await;
    server.refuse_lists(BINDINGS, Refusal::Expired);
    refreshed(&server, &names(2_000)).await;
    let (gets, lists) = server.take_counts();
    assert!(gets > 900 && lists <= 14, "{gets} {lists}");
}

#[tokio::test(start_paused = true)]
async fn a_page_that_would_come_too_late_is_not_waited_for() {
    let server = served(1_000, 0).await;
    server.delay_lists(Duration::from_secs(3));
    let started = Instant::now();
    refreshed(&server, &names(1_000)).await;
    let (gets, lists) = server.take_counts();
    assert!(lists == 1 && gets > 400, "{gets} {lists}");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    // The next picture is tried again.
    sleep(Duration::from_secs(5)).await;
    server.delay_lists(Duration::ZERO);
    refreshed(&server, &names(1_000)).await;
    assert_eq!(server.take_counts(), (0, 2));
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_ends_does_not_end_the_list_of_others() {
    for drops in [false, true] {
        let server = served(10, 0).await;
        for name in names(3) {
            find(&server.session(), &name).await;
        }
        server.take_counts();
        server.delay_lists(Duration::from_secs(1));
        let stop = CancellationToken::new();
        let reader = server
            .session_of(Call::within(Duration::from_secs(20), stop.clone()), ExpectedCluster::default());
        let first = tokio::spawn(async move {
            reader.find_or_gone::<Binding>(&place("own-4"), &uid_of("own-4", 1)).await.map(drop)
        });
        sleep(Duration::from_millis(100)).await;
        let others: Vec<_> = ["own-5", "own-6"]
            .map(|name| {
                let session = server.session();
                tokio::spawn(async move { find(&session, name).await })
            })
            .into();
        sleep(Duration::from_millis(400)).await;
        let stopped = Instant::now();
        if drops {
            first.abort();
            assert!(first.await.expect_err("it was dropped").is_cancelled());
        } else {
            stop.cancel();
            let ended = first.await.expect("no panic").expect_err("it was cancelled");
            assert!(matches!(ended, Error::Cancelled { .. }), "{ended:?}");
        }
        assert!(stopped.elapsed() < Duration::from_millis(10), "{:?}", stopped.elapsed());
        for other in others {
            assert!(other.await.expect("no panic").is_some());
        }
        assert_eq!(server.take_counts(), (0, 2), "the next refresh reads the page");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_waits_for_a_list_of_others_within_its_own_time() {
    let server = served(10, 0).await;
    for name in names(3) {
        find(&server.session(), &name).await;
    }
    server.delay_lists(Duration::from_secs(4));
    let listing = server.session();
    let first = tokio::spawn(async move { find(&listing, "own-4").await });
    sleep(Duration::from_millis(10)).await;
    let started = Instant::now();
    let short = Call::within(Duration::from_secs(1), CancellationToken::new());
    let session = server.session_of(short, ExpectedCluster::default());
    let ended = session.find_or_gone::<Binding>(&place("own-5"), &uid_of("own-5", 1)).await;
    assert!(matches!(ended, Err(Error::Unreachable { .. })), "{ended:?}");
    assert_eq!(started.elapsed().as_secs(), 1);
    assert!(first.await.expect("no panic").is_some());
    drop(call());
}
