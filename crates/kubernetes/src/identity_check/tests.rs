//! What is sent on a connection by an address before it is known where it leads, and what is believed of it, against scripted servers.

use serde_json::{Value, json};

use super::*;
use crate::{
    AccessReviewSpec, Client, Connection, Created, Credentials, ExpectedCluster, ListScope, Mode, Owned,
    PlannedDeletion, Presence, Server, ServiceAccount, TokenRequest, Update,
    testing::{
        ACCOUNT, Rejection as _, Script, ScriptedKubernetes as _, Step, account, call, made_anew, step,
    },
};

const BASE: &str = "https://oidc.cks.example.com/id/";
pub(super) const ID: &str = "81540112-93fc-4d39-af10-fe6c2f4b8824";
pub(super) const OTHER_ID: &str = "00000000-93fc-4d39-af10-fe6c2f4b8824";

/// The discovery document, with the issuer of this cluster.
pub(super) fn discovery(id: &str) -> Step {
    discovery_step()
        .json(200, &json!({"issuer": format!("{BASE}{id}"), "jwks_uri": "https://h/openid/v1/jwks"}))
}

fn discovery_step() -> Step {
    step("GET /.well-known/openid-configuration")
}

/// A caller that may not read the discovery document.
pub(super) fn no_discovery() -> Step {
    discovery_step().refusal(403, "Forbidden", None)
}

pub(super) fn kube_system(uid: &str) -> Step {
    step("GET /api/v1/namespaces/kube-system").json(
        200,
        &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system", "uid": uid}}),
    )
}

/// A caller that may not read the namespace.
pub(super) fn no_kube_system() -> Step {
    step("GET /api/v1/namespaces/kube-system").refusal(403, "Forbidden", Some(("namespaces", "kube-system")))
}

pub(super) fn get(object: &Value) -> Step {
    step(&format!("GET {ACCOUNT}")).json(200, object)
}

pub(super) fn not_found() -> Step {
    step(&format!("GET {ACCOUNT}")).refusal(404, "NotFound", Some(("serviceaccounts", "deployer")))
}

pub(super) fn there() -> Value {
    account(&json!(true), &json!({}))
}

pub(super) fn place() -> ObjectPlace {
    ObjectPlace::namespaced("team", "deployer")
}

pub(super) fn owned(automount: bool) -> Owned<ServiceAccount> {
    Owned { content: ServiceAccount { automount: Some(automount) }, ..Owned::default() }
}

/// A state that remembers this uid of `kube-system`.
pub(super) fn remembering(uid: Option<&str>) -> ExpectedCluster {
    ExpectedCluster { id: ID.to_owned(), issuer_base: BASE.to_owned(), uid: uid.map(str::to_owned) }
}

/// By an address in the configuration.
fn by_address(script: &Script) -> Client {
    let Server::Endpoint(url) = script.connection().server else { panic!("a script is an endpoint") };
    Client::new(Connection { server: Server::Url(url), ..script.connection() })
}

/// Runs an operation by an address, with exactly these requests.
async fn run<T>(
    steps: impl IntoIterator<Item = Step>,
    uid: Option<&str>,
    operation: impl AsyncFn(&Session) -> Result<T, Error>,
) -> Result<T, Error> {
    let script = Script::start_tls(steps).await;
    let outcome = operation(&Session::new(by_address(&script), call(), remembering(uid))).await;
    script.finish();
    outcome
}

/// Gives everything that a session can do to this macro, as `"name": operation,` each.
macro_rules! with_each_operation {
    ($check:ident) => {
        let (place, before, after) = (&place(), &owned(true), &owned(false));
        let update = || Update { place, uid: Some("u-1"), before: Some(before), after };
        $check!(
            "find": async |session: &Session| session.find::<ServiceAccount>(place).await.map(drop),
            "find_or_gone": async |session: &Session| session.find_or_gone::<ServiceAccount>(place, "u-1").await.map(drop),
            "create": async |session: &Session| session.create(place, after, Mode::Write).await.map(drop),
            "dry run": async |session: &Session| session.create(place, after, Mode::DryRun).await.map(drop),
            "create_or_find": async |session: &Session| session.create_or_find(place, after).await.map(drop),
            "update": async |session: &Session| session.update(update(), Mode::Write).await.map(drop),
            "delete": async |session: &Session| session.delete::<ServiceAccount>(place, "u-1", None).await.map(drop),
            "delete_as_planned": async |session: &Session| session.delete_as_planned(PlannedDeletion { place, uid: "u-1", before, version: None }).await.map(drop),
            "delete of a version": async |session: &Session| session.delete_as_planned(PlannedDeletion { place, uid: "u-1", before, version: Some("7") }).await.map(drop),
            "try_create": async |session: &Session| session.try_create(place, after, Some(place)).await.map(drop),
            "try_update": async |session: &Session| session.try_update(update(), Some(place)).await.map(drop),
            "glance": async |session: &Session| session.glance::<ServiceAccount>(place).await.map(drop),
            "glance_at_all": async |session: &Session| session.glance_at_all::<ServiceAccount>(ListScope::AllNamespaces).await.map(drop),
            "caller": async |session: &Session| session.caller().await.map(drop),
            "list": async |session: &Session| session.list::<ServiceAccount>(ListScope::AllNamespaces, "").await.map(drop),
            "token": async |session: &Session| session.request_token(place, &TokenRequest::default()).await.map(drop),
            "review": async |session: &Session| session.may(&AccessReviewSpec::default()).await.map(drop),
            "who_am_i": async |session: &Session| session.who_am_i().await.map(drop),
            "rescue": async |session: &Session| session.rescue().delete::<ServiceAccount>(place, "u-1", None).await.map(drop),
            "proof": async |session: &Session| session.proof().await.map(drop),
            "cluster_uid": async |session: &Session| session.cluster_uid().await.map(drop),
            "expect_certain": async |session: &Session| session.expect_certain().await,
        );
    };
}
pub(super) use with_each_operation;

