//! The Secrets that tokens are bound to, with their labels and annotations.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kubernetes::{Error, Kind as _, ListScope, Object, ObjectPlace, Owned, Secret, ServiceAccount, Session};
use uuid::Uuid;

use super::Account;

/// Label: id of the token's resource, the same through all rotations.
pub const ID_LABEL: &str = "cks-community.github.io/token-id";
/// Annotation: the ServiceAccount's name, which may be too long for a label.
const ACCOUNT: &str = "cks-community.github.io/service-account";
/// Annotation: `pending` or `issued`.
const STATE: &str = "cks-community.github.io/token-state";
/// Annotation: when the token expires (RFC 3339).
const EXPIRES_AT: &str = "cks-community.github.io/token-expires-at";
/// Annotation: id of the token in audit logs.
const CREDENTIAL_ID: &str = "cks-community.github.io/token-credential-id";

/// Label: `true` for the token of an ephemeral resource, which no state has.
const FOR_ONE_RUN: &str = "cks-community.github.io/token-for-one-run";

const PENDING: &str = "pending";
const ISSUED: &str = "issued";

/// A Secret that this provider created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSecret {
    /// Id of the token's resource.
    pub id: String,
    /// Namespace and name.
    pub place: ObjectPlace,
    /// UID of the Secret.
    pub uid: String,
    /// Version at the last read.
    pub resource_version: String,
    /// Name of the ServiceAccount.
    pub account: String,
    /// Time of creation, in seconds since 1970.
    pub created: i64,
    /// Id of the token in audit logs, unless another client removed it.
    pub credential_id: Option<String>,
    /// Whether the run that issued it revokes it, and no state has it.
    pub for_one_run: bool,
    /// State of the token.
    pub state: State,
}

/// State of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The token was not returned yet.
    Pending,
    /// The token was returned.
    Issued {
        /// When it expires, in seconds since 1970.
        expires_at: i64,
    },
    /// Another client changed the annotations. Only the token's own resource deletes it.
    Unclear,
}

impl State {
    /// When the token certainly has expired, in seconds since 1970: never, if that is not known.
    pub fn ends_at(self) -> i64 {
        match self {
            Self::Issued { expires_at } => expires_at,
            Self::Pending | Self::Unclear => i64::MAX,
        }
    }
}

impl TokenSecret {
    fn of(object: &Object<Secret>) -> Option<Self> {
        let annotation = |key: &str| object.annotations.get(key).map(String::as_str);
        let expires_at = || Some(annotation(EXPIRES_AT)?.parse::<Timestamp>().ok()?.as_second());
        let state = match annotation(STATE) {
            Some(PENDING) => State::Pending,
            Some(ISSUED) => expires_at().map_or(State::Unclear, |expires_at| State::Issued { expires_at }),
            _ => State::Unclear,
        };
        Some(Self {
            id: object.labels.get(ID_LABEL)?.clone(),
            place: object.place.clone(),
            uid: object.uid.clone(),
            resource_version: object.resource_version.clone(),
            account: annotation(ACCOUNT).unwrap_or_default().to_owned(),
            created: object.created,
            credential_id: annotation(CREDENTIAL_ID).map(str::to_owned),
            for_one_run: object.labels.get(FOR_ONE_RUN).is_some_and(|mark| mark == "true"),
            state,
        })
    }

    /// Whether the token is one of this ServiceAccount's. Without the annotation, which another client removed, its name tells.
    pub fn is_of_account(&self, account: Account<'_>) -> bool {
        match self.account.as_str() {
            "" => self.place.name.strip_prefix(&name_stem(account)).is_some_and(|rest| !rest.contains('-')),
            named => named == account.name,
        }
    }
}

/// All Secrets of tokens in a namespace, of all ServiceAccounts, except those that are being deleted.
pub async fn list(session: &Session, namespace: &str) -> Result<Vec<TokenSecret>, Error> {
    list_in(session, ListScope::Namespace(namespace)).await
}

