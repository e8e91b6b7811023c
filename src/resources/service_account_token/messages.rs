//! What users read of the lifecycle of tokens.

use kubernetes::ObjectPlace;
use tfplugin::{Diagnostic, Error, Schema};

/// Nobody can read a token that was made before.
pub(super) fn not_importable<R: Schema>() -> Error {
    Error::new(
        "Tokens cannot be imported",
        format!(
            "Kubernetes shows a token once, when it makes it, so that a {} cannot be imported. Remove the import: the apply makes a new token. To \
             revoke one that exists, delete the Secret that it is bound to.",
            R::NAME
        ),
    )
}

/// A token that nothing ends before its time.
pub(super) fn lives_on(account: &ObjectPlace, expires_at: Option<&String>) -> Diagnostic {
    Diagnostic::warning(
        "Token lives on",
        format!(
            "The token of ServiceAccount {account} was made with `revocable` = false, so that nothing revokes it: it lives until {}. Who cannot \
             wait for that deletes the ServiceAccount, which ends all its tokens.",
            expires_at.map_or("its end", String::as_str)
        ),
    )
}

/// The new token exists, and the previous one too.
pub(super) fn previous_not_revoked(account: &ObjectPlace, error: Error) -> Error {
    let note = format!(
        "The new token of ServiceAccount {account} exists and is in the state. The previous one is still bound to its Secret and lives until it \
         expires: delete that Secret by hand to revoke it now."
    );
    let messages = error
        .into_messages()
        .into_iter()
        .map(|message| Diagnostic { detail: format!("{}\n\n{note}", message.detail), ..message });
    Error::all(messages).unwrap_or_else(|| Error::new("Previous token not revoked", note.clone()))
}

/// What a crash left was found.
pub(super) fn unfinished_token_revoked(secret: &ObjectPlace) -> Diagnostic {
    Diagnostic::warning(
        "Unfinished token revoked",
        format!(
            "An earlier run ended before the token of Secret {secret} was in a state. The Secret is deleted, and the token with it."
        ),
    )
}

/// What a crash left was found, and stays.
pub(super) fn leftovers_stay(account: &ObjectPlace, error: &kubernetes::Error) -> Diagnostic {
    Diagnostic::warning(
        "Leftovers of earlier runs stay",
        format!(
            "Secrets that earlier runs left behind for tokens of ServiceAccount {account} could not be deleted: {error}. The next apply that makes, \
             rotates or destroys a token of that ServiceAccount tries again."
        ),
    )
}
