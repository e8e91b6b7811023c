//! Writes against a scripted API: each test has exactly the requests that may be sent.

use std::time::Duration;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    Field, Oidc, OidcLeaf, Pace, Settings,
    block::{BlockKind, LeafDifference},
    certificates::Ca,
    status::Status,
    testing::{ApiReply as _, ID, Reply, Script, ScriptedApi as _, Step, call, cluster, get, patch},
    webhook::AuthnWebhook,
};

mod endings;
mod lost_answers;

const RUNNING: &str = "STATUS_RUNNING";
const UPDATING: &str = "STATUS_UPDATING";

fn oidc(client_id: &str) -> Oidc {
    Oidc { issuer_url: "https://issuer.example.com".into(), client_id: client_id.into(), ..Oidc::default() }
}

fn shown(client_id: &str) -> Value {
    json!({ "issuerUrl": "https://issuer.example.com", "clientId": client_id })
}

/// From the client id `old` to `new`.
fn change() -> Change<Oidc> {
    Change { expected: Some(oidc("old")), wanted: Some(oidc("new")) }
}

fn clearing() -> Change<Oidc> {
    Change { expected: Some(oidc("old")), wanted: None }
}

/// The PATCH that `change` makes of a running cluster.
fn sent() -> Step {
    patch(json!({ "id": ID, "version": "v1.35", "updateMask": "oidc.clientId", "oidc": shown("new") }))
}

/// The PATCH that `clearing` makes.
fn sent_clearing() -> Step {
    patch(json!({
        "id": ID, "version": "v1.35",
        "updateMask": "oidc.issuerUrl,oidc.clientId,oidc.usernameClaim,oidc.usernamePrefix,oidc.groupsClaim,\
            oidc.groupsPrefix,oidc.ca,oidc.requiredClaim,oidc.signingAlgorithms,oidc.adminGroupBinding",
    }))
}

fn old() -> Step {
    get().cluster(RUNNING, &shown("old"))
}

fn new() -> Step {
    get().cluster(RUNNING, &shown("new"))
}

/// The response to an accepted PATCH.
fn accepted(step: Step) -> Step {
    step.cluster(UPDATING, &shown("new"))
}

/// Writes and waits; returns whether a PATCH was accepted.
async fn run<B: ClusterMember>(
    steps: impl IntoIterator<Item = Step>,
    change: Change<B>,
) -> Result<bool, Error> {
    let script = Script::start(steps).await;
    let result = put(&script.client(), change, &call()).await;
    script.finish();
    result
}

async fn put<B: ClusterMember>(client: &Client, change: Change<B>, call: &Call) -> Result<bool, Error> {
    let accepted = client.put_block(ID, change, call).await?;
    let patched = accepted.reads == READS;
    accepted.settled(call).await?;
    Ok(patched)
}

#[track_caller]
fn assert_as_asked(result: Result<bool, Error>, patched: bool) {
    assert_eq!(result.expect("accepted, and in force"), patched);
}

#[tokio::test]
async fn one_changed_leaf_is_one_narrow_patch_and_two_reads() {
    assert_as_asked(run([old(), accepted(sent()), new(), new()], change()).await, true);
}

#[tokio::test]
async fn a_first_block_is_sent_with_the_leaves_it_sets() {
    let body = json!({
        "id": ID, "version": "v1.35", "updateMask": "oidc.issuerUrl,oidc.clientId", "oidc": shown("new"),
    });
    let steps = [get().cluster(RUNNING, &json!(null)), accepted(patch(body)), new(), new()];
    assert_as_asked(run(steps, Change { expected: None, ..change() }).await, true);
}

#[tokio::test]
async fn a_removed_leaf_is_sent_empty_and_masked() {
    let mut before = shown("new");
    before["usernameClaim"] = json!("email");
    let mut body = shown("new");
    body["usernameClaim"] = json!("");
    let body = json!({ "id": ID, "version": "v1.35", "updateMask": "oidc.usernameClaim", "oidc": body });
    let steps = [get().cluster(RUNNING, &before), accepted(patch(body)), new(), new()];
    let expected = Some(Oidc { username_claim: "email".into(), ..oidc("new") });
    assert_as_asked(run(steps, Change { expected, ..change() }).await, true);
}

#[tokio::test]
async fn clearing_sends_no_block_and_the_mask_of_all_leaves() {
    let empty = json!({ "issuerUrl": "", "clientId": "", "signingAlgorithms": [] });
    let steps = [
        old(),
        sent_clearing().cluster(RUNNING, &shown("old")),
        get().cluster(RUNNING, &empty),
        get().cluster(RUNNING, &json!(null)),
    ];
    assert_as_asked(run(steps, clearing()).await, true);
}

