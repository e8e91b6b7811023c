//! Changes an object. The write is guarded by the plan's prior state, and sends only the fields that differ.
//!
//! It is a JSON merge patch with the uid and the `resourceVersion` of the last read. Fields that are not planned to change stay as they are, also
//! foreign ones. A change in between is a conflict (409), after which the object is read again.

use std::collections::BTreeMap;

use http::Method;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use request_pipeline::{Problem, Retry};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::{
    difference::Difference,
    errors::{Action, Error},
    http::{LONGEST_OBJECT, Request},
    mode::Mode,
    object::{Kind, Object, ObjectPlace},
    session::Session,
};

/// The declared part of an object, without foreign labels and annotations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Owned<K> {
    /// Members of the kind.
    pub content: K,
    /// Labels by key.
    pub labels: BTreeMap<String, String>,
    /// Annotations by key.
    pub annotations: BTreeMap<String, String>,
    /// Owners, with which Kubernetes deletes it. Written on create only.
    pub owners: Vec<OwnerReference>,
}

/// One change of one object.
#[derive(Debug)]
pub struct Update<'a, K> {
    /// The object.
    pub place: &'a ObjectPlace,
    /// UID in the plan's prior state; `None`: any object.
    pub uid: Option<&'a str>,
    /// Content in the plan's prior state; `None`: any content.
    pub before: Option<&'a Owned<K>>,
    /// Planned content.
    pub after: &'a Owned<K>,
}

/// Outcome of an update.
pub(super) enum Updated<K> {
    /// A write was sent.
    Written(Object<K>),
    /// The object is as planned already: nothing was sent.
    AsPlanned(Object<K>),
}

impl<K: Kind> Owned<K> {
    /// The fields that differ in the object.
    pub fn differences(&self, found: &Object<K>) -> Vec<Difference> {
        let mut differences = self.content.normalized().differences(&found.content.normalized());
        let labels = missing(&self.labels, &found.labels).map(Difference::Label);
        let annotations = missing(&self.annotations, &found.annotations).map(Difference::Annotation);
        differences.extend(labels.chain(annotations));
        differences
    }
}

impl Session {
    /// Writes the difference; sends no write if there is none. Fails if the object differs from the plan's prior state.
    pub async fn update<K: Kind>(&self, update: Update<'_, K>, mode: Mode) -> Result<Object<K>, Error> {
        match self.update_or_find(update, mode).await? {
            Updated::Written(object) | Updated::AsPlanned(object) => Ok(object),
        }
    }

    pub(super) async fn update_or_find<K: Kind>(
        &self,
        update: Update<'_, K>,
        mode: Mode,
    ) -> Result<Updated<K>, Error> {
        let api = K::api(update.place.namespace.is_some());
        let action = Action::on("patch", api, update.place);
        let mut retry = Retry::until(self.call().deadline, self.client().connection().backoff);
        loop {
            let Some(live) = self.find::<K>(update.place).await? else {
                return Err(Error::NotFound { action: action.into() });
            };
            if is_done(&update, &live) {
                return Ok(Updated::AsPlanned(live));
            }
            expect_unchanged(&update, &live, &action)?;
            let target = format!("{}{}", api.path_of(update.place), mode.query());
            let request = Request {
                action: action.clone(),
                method: Method::PATCH,
                target,
                body: Some(patch(&update, &live)),
                longest: LONGEST_OBJECT,
                needs_proof: false,
            };
            let sent = self.send(&request).await;
            self.forget_after::<K>(update.place, mode);
            match sent?.answer {
                Ok(object) => return self.object(&action, &object).map(Updated::Written),
                // It was re-created, or the address leads elsewhere: the next read shows which.
                Err(refusal)
                    if (refusal.is_conflict() || refusal.is_of_another_object())
                        && Instant::now() < self.call().deadline =>
                {
                    self.pause_before_retry(&mut retry, refusal.message, &action).await?;
                }
                Err(refusal) => return Err(self.refused(refusal, action)),
            }
        }
    }

