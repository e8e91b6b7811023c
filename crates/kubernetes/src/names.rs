//! Whether a name is free before an object is created, for warnings of a plan.
//!
//! A plan of many objects asks for many names that do not exist. After the first ones, one list of the names in use serves for five seconds,
//! as long as it is short for so many questions. A name that it has, or a list that fails or is long, is followed by a request for the object.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use super::{
    errors::Error,
    list::Paging,
    object::{Kind, Object, ObjectPlace},
    page::{LARGEST_PAGE, Next, name_of},
    session::Session,
};

/// How many names are asked for one by one before a list is worth it.
const SINGLE_QUESTIONS: usize = 3;

/// How many questions are worth one page more of a list.
const QUESTIONS_FOR_A_PAGE: usize = 10;

/// How long the list may take: it saves requests, and a plan has little time.
const LONGEST: Duration = Duration::from_secs(5);

/// Questions by the path of the collection; `None` after a list that failed.
#[derive(Default)]
struct Questions(Mutex<HashMap<String, Option<usize>>>);

/// The names in use in a collection.
struct Names {
    taken: HashSet<String>,
    /// Whether these are all.
    has_ended: bool,
    /// Whether the list failed.
    has_failed: bool,
}

impl Questions {
    /// Counts a question; `None` if a list of this collection failed.
    fn count(&self, path: &str) -> Option<usize> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = all.entry(path.to_owned()).or_insert(Some(0)).as_mut()?;
        *asked += 1;
        Some(*asked)
    }

    fn give_up(&self, path: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), None);
    }
}

impl Session {
    /// What a create would find at this place. That there is nothing may be five seconds old.
    pub async fn find_before_create<K: Kind>(&self, place: &ObjectPlace) -> Result<Option<Object<K>>, Error> {
        if self.is_free::<K>(place).await { Ok(None) } else { self.find(place).await }
    }

    /// Whether a list shows that there is no object of this name.
    async fn is_free<K: Kind>(&self, place: &ObjectPlace) -> bool {
        let (api, namespace) = (K::api(place.namespace.is_some()), place.namespace.as_deref());
        let path = api.path(namespace);
        let questions = self.client().remembered::<Questions>();
        let Some(asked) = questions.count(&path).filter(|asked| *asked > SINGLE_QUESTIONS) else {
            return false;
        };
        // Not that of `glance_at_all`: what this run creates meanwhile is no reason to list again.
        let shared = format!("names in {path}");
        let names = self.names(Paging::new(api, namespace, ""), asked / QUESTIONS_FOR_A_PAGE + 1);
        let Ok(names) = Box::pin(self.shared(&shared, names)).await else { return false };
        if names.has_failed {
            questions.give_up(&path);
        }
        names.has_ended && !names.taken.contains(&place.name)
    }

    /// The names of the first pages, unless the server says that these are not enough. A failure is shared as well, so that only one asks.
    async fn names(&self, mut paging: Paging, most_pages: usize) -> Result<Names, Error> {
        let session = self.once_within(LONGEST);
        let mut found = Names { taken: HashSet::new(), has_ended: false, has_failed: false };
        for left in (0..most_pages).rev() {
            match paging.next(LARGEST_PAGE, &session).await {
                Ok(Some((page, _))) => {
                    found.taken.extend(page.items.iter().filter_map(|item| name_of(item)));
                    let to_come = page.remaining.unwrap_or_default().div_ceil(u64::from(LARGEST_PAGE));
                    if to_come > u64::try_from(left).unwrap_or(u64::MAX) {
                        break;
                    }
                }
                Ok(None) => break,
                // That this question ends says nothing about the list.
                Err(error) if self.call().is_over() || self.call().cancelled.is_cancelled() => {
                    return Err(error);
                }
                Err(error) => {
                    tracing::debug!(%error, "no list, looking for each name");
                    found.has_failed = true;
                    break;
                }
            }
        }
        found.has_ended = matches!(paging.progress.next, Next::End);
        Ok(found)
    }
}

#[cfg(test)]
mod tests;
