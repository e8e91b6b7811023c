//! Accounts: CoreWeave access tokens, each of one organisation and one role.

use secrecy::{ExposeSecret, SecretString};

use crate::api::errors::{ApiError, Code};

/// Begin of every access token.
pub(crate) const TOKEN_PREFIX: &str = "CW-SECRET-";

/// Role of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// A valid token without any CKS role.
    None,
    /// `CKS Viewer`: reads.
    Viewer,
    /// `CKS Admin`: reads and writes.
    Admin,
}

/// One access token with its user and organisation.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) token: SecretString,
    pub(crate) user: String,
    pub(crate) organisation: String,
    pub(crate) role: Role,
    pub(crate) expired: bool,
}

impl Account {
    /// A new account, with a token in CoreWeave's format.
    pub(crate) fn new(organisation: &str, role: Role) -> Self {
        let secret: String = std::iter::repeat_with(fastrand::alphanumeric).take(40).collect();
        let user = format!("user-{}", uuid::Uuid::new_v4());
        Self {
            token: format!("{TOKEN_PREFIX}{secret}").into(),
            user,
            organisation: organisation.to_owned(),
            role,
            expired: false,
        }
    }

    /// Rejects an account without this role.
    pub(crate) fn expect_role(&self, role: Role) -> Result<(), ApiError> {
        if self.role >= role {
            return Ok(());
        }
        let name = if role == Role::Admin { "CKS Admin" } else { "CKS Viewer" };
        Err(ApiError::new(Code::PermissionDenied, format!("permission denied: role {name} is required")))
    }
}

/// The account of an `Authorization` header, expired or not.
pub(crate) fn find<'a>(accounts: &'a [Account], authorization: Option<&str>) -> Option<&'a Account> {
    let (scheme, token) = authorization?.split_once(' ')?;
    let token = token.trim();
    scheme.eq_ignore_ascii_case("bearer").then_some(())?;
    accounts.iter().find(|account| account.token.expose_secret() == token)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::{Account, Role, find};

    #[test]
    fn a_token_is_found_by_its_bearer_header_only() {
        let accounts = [Account::new("ab1cd2", Role::Viewer)];
        let token = accounts[0].token.expose_secret();
        assert!(find(&accounts, Some(&format!("Bearer {token}"))).is_some());
        assert!(find(&accounts, Some(&format!("bearer {token}"))).is_some());
        for wrong in [format!("Basic {token}"), token.to_owned(), format!("Bearer {token}x")] {
            assert!(find(&accounts, Some(&wrong)).is_none(), "{wrong}");
        }
        assert!(find(&accounts, None).is_none());
    }

    #[test]
    fn a_role_includes_the_lesser_ones() {
        let viewer = Account::new("ab1cd2", Role::Viewer);
        assert!(viewer.expect_role(Role::Viewer).is_ok());
        let refusal = viewer.expect_role(Role::Admin).unwrap_err();
        assert!(refusal.message.contains("CKS Admin"));
    }
}