/// The same in all namespaces, or in one.
pub async fn list_in(session: &Session, scope: ListScope<'_>) -> Result<Vec<TokenSecret>, Error> {
    let found = session.list::<Secret>(scope, ID_LABEL).await?;
    Ok(found.iter().filter(|object| !object.deleting).filter_map(TokenSecret::of).collect())
}

/// A name that no other Secret has, and that begins with the ServiceAccount's.
pub(super) fn new_place(account: Account<'_>) -> ObjectPlace {
    let random = Uuid::new_v4().simple().to_string();
    let name = format!("{}{}", name_stem(account), &random[..16]);
    ObjectPlace::namespaced(account.namespace, name)
}

/// What the names of its Secrets begin with.
fn name_stem(account: Account<'_>) -> String {
    const LONGEST: usize = 40;
    let stem: String = account.name.chars().take(LONGEST).collect();
    format!("{}-token-", stem.trim_end_matches(['-', '.']))
}

/// A Secret whose token is not requested yet. Kubernetes deletes it with its ServiceAccount.
pub(super) fn pending(id: &str, account: &Object<ServiceAccount>, for_one_run: bool) -> Owned<Secret> {
    let mark = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let for_one_run = for_one_run.then(|| mark(FOR_ONE_RUN, "true"));
    Owned {
        content: Secret,
        labels: [mark(ID_LABEL, id)].into_iter().chain(for_one_run).collect(),
        annotations: BTreeMap::from([mark(ACCOUNT, &account.place.name), mark(STATE, PENDING)]),
        owners: vec![account.as_owner()],
    }
}

/// The same for an issued token.
pub(super) fn issued(
    pending: &Owned<Secret>,
    expires_at: &str,
    credential_id: Option<&str>,
) -> Owned<Secret> {
    let mut issued = pending.clone();
    let mut mark = |key: &str, value: &str| issued.annotations.insert(key.to_owned(), value.to_owned());
    mark(STATE, ISSUED);
    mark(EXPIRES_AT, expires_at);
    if let Some(credential_id) = credential_id {
        mark(CREDENTIAL_ID, credential_id);
    }
    issued
}

/// Whether a Secret is of this token's resource.
pub(super) fn is_of(object: &Object<Secret>, id: &str) -> bool {
    object.labels.get(ID_LABEL).is_some_and(|found| found == id)
}

/// Kind of Secrets, for messages.
pub(super) fn kind() -> &'static str {
    Secret::api(true).kind
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_belongs_to_the_service_account_that_it_names_and_else_to_that_of_its_name() {
        #[track_caller]
        fn check(annotation: &str, name: &str, expected: bool) {
            let secret = TokenSecret {
                id: "7d4f".to_owned(),
                place: ObjectPlace::namespaced("ci", name),
                uid: "u-1".to_owned(),
                resource_version: "7".to_owned(),
                account: annotation.to_owned(),
                created: 0,
                credential_id: None,
                for_one_run: false,
                state: State::Unclear,
            };
            let account = Account { namespace: "ci", name: "deployer" };
            assert_eq!(secret.is_of_account(account), expected, "{annotation:?} {name}");
        }
        check("deployer", "deployer-token-0123456789abcdef", true);
        check("deployer", "left-again", true);
        check("deployer-token", "deployer-token-0123456789abcdef", false);
        check("", "deployer-token-0123456789abcdef", true);
        check("", "deployer-token-token-0123456789abcdef", false);
        check("", "deploy-token-0123456789abcdef", false);
    }

    #[test]
    fn names_are_valid_for_any_service_account_and_unique() {
        let longest = "a".repeat(253);
        let awkward = format!("{}.b", "a".repeat(39));
        for account in ["deployer", longest.as_str(), awkward.as_str(), "a-b.c"] {
            let (one, other) = (
                new_place(Account { namespace: "ci", name: account }),
                new_place(Account { namespace: "ci", name: account }),
            );
            let is_sound =
                |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
            assert!(one.name.len() <= 253 && one.name.split('.').all(is_sound), "{}", one.name);
            assert_ne!(one, other);
        }
    }
}
