//! Objects by place: find, create. Writes name their field manager; none is repeated without a read.

use std::collections::BTreeMap;

use request_pipeline::Retry;
use serde_json::{Map, Value, json};

use super::{
    change::Owned,
    errors::{Action, Error},
    http::Request,
    identity::{Gone, Presence},
    mode::Mode,
    object::{Kind, Object, ObjectPlace},
    session::Session,
    status::Refusal,
};

/// Outcome of a create.
#[derive(Debug)]
pub enum Created<K> {
    /// It was created.
    New(Object<K>),
    /// It exists already, perhaps with another content, or is being deleted.
    Existing(Object<K>),
}

impl Session {
    /// The object; `None` only if Kubernetes itself returned that it does not exist.
    pub async fn find<K: Kind>(&self, place: &ObjectPlace) -> Result<Option<Object<K>>, Error> {
        let api = K::api(place.namespace.is_some());
        let action = Action::on("get", api, place);
        let outcome = self.send(&Request::get(action.clone(), api.path_of(place))).await?;
        match outcome.answer {
            Ok(object) => self.object(&action, &object).map(Some),
            Err(refusal) if refusal.is_certain_not_found(&action) => Ok(None),
            Err(refusal) => Err(self.refused(refusal, action)),
        }
    }

    /// The object that a state with this uid rests on. Another object of the name counts only in a cluster that is certainly the right one, as
    /// does that there is none; one that is being deleted is gone, since nothing takes that back.
    ///
    /// Another object that this provider wrote belongs to another resource, such as one that was renamed without a `moved` block: the one
    /// that the state rests on is gone. One that another client made in its place is drift.
    pub async fn find_or_gone<K: Kind>(
        &self,
        place: &ObjectPlace,
        uid: &str,
    ) -> Result<Presence<Object<K>>, Error> {
        let found = self.refresh::<K>(place, uid, "").await?;
        let found = found.filter(|object| !object.deleting || object.uid == uid);
        Ok(match found {
            Some(object) if object.uid == uid && object.deleting => Presence::Gone(Gone::confirmed()),
            Some(object) if object.uid == uid => Presence::Present(object),
            found => {
                let gone = self.confirm_gone().await?;
                found.filter(|object| !object.is_by_us()).map_or(Presence::Gone(gone), Presence::Present)
            }
        })
    }

    /// Creates an object, or returns the one that exists.
    pub async fn create_or_find<K: Kind>(
        &self,
        place: &ObjectPlace,
        owned: &Owned<K>,
    ) -> Result<Created<K>, Error> {
        let action = Action::on("create", K::api(place.namespace.is_some()), place);
        let mut retry = Retry::until(self.call().deadline, self.client().connection().backoff);
        loop {
            match self.create(place, owned, Mode::Write).await {
                Ok(object) => return Ok(Created::New(object)),
                Err(Error::AlreadyExists { .. }) => {}
                Err(error) => return Err(error),
            }
            if let Some(found) = self.find::<K>(place).await? {
                return Ok(Created::Existing(found));
            }
            // Deleted in between. It can happen again and again, such as when another client creates and deletes it.
            let cause = "it exists already, and is not found".to_owned();
            self.pause_before_retry(&mut retry, cause, &action).await?;
        }
    }

    /// Creates an object. After a lost response, an "already exists" is followed by a read.
    pub async fn create<K: Kind>(
        &self,
        place: &ObjectPlace,
        owned: &Owned<K>,
        mode: Mode,
    ) -> Result<Object<K>, Error> {
        let api = K::api(place.namespace.is_some());
        let action = Action::on("create", api, place);
        let target = format!("{}{}", api.path(place.namespace.as_deref()), mode.query());
        let request = Request::post(action.clone(), target, whole(place, owned));
        let sent = self.send(&request.proved(mode == Mode::Write)).await;
        self.forget_after::<K>(place, mode);
        let outcome = sent?;
        match outcome.answer {
            Ok(object) => self.object(&action, &object),
            Err(refusal) if refusal.is_already_exists() && outcome.repeated => {
                match self.find::<K>(place).await? {
                    Some(found) if found.is_by_us() && owned.differences(&found).is_empty() => Ok(found),
                    _ => Err(Error::AlreadyExists { action: action.into() }),
                }
            }
            Err(refusal) => Err(self.refused(refusal, action)),
        }
    }

    /// Forgets what many operations share of an object that a request may have changed.
    pub(super) fn forget_after<K: Kind>(&self, place: &ObjectPlace, mode: Mode) {
        if mode == Mode::Write {
            self.forget_shared::<K>(place);
            self.forget_grants::<K>();
        }
    }

    pub(super) fn object<K: Kind>(&self, action: &Action, json: &Value) -> Result<Object<K>, Error> {
        Object::from_json(json).ok_or_else(|| self.no_object(action))
    }

    pub(super) fn no_object(&self, action: &Action) -> Error {
        Error::Unexpected {
            title: self.client().connection().title.clone(),
            action: Box::new(action.clone()),
            status: 200,
            message: "the response is not a Kubernetes object".to_owned(),
        }
    }

    pub(super) fn refused(&self, refusal: Refusal, action: Action) -> Error {
        let connection = self.client().connection();
        refusal.into_error(action, &connection.title, &connection.credentials.to_string())
    }
}

/// JSON of an object for its creation.
fn whole<K: Kind>(place: &ObjectPlace, owned: &Owned<K>) -> Value {
    let api = K::api(place.namespace.is_some());
    let mut metadata = Map::from_iter([("name".to_owned(), Value::from(place.name.clone()))]);
    if let Some(namespace) = &place.namespace {
        metadata.insert("namespace".to_owned(), namespace.clone().into());
    }
    let mut put = |name: &str, entries: &BTreeMap<String, String>| {
        if !entries.is_empty() {
            metadata.insert(name.to_owned(), json!(entries));
        }
    };
    put("labels", &owned.labels);
    put("annotations", &owned.annotations);
    if !owned.owners.is_empty() {
        metadata.insert("ownerReferences".to_owned(), json!(owned.owners));
    }
    let mut object = owned.content.to_json();
    object.insert("apiVersion".to_owned(), api.group_version.into());
    object.insert("kind".to_owned(), api.kind.into());
    object.insert("metadata".to_owned(), Value::Object(metadata));
    Value::Object(object)
}

#[cfg(test)]
mod tests;
