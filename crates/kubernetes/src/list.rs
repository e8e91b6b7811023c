//! The objects of a kind, page by page: each object once, whatever happens between two pages.

use std::{collections::HashSet, marker::PhantomData};

use request_pipeline::Retry;
use serde_json::Value;

use super::{
    errors::{Action, Error},
    http::{LONGEST_LIST, Request},
    object::{Kind, Object, ObjectPlace},
    session::Session,
};

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
    fn namespace(self) -> Option<&'a str> {
        match self {
            Self::Namespace(namespace) => Some(namespace),
            Self::Cluster | Self::AllNamespaces => None,
        }
    }
}

/// The most objects in one page of a list.
pub const LARGEST_PAGE: u32 = 500;

/// Objects of one list, for a server whose list does not end.
const MOST_OBJECTS: u32 = 200 * LARGEST_PAGE;

/// Bytes of all pages of one list.
const LONGEST_WHOLE_LIST: usize = 256 << 20;

/// How often a list goes on although its next page has expired.
const MOST_RESTARTS: u32 = 5;

/// A list that is read page by page. It keeps its place itself, so that each page may have a session of its own, with its own time limit.
#[derive(Debug)]
pub struct Pages<K> {
    action: Action,
    path: String,
    label_selector: String,
    size: u32,
    next: Next,
    /// The objects of earlier pages, which a list that begins again has once more.
    returned: HashSet<ObjectPlace>,
    requested: u32,
    bytes: usize,
    restarts: u32,
    kind: PhantomData<fn() -> K>,
}

#[derive(Debug)]
enum Next {
    First,
    Continue(String),
    End,
}

impl<K: Kind> Pages<K> {
    /// The objects of this scope with these labels (`key=value,…`; empty for all), `size` at once, which a server may lower. Sends nothing.
    pub fn new(scope: ListScope<'_>, label_selector: &str, size: u32) -> Self {
        let api = K::api(scope != ListScope::Cluster);
        let place = scope.namespace().map(|namespace| ObjectPlace::namespaced(namespace, String::new()));
        Self {
            action: Action { verb: "list", api, place, subresource: None },
            path: api.path(scope.namespace()),
            label_selector: label_selector.to_owned(),
            size: size.clamp(1, LARGEST_PAGE),
            next: Next::First,
            returned: HashSet::new(),
            requested: 0,
            bytes: 0,
            restarts: 0,
            kind: PhantomData,
        }
    }

    /// Kind of the objects, such as `ClusterRole`.
    pub fn kind(&self) -> &'static str {
        self.action.api.kind
    }

    /// The next page, which may be empty; `None` after the last one. A list that is longer than any cluster's is an error.
    ///
    /// The server keeps the next page for some minutes only. Once it has expired, the server says where the rest of the objects as they are
    /// now begins; if it does not, the list begins again, without the objects that it had. So it has each object that exists throughout
    /// exactly once, and one that was created or deleted meanwhile perhaps.
    pub async fn next(&mut self, session: &Session) -> Result<Option<Vec<Object<K>>>, Error> {
        let mut retry = Retry::until(session.call().deadline, session.client().connection().backoff);
        loop {
            let token = match &self.next {
                Next::First => "",
                Next::Continue(token) => token,
                Next::End => return Ok(None),
            };
            let request = Request::get(self.action.clone(), self.target(token)).at_most(LONGEST_LIST);
            match session.send(&request).await?.answer {
                Ok(page) => return self.page(&page, session).map(Some),
                Err(refusal)
                    if refusal.is_expired() && !token.is_empty() && self.restarts < MOST_RESTARTS =>
                {
                    self.restarts += 1;
                    self.next = match refusal.remainder {
                        remainder if !remainder.is_empty() => Next::Continue(remainder),
                        _ => {
                            (self.requested, self.bytes) = (0, 0);
                            Next::First
                        }
                    };
                    session.pause_before_retry(&mut retry, refusal.message, &self.action).await?;
                }
                Err(refusal) => return Err(session.refused(refusal, self.action.clone())),
            }
        }
    }

    /// The objects of a page that no earlier one had.
    fn page(&mut self, page: &Value, session: &Session) -> Result<Vec<Object<K>>, Error> {
        self.requested += 1;
        self.bytes += length_of(page);
        if self.requested > MOST_OBJECTS / self.size || self.bytes > LONGEST_WHOLE_LIST {
            return Err(self.endless(session));
        }
        let mut objects = Vec::new();
        for item in page["items"].as_array().into_iter().flatten() {
            let object: Object<K> = session.object(&self.action, item)?;
            if self.returned.insert(object.place.clone()) {
                objects.push(object);
            }
        }
        self.next = match page.pointer("/metadata/continue").and_then(Value::as_str) {
            Some(token) if !token.is_empty() => Next::Continue(token.to_owned()),
            _ => Next::End,
        };
        Ok(objects)
    }

    /// Path and query of a page.
    fn target(&self, token: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("limit", &self.size.to_string());
        let given = [("labelSelector", self.label_selector.as_str()), ("continue", token)].into_iter();
        query.extend_pairs(given.filter(|(_, value)| !value.is_empty()));
        format!("{}?{}", self.path, query.finish())
    }

    fn endless(&self, session: &Session) -> Error {
        Error::Unexpected {
            title: session.client().connection().title.clone(),
            action: Box::new(self.action.clone()),
            status: 200,
            message: format!(
                "the list has more than {} pages or {} MiB",
                MOST_OBJECTS / self.size,
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

/// Length of the JSON of a value, which is about that of the answer.
fn length_of(value: &Value) -> usize {
    struct Count(usize);

    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let mut count = Count(0);
    // Neither JSON of a value nor counting fails.
    let _ = serde_json::to_writer(&mut count, value);
    count.0
}

#[cfg(test)]
mod real_server_tests;
#[cfg(test)]
mod tests;
