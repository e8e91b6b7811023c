//! Messages in tests, as users read them. After a change of words: `UPDATE_EXPECT=1 cargo test --lib -p terraform-provider-cks`, and read
//! the diff.

use expect_test::Expect;
use tfplugin::Error;

/// Compares title, attribute and detail of each message.
#[track_caller]
pub(crate) fn check_messages(messages: impl Into<Error>, expected: &Expect) {
    let shown: Vec<_> = messages
        .into()
        .messages()
        .iter()
        .map(|message| format!("{} @ {}\n{}\n", message.summary, message.path, message.detail))
        .collect();
    expected.assert_eq(&shown.concat());
}
