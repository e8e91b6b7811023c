//! Messages of the lifecycle of tokens.

use kubernetes::ObjectPlace;
use tfplugin::{Diagnostic, Error, Schema};

/// An import of a token, which Kubernetes returns only once.
pub(super) fn not_importable<R: Schema>() -> Error {
    Error::new(
        "Tokens cannot be imported",
        format!(
            "Kubernetes returns a token only once, when it issues it, so a {} cannot be imported. Remove the import; the apply then issues a \
             new token. To revoke an existing token, delete the Secret that it is bound to.",
            R::NAME
        ),
    )
}

/// A token that cannot be revoked, and that has not expired.
pub(super) fn stays_valid(account: &ObjectPlace, expires_at: Option<&String>) -> Diagnostic {
    Diagnostic::warning(
        format!("Token of ServiceAccount {account} stays valid"),
        format!(
            "The token of ServiceAccount {account} was issued with revocable = false, so it cannot be revoked: it is valid until {}. To end it \
             before, delete the ServiceAccount, which ends all its tokens.",
            expires_at.map_or("it expires", String::as_str)
        ),
    )
}

/// A rotation that issued the new token and could not revoke the previous one.
pub(super) fn previous_not_revoked(account: &ObjectPlace, error: Error) -> Error {
    let note = format!(
        "The new token of ServiceAccount {account} was issued and is in the state. The previous token is still bound to its Secret, and valid \
         until it expires. To revoke it now, delete that Secret with `kubectl delete secret`."
    );
    let messages = error
        .into_messages()
        .into_iter()
        .map(|message| Diagnostic { detail: format!("{}\n\n{note}", message.detail), ..message });
    Error::all(messages).unwrap_or_else(|| Error::new("Previous token not revoked", note.clone()))
}

/// The Secret of a run that crashed between Secret and token.
pub(super) fn unfinished_token_revoked(secret: &ObjectPlace) -> Diagnostic {
    Diagnostic::warning(
        "Unfinished token revoked",
        format!(
            "An earlier run created Secret {secret} for a token, and ended before it saved state. The Secret was deleted, which revokes the token. \
             No action is needed."
        ),
    )
}

/// Secrets of earlier runs that could not be deleted.
pub(super) fn leftovers_kept(account: &ObjectPlace, error: &kubernetes::Error) -> Diagnostic {
    Diagnostic::warning(
        "Secrets of earlier runs were kept",
        format!(
            "Secrets of unfinished or expired tokens of ServiceAccount {account} could not be deleted: {error}. The next apply that creates, \
             rotates or destroys a token of this ServiceAccount tries again. If the cause persists, correct it."
        ),
    )
}