/// Everything that a session can do, each ended by its first error.
async fn each_operation(steps: impl Fn() -> Vec<Step>, uid: Option<&str>, check: impl Fn(&str, Error)) {
    macro_rules! check {
        ($($name:literal: $operation:expr),* $(,)?) => {
            $(check($name, run(steps(), uid, $operation).await.expect_err($name));)*
        };
    }
    with_each_operation!(check);
}

#[tokio::test]
async fn nothing_is_read_from_or_written_to_a_cluster_whose_issuer_is_anothers() {
    for uid in [None, Some("c-1")] {
        each_operation(
            || vec![discovery(OTHER_ID)],
            uid,
            |name, error| {
                let Error::OtherCluster { id, server, mismatch, .. } = &error else {
                    panic!("{name}: {error:?}")
                };
                assert_eq!(
                    (id.as_str(), mismatch.as_ref()),
                    (ID, &Mismatch::Issuer { found: OTHER_ID.to_owned() })
                );
                assert!(server.starts_with("https://127.0.0.1:"), "{server}");
            },
        )
        .await;
    }
}

#[tokio::test]
async fn nothing_is_read_from_or_written_to_a_cluster_with_another_kube_system_than_the_states() {
    let silent = [
        no_discovery as fn() -> Step,
        || discovery_step().text(404, "", "404 page not found"),
        || discovery_step().text(200, "", "<html><title>Sign in</title></html>"),
        || discovery_step().json(200, &json!({})),
        || discovery_step().json(200, &json!({"issuer": "https://kubernetes.default.svc.cluster.local"})),
    ];
    for silent in silent {
        each_operation(
            || vec![silent(), kube_system("c-2")],
            Some("c-1"),
            |name, error| {
                let Error::OtherCluster { mismatch, .. } = &error else { panic!("{name}: {error:?}") };
                let expected = Mismatch::Uid { expected: "c-1".to_owned(), found: "c-2".to_owned() };
                assert_eq!(**mismatch, expected, "{name}");
            },
        )
        .await;
    }
}

#[tokio::test]
async fn one_or_two_requests_prove_a_connection_for_all_its_operations() {
    for (proof, uid, steps) in [
        (Some(Proof::Issuer), None, vec![discovery(ID)]),
        (Some(Proof::Issuer), Some("c-1"), vec![discovery(ID)]),
        (Some(Proof::Uid), Some("c-1"), vec![no_discovery(), kube_system("c-1")]),
        (None, Some("c-1"), vec![no_discovery(), no_kube_system()]),
        (None, None, vec![no_discovery()]),
    ] {
        let more = [get(&there()), get(&there())];
        let script = Script::start_tls(steps.into_iter().chain(more)).await;
        let client = by_address(&script);
        for _ in 0..2 {
            let session = Session::new(client.clone(), call(), remembering(uid));
            assert!(session.find::<ServiceAccount>(&place()).await.expect("read").is_some());
            assert_eq!(session.proof().await, Ok(proof));
        }
        script.finish();
    }
}

#[tokio::test]
async fn a_passing_failure_of_the_check_is_repeated_and_a_rejected_credential_is_said() {
    for passing in [discovery_step().text(503, "", ""), discovery_step().reply(crate::testing::Reply::Reset)]
    {
        let found = run([passing, discovery(ID), get(&there())], None, async |session| {
            session.find::<ServiceAccount>(&place()).await
        });
        assert!(found.await.expect("read").is_some());
    }
    let error = run([discovery_step().refusal(401, "Unauthorized", None)], None, async |session| {
        session.find::<ServiceAccount>(&place()).await
    });
    let error = error.await.expect_err("refused");
    assert!(matches!(error, Error::Unauthorized { .. }), "{error:?}");
}

