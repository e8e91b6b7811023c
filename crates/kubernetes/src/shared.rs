//! Answers that several operations of a run share: what many plans ask at the same time is asked once.
//!
//! For what is a help only, such as a warning: a shared answer may be some seconds old, and what this run writes meanwhile drops it. What
//! a state or a write depends on is read for itself.

use std::{
    any::Any,
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    errors::Error,
    list::ListScope,
    object::{Kind, Object, ObjectPlace},
    session::Session,
};

/// How long an answer serves others: enough for the many resources of one plan, too short to hide a change from the next.
const FRESH: Duration = Duration::from_secs(5);

/// The answers of one client.
#[derive(Default)]
struct SharedAnswers(Mutex<HashMap<Asked, Arc<Cell>>>);

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
    /// An error only if the caller gets the same one again.
    answer: Result<Arc<dyn Any + Send + Sync>, Error>,
}

impl SharedAnswers {
    fn cell(&self, asked: Asked) -> Arc<Cell> {
        // Whole after a panic too: each change is one insertion or removal.
        let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = cells.get(&asked) {
            return Arc::clone(cell);
        }
        // Lists can be long: what is too old, and what nobody waits for, goes.
        cells.retain(|_, cell| match cell.try_lock() {
            Ok(kept) => kept.as_ref().is_some_and(SharedAnswer::is_fresh),
            Err(_) => true,
        });
        Arc::clone(cells.entry(asked).or_default())
    }

    /// Drops the answer to a request for this path, also one that comes later to those who wait for it now.
    fn drop_answer(&self, path: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|asked, _| asked.path != path);
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
        let found: Arc<Option<Arc<Object<K>>>> =
            self.shared(&path, async { Ok(self.find::<K>(place).await?.map(Arc::new)) }).await?;
        Ok((*found).clone())
    }

    /// All objects of this scope as they were at most five seconds ago. Any number of operations send one list.
    pub async fn glance_at_all<K: Kind>(&self, scope: ListScope<'_>) -> Result<Arc<Vec<Object<K>>>, Error> {
        let path = K::api(scope != ListScope::Cluster).path(scope.namespace());
        self.shared(&path, self.list::<K>(scope, "")).await
    }

    /// Forgets what is shared about an object that this run wrote.
    pub(super) fn forget_shared<K: Kind>(&self, place: &ObjectPlace) {
        let (api, answers) = (K::api(place.namespace.is_some()), self.client().remembered::<SharedAnswers>());
        answers.drop_answer(&api.path_of(place));
        answers.drop_answer(&api.path(place.namespace.as_deref()));
        if place.namespace.is_some() {
            answers.drop_answer(&api.path(None));
        }
    }

    /// What `ask` returns, or has returned to another operation that asked for the same path at most five seconds ago.
    pub(super) async fn shared<T: Send + Sync + 'static>(
        &self,
        path: &str,
        ask: impl Future<Output = Result<T, Error>>,
    ) -> Result<Arc<T>, Error> {
        let asked = Asked { path: path.to_owned(), cluster_uid: self.expected().uid.clone() };
        let cell = self.client().remembered::<SharedAnswers>().cell(asked);
        let what = format!("waiting for another request for {path}");
        let mut kept = self.before_the_deadline(&what, cell.lock()).await?;
        if let Some(shared) = kept.as_ref().filter(|shared| shared.is_fresh()) {
            let answer = shared.answer.clone()?;
            if let Ok(answer) = answer.downcast::<T>() {
                return Ok(answer);
            }
        }
        let since = Instant::now();
        let answer = ask.await.map(Arc::new);
        *kept = match &answer {
            Ok(found) => {
                let found: Arc<dyn Any + Send + Sync> = Arc::<T>::clone(found);
                Some(SharedAnswer { since, answer: Ok(found) })
            }
            Err(error @ Error::Forbidden { .. }) => Some(SharedAnswer { since, answer: Err(error.clone()) }),
            Err(_) => None,
        };
        answer
    }
}

#[cfg(test)]
mod tests;