#[tokio::test]
async fn a_webhook_is_written_in_the_same_way() {
    let hook = |server: &str| AuthnWebhook::new(server, Ca::default());
    let show = |server: &str| {
        let mut shown = cluster(RUNNING, &json!(null));
        shown["authnWebhook"] = json!({ "server": server, "ca": "" });
        json!({ "cluster": shown })
    };
    let body = json!({
        "id": ID, "version": "v1.35", "updateMask": "authnWebhook.server", "authnWebhook": { "server": "https://b" },
    });
    let steps = [
        get().json(200, &show("https://a")),
        patch(body).json(200, &show("https://b")),
        get().json(200, &show("https://b")),
        get().json(200, &show("https://b")),
    ];
    let change = Change { expected: Some(hook("https://a")), wanted: Some(hook("https://b")) };
    assert_as_asked(run(steps, change).await, true);
}

#[tokio::test]
async fn a_block_that_is_already_as_wanted_is_not_sent() {
    assert_as_asked(run([new(), new()], change()).await, false);
}

#[tokio::test]
async fn a_block_that_another_client_changed_since_the_plan_is_not_overwritten() {
    let error = run([get().cluster(RUNNING, &shown("theirs"))], change()).await.expect_err("refused");
    let Error::ChangedMeanwhile { phase: Phase::BeforeWrite, block: BlockKind::Oidc, differences } = error
    else {
        panic!("{error:?}")
    };
    assert_eq!(differences, [LeafDifference { leaf: Leaf::Oidc(OidcLeaf::ClientId), certificates: None }]);
}

#[tokio::test]
async fn a_cluster_in_transition_is_waited_for_and_written_with_its_new_version() {
    let mut upgraded = cluster(RUNNING, &shown("old"));
    upgraded["version"] = json!("v1.36");
    let body = json!({ "id": ID, "version": "v1.36", "updateMask": "oidc.clientId", "oidc": shown("new") });
    let steps = [
        get().cluster("STATUS_UPGRADING", &shown("old")),
        get().cluster(UPDATING, &shown("old")),
        get().cluster("STATUS_NEVER_HEARD_OF", &shown("old")),
        get().json(200, &json!({ "cluster": upgraded })),
        accepted(patch(body)),
        new(),
        new(),
    ];
    assert_as_asked(run(steps, change()).await, true);
}

#[tokio::test]
async fn a_single_running_after_the_write_is_not_enough() {
    let steps = [
        old(),
        sent().cluster(RUNNING, &shown("new")),
        old(),
        new(),
        get().cluster(UPDATING, &shown("new")),
        new(),
        get().cluster(UPDATING, &shown("new")),
        new(),
        new(),
    ];
    assert_as_asked(run(steps, change()).await, true);
}