#[tokio::test]
async fn only_a_first_create_goes_to_a_cluster_that_nothing_tells_from_others() {
    let accounts = "/api/v1/namespaces/team/serviceaccounts";
    let create = || step(&format!("POST {accounts}?fieldManager=terraform-provider-cks")).json(201, &there());
    let created = run([no_discovery(), create()], None, async |session| {
        session.create_or_find(&place(), &owned(true)).await
    });
    assert!(matches!(created.await, Ok(Created::New(_))));

    let uncertain = |error: Error| match error {
        Error::UncertainCluster { id, remembers, .. } => assert_eq!((id.as_str(), remembers), (ID, true)),
        other => panic!("{other:?}"),
    };
    let nothing = || [no_discovery(), no_kube_system()];
    uncertain(
        run(nothing(), Some("c-1"), async |session| {
            session.create(&place(), &owned(true), Mode::Write).await
        })
        .await
        .expect_err("uncertain"),
    );
    uncertain(
        run(nothing(), Some("c-1"), async |session| {
            session.request_token(&place(), &TokenRequest::default()).await
        })
        .await
        .expect_err("uncertain"),
    );
    // The object's own uid shows that it is the right cluster.
    let patched = account(&json!(false), &json!({}));
    let patch = step(&format!("PATCH {ACCOUNT}?fieldManager=terraform-provider-cks")).json(200, &patched);
    let steps = nothing().into_iter().chain([get(&there()), patch]);
    let updated = run(steps, Some("c-1"), async |session| {
        let (place, before, after) = (&place(), &owned(true), &owned(false));
        let update = Update { place, uid: Some("u-1"), before: Some(before), after };
        session.update(update, Mode::Write).await
    });
    updated.await.expect("updated");
}

/// Outcome of the search for an object with the uid `u-1`.
async fn presence(steps: Vec<Step>, uid: Option<&str>) -> Result<Presence<String>, Error> {
    run(steps, uid, async |session| {
        Ok(match session.find_or_gone::<ServiceAccount>(&place(), "u-1").await? {
            Presence::Present(object) => Presence::Present(object.uid),
            Presence::Gone(gone) => Presence::Gone(gone),
        })
    })
    .await
}

