//! A write whose response was lost: a read shows whether it took effect.

use super::*;

/// Every way in which the response to a write can be lost.
fn losses() -> [Step; 6] {
    [
        sent().reply(Reply::Reset),
        sent().reply(Reply::CutShort(r#"{"cluster":"#.into())),
        sent().text(200, "", r#"{"cluster":{"#),
        sent().text(500, "", ""),
        sent().text(502, "", "<html><title>Bad Gateway</title></html>"),
        sent().error(504, "deadline_exceeded", "too slow"),
    ]
}

#[tokio::test]
async fn a_write_whose_response_was_lost_is_not_repeated_if_it_took_effect() {
    for lost in losses() {
        assert_as_asked(run([old(), lost, new(), new()], change()).await, false);
    }
}

#[tokio::test]
async fn a_write_whose_response_was_lost_is_repeated_if_it_did_not_take_effect() {
    for lost in losses() {
        assert_as_asked(run([old(), lost, old(), accepted(sent()), new(), new()], change()).await, true);
    }
}

#[tokio::test]
async fn a_write_without_a_response_is_followed_by_a_read() {
    let script = Script::start([old(), sent(), new(), new()]).await;
    let settings = Settings { request_timeout: Duration::from_secs(1), ..script.settings() };
    let client = Client::new(settings).expect("good settings");
    put(&client, change(), &call()).await.expect("settled");
    script.finish();
}

#[tokio::test]
async fn after_a_lost_response_another_clients_write_is_kept() {
    let steps = [old(), sent().reply(Reply::Reset), get().cluster(RUNNING, &shown("theirs"))];
    let error = run(steps, change()).await.expect_err("changed");
    assert!(matches!(error, Error::ChangedMeanwhile { phase: Phase::BeforeWrite, .. }), "{error:?}");
}