#[tokio::test]
async fn a_write_that_another_client_overwrites_is_reported() {
    let theirs = || get().cluster(RUNNING, &shown("theirs"));
    let steps = [old(), accepted(sent()), get().cluster(UPDATING, &shown("theirs")), theirs(), theirs()];
    let error = run(steps, change()).await.expect_err("overwritten");
    let Error::ChangedMeanwhile { phase: Phase::AfterWrite, differences, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(differences, [LeafDifference { leaf: Leaf::Oidc(OidcLeaf::ClientId), certificates: None }]);
}

#[tokio::test]
async fn a_rejected_version_is_read_again_and_sent_once_more() {
    let refuse = |step: Step| step.error(400, "invalid_argument", "version: does not match the live one");
    assert_as_asked(
        run([old(), refuse(sent()), old(), accepted(sent()), new(), new()], change()).await,
        true,
    );
    let error = run([old(), refuse(sent()), old(), refuse(sent())], change()).await.expect_err("refused");
    let Error::Invalid { violations, .. } = error else { panic!("{error:?}") };
    assert_eq!(violations[0].path, Some(Field::Version));
}

#[tokio::test]
async fn a_cluster_that_turns_out_to_be_updating_is_waited_for() {
    for (status, code) in [(400, "failed_precondition"), (409, "aborted"), (409, "unheard_of")] {
        let refused = sent().error(status, code, "cluster is updating");
        let busy = get().cluster(UPDATING, &shown("old"));
        let steps = [old(), refused, busy, old(), accepted(sent()), new(), new()];
        assert_as_asked(run(steps, change()).await, true);
    }
}

#[tokio::test]
async fn a_rejection_without_a_reason_is_explained_by_the_status() {
    let refused = || sent().text(400, "", "<html><title>Bad Request</title></html>");
    let busy = || get().cluster(UPDATING, &shown("old"));
    let steps = [old(), refused(), busy(), busy(), old(), accepted(sent()), new(), new()];
    assert_as_asked(run(steps, change()).await, true);
    let error = run([old(), refused(), old()], change()).await.expect_err("refused");
    assert!(matches!(error, Error::Invalid { .. }), "{error:?}");
}

#[tokio::test]
async fn a_rejection_that_no_status_explains_is_an_error() {
    let pace = Pace {
        read_limit: Duration::from_millis(100),
        first_poll: Duration::from_millis(210),
        ..Pace::for_tests()
    };
    let refused = || sent().error(400, "failed_precondition", "account is suspended");
    let script = Script::start([old(), refused(), old(), refused()]).await;
    let client = Client::new(Settings { pace, ..script.settings() }).expect("good settings");
    let error = put(&client, change(), &call()).await.expect_err("refused");
    script.finish();
    assert_eq!(error, Error::Conflict { message: "account is suspended".into(), violations: Vec::new() });
}

#[tokio::test]
async fn rejections_of_the_content_and_of_the_user_are_never_repeated() {
    let refuse = |status, code: &str, message: &str| [old(), sent().error(status, code, message)];
    let error = run(refuse(400, "invalid_argument", "issuerUrl: no URI"), change()).await.expect_err("bad");
    let Error::Invalid { violations, .. } = error else { panic!("{error:?}") };
    assert_eq!(
        (violations[0].path, &*violations[0].description),
        (Some(Field::Leaf(Leaf::Oidc(OidcLeaf::IssuerUrl))), "no URI")
    );

    let error = run(refuse(403, "permission_denied", "no"), change()).await.expect_err("forbidden");
    assert_eq!(error, Error::Forbidden { role: IamRole::Admin, message: "no".into() });

    let error = run(refuse(409, "already_exists", "taken"), change()).await.expect_err("conflict");
    assert_eq!(error, Error::Conflict { message: "taken".into(), violations: Vec::new() });

    let error = run([old(), sent().text(404, "", "404 page not found")], change()).await.expect_err("route");
    assert!(matches!(error, Error::Unexpected { status: 404, .. }), "{error:?}");
}

#[tokio::test]
async fn temporary_failures_of_a_read_do_not_end_the_wait() {
    let steps = [
        get().text(503, "retry-after: 0\r\n", ""),
        old(),
        accepted(sent()),
        get().reply(Reply::Reset),
        new(),
        get().text(502, "", ""),
        new(),
    ];
    assert_as_asked(run(steps, change()).await, true);
}

/// kube-apiserver does not start with a setting that it cannot read, and then the cluster is in a state of error.
#[tokio::test]
async fn what_is_wrong_is_corrected_in_a_state_of_error() {
    let failed = || get().cluster("STATUS_ERROR", &shown("old"));
    // The old state may be returned for a moment after the write.
    let steps = [failed(), accepted(sent()), failed(), get().cluster(UPDATING, &shown("new")), new(), new()];
    assert_as_asked(run(steps, change()).await, true);
    let steps = [
        failed(),
        sent_clearing().cluster(UPDATING, &shown("old")),
        get().cluster(RUNNING, &json!(null)),
        get().cluster(RUNNING, &json!(null)),
    ];
    assert_as_asked(run(steps, clearing()).await, true);
}

#[tokio::test]
async fn a_correction_that_does_not_help_or_is_rejected_ends_at_once() {
    let failed = |client_id| get().cluster("STATUS_ERROR", &shown(client_id));
    let steps = [failed("old"), accepted(sent()), get().cluster(UPDATING, &shown("new")), failed("new")];
    let error = run(steps, change()).await.expect_err("still wrong");
    assert_eq!(error, Error::EndedIn { id: ID.to_owned(), phase: Phase::AfterWrite, status: Status::Error });
    let steps = [failed("old"), sent().error(400, "failed_precondition", "the cluster is in STATUS_ERROR")];
    let error = run(steps, change()).await.expect_err("rejected");
    assert!(
        matches!(&error, Error::Conflict { message, .. } if message.contains("STATUS_ERROR")),
        "{error:?}"
    );
}

#[tokio::test]
async fn nothing_is_added_to_a_cluster_in_a_state_of_error() {
    let ended = Error::EndedIn { id: ID.to_owned(), phase: Phase::BeforeWrite, status: Status::Error };
    let first = Change { expected: None, ..change() };
    let steps = [get().cluster("STATUS_ERROR", &json!(null))];
    assert_eq!(run(steps, first).await.expect_err("nothing is wrong with it"), ended);
    let steps = [get().cluster("STATUS_ERROR", &shown("new"))];
    assert_eq!(run(steps, change()).await.expect_err("nothing to correct"), ended);
}
