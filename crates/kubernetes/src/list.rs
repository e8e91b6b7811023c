//! The objects of a kind, page by page: each object once, whatever happens between two pages.

use std::{collections::HashSet, marker::PhantomData};

use request_pipeline::Retry;

use super::{
    errors::{Action, Error},
    http::{LONGEST_LIST, Request},
    identity_check::Reached,
    object::{Api, Kind, Object, ObjectPlace},
    page::{LARGEST_PAGE, Next, Page, Progress},
    session::Session,
};

/// Objects of one list, for a server whose list does not end.
const MOST_OBJECTS: u32 = 200 * LARGEST_PAGE;

/// Bytes of all pages of one list.
const LONGEST_WHOLE_LIST: usize = 256 << 20;

/// How often a list goes on although its next page has expired.
const MOST_RESTARTS: u32 = 5;

/// Which objects of a kind a list has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListScope<'a> {
    /// Those of the whole cluster, such as ClusterRoleBindings.
    Cluster,
    /// Those in all namespaces, such as all RoleBindings.
    AllNamespaces,
    /// Those in this namespace.
    Namespace(&'a str),
}

impl<'a> ListScope<'a> {
    pub(super) fn namespace(self) -> Option<&'a str> {
        match self {
            Self::Namespace(namespace) => Some(namespace),
            Self::Cluster | Self::AllNamespaces => None,
        }
    }
}

/// The objects of a kind, page by page. Each page may have a session of its own, with its own time limit.
#[derive(Debug)]
pub struct Pages<K> {
    paging: Paging,
    size: u32,
    /// The objects of earlier pages, which a list that begins again has once more.
    returned: HashSet<ObjectPlace>,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Pages<K> {
    /// The objects of this scope with these labels (`key=value,…`; empty for all), `size` at once, which a server may lower. Sends nothing.
    pub fn new(scope: ListScope<'_>, label_selector: &str, size: u32) -> Self {
        let api = K::api(scope != ListScope::Cluster);
        Self {
            paging: Paging::new(api, scope.namespace(), label_selector),
            size: size.clamp(1, LARGEST_PAGE),
            returned: HashSet::new(),
            kind: PhantomData,
        }
    }

    /// Kind of the objects, such as `ClusterRole`.
    pub fn kind(&self) -> &'static str {
        self.paging.action().api.kind
    }

    /// The next page, which may be empty; `None` after the last one. A list that is longer than any cluster's is an error.
    ///
    /// The list goes on after a page has expired: it has each object that exists throughout exactly once, and one that was created or
    /// deleted meanwhile perhaps.
    pub async fn next(&mut self, session: &Session) -> Result<Option<Vec<Object<K>>>, Error> {
        let Some((page, _)) = self.paging.next(self.size, session).await? else { return Ok(None) };
        let mut objects = Vec::new();
        for item in page.items {
            let object = serde_json::from_slice::<Object<K>>(&item);
            let object = object.map_err(|_| session.no_object(self.paging.action()))?;
            if self.returned.insert(object.place.clone()) {
                objects.push(object);
            }
        }
        Ok(Some(objects))
    }
}

/// A list that is read page by page.
#[derive(Debug)]
pub(super) struct Paging {
    action: Action,
    path: String,
    label_selector: String,
    /// How far it has been read.
    pub(super) progress: Progress,
}

impl Paging {
    /// The objects in this namespace, or everywhere, with these labels (`key=value,…`; empty for all). Sends nothing.
    pub(super) fn new(api: Api, namespace: Option<&str>, label_selector: &str) -> Self {
        let place = namespace.map(|namespace| ObjectPlace::namespaced(namespace, String::new()));
        Self {
            action: Action { verb: "list", api, place, subresource: None },
            path: api.path(namespace),
            label_selector: label_selector.to_owned(),
            progress: Progress::default(),
        }
    }

    /// The same list, of which so much has been read.
    pub(super) fn after(self, progress: Progress) -> Self {
        Self { progress, ..self }
    }

    /// What messages name.
    pub(super) fn action(&self) -> &Action {
        &self.action
    }

    /// The next page, of at most this many objects, with the server that it is from; `None` after the last one. A list that is longer than
    /// any cluster's is an error.
    ///
    /// The server keeps the next page for some minutes only. Once it has expired, the server says where the rest of the objects as they are
    /// now begins; if it does not, the list begins again, and has earlier objects once more.
    pub(super) async fn next(
        &mut self,
        size: u32,
        session: &Session,
    ) -> Result<Option<(Page, Reached)>, Error> {
        let mut retry = Retry::until(session.call().deadline, session.client().connection().backoff);
        loop {
            let token = match &self.progress.next {
                Next::First => "",
                Next::Continue(token) => token,
                Next::End => return Ok(None),
            };
            let request = Request::get(self.action.clone(), self.target(size, token)).at_most(LONGEST_LIST);
            match Box::pin(session.send_from::<Page>(&request)).await?.answer {
                Ok((page, from)) => {
                    self.progress.requested = self.progress.requested.saturating_add(size);
                    self.progress.bytes += page.length;
                    if self.progress.requested > MOST_OBJECTS || self.progress.bytes > LONGEST_WHOLE_LIST {
                        return Err(self.endless(size, session));
                    }
                    self.progress.next = match page.next.as_str() {
                        "" => Next::End,
                        token => Next::Continue(token.to_owned()),
                    };
                    return Ok(Some((page, from)));
                }
                Err(refusal)
                    if refusal.is_expired()
                        && !token.is_empty()
                        && self.progress.restarts < MOST_RESTARTS =>
                {
                    self.progress.restarts += 1;
                    self.progress.next = match refusal.remainder {
                        remainder if !remainder.is_empty() => Next::Continue(remainder),
                        _ => {
                            (self.progress.requested, self.progress.bytes) = (0, 0);
                            Next::First
                        }
                    };
                    session.pause_before_retry(&mut retry, refusal.message, &self.action).await?;
                }
                Err(refusal) => return Err(session.refused(refusal, self.action.clone())),
            }
        }
    }

    /// Path and query of a page.
    fn target(&self, size: u32, token: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("limit", &size.to_string());
        let given = [("labelSelector", self.label_selector.as_str()), ("continue", token)].into_iter();
        query.extend_pairs(given.filter(|(_, value)| !value.is_empty()));
        format!("{}?{}", self.path, query.finish())
    }

    fn endless(&self, size: u32, session: &Session) -> Error {
        Error::Unexpected {
            title: session.client().connection().title.clone(),
            action: Box::new(self.action.clone()),
            status: 200,
            message: format!(
                "the list has more than {} pages or {} MiB",
                MOST_OBJECTS / size,
                LONGEST_WHOLE_LIST >> 20
            ),
        }
    }
}

impl Session {
    /// All objects of this scope, with these labels (`key=value,…`; empty for all): the [pages](Pages) as one list.
    pub async fn list<K: Kind>(
        &self,
        scope: ListScope<'_>,
        label_selector: &str,
    ) -> Result<Vec<Object<K>>, Error> {
        let mut pages = Pages::new(scope, label_selector, LARGEST_PAGE);
        let mut objects = Vec::new();
        while let Some(page) = pages.next(self).await? {
            objects.extend(page);
        }
        Ok(objects)
    }
}

#[cfg(test)]
mod real_server_tests;
#[cfg(test)]
mod tests;
