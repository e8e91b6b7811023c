//! Refreshes against a simulated Kubernetes, on a paused clock: what a picture serves, and for how long.

mod failures;
mod identity;
mod real;
mod server;

use std::{sync::Arc, time::Duration};

use serde_json::json;
use tokio::time::{advance, sleep};

use self::server::{Simulated, binding, place};
use crate::{
    Binding, Mode, Namespace, ObjectPlace, Owned, Presence, Secret, ServiceAccount, Session, Update,
    picture::Pictures,
};

/// The ids of objects that a state may have.
fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("own-{number}")).collect()
}

/// Refreshes them, ten at a time as Terraform does. Each one is found as it is.
async fn refreshed(server: &Arc<Simulated>, names: &[String]) {
    let queue = Arc::new(tokio::sync::Mutex::new(names.to_vec()));
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let (server, queue) = (Arc::clone(server), Arc::clone(&queue));
        workers.spawn(async move {
            while let Some(name) = { queue.lock().await.pop() } {
                let found = find(&server.session(), &name).await;
                assert_eq!(found.as_deref(), Some(server.uid(&name).as_str()), "{name}");
            }
        });
    }
    while let Some(worker) = workers.join_next().await {
        worker.expect("no panic");
    }
}

/// The uid of what a refresh finds.
async fn find(session: &Session, name: &str) -> Option<String> {
    let uid = server::uid_of(name, 1);
    let found = session.find_or_gone::<Binding>(&place(name), &uid).await.expect("an answer");
    match found {
        Presence::Present(object) => Some(object.uid),
        Presence::Gone(_) => None,
    }
}

/// A server with these objects that are foreign, and with `own-0` and so on.
async fn served(own: usize, foreign: usize) -> Arc<Simulated> {
    let server = Simulated::start();
    let foreign = (0..foreign).map(|number| format!("foreign-{number}"));
    for name in names(own).into_iter().chain(foreign) {
        server.put(&name);
    }
    server
}

/// The same after four refreshes, so that there is a picture.
async fn pictured(own: usize) -> Arc<Simulated> {
    let server = served(own, 0).await;
    for name in names(4) {
        find(&server.session(), &name).await;
    }
    assert_eq!(server.take_counts(), (3, 1), "three requests of their own, and one list");
    server
}

#[tokio::test(start_paused = true)]
async fn a_thousand_refreshes_are_a_few_requests() {
    let server = served(1_000, 60).await;
    refreshed(&server, &names(1_000)).await;
    assert_eq!(server.take_counts(), (3, 2));
    // The next refreshes are answered by what is there.
    refreshed(&server, &names(1_000)).await;
    assert_eq!(server.take_counts(), (0, 0));
    let all = server.lists();
    assert!(all[0].contains("?limit=500") && all[1].contains("?limit=1000&continue="), "{all:?}");
}

#[tokio::test(start_paused = true)]
async fn foreign_objects_are_read_only_while_they_are_few_for_the_refreshes_so_far() {
    let server = served(3, 20_000).await;
    refreshed(&server, &names(3)).await;
    assert_eq!(server.take_counts(), (3, 0));
    let server = served(30, 20_000).await;
    refreshed(&server, &names(30)).await;
    assert_eq!(server.take_counts(), (30, 1), "the first page says how many there are");
    // Later pages are worth it once there were many.
    let server = served(1_000, 20_000).await;
    refreshed(&server, &names(1_000)).await;
    let (gets, lists) = server.take_counts();
    assert!(gets <= 430 && lists <= 23, "{gets} {lists}");
    // Wherever there are a few foreign ones only, they do not matter.
    let server = served(100, 900).await;
    refreshed(&server, &names(100)).await;
    assert_eq!(server.take_counts(), (3, 2));
}

