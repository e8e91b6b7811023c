//! Pictures: what one list of a kind found serves the refreshes of many objects, for five seconds since the list began.
//!
//! This file decides what a picture may serve; `refresh.rs` reads them. A picture shows only that an object is there: whatever it does not
//! have, or has otherwise than a state, one request for the object decides.
//!
//! Objects that nobody asks for cost memory, and the time of the server. So the first refreshes of a kind are single requests, and further
//! pages are read only while they are few for the refreshes so far.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::{sync::Mutex as AsyncMutex, time::Instant};

use super::{
    credentials_in_use::CredentialsInUse,
    identity::ExpectedCluster,
    page::{LARGEST_PAGE, Next, Page, Progress, name_of},
    pool::{KnownServer, Pool},
    server_clock::Reading,
};

/// How old an answer of a picture may be.
pub(super) const LONGEST_AGE: Duration = Duration::from_secs(5);

/// How many refreshes are worth one page of [`LARGEST_PAGE`] objects.
const READS_FOR_A_PAGE: u64 = 10;

/// Objects of each page after the first, which has shown how many there are.
const LATER_PAGE: u32 = 2 * LARGEST_PAGE;

/// Bytes of all pictures of a client, without the page that is read.
const MOST_BYTES: usize = 32 << 20;

/// What one picture has: the objects of a kind, in one namespace or of the whole cluster, for all sessions that expect the same cluster.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Scope {
    pub(super) expected: ExpectedCluster,
    /// Path of the collection.
    pub(super) path: String,
    pub(super) label_selector: String,
}

/// The pictures of one client.
#[derive(Debug, Default)]
pub(super) struct Pictures(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    populations: HashMap<Scope, Population>,
    /// When this run wrote an object last, by its path, as long as a picture from before may be there.
    written: HashMap<String, u64>,
    /// Writes that have not ended, by path.
    writing: HashMap<String, usize>,
    /// Counts the lists that began, and the writes that ended.
    order: u64,
}

/// What is known of all objects in a scope.
#[derive(Debug, Default)]
struct Population {
    /// Refreshes since the last picture began, and in the time before that.
    reads: u64,
    reads_before: u64,
    /// No list is tried any more: it was forbidden, or failed.
    given_up: bool,
    /// Objects after the first page of the last picture, as far as is known.
    beyond: u64,
    picture: Option<Picture>,
    /// Held while a page is read, by whichever refresh needs it.
    queue: Arc<AsyncMutex<()>>,
}

#[derive(Debug)]
struct Picture {
    began: Instant,
    order: u64,
    progress: Progress,
    remaining: Option<u64>,
    /// Each with the number of its page.
    objects: HashMap<String, (Bytes, usize)>,
    pages: Vec<Source>,
    /// By these connections, which are others once a kubeconfig was read again.
    pool: Arc<Pool>,
    /// With these credentials, once the first page came. A file with a token may have another one.
    credentials: Option<CredentialsInUse>,
    /// Bytes of its objects.
    held: usize,
    /// [`Pool::changes`] when the first page came.
    changes: u64,
}

/// Where a page is from, and when.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) server: Arc<KnownServer>,
    pub(super) reading: Option<Reading>,
}

/// How a request is sent.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) pool: Arc<Pool>,
    pub(super) credentials: CredentialsInUse,
}

/// What a picture has of an object.
#[derive(Debug)]
pub(super) enum Look {
    /// Its JSON.
    Found(Bytes, Source),
    /// Nothing that serves: a request for the object decides.
    Nothing,
    /// Another page may have it.
    Next,
    /// There is no picture, and one is worth its list.
    Begin,
}

/// A page that is to be read.
#[derive(Debug)]
pub(super) struct Wanted {
    /// Which picture it is of.
    pub(super) order: u64,
    /// How far its list was read before.
    pub(super) progress: Progress,
    /// Most objects of the page.
    pub(super) size: u32,
    /// How long it may take.
    pub(super) limit: Duration,
}

