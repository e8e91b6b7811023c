//! Waits that fail: a terminal status, a deleted cluster, a timeout, or a cancelled call.

use super::*;

#[tokio::test]
async fn terminal_states_end_both_waits_at_once() {
    for name in
        ["STATUS_FAILED", "STATUS_ERROR", "STATUS_UPGRADE_FAILED", "STATUS_DELETING", "STATUS_DELETED"]
    {
        let ended = || get().cluster(name, &shown("old"));
        let check = |error: Error, expected: Phase| match error {
            Error::EndedIn { phase, status } => assert_eq!((phase, status.as_str()), (expected, name)),
            other => panic!("{other:?}"),
        };
        // A change may lead out of that one.
        if name != "STATUS_ERROR" {
            check(run([ended()], clearing()).await.expect_err(name), Phase::BeforeWrite);
            check(run([ended()], change()).await.expect_err(name), Phase::BeforeWrite);
        }
        check(run([old(), accepted(sent()), ended()], change()).await.expect_err(name), Phase::AfterWrite);
    }
}

#[tokio::test]
async fn clearing_reports_a_cluster_that_is_being_deleted_or_is_not_found() {
    let ends =
        async |steps: Vec<Step>| run(steps, clearing()).await.expect_err("it ended").is_end_of_cluster();
    for name in ["STATUS_DELETING", "STATUS_DELETED"] {
        let going = || get().cluster(name, &shown("old"));
        assert!(ends(vec![going()]).await);
        assert!(ends(vec![old(), accepted(sent_clearing()), going()]).await);
    }
    let missing = |step: Step| step.error(404, "not_found", "cluster not found");
    assert!(ends(vec![missing(get())]).await);
    assert!(ends(vec![old(), missing(sent_clearing())]).await);
    assert!(ends(vec![old(), accepted(sent_clearing()), missing(get())]).await);
    // A proxy before the API.
    let proxy = get().json(404, &json!({ "code": 5, "message": "no healthy upstream" }));
    assert!(!ends(vec![proxy]).await);
}

#[tokio::test]
async fn setting_fails_if_the_cluster_was_deleted() {
    let missing = |step: Step| step.error(404, "not_found", "cluster not found");
    let not_found = || Error::NotFound { id: ID.into() };
    assert_eq!(run([missing(get())], change()).await.expect_err("gone"), not_found());
    assert_eq!(run([old(), missing(sent())], change()).await.expect_err("gone"), not_found());
    assert_eq!(
        run([old(), accepted(sent()), missing(get())], change()).await.expect_err("gone"),
        not_found()
    );
}

#[tokio::test]
async fn a_timeout_names_the_status_and_the_leaves_that_differ() {
    let runs_out = async |steps: Vec<Step>, expected: Phase, differing: usize| {
        let script = Script::start(steps).await;
        let short = Call::within(Duration::from_millis(1500), CancellationToken::new());
        let error = put(&script.client(), change(), &short).await.expect_err("too late");
        script.finish();
        let Error::Timeout { phase, status, differences, .. } = error else { panic!("{error:?}") };
        assert_eq!((phase, status, differences.len()), (expected, Status::Updating, differing));
    };
    let busy = || get().cluster(UPDATING, &shown("old"));
    tokio::join!(
        runs_out(vec![old(), accepted(sent()), busy(), get()], Phase::AfterWrite, 1),
        runs_out(vec![busy(), get()], Phase::BeforeWrite, 0),
    );
}

#[tokio::test]
async fn cancelling_ends_a_wait_at_once() {
    for steps in [vec![old(), accepted(sent()), get()], vec![old(), sent()], vec![get()]] {
        let script = Script::start(steps).await;
        let call = call();
        let client = script.client();
        let put = put(&client, change(), &call);
        let cancel = async {
            script.until_all_asked().await;
            call.cancelled.cancel();
        };
        let (result, ()) = tokio::join!(put, cancel);
        assert_eq!(result.expect_err("cancelled"), Error::Cancelled);
        script.finish();
    }
}