#[tokio::test(start_paused = true)]
async fn what_a_list_has_not_or_has_otherwise_a_request_decides() {
    let server = pictured(10).await;
    // It was made after the list.
    server.put("late");
    assert_eq!(find(&server.session(), "late").await, Some(server.uid("late")));
    assert_eq!(server.take_counts(), (1, 0));
    assert_eq!(find(&server.session(), "never").await, None);
    assert_eq!(server.take_counts(), (1, 0));
    let server = served(10, 0).await;
    server.remake("own-7");
    server.mark_deleting("own-8");
    for name in names(4) {
        find(&server.session(), &name).await;
    }
    server.take_counts();
    // Another client's object is drift; one that is being deleted is gone.
    assert_eq!(find(&server.session(), "own-7").await, Some(server.uid("own-7")));
    assert_eq!(find(&server.session(), "own-8").await, None);
    assert_eq!(server.take_counts(), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_picture_serves_for_five_seconds_since_its_list_began() {
    let server = pictured(10).await;
    server.remove("own-9");
    advance(Duration::from_millis(4_900)).await;
    // As it was at most five seconds ago.
    assert!(find(&server.session(), "own-9").await.is_some());
    assert_eq!(server.take_counts(), (0, 0));
    advance(Duration::from_millis(200)).await;
    tokio::task::yield_now().await;
    assert!(!server.client().remembered::<Pictures>().has_any(), "its memory is free");
    assert_eq!(find(&server.session(), "own-9").await, None);
    assert_eq!(server.take_counts(), (1, 1));
    // It counts from the beginning of the list, not from its end.
    advance(Duration::from_secs(6)).await;
    server.delay(Duration::from_secs(3));
    let (session, other) = (server.session(), server.session());
    let first = tokio::spawn(async move { find(&session, "own-1").await });
    sleep(Duration::from_millis(3_100)).await;
    assert!(first.await.expect("no panic").is_some());
    server.remove("own-2");
    sleep(Duration::from_millis(1_950)).await;
    assert_eq!(find(&other, "own-2").await, None);
}

#[tokio::test(start_paused = true)]
async fn what_this_run_writes_is_read_again() {
    let server = pictured(10).await;
    let session = server.session();
    let owned = Owned { content: binding(), ..Owned::default() };
    let after = Owned { labels: [("a".to_owned(), "b".to_owned())].into(), ..owned.clone() };
    let (changed, ended, made) = (place("own-5"), place("own-6"), place("made"));
    let update = Update { place: &changed, uid: None, before: None, after: &after };
    session.update(update, Mode::Write).await.expect("an update");
    drop(session.delete::<Binding>(&ended, &server.uid("own-6"), None).await.expect("a deletion"));
    session.create(&made, &owned, Mode::Write).await.expect("a create");
    server.take_counts();
    let uid = server.uid("own-5");
    let found =
        session.refresh::<Binding>(&changed, &uid, "").await.expect("an answer").expect("it is there");
    assert_eq!(found.labels, after.labels);
    assert_eq!(find(&session, "own-6").await, None);
    assert!(session.refresh::<Binding>(&made, &server.uid("made"), "").await.expect("an answer").is_some());
    assert_eq!(server.take_counts(), (3, 0));
    assert!(find(&session, "own-7").await.is_some());
    assert_eq!(server.take_counts(), (0, 0), "the picture still serves what was not written");
}

#[tokio::test(start_paused = true)]
async fn a_list_under_way_does_not_serve_what_was_written_meanwhile() {
    let server = served(10, 0).await;
    for name in names(3) {
        find(&server.session(), &name).await;
    }
    // Its content is of its beginning, and arrives two seconds later.
    server.delay_lists(Duration::from_secs(2));
    let (session, listing) = (server.session(), server.session());
    let other = tokio::spawn(async move { find(&listing, "own-4").await });
    sleep(Duration::from_millis(500)).await;
    drop(session.delete::<Binding>(&place("own-5"), &server.uid("own-5"), None).await.expect("a deletion"));
    // A write that lasts longer than the list.
    server.delay_writes(Duration::from_secs(3));
    let (writing, uid) = (server.session(), server.uid("own-6"));
    let write = tokio::spawn(async move { writing.delete::<Binding>(&place("own-6"), &uid, None).await });
    assert!(other.await.expect("no panic").is_some());
    server.take_counts();
    assert_eq!(find(&session, "own-5").await, None);
    find(&session, "own-6").await;
    assert_eq!(server.take_counts(), (2, 0));
    drop(write.await.expect("no panic").expect("a deletion"));
    assert_eq!(find(&session, "own-6").await, None);
}

#[tokio::test(start_paused = true)]
async fn what_is_in_a_namespace_is_read_again_once_this_run_deleted_that() {
    let server = Simulated::start();
    let secret = |number| ObjectPlace::namespaced("team", format!("s-{number}"));
    server.put_at("/api/v1/namespaces/team", &json!({}));
    for number in 0..5 {
        server
            .put_at(&format!("/api/v1/namespaces/team/secrets/s-{number}"), &json!({"labels": {"id": "1"}}));
    }
    let session = server.session();
    for number in 0..5 {
        let uid = server::uid_of(&format!("s-{number}"), 1);
        let found = session.refresh::<Secret>(&secret(number), &uid, "id").await.expect("an answer");
        assert!(found.is_some());
    }
    assert_eq!(server.take_counts(), (3, 1));
    assert!(server.lists().iter().all(|list| list.contains("labelSelector=id")), "{:?}", server.lists());
    let team = ObjectPlace::cluster("team");
    drop(session.delete::<Namespace>(&team, &server::uid_of("team", 1), None).await.expect("a deletion"));
    server.take_counts();
    let found = session.refresh::<Secret>(&secret(4), &server::uid_of("s-4", 1), "id").await;
    assert!(found.expect("an answer").is_none());
    assert_eq!(server.take_counts(), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_thousand_tokens_of_a_namespace_are_ten_requests() {
    let server = Simulated::start();
    let labels = json!({"labels": {"id": "1"}});
    server.put_at("/api/v1/namespaces/team/serviceaccounts/default", &json!({}));
    for name in names(1_000) {
        server.put_at(&format!("/api/v1/namespaces/team/serviceaccounts/{name}"), &json!({}));
        server.put_at(&format!("/api/v1/namespaces/team/secrets/{name}"), &labels);
    }
    let queue = Arc::new(tokio::sync::Mutex::new(names(1_000)));
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let (session, queue) = (server.session(), Arc::clone(&queue));
        workers.spawn(async move {
            while let Some(name) = { queue.lock().await.pop() } {
                let (place, uid) = (ObjectPlace::namespaced("team", name.clone()), server::uid_of(&name, 1));
                let account = session.refresh::<ServiceAccount>(&place, &uid, "").await.expect("an answer");
                let secret = session.refresh::<Secret>(&place, &uid, "id").await.expect("an answer");
                assert!(account.is_some() && secret.is_some(), "{name}");
            }
        });
    }
    while let Some(worker) = workers.join_next().await {
        worker.expect("no panic");
    }
    let (gets, lists) = server.take_counts();
    assert!(gets + lists <= 10, "{gets} {lists}");
    let of_secrets = server.lists().into_iter().filter(|list| list.contains("/secrets"));
    assert!(of_secrets.into_iter().all(|list| list.contains("labelSelector=id")));
}

#[tokio::test(start_paused = true)]
async fn a_list_that_nobody_counts_is_read_while_it_is_short() {
    // With a label selector, Kubernetes does not say how many objects are to come.
    for (own, foreign, most_lists) in [(1_000, 0, 2), (1_000, 400, 2), (20, 20_000, 4)] {
        let server = Simulated::start();
        let path = |name: &str| format!("/api/v1/namespaces/team/secrets/{name}");
        let labels = json!({"labels": {"id": "1"}});
        let others = (0..foreign).map(|number| format!("foreign-{number}"));
        for name in names(own).into_iter().chain(others) {
            server.put_at(&path(&name), &labels);
        }
        let mut all = tokio::task::JoinSet::new();
        for name in names(own) {
            let session = server.session();
            all.spawn(async move {
                let place = ObjectPlace::namespaced("team", name.clone());
                session.refresh::<Secret>(&place, &server::uid_of(&name, 1), "id").await.expect("an answer")
            });
        }
        while let Some(found) = all.join_next().await {
            assert!(found.expect("no panic").is_some());
        }
        let (gets, lists) = server.take_counts();
        assert!(lists <= most_lists && gets <= 20, "{own} {foreign}: {gets} {lists}");
        assert!(server.lists().iter().all(|list| list.contains("labelSelector=id")), "{:?}", server.lists());
    }
}