    /// Pauses before the same is tried again, or fails when the time is up.
    pub(super) async fn pause_before_retry(
        &self,
        retry: &mut Retry,
        cause: String,
        action: &Action,
    ) -> Result<(), Error> {
        let problem = Problem { cause, retry_after: None, connected: true };
        let paused = retry.after(problem, &action.to_string(), true, self.call()).await;
        paused.map_err(|ended| Error::ended(ended, action, &self.client().connection().title, ""))
    }
}

fn expect_unchanged<K: Kind>(update: &Update<'_, K>, live: &Object<K>, action: &Action) -> Result<(), Error> {
    if update.uid.is_some_and(|uid| uid != live.uid) {
        return Err(Error::ReplacedMeanwhile {
            action: Box::new(action.clone()),
            by: live.last_changed_by(),
        });
    }
    let differences = update.before.map(|before| before.differences(live)).unwrap_or_default();
    if differences.is_empty() {
        return Ok(());
    }
    Err(Error::ChangedMeanwhile { action: Box::new(action.clone()), differences, by: live.last_changed_by() })
}

/// The keys whose values are expected and not there.
fn missing<'a>(
    expected: &'a BTreeMap<String, String>,
    found: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = String> + 'a {
    expected.iter().filter(|(key, value)| !has(found, key, value)).map(|(key, _)| key.clone())
}

/// Whether a label or annotation has a value of the same normal form.
fn has(found: &BTreeMap<String, String>, key: &str, value: &str) -> bool {
    found.get(key).is_some_and(|found| normal_form::same(found, value))
}

/// Keys that are no longer declared.
fn dropped<'a>(
    before: Option<&'a BTreeMap<String, String>>,
    after: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = &'a String> {
    before.into_iter().flat_map(BTreeMap::keys).filter(|key| !after.contains_key(*key))
}

fn is_done<K: Kind>(update: &Update<'_, K>, live: &Object<K>) -> bool {
    let gone = |before: Option<&BTreeMap<String, String>>, after, found: &BTreeMap<String, String>| {
        dropped(before, after).all(|key| !found.contains_key(key))
    };
    update.uid.is_none_or(|uid| uid == live.uid)
        && update.after.differences(live).is_empty()
        && gone(update.before.map(|before| &before.labels), &update.after.labels, &live.labels)
        && gone(update.before.map(|before| &before.annotations), &update.after.annotations, &live.annotations)
}

/// The fields that differ, with the uid and the version of the last read: Kubernetes rejects the patch if the object has others (422 for the
/// uid, 409 for the version).
fn patch<K: Kind>(update: &Update<'_, K>, live: &Object<K>) -> Value {
    let mut metadata = json!({ "uid": live.uid, "resourceVersion": live.resource_version });
    for (name, before, after, found) in [
        ("labels", update.before.map(|owned| &owned.labels), &update.after.labels, &live.labels),
        (
            "annotations",
            update.before.map(|owned| &owned.annotations),
            &update.after.annotations,
            &live.annotations,
        ),
    ] {
        let set = after
            .iter()
            .filter(|(key, value)| !has(found, key, value))
            .map(|(key, value)| (key.clone(), Value::from(value.clone())));
        let removed = dropped(before, after)
            .filter(|key| found.contains_key(*key))
            .map(|key| (key.clone(), Value::Null));
        let entries: Map<String, Value> = set.chain(removed).collect();
        if !entries.is_empty() {
            metadata[name] = Value::Object(entries);
        }
    }
    let mut patch = Map::from_iter([("metadata".to_owned(), metadata)]);
    let wanted = &update.after.content;
    if !wanted.normalized().differences(&live.content.normalized()).is_empty() {
        let there = live.content.to_json();
        let wanted = wanted.in_spelling_of(&live.content).to_json();
        patch.extend(wanted.into_iter().filter(|(name, value)| there.get(name) != Some(value)));
    }
    Value::Object(patch)
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod unicode;