/// A write of an object. As long as it lasts, and after it, no picture from before serves the object.
#[derive(Debug)]
pub(super) struct Write {
    pictures: Arc<Pictures>,
    path: String,
}

impl Pictures {
    /// Counts a refresh. Returns whether a picture may serve it: neither the first ones, nor any after a list failed.
    pub(super) fn count(&self, scope: &Scope, single_reads: u64) -> bool {
        let mut state = self.state();
        let population = state.populations.entry(scope.clone()).or_default();
        population.reads += 1;
        !population.given_up && population.demand() > single_reads
    }

    /// What a picture has of an object. `paths`: of the object, and of its namespace. `by`: how a request would be sent now.
    pub(super) fn look(&self, scope: &Scope, name: &str, paths: &[String], by: &Way) -> Look {
        let mut state = self.state();
        let is_full = state.held() > MOST_BYTES;
        let State { populations, written, writing, .. } = &mut *state;
        let Some(population) = populations.get_mut(scope) else { return Look::Nothing };
        if population.given_up {
            return Look::Nothing;
        }
        population.picture.take_if(|picture| !picture.serves(by));
        let Some(picture) = &population.picture else {
            let begins = !is_full && population.is_worth(population.beyond);
            return if begins { Look::Begin } else { Look::Nothing };
        };
        if paths.iter().any(|path| writing.contains_key(path) || written.get(path) > Some(&picture.order)) {
            return Look::Nothing;
        }
        match picture.objects.get(name) {
            Some((json, page)) => match picture.pages.get(*page) {
                Some(source) => Look::Found(json.clone(), source.clone()),
                None => Look::Nothing,
            },
            None if picture.has_ended() || is_full => Look::Nothing,
            // Which has half of its time left at least, so that a page in time is no wonder.
            None if picture.age() > LONGEST_AGE / 2 => Look::Nothing,
            None if population.is_worth(picture.to_come()) => Look::Next,
            None => Look::Nothing,
        }
    }

    /// What is held to read a page.
    pub(super) fn queue(&self, scope: &Scope) -> Arc<AsyncMutex<()>> {
        Arc::clone(&self.state().populations.entry(scope.clone()).or_default().queue)
    }

    /// The next page of the picture, or the first one of a new picture. Whoever reads it holds the queue.
    pub(super) fn wanted(self: &Arc<Self>, scope: &Scope, pool: &Arc<Pool>) -> Wanted {
        let mut state = self.state();
        let State { populations, order, .. } = &mut *state;
        let population = populations.entry(scope.clone()).or_default();
        if population.picture.is_none() {
            *order += 1;
            population.reads_before = std::mem::take(&mut population.reads);
            self.forget_later();
        }
        let picture = population.picture.get_or_insert_with(|| Picture {
            began: Instant::now(),
            order: *order,
            progress: Progress::default(),
            remaining: None,
            objects: HashMap::new(),
            pages: Vec::new(),
            pool: Arc::clone(pool),
            credentials: None,
            held: 0,
            changes: 0,
        });
        Wanted {
            order: picture.order,
            progress: picture.progress.clone(),
            size: if picture.pages.is_empty() { LARGEST_PAGE } else { LATER_PAGE },
            limit: LONGEST_AGE.saturating_sub(picture.age()),
        }
    }

    /// Adds a page that was read this way, after which the list is this far.
    pub(super) fn add(
        &self,
        scope: &Scope,
        order: u64,
        (page, progress): (Page, Progress),
        source: Source,
        by: Way,
    ) {
        let mut state = self.state();
        let Some(population) = state.populations.get_mut(scope) else { return };
        let Some(picture) = population.picture.as_mut().filter(|picture| picture.order == order) else {
            return;
        };
        if picture.pages.is_empty() {
            picture.changes = by.pool.changes();
            (picture.pool, picture.credentials) = (by.pool, Some(by.credentials));
        } else if !picture.serves(&by) {
            population.picture = None;
            return;
        }
        let number = picture.pages.len();
        picture.pages.push(source);
        for item in page.items {
            if let Some(name) = name_of(&item) {
                picture.held += item.len();
                picture.objects.insert(name, (item, number));
            }
        }
        (picture.progress, picture.remaining) = (progress, page.remaining);
        let known = picture.objects_so_far() + page.remaining.unwrap_or_default();
        population.beyond = known.saturating_sub(u64::from(LARGEST_PAGE));
    }

