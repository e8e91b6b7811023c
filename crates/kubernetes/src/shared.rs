//! Answers that several operations of a run share: what many plans ask at the same time is asked once.
//!
//! For what is a help only, such as a warning: a shared answer may be some seconds old, and what this run writes meanwhile drops it. What
//! a state or a write depends on is read for itself, as is what a shared answer says is missing where something depends on that.

use std::{
    any::Any,
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

use super::{
    credentials_in_use::CredentialsInUse,
    errors::Error,
    list::ListScope,
    object::{Kind, Object, ObjectPlace},
    session::Session,
};

/// How long an answer serves others: enough for the many resources of one plan, too short to hide a change from the next.
const FRESH: Duration = Duration::from_secs(5);

/// The answers of one client.
#[derive(Default)]
struct SharedAnswers {
    cells: Mutex<HashMap<Asked, Arc<Cell>>>,
    /// How often this run has written what decides on permissions.
    writes_of_rights: AtomicU64,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Asked {
    path: String,
    /// UID of the cluster's `kube-system` that the session expects: what was checked with less is not an answer.
    cluster_uid: Option<String>,
}

/// One answer, or the place where those wait who need it.
type Cell = tokio::sync::Mutex<Option<SharedAnswer>>;

struct SharedAnswer {
    since: Instant,
    credentials: CredentialsInUse,
    /// How often permissions had been written when it was asked for: a refusal of before may be none any more.
    writes_of_rights: u64,
    /// An error only if the caller gets the same one again.
    answer: Result<Arc<dyn Any + Send + Sync>, Error>,
}

impl SharedAnswers {
    fn cell(&self, asked: Asked) -> Arc<Cell> {
        // Whole after a panic too: each change is one insertion or removal.
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = cells.get(&asked) {
            return Arc::clone(cell);
        }
        Arc::clone(cells.entry(asked).or_default())
    }

    /// Lists can be long: what is too old, and what nobody waits for, goes.
    fn forget_later(self: &Arc<Self>) {
        let answers = Arc::downgrade(self);
        tokio::spawn(async move {
            tokio::time::sleep(FRESH).await;
            let Some(answers) = answers.upgrade() else { return };
            let mut cells = answers.cells.lock().unwrap_or_else(PoisonError::into_inner);
            cells.retain(|_, cell| {
                let is_needed = Arc::strong_count(cell) > 1;
                is_needed
                    || cell.try_lock().is_ok_and(|kept| kept.as_ref().is_some_and(SharedAnswer::is_fresh))
            });
        });
    }

    fn writes_of_rights(&self) -> u64 {
        self.writes_of_rights.load(Ordering::Relaxed)
    }

    /// Drops the answer to a request for this path, also one that comes later to those who wait for it now.
    fn drop_answer(&self, path: &str) {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner).retain(|asked, _| asked.path != path);
    }
}

impl SharedAnswer {
    fn is_fresh(&self) -> bool {
        self.since.elapsed() < FRESH
    }
}

impl Session {
    /// The object as it was at most five seconds ago; `None` if there was none. Any number of operations send one request.
    pub async fn glance<K: Kind>(&self, place: &ObjectPlace) -> Result<Option<Arc<Object<K>>>, Error> {
        let path = K::api(place.namespace.is_some()).path_of(place);
        let ask = async { Ok(self.find::<K>(place).await?.map(Arc::new)) };
        let found: Arc<Option<Arc<Object<K>>>> = Box::pin(self.shared(&path, ask)).await?;
        Ok((*found).clone())
    }

    /// All objects of this scope as they were at most five seconds ago. Any number of operations send one list.
    pub async fn glance_at_all<K: Kind>(&self, scope: ListScope<'_>) -> Result<Arc<Vec<Object<K>>>, Error> {
        let path = K::api(scope != ListScope::Cluster).path(scope.namespace());
        Box::pin(self.shared(&path, self.list::<K>(scope, ""))).await
    }

    /// Forgets what is shared about an object that this run wrote.
    pub(super) fn forget_shared<K: Kind>(&self, place: &ObjectPlace) {
        let (api, answers) = (K::api(place.namespace.is_some()), self.client().remembered::<SharedAnswers>());
        answers.drop_answer(&api.path_of(place));
        answers.drop_answer(&api.path(place.namespace.as_deref()));
        if place.namespace.is_some() {
            answers.drop_answer(&api.path(None));
        }
        if api.group() == "rbac.authorization.k8s.io" {
            answers.writes_of_rights.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What `ask` returns, or has returned to another operation of the same caller. An answer is at most five seconds older than the question:
    /// while one waits for it, it does not age.
    pub(super) async fn shared<T: Send + Sync + 'static>(
        &self,
        path: &str,
        ask: impl Future<Output = Result<T, Error>>,
    ) -> Result<Arc<T>, Error> {
        let asked_at = Instant::now();
        let asked = Asked { path: path.to_owned(), cluster_uid: self.expected().uid.clone() };
        let answers = self.client().remembered::<SharedAnswers>();
        let cell = answers.cell(asked);
        let what = format!("waiting for another request for {path}");
        let mut kept = self.before_the_deadline(&what, cell.lock()).await?;
        let credentials = self.client().credentials_in_use(self.call()).await?;
        let serves = |shared: &&SharedAnswer| {
            let is_current = shared.answer.is_ok() || shared.writes_of_rights == answers.writes_of_rights();
            let is_fresh = asked_at.saturating_duration_since(shared.since) < FRESH;
            is_current && is_fresh && shared.credentials.are(&credentials)
        };
        if let Some(shared) = kept.as_ref().filter(serves) {
            let answer = shared.answer.clone()?;
            if let Ok(answer) = answer.downcast::<T>() {
                return Ok(answer);
            }
        }
        let (since, writes_of_rights) = (Instant::now(), answers.writes_of_rights());
        let answer = ask.await.map(Arc::new);
        let shared = match &answer {
            Ok(found) => {
                let found: Arc<dyn Any + Send + Sync> = Arc::<T>::clone(found);
                Some(Ok(found))
            }
            Err(error @ Error::Forbidden { .. }) => Some(Err(error.clone())),
            Err(_) => None,
        };
        // Renewed meanwhile, perhaps for this very request, they may be another caller's.
        let is_of_these = self.client().credentials_in_use(self.call()).await?.are(&credentials);
        *kept = shared.filter(|_| is_of_these).map(|answer| SharedAnswer {
            since,
            credentials,
            writes_of_rights,
            answer,
        });
        answers.forget_later();
        answer
    }
}

#[cfg(test)]
mod tests;
