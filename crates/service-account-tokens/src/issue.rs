//! Issues a token: creates its Secret (`pending`), requests the token, and marks the Secret as `issued`.

use kubernetes::{
    IssuedToken, Mode, Object, ObjectPlace, Owned, Secret, ServiceAccount, Session, TokenRequest, Update,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::{Account, Error, claims, rfc3339, seconds_of, secrets};

/// How often it starts again after other runs deleted the Secret.
const ATTEMPTS: u32 = 3;

/// A token to issue.
#[derive(Clone, Debug)]
pub struct IssueRequest<'a> {
    /// Id of the token's resource: the label of its Secret.
    pub id: &'a str,
    /// The ServiceAccount.
    pub account: Account<'a>,
    /// UID of the ServiceAccount; `None`: any with this name.
    pub account_uid: Option<&'a str>,
    /// Requested lifetime in seconds; `None`: the server's default.
    pub seconds: Option<i64>,
    /// Audiences; empty: the API server itself.
    pub audiences: Vec<String>,
    /// Whether the token is bound to a Secret.
    pub revocable: bool,
    /// Whether no state will have it: its run revokes it.
    pub for_one_run: bool,
}

/// An issued token.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// The token.
    pub token: SecretString,
    /// Time of issue, in seconds since 1970.
    pub issued_at: i64,
    /// Time of expiry, in seconds since 1970.
    pub expires_at: i64,
    /// Lifetime that the server granted.
    pub granted_seconds: i64,
    /// Id of the token in audit logs.
    pub credential_id: Option<String>,
    /// UID of the ServiceAccount.
    pub account_uid: String,
    /// Secret of the token; `None`: it is not bound, and cannot be revoked.
    pub secret: Option<SecretRef>,
    /// Whether the request was repeated after a lost response, so that one more token may be valid that nobody has. One that is bound to a
    /// Secret is revoked together with the token.
    pub has_twin: bool,
}

/// The Secret that a token is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretRef {
    /// Name of the Secret.
    pub name: String,
    /// UID of the Secret.
    pub uid: String,
}

/// Issues a token. If that fails, its Secret is deleted if possible; otherwise it stays `pending`, and the next operation deletes it.
pub async fn issue(session: &Session, request: &IssueRequest<'_>) -> Result<NewToken, Error> {
    let account = expect_account(session, request).await?;
    if !request.revocable {
        return request_token(session, request, &account, None).await.map_err(Error::of_unbound);
    }
    let mut attempt = 1;
    loop {
        let place = secrets::new_place(request.account);
        match issue_bound(session, request, &account, &place).await {
            Ok(token) => return Ok(token),
            Err(error) => {
                discard(session, &place, request.id).await;
                if attempt == ATTEMPTS || !is_about_a_lost_secret(&error) {
                    return Err(error);
                }
                tracing::warn!(secret = %place, "the Secret was deleted before its token was issued, creating another");
                attempt += 1;
            }
        }
    }
}

async fn expect_account(
    session: &Session,
    request: &IssueRequest<'_>,
) -> Result<Object<ServiceAccount>, Error> {
    let found = session.find::<ServiceAccount>(&request.account.place()).await?;
    let account = found
        .filter(|account| !account.deleting)
        .ok_or_else(|| Error::NoAccount { account: request.account.place() })?;
    match request.account_uid {
        Some(expected) if expected != account.uid => Err(Error::OtherAccount {
            account: request.account.place(),
            expected: expected.to_owned(),
            found: Some(account.uid),
        }),
        _ => Ok(account),
    }
}

/// Issues a token with a new Secret.
async fn issue_bound(
    session: &Session,
    request: &IssueRequest<'_>,
    account: &Object<ServiceAccount>,
    place: &ObjectPlace,
) -> Result<NewToken, Error> {
    let pending = secrets::pending(request.id, account, request.for_one_run);
    let secret = session.create(place, &pending, Mode::Write).await?;
    let reference = SecretRef { name: place.name.clone(), uid: secret.uid.clone() };
    let token = request_token(session, request, account, Some(reference)).await?;
    mark_issued(session, &secret, &pending, &token).await?;
    Ok(token)
}

/// Requests the token. The request contains the uid, so that the server rejects another ServiceAccount of that name.
async fn request_token(
    session: &Session,
    request: &IssueRequest<'_>,
    account: &Object<ServiceAccount>,
    secret: Option<SecretRef>,
) -> Result<NewToken, Error> {
    let body = TokenRequest {
        service_account_uid: Some(account.uid.clone()),
        expiration_seconds: request.seconds,
        audiences: request.audiences.clone(),
        bound_secret: secret.as_ref().map(|secret| (secret.name.clone(), secret.uid.clone())),
    };
    let issued =
        session.request_token(&request.account.place(), &body).await.map_err(|error| match error {
            kubernetes::Error::NotFound { .. } => Error::NoAccount { account: request.account.place() },
            kubernetes::Error::Conflict { .. } => Error::OtherAccount {
                account: request.account.place(),
                expected: account.uid.clone(),
                found: None,
            },
            error => error.into(),
        })?;
    let IssuedToken { token, expires_at, granted_seconds, repeated } = issued;
    let claims = claims::read(&token);
    let expires_at = seconds_of(&expires_at)
        .unwrap_or_else(|| claims.issued_at.unwrap_or_else(|| session.now()).saturating_add(granted_seconds));
    Ok(NewToken {
        token,
        issued_at: claims.issued_at.unwrap_or(expires_at.saturating_sub(granted_seconds)),
        expires_at,
        granted_seconds,
        credential_id: claims.credential_id,
        account_uid: account.uid.clone(),
        has_twin: repeated && secret.is_none(),
        secret,
    })
}

async fn mark_issued(
    session: &Session,
    secret: &Object<Secret>,
    pending: &Owned<Secret>,
    token: &NewToken,
) -> Result<(), Error> {
    let after = secrets::issued(pending, &rfc3339(token.expires_at), token.credential_id.as_deref());
    let update = Update { place: &secret.place, uid: Some(&secret.uid), before: None, after: &after };
    session.update(update, Mode::Write).await?;
    Ok(())
}

/// Deletes the Secret of an unfinished token, which revokes the token if it was issued.
async fn discard(session: &Session, place: &ObjectPlace, id: &str) {
    let rescue = session.rescue();
    let discarded = async {
        match rescue.find::<Secret>(place).await? {
            Some(secret) if secrets::is_of(&secret, id) => {
                rescue.delete::<Secret>(place, &secret.uid, None).await.map(drop)
            }
            _ => Ok(()),
        }
    };
    if let Err(error) = discarded.await {
        tracing::warn!(secret = %place, %error, "the Secret of an unfinished token could not be deleted, the next operation deletes it");
    }
}

/// Whether another run deleted the Secret as abandoned.
fn is_about_a_lost_secret(error: &Error) -> bool {
    use kubernetes::Error as E;
    let Error::Kubernetes(error) = error else { return false };
    match error.as_ref() {
        E::Missing { kind, .. } => kind == "secrets",
        E::NotFound { action } | E::ReplacedMeanwhile { action, .. } => action.api.kind == secrets::kind(),
        _ => false,
    }
}