    /// No list of this scope is tried any more in this run.
    pub(super) fn give_up(&self, scope: &Scope) {
        self.state().populations.entry(scope.clone()).or_default().give_up();
    }

    /// Notes a write of the object at this path that begins.
    pub(super) fn write(self: &Arc<Self>, path: String) -> Write {
        *self.state().writing.entry(path.clone()).or_default() += 1;
        Write { pictures: Arc::clone(self), path }
    }

    /// Frees the picture that began just now once it is too old.
    fn forget_later(self: &Arc<Self>) {
        let pictures = Arc::downgrade(self);
        tokio::spawn(async move {
            tokio::time::sleep(LONGEST_AGE).await;
            if let Some(pictures) = pictures.upgrade() {
                pictures.state().forget_old();
            }
        });
    }

    /// Whether there is one at all.
    #[cfg(test)]
    pub(super) fn has_any(&self) -> bool {
        self.state().populations.values().any(|population| population.picture.is_some())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn held(&self) -> usize {
        self.populations.values().filter_map(|population| population.picture.as_ref()).map(|it| it.held).sum()
    }

    /// Frees pictures that are too old, and which writes they missed.
    fn forget_old(&mut self) {
        for population in self.populations.values_mut() {
            population.picture.take_if(|picture| picture.is_old());
        }
        if self.populations.values().all(|population| population.picture.is_none()) {
            self.written.clear();
        }
    }
}

impl Population {
    fn demand(&self) -> u64 {
        self.reads_before + self.reads
    }

    /// Whether it is worth it to read so many objects more, of which most may be foreign: a page for each ten refreshes so far, and one.
    fn is_worth(&self, objects: u64) -> bool {
        objects.div_ceil(u64::from(LARGEST_PAGE)) <= self.demand() / READS_FOR_A_PAGE + 1
    }

    fn give_up(&mut self) {
        self.given_up = true;
        self.picture = None;
    }
}

impl Picture {
    /// Whether what it has is as a request would find it now, but for its age.
    fn serves(&self, by: &Way) -> bool {
        let has = |credentials: &CredentialsInUse| credentials.are(&by.credentials);
        let is_same = || {
            Arc::ptr_eq(&self.pool, &by.pool)
                && self.changes == by.pool.changes()
                && self.credentials.as_ref().is_some_and(has)
        };
        // Before the first page it has nothing that could be wrong.
        !self.is_old() && (self.pages.is_empty() || is_same())
    }

    fn is_old(&self) -> bool {
        self.age() >= LONGEST_AGE
    }

    fn age(&self) -> Duration {
        self.began.elapsed()
    }

    fn has_ended(&self) -> bool {
        matches!(self.progress.next, Next::End)
    }

    fn objects_so_far(&self) -> u64 {
        u64::try_from(self.objects.len()).unwrap_or(u64::MAX)
    }

    /// Objects of later pages. Where the server does not say, as many as so far.
    fn to_come(&self) -> u64 {
        self.remaining.unwrap_or_else(|| self.objects_so_far())
    }
}

impl Drop for Write {
    fn drop(&mut self) {
        let mut state = self.pictures.state();
        state.order += 1;
        let (order, path) = (state.order, std::mem::take(&mut self.path));
        if let Entry::Occupied(mut writes) = state.writing.entry(path.clone()) {
            *writes.get_mut() -= 1;
            if *writes.get() == 0 {
                writes.remove();
            }
        }
        state.written.insert(path, order);
        state.forget_old();
    }
}
