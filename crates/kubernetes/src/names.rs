//! Whether a name is free before an object is created, for warnings of a plan.
//!
//! A plan of many objects asks for many names that do not exist. After the first ones, one list of the names in use serves for five seconds,
//! as long as it is short for so many questions. A name that it has, or a list that fails or is long, is followed by a request for the object.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

use super::{
    errors::Error,
    list::{ListScope, Pages},
    object::{Kind, Object, ObjectPlace},
    page::LARGEST_PAGE,
    session::Session,
};

/// How many names are asked for one by one before a list is worth it.
const SINGLE_QUESTIONS: usize = 3;

/// How many questions are worth one page more of a list.
const QUESTIONS_FOR_A_PAGE: usize = 10;

/// Questions by the path of the collection; `None` after a list that failed.
#[derive(Default)]
struct Questions(Mutex<HashMap<String, Option<usize>>>);

/// The names in use in a collection.
struct Names {
    names: HashSet<String>,
    /// Whether these are all.
    has_ended: bool,
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
        let scope = match &place.namespace {
            Some(namespace) => ListScope::Namespace(namespace),
            None => ListScope::Cluster,
        };
        let path = K::api(place.namespace.is_some()).path(place.namespace.as_deref());
        let questions = self.client().remembered::<Questions>();
        let Some(asked) = questions.count(&path).filter(|asked| *asked > SINGLE_QUESTIONS) else {
            return false;
        };
        // Not that of `glance_at_all`: what this run creates meanwhile is no reason to list again.
        let shared = format!("names in {path}");
        match self.shared(&shared, self.names::<K>(scope, asked / QUESTIONS_FOR_A_PAGE + 1)).await {
            Ok(names) => names.has_ended && !names.names.contains(&place.name),
            Err(error) => {
                tracing::debug!(path, %error, "no list, looking for each name");
                questions.give_up(&path);
                false
            }
        }
    }

    /// The names of the first pages.
    async fn names<K: Kind>(&self, scope: ListScope<'_>, most_pages: usize) -> Result<Names, Error> {
        let mut pages = Pages::<K>::new(scope, "", LARGEST_PAGE);
        let mut names = HashSet::new();
        for _ in 0..most_pages {
            let Some(page) = pages.next(self).await? else { return Ok(Names { names, has_ended: true }) };
            names.extend(page.into_iter().map(|object| object.place.name));
        }
        Ok(Names { names, has_ended: pages.has_ended() })
    }
}

#[cfg(test)]
mod tests;
