//! An address that begins to lead to another server in the middle of a run, over real TLS: each server has a certificate of its own of one CA,
//! and closes each connection after one request unless it is said to keep it.

use local_cks::Authority;
use request_pipeline::LoginUrl;
use scripted_server::Forwarder;

use super::{
    tests::{
        ID, OTHER_ID, discovery, get, kube_system, no_discovery, no_kube_system, not_found, owned, place,
        remembering, there, with_each_operation,
    },
    *,
};
use crate::{
    AccessReviewSpec, Client, Connection, ListScope, Mode, PlannedDeletion, Presence, Server, ServiceAccount,
    TokenRequest, Update,
    testing::{Script, ScriptedKubernetes as _, Step, call, step},
};

/// Servers behind one address.
struct Servers {
    scripts: Vec<Script>,
    forwarder: Forwarder,
    client: Client,
}

impl Servers {
    /// Connections lead to the servers of these numbers, and after that to the last `alternating` ones in turn.
    async fn start(scripts: Vec<Vec<Step>>, connections: &[usize], alternating: usize) -> Self {
        let authority = Authority::new("script").expect("a certificate");
        let mut started = Vec::new();
        for steps in scripts {
            started.push(Script::start_tls_of(&authority, steps).await);
        }
        let urls: Vec<_> = connections.iter().map(|number| started[*number].endpoint()).collect();
        let forwarder = Forwarder::to(&urls, alternating).await;
        let server = Server::Url(LoginUrl::new(forwarder.endpoint()));
        let client = Client::new(Connection { server, ..started[0].connection() });
        Self { scripts: started, forwarder, client }
    }

    fn session(&self, uid: Option<&str>) -> Session {
        Session::new(self.client.clone(), call(), remembering(uid))
    }

    /// Fails unless exactly the expected requests came, by this many connections.
    #[track_caller]
    fn finish(self, connections: usize) {
        self.scripts.into_iter().for_each(|script| drop(script.finish()));
        assert_eq!(self.forwarder.connections(), connections);
    }
}

/// A session finds the object by its own cluster, and then the address leads elsewhere: the error of this operation.
async fn after_a_move<T>(
    own: fn() -> Vec<Step>,
    others: fn() -> Vec<Step>,
    uid: Option<&str>,
    operation: impl AsyncFn(&Session) -> Result<T, Error>,
) -> Error {
    let own = [own(), vec![get(&there())]].concat_steps();
    let by_own = vec![0; own.len()];
    let servers = Servers::start(vec![own, others()], &[by_own, vec![1]].concat(), 1).await;
    let session = servers.session(uid);
    session.find::<ServiceAccount>(&place()).await.expect("read").expect("found");
    let error = operation(&session).await.err().expect("the address leads elsewhere");
    for script in servers.scripts {
        script.finish();
    }
    error
}

/// What a server answers.
type Steps = fn() -> Vec<Step>;

trait Concat {
    fn concat_steps(self) -> Vec<Step>;
}

impl<const N: usize> Concat for [Vec<Step>; N] {
    fn concat_steps(self) -> Vec<Step> {
        self.into_iter().flatten().collect()
    }
}

#[tokio::test]
async fn nothing_is_sent_to_another_cluster_to_which_the_address_leads_after_the_check() {
    let by_issuer: (Steps, Steps) = (|| vec![discovery(ID)], || vec![discovery(OTHER_ID)]);
    let by_uid: (Steps, Steps) =
        (|| vec![no_discovery(), kube_system("c-1")], || vec![no_discovery(), kube_system("c-2")]);
    macro_rules! check {
        ($($name:literal: $operation:expr),* $(,)?) => {
            for (uid, (own, others)) in [(None, by_issuer), (Some("c-1"), by_issuer), (Some("c-1"), by_uid)] {
                $(
                    let error = after_a_move(own, others, uid, $operation).await;
                    assert!(matches!(error, Error::OtherCluster { .. }), "{} {uid:?}: {error:?}", $name);
                )*
            }
        };
    }
    with_each_operation!(check);
}

#[tokio::test]
async fn an_address_that_leads_back_was_not_believed_in_between() {
    // The first request is the check; the look itself leads to another cluster, where nothing of the name is; then the address leads back.
    let own = vec![discovery(ID), get(&there())];
    let servers = Servers::start(vec![own, vec![discovery(OTHER_ID)]], &[0, 1, 0], 1).await;
    let session = servers.session(None);
    let look = session.find_or_gone::<ServiceAccount>(&place(), "u-1").await;
    assert!(matches!(look, Err(Error::OtherCluster { .. })), "{look:?}");
    let again = servers.session(None).find_or_gone::<ServiceAccount>(&place(), "u-1").await;
    assert!(matches!(again, Ok(Presence::Present(_))), "{again:?}");
    servers.finish(3);
}

#[tokio::test]
async fn a_server_that_shows_nothing_is_not_believed_after_one_that_shows_the_cluster() {
    let silent: fn() -> Vec<Step> = || vec![no_discovery()];
    let error = after_a_move(
        || vec![discovery(ID)],
        silent,
        None,
        async |session| session.create(&place(), &owned(true), Mode::Write).await,
    );
    let error = error.await;
    assert!(matches!(error, Error::UncertainCluster { .. }), "{error:?}");
    let silent: fn() -> Vec<Step> = || vec![no_discovery(), no_kube_system()];
    let error = after_a_move(
        || vec![discovery(ID)],
        silent,
        Some("c-1"),
        async |session| session.find_or_gone::<ServiceAccount>(&place(), "u-1").await,
    );
    let error = error.await;
    assert!(matches!(error, Error::UncertainCluster { .. }), "{error:?}");
}

