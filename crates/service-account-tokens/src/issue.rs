//! Makes a token: its Secret first, then the token, then the mark on the Secret that somebody has it.

use kubernetes::{
    IssuedToken, Mode, Object, ObjectPlace, Owned, Secret, ServiceAccount, Session, TokenRequest, Update,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::{Error, claims, rfc3339, seconds_of, secrets};

/// How often it begins anew when others take the Secret away meanwhile.
const ATTEMPTS: u32 = 3;

/// What is ordered.
#[derive(Clone, Debug)]
pub struct IssueRequest<'a> {
    /// Of the token's resource: the label on its Secret.
    pub id: &'a str,
    /// The ServiceAccount.
    pub account: &'a ObjectPlace,
    /// `None`: of whichever ServiceAccount has the name.
    pub account_uid: Option<&'a str>,
    /// How long the token shall live; `None`: the server's default.
    pub seconds: Option<i64>,
    /// Empty: the API server itself.
    pub audiences: Vec<String>,
    /// Bound to a Secret.
    pub revocable: bool,
}

/// A token that was made.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// The token.
    pub token: SecretString,
    /// Seconds since 1970.
    pub issued_at: i64,
    /// Seconds since 1970.
    pub expires_at: i64,
    /// What the server made of [`IssueRequest::seconds`].
    pub granted_seconds: i64,
    /// What audit logs call it.
    pub credential_id: Option<String>,
    /// UID of the ServiceAccount.
    pub account_uid: String,
    /// `None`: it is not bound, and cannot be revoked.
    pub secret: Option<SecretRef>,
}

/// The Secret that a token is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretRef {
    /// Name of the Secret.
    pub name: String,
    /// UID of the Secret.
    pub uid: String,
}

/// Makes a token. When that fails, its Secret is taken away again as far as that can be done now; what stays is pending, and so
/// is found by the next.
pub async fn issue(session: &Session, order: &IssueRequest<'_>) -> Result<NewToken, Error> {
    let account = expect_account(session, order).await?;
    if !order.revocable {
        return request(session, order, &account, None).await;
    }
    let mut attempt = 1;
    loop {
        let place = secrets::new_place(order.account);
        match bound(session, order, &account, &place).await {
            Ok(token) => return Ok(token),
            Err(error) => {
                discard(session, &place, order.id).await;
                if attempt == ATTEMPTS || !is_about_a_lost_secret(&error) {
                    return Err(error);
                }
                tracing::warn!(secret = %place, "the Secret was taken away before its token was ready, making another");
                attempt += 1;
            }
        }
    }
}

async fn expect_account(
    session: &Session,
    order: &IssueRequest<'_>,
) -> Result<Object<ServiceAccount>, Error> {
    let found = session.find::<ServiceAccount>(order.account).await?;
    let account = found
        .filter(|account| !account.deleting)
        .ok_or_else(|| Error::NoAccount { account: order.account.clone() })?;
    match order.account_uid {
        Some(expected) if expected != account.uid => Err(Error::OtherAccount {
            account: order.account.clone(),
            expected: expected.to_owned(),
            found: Some(account.uid),
        }),
        _ => Ok(account),
    }
}

/// A token with a new Secret.
async fn bound(
    session: &Session,
    order: &IssueRequest<'_>,
    account: &Object<ServiceAccount>,
    place: &ObjectPlace,
) -> Result<NewToken, Error> {
    let pending = secrets::pending(order.id, account);
    let secret = session.create(place, &pending, Mode::Write).await?;
    let reference = SecretRef { name: place.name.clone(), uid: secret.uid.clone() };
    let token = request(session, order, account, Some(reference)).await?;
    mark_issued(session, &secret, &pending, &token).await?;
    Ok(token)
}

/// Asks for the token. The uid goes with the request: another ServiceAccount of that name is refused by the server itself.
async fn request(
    session: &Session,
    order: &IssueRequest<'_>,
    account: &Object<ServiceAccount>,
    secret: Option<SecretRef>,
) -> Result<NewToken, Error> {
    let wanted = TokenRequest {
        service_account_uid: Some(account.uid.clone()),
        expiration_seconds: order.seconds,
        audiences: order.audiences.clone(),
        bound_secret: secret.as_ref().map(|secret| (secret.name.clone(), secret.uid.clone())),
    };
    let issued = session.request_token(order.account, &wanted).await.map_err(|error| match error {
        kubernetes::Error::NotFound { .. } => Error::NoAccount { account: order.account.clone() },
        kubernetes::Error::Conflict { .. } => {
            Error::OtherAccount { account: order.account.clone(), expected: account.uid.clone(), found: None }
        }
        error => error.into(),
    })?;
    let IssuedToken { token, expires_at, granted_seconds, .. } = issued;
    let claims = claims::read(&token);
    let expires_at = match seconds_of(Some(&expires_at)) {
        0 => claims.issued_at.unwrap_or_else(|| session.now()) + granted_seconds,
        expires_at => expires_at,
    };
    Ok(NewToken {
        token,
        issued_at: claims.issued_at.unwrap_or(expires_at - granted_seconds),
        expires_at,
        granted_seconds,
        credential_id: claims.credential_id,
        account_uid: account.uid.clone(),
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

/// Takes away the Secret of a token that was not finished, and the token with it, also when it is not known whether it was made.
async fn discard(session: &Session, place: &ObjectPlace, id: &str) {
    let rescue = session.rescue();
    let discarded = async {
        match rescue.find::<Secret>(place).await? {
            Some(secret) if secrets::is_of(&secret, id) => {
                rescue.delete::<Secret>(place, &secret.uid, None).await
            }
            _ => Ok(()),
        }
    };
    if let Err(error) = discarded.await {
        tracing::warn!(secret = %place, %error, "the Secret of an unfinished token is left for the next operation to take away");
    }
}

/// Others took it for abandoned.
fn is_about_a_lost_secret(error: &Error) -> bool {
    use kubernetes::Error as E;
    let Error::Kubernetes(error) = error else { return false };
    match error.as_ref() {
        E::Missing { kind, .. } => kind == "secrets",
        E::NotFound { action } | E::ReplacedMeanwhile { action, .. } => action.api.kind == secrets::kind(),
        _ => false,
    }
}