#[tokio::test]
async fn what_is_not_found_is_gone_only_if_the_cluster_is_certain_after_that() {
    let is_gone = |outcome: Result<Presence<String>, Error>| matches!(outcome, Ok(Presence::Gone(_)));
    // The address is checked once more: it may lead elsewhere by now.
    assert!(is_gone(presence(vec![discovery(ID), not_found(), discovery(ID)], None).await));
    let both = vec![discovery(ID), not_found(), discovery(ID), kube_system("c-1")];
    assert!(is_gone(presence(both, Some("c-1")).await));
    let by_uid = vec![no_discovery(), kube_system("c-1"), not_found(), no_discovery(), kube_system("c-1")];
    assert!(is_gone(presence(by_uid, Some("c-1")).await));

    for (steps, uid) in [
        (vec![discovery(ID), not_found(), discovery(OTHER_ID)], None),
        // A control plane that was made again under the same id.
        (vec![discovery(ID), not_found(), discovery(ID), kube_system("c-2")], Some("c-1")),
        (
            vec![no_discovery(), kube_system("c-1"), not_found(), no_discovery(), kube_system("c-2")],
            Some("c-1"),
        ),
    ] {
        let error = presence(steps, uid).await.expect_err("another cluster");
        assert!(matches!(error, Error::OtherCluster { .. }), "{error:?}");
    }
    for (steps, uid) in [
        (vec![no_discovery(), not_found(), no_discovery()], None),
        (vec![no_discovery(), no_kube_system(), not_found(), no_discovery(), no_kube_system()], Some("c-1")),
    ] {
        let error = presence(steps, uid).await.expect_err("uncertain");
        assert!(matches!(error, Error::UncertainCluster { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn another_object_of_the_name_counts_only_in_a_certain_cluster() {
    let another = || {
        let mut object = made_anew(there());
        object["metadata"]["managedFields"] = json!([]);
        get(&object)
    };
    let found = presence(vec![discovery(ID), another(), discovery(ID)], None).await;
    assert!(matches!(found, Ok(Presence::Present(uid)) if uid == "u-2"));
    let error = presence(vec![no_discovery(), another(), no_discovery()], None).await.expect_err("uncertain");
    assert!(matches!(error, Error::UncertainCluster { .. }), "{error:?}");
    // The object itself is proof enough.
    let same = presence(vec![no_discovery(), get(&there())], None).await;
    assert!(matches!(same, Ok(Presence::Present(uid)) if uid == "u-1"));
}

#[tokio::test]
async fn a_delete_that_finds_nothing_fails_unless_the_cluster_is_certain() {
    for found in [not_found as fn() -> Step, || get(&made_anew(there()))] {
        let delete = async |session: &Session| {
            let (place, before) = (place(), owned(true));
            let planned = PlannedDeletion { place: &place, uid: "u-1", before: &before, version: None };
            session.delete_as_planned(planned).await
        };
        drop(run([discovery(ID), found(), discovery(ID)], None, delete).await.expect("certain"));
        let error =
            run([no_discovery(), found(), no_discovery()], None, delete).await.expect_err("uncertain");
        assert!(matches!(error, Error::UncertainCluster { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn an_endpoint_that_coreweaves_api_named_is_the_cluster_unless_its_kube_system_is_another() {
    let find = async |steps: Vec<Step>, uid: Option<&str>| {
        let script = Script::start_tls(steps).await;
        let session = Session::new(Client::new(script.connection()), call(), remembering(uid));
        assert_eq!(session.proof().await, Ok(Some(Proof::Endpoint)));
        let found = session.find_or_gone::<ServiceAccount>(&place(), "u-1").await;
        script.finish();
        found
    };
    assert!(matches!(find(vec![not_found()], None).await, Ok(Presence::Gone(_))));
    for step in [kube_system("c-1"), no_kube_system()] {
        assert!(matches!(find(vec![not_found(), step], Some("c-1")).await, Ok(Presence::Gone(_))));
    }
    let error = find(vec![not_found(), kube_system("c-2")], Some("c-1")).await.expect_err("another");
    assert!(matches!(error, Error::OtherCluster { .. }), "{error:?}");
}

/// A kubeconfig file that is exchanged for that of other servers in the middle of a session.
struct Exchanged {
    path: std::path::PathBuf,
    _directory: tempfile::TempDir,
}

impl Exchanged {
    fn to(script: &Script) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let file = Self { path: directory.path().join("config"), _directory: directory };
        file.exchange(script);
        file
    }

    fn exchange(&self, script: &Script) {
        let ca = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, script.ca_pem());
        let text = json!({
            "clusters": [{"name": "c", "cluster": {"server": script.endpoint(), "certificate-authority-data": ca}}],
            "users": [{"name": "u", "user": {"token": "t"}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        });
        std::fs::write(&self.path, text.to_string()).expect("ours");
    }

    fn session(&self, script: &Script) -> Session {
        let client = Client::new(Connection {
            server: Server::KubeconfigFile { path: self.path.clone(), context: "x".to_owned() },
            credentials: Credentials::OfKubeconfig,
            certificates: None,
            ..script.connection()
        });
        Session::new(client, call(), remembering(None))
    }
}

#[tokio::test]
async fn a_kubeconfig_that_was_read_again_is_checked_again_before_a_write() {
    for (method, version) in [("GET", None), ("DELETE", Some("7"))] {
        let refused = step(&format!("{method} {ACCOUNT}")).refusal(401, "Unauthorized", None);
        let own = Script::start_tls([discovery(ID), get(&there()), refused]).await;
        let strangers = Script::start_tls([discovery(OTHER_ID)]).await;
        let file = Exchanged::to(&own);
        let session = file.session(&own);
        session.find::<ServiceAccount>(&place()).await.expect("read").expect("found");
        file.exchange(&strangers);
        let (place, before) = (place(), owned(true));
        let planned = PlannedDeletion { place: &place, uid: "u-1", before: &before, version };
        let error = session.delete_as_planned(planned).await.expect_err("another");
        assert!(matches!(error, Error::OtherCluster { .. }), "{error:?}");
        own.finish();
        strangers.finish();
    }
}

#[tokio::test]
async fn a_kubeconfig_that_was_read_again_and_leads_to_a_silent_server_gets_no_first_create() {
    let refused = step("POST /api/v1/namespaces/team/serviceaccounts?fieldManager=terraform-provider-cks");
    let own = Script::start_tls([discovery(ID), refused.refusal(401, "Unauthorized", None)]).await;
    let silent = Script::start_tls([no_discovery()]).await;
    let file = Exchanged::to(&own);
    let session = file.session(&own);
    session.proof().await.expect("the issuer shows it");
    file.exchange(&silent);
    let error = session.create(&place(), &owned(true), Mode::Write).await.expect_err("it shows nothing");
    assert!(matches!(error, Error::UncertainCluster { .. }), "{error:?}");
    own.finish();
    silent.finish();
}