#[tokio::test]
async fn what_a_server_that_shows_nothing_did_not_find_is_not_gone_because_another_shows_the_cluster() {
    let silent = vec![no_discovery(), not_found()];
    let own = vec![discovery(ID), discovery(ID)];
    let servers = Servers::start(vec![silent, own], &[0, 0, 1], 1).await;
    let found = servers.session(None).find_or_gone::<ServiceAccount>(&place(), "u-1").await;
    assert!(matches!(found, Err(Error::UncertainCluster { .. })), "{found:?}");
    servers.finish(4);
}

#[tokio::test]
async fn the_uid_that_a_state_remembers_is_that_of_the_cluster_that_was_written() {
    let accounts = "/api/v1/namespaces/team/serviceaccounts";
    let create = || step(&format!("POST {accounts}?fieldManager=terraform-provider-cks")).json(201, &there());
    // Nothing shows which cluster the first server is of, nor the second.
    let other = vec![no_discovery(), kube_system("c-2")];
    let servers = Servers::start(vec![vec![no_discovery(), create()], other], &[0, 0, 1], 1).await;
    let session = servers.session(None);
    session.create(&place(), &owned(true), Mode::Write).await.expect("created");
    assert_eq!(session.cluster_uid().await, Ok(None));
    servers.finish(4);
    // Two servers of one cluster.
    let second = vec![discovery(ID), kube_system("c-1")];
    let servers = Servers::start(vec![vec![discovery(ID), create()], second], &[0, 0, 1], 1).await;
    let session = servers.session(None);
    session.create(&place(), &owned(true), Mode::Write).await.expect("created");
    assert_eq!(session.cluster_uid().await, Ok(Some("c-1".to_owned())));
    servers.finish(4);
}

#[tokio::test]
async fn several_servers_of_one_cluster_are_each_checked_once() {
    let look = || get(&there());
    let first = vec![discovery(ID), look(), look()];
    let second = vec![discovery(ID), look(), look()];
    let servers = Servers::start(vec![first, second], &[0, 1], 2).await;
    for _ in 0..4 {
        let found = servers.session(Some("c-1")).find::<ServiceAccount>(&place()).await;
        assert!(found.expect("read").is_some());
    }
    servers.finish(6);

    // With two findings for each, at the check and again before "not found" counts.
    let check = || vec![no_discovery(), kube_system("c-1")];
    let first = [check(), vec![not_found()], check()].concat_steps();
    let second = [check(), check()].concat_steps();
    let servers = Servers::start(vec![first, second], &[0, 1], 2).await;
    let found = servers.session(Some("c-1")).find_or_gone::<ServiceAccount>(&place(), "u-1").await;
    assert!(matches!(found, Ok(Presence::Gone(_))), "{found:?}");
    servers.scripts.into_iter().for_each(drop);
}

#[tokio::test]
async fn where_the_server_stays_the_same_nothing_is_sent_and_opened_more_often() {
    let looks = || [get(&there()), get(&there())];
    let steps = [vec![discovery(ID)], looks().into()].concat_steps();
    let servers = Servers::start(vec![steps], &[0], 1).await;
    for _ in 0..2 {
        servers.session(None).find::<ServiceAccount>(&place()).await.expect("read").expect("found");
    }
    servers.finish(3);

    let kept = [vec![discovery(ID)], looks().into()].concat_steps().into_iter().map(Step::kept);
    let servers = Servers::start(vec![kept.collect()], &[0], 1).await;
    for _ in 0..2 {
        servers.session(None).find::<ServiceAccount>(&place()).await.expect("read").expect("found");
    }
    servers.finish(1);
}

#[tokio::test]
async fn a_connection_that_is_kept_leads_where_it_led_and_a_write_after_it_is_checked() {
    let own = vec![discovery(ID).kept(), get(&there()).kept(), get(&there())];
    let servers = Servers::start(vec![own, vec![discovery(OTHER_ID)]], &[0, 1], 1).await;
    let session = servers.session(None);
    for _ in 0..2 {
        session.find::<ServiceAccount>(&place()).await.expect("read").expect("found");
    }
    let error = session.delete::<ServiceAccount>(&place(), "u-1", None).await.expect_err("another cluster");
    assert!(matches!(error, Error::OtherCluster { .. }), "{error:?}");
    servers.finish(2);
}

#[tokio::test]
async fn the_endpoint_that_coreweaves_api_named_may_have_any_servers() {
    let authority = Authority::new("script").expect("a certificate");
    let first = Script::start_tls_of(&authority, [get(&there()), get(&there())]).await;
    let second = Script::start_tls_of(&authority, [get(&there())]).await;
    let forwarder = Forwarder::to(&[first.endpoint(), second.endpoint()], 2).await;
    let server = Server::Endpoint(LoginUrl::new(forwarder.endpoint()));
    let client = Client::new(Connection { server, ..first.connection() });
    for _ in 0..3 {
        let session = Session::new(client.clone(), call(), remembering(None));
        session.find::<ServiceAccount>(&place()).await.expect("read").expect("found");
    }
    assert_eq!(forwarder.connections(), 3);
    first.finish();
    second.finish();
}

/// As a proxy that answers for several clusters does.
#[tokio::test]
async fn servers_with_one_certificate_are_told_apart_before_not_found_counts() {
    let steps = [discovery(ID), not_found(), discovery(OTHER_ID)];
    let servers = Servers::start(vec![steps.into()], &[0], 1).await;
    let found = servers.session(None).find_or_gone::<ServiceAccount>(&place(), "u-1").await;
    assert!(matches!(found, Err(Error::OtherCluster { .. })), "{found:?}");
    servers.finish(3);
}
