//! Refreshes: the object that a state has, from a picture if that has it.

use std::sync::Arc;

use bytes::Bytes;

use super::{
    errors::Error,
    identity_check::Reached,
    list::Paging,
    namespace::Namespace,
    object::{Kind, Object, ObjectPlace},
    picture::{Look, Pictures, Scope, Source, Wanted, Way},
    server_clock::Reading,
    session::Session,
};

impl Session {
    /// The object that a state with this uid rests on, as it was at most five seconds ago. That it is missing, that it is being deleted, or
    /// that the name has another object, is found by [`find`](Session::find) only.
    ///
    /// After the first objects of a kind and namespace, one list of those with these labels (`key=value,…`; empty for all) serves all that
    /// are asked for. What this run wrote is read again, and nobody learns of a list that fails: then each object has a request of its own.
    pub async fn refresh<K: Kind>(
        &self,
        place: &ObjectPlace,
        uid: &str,
        label_selector: &str,
    ) -> Result<Option<Object<K>>, Error> {
        if !uid.is_empty()
            && let Some(object) = Box::pin(self.pictured(place, uid, label_selector)).await
        {
            return Ok(Some(object));
        }
        self.find(place).await
    }

    /// The object in a picture, if that serves.
    async fn pictured<K: Kind>(
        &self,
        place: &ObjectPlace,
        uid: &str,
        label_selector: &str,
    ) -> Option<Object<K>> {
        let (json, reached, reading) = self.look_for::<K>(place, label_selector).await?;
        let object: Object<K> = serde_json::from_slice(&json).ok()?;
        let is_it = object.uid == uid && object.place == *place && !object.deleting;
        if !is_it || !self.believes(&reached).await {
            return None;
        }
        self.note_reading(reading);
        Some(object)
    }

    /// Looks for the object, and reads the pages that are needed for that. Any failure is no answer.
    async fn look_for<K: Kind>(
        &self,
        place: &ObjectPlace,
        label_selector: &str,
    ) -> Option<(Bytes, Reached, Option<Reading>)> {
        let (api, client) = (K::api(place.namespace.is_some()), self.client());
        let namespace = place.namespace.as_deref();
        let scope = Scope {
            expected: self.expected().clone(),
            path: api.path(namespace),
            label_selector: label_selector.to_owned(),
        };
        let pictures = client.remembered::<Pictures>();
        if !pictures.count(&scope, client.connection().single_reads) {
            return None;
        }
        // What was in a namespace goes with it.
        let of_namespace = namespace.map(|name| Namespace::api(false).path_of(&ObjectPlace::cluster(name)));
        let paths: Vec<_> = std::iter::once(api.path_of(place)).chain(of_namespace).collect();
        let (mut held, mut has_begun) = (None, false);
        loop {
            let connected = client.connected(self.call()).await.ok()?;
            let credentials = client.credentials_in_use(self.call()).await.ok()?;
            let by = Way { pool: Arc::clone(&connected.pool), credentials };
            let look = pictures.look(&scope, &place.name, &paths, &by);
            match look {
                Look::Found(json, Source { server, reading }) => {
                    return Some((json, Reached { connected, server }, reading));
                }
                Look::Nothing => return None,
                // A list that does not last until it is read helps nobody.
                Look::Begin if has_begun => return None,
                Look::Begin | Look::Next => {}
            }
            // Each page is read by one of the refreshes that need it, in its own session: the others neither end with it nor wait longer
            // than their own time limit.
            let Some(_held) = held.take() else {
                let waiting =
                    tokio::time::timeout_at(self.call().deadline, pictures.queue(&scope).lock_owned());
                held = Some(self.call().cancelled.run_until_cancelled(waiting).await?.ok()?);
                continue;
            };
            let Wanted { order, progress, size, limit } = pictures.wanted(&scope, &connected.pool);
            has_begun |= matches!(look, Look::Begin);
            let mut paging = Paging::new(api, namespace, label_selector).after(progress);
            let session = self.once_within(limit);
            let next = paging.next(size, &session).await;
            self.note_warnings(session.take_warnings().into_iter());
            match next {
                Ok(Some((page, Reached { connected, server }))) => {
                    let source = Source { server, reading: session.reading() };
                    // What was sent by a connection that was renewed meanwhile has other credentials than these.
                    let by = Way { pool: Arc::clone(&connected.pool), credentials: by.credentials };
                    pictures.add(&scope, order, (page, paging.progress), source, by);
                }
                Ok(None) => return None,
                // That this refresh ends says nothing about the list.
                Err(_) if self.call().cancelled.is_cancelled() || self.call().is_over() => return None,
                Err(error) => {
                    tracing::debug!(path = scope.path, %error, "no list, reading each object");
                    pictures.give_up(&scope);
                    return None;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
