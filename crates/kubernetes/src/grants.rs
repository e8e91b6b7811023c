//! What Kubernetes says to a caller who would bind a role, found out by a dry run of the write.
//!
//! Kubernetes lets a caller bind a role whose permissions it holds, or on which it has the verb `bind` (`pkg/registry/rbac`,
//! `policybased`). It looks at the role, at the scope of the binding and at the caller, and neither at the binding's name nor at its
//! subjects, and before it looks whether the binding exists. So of many bindings of one role in one scope, one dry run answers for all. What
//! admission webhooks say of single bindings, only the apply shows.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    change::{Owned, Update, Updated},
    credentials_in_use::CredentialsInUse,
    errors::Error,
    mode::Mode,
    object::{Kind, ObjectPlace},
    session::Session,
};

/// What a dry run says about permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// The caller may grant what the object grants.
    Allowed,
    /// The caller lacks permissions that it would grant: these rules, as Kubernetes writes them.
    Lacking(Vec<String>),
    /// An object that is required does not exist: the role, or the namespace.
    Missing {
        /// Plural, as the server names it. For a role it may be that of the binding.
        kind: String,
        /// Name of the missing object.
        name: String,
    },
    /// The caller may not write objects of this kind at all, or not now.
    Forbidden,
}

/// The outcome of a dry run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// What it says about permissions.
    pub grant: Grant,
    /// Whether there is certainly no object of this name: only a dry run of this very object shows that.
    pub is_free: bool,
}

/// What was found out with a client.
#[derive(Default)]
struct KnownGrants(Mutex<HashMap<Question, Arc<Cell>>>);

/// One finding, or the place where those wait who need it.
type Cell = tokio::sync::Mutex<Option<Known>>;

/// All that the answer depends on but the caller.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Question {
    verb: &'static str,
    kind: &'static str,
    namespace: Option<String>,
    role: ObjectPlace,
}

#[derive(Clone)]
struct Known {
    credentials: CredentialsInUse,
    grant: Grant,
}

impl KnownGrants {
    fn cell(&self, question: Question) -> Arc<Cell> {
        // Whole after a panic too: each change is one insertion or removal.
        Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(question).or_default())
    }

    /// Forgets what a write of this run may have changed. It was tried before that write that the caller may grant a permission.
    fn forget(&self) {
        let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cells.retain(|_, cell| {
            let is_allowed = |known: &Known| known.grant == Grant::Allowed;
            cell.try_lock().is_ok_and(|known| known.as_ref().is_some_and(is_allowed))
        });
    }
}

impl Session {
    /// Tries to create an object that grants rights. `role`: the one that it binds, for which one dry run answers for all of this scope.
    pub async fn try_create<K: Kind>(
        &self,
        place: &ObjectPlace,
        owned: &Owned<K>,
        role: Option<&ObjectPlace>,
    ) -> Result<Tried, Error> {
        let question = role.map(|role| Question::of::<K>("create", place, role));
        let ask = async {
            let (error, is_free) = match self.create(place, owned, Mode::DryRun).await {
                Ok(_) => (None, true),
                // Kubernetes checks permissions before it checks whether the object exists.
                Err(Error::AlreadyExists { .. }) => (None, false),
                Err(error) => (Some(error), false),
            };
            Ok((Finding::of(error)?, is_free))
        };
        Box::pin(self.shared_try(question, ask)).await
    }

    /// The same for an update.
    pub async fn try_update<K: Kind>(
        &self,
        update: Update<'_, K>,
        role: Option<&ObjectPlace>,
    ) -> Result<Tried, Error> {
        let question = role.map(|role| Question::of::<K>("patch", update.place, role));
        let ask = async {
            let finding = match self.update_or_find(update, Mode::DryRun).await {
                Ok(Updated::Written(_)) => Finding::of(None)?,
                // Nothing was asked.
                Ok(Updated::AsPlanned(_)) => Finding { grant: Grant::Allowed, is_of_all: false },
                Err(error) => Finding::of(Some(error))?,
            };
            Ok((finding, false))
        };
        Box::pin(self.shared_try(question, ask)).await
    }

    /// Forgets what a write of an object may have changed about permissions.
    pub(super) fn forget_grants<K: Kind>(&self) {
        if K::api(false).group() == "rbac.authorization.k8s.io" {
            self.client().remembered::<KnownGrants>().forget();
        }
    }

    async fn shared_try(
        &self,
        question: Option<Question>,
        ask: impl Future<Output = Result<(Finding, bool), Error>>,
    ) -> Result<Tried, Error> {
        let Some(question) = question else {
            let (finding, is_free) = ask.await?;
            return Ok(Tried { grant: finding.grant, is_free });
        };
        let cell = self.client().remembered::<KnownGrants>().cell(question);
        let mut known = self.before_the_deadline("waiting for another dry run", cell.lock()).await?;
        let credentials = self.client().credentials_in_use(self.call()).await?;
        if let Some(known) = known.as_ref().filter(|known| known.credentials.are(&credentials)) {
            return Ok(Tried { grant: known.grant.clone(), is_free: false });
        }
        let (Finding { grant, is_of_all }, is_free) = ask.await?;
        let is_of_these = self.client().credentials_in_use(self.call()).await?.are(&credentials);
        *known = (is_of_these && is_of_all).then(|| Known { credentials, grant: grant.clone() });
        Ok(Tried { grant, is_free })
    }
}

/// What a dry run of one object says.
struct Finding {
    grant: Grant,
    /// Whether it says the same of each object to which the question applies.
    is_of_all: bool,
}

impl Question {
    fn of<K: Kind>(verb: &'static str, place: &ObjectPlace, role: &ObjectPlace) -> Self {
        let kind = K::api(place.namespace.is_some()).kind;
        Self { verb, kind, namespace: place.namespace.clone(), role: role.clone() }
    }
}

impl Finding {
    /// What the error of a dry run says about permissions; the error if it says nothing.
    fn of(error: Option<Error>) -> Result<Self, Error> {
        let of_all = |grant| Ok(Self { grant, is_of_all: true });
        match error {
            None => of_all(Grant::Allowed),
            Some(Error::Escalation { missing, .. }) => of_all(Grant::Lacking(missing)),
            Some(Error::Missing { kind, name, .. }) => of_all(Grant::Missing { kind, name }),
            // The authorizer knows no name when it decides about a create. An update may be permitted for other names, and an admission
            // webhook may judge anything.
            Some(Error::Forbidden { message, .. }) => {
                Ok(Self { grant: Grant::Forbidden, is_of_all: message.contains(" cannot create resource ") })
            }
            Some(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests;
