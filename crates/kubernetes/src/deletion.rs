//! Deletes an object: the one with a uid, and if a plan rests on it only as that plan knows it.
//!
//! The preconditions of the request are the guard: Kubernetes compares uid and `resourceVersion` with what it deletes. So an object whose
//! version is known needs no look before; another version is a conflict (409), after which the object is read and compared. Of an object
//! that went at once Kubernetes says so in the answer, so that no look is needed after that either. The answer is an object with a
//! `deletionTimestamp` while finalizers, or the content of a namespace, keep it.

use std::time::Duration;

use http::Method;
use request_pipeline::{Retry, jittered};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    change::Owned,
    errors::{Action, Error},
    http::{LONGEST_OBJECT, Request},
    identity::Gone,
    mode::Mode,
    object::{Kind, ObjectPlace},
    session::Session,
    status::Refusal,
};

/// The deletion of an object that a state has.
#[derive(Debug)]
pub struct PlannedDeletion<'a, K> {
    /// The object.
    pub place: &'a ObjectPlace,
    /// UID in the plan's prior state.
    pub uid: &'a str,
    /// Content in the plan's prior state.
    pub before: &'a Owned<K>,
    /// The version that had this content when it was last read or written; `None` if nobody remembers.
    pub version: Option<&'a str>,
}

/// Outcome of a delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// The object was deleted.
    Now,
    /// The object did not exist.
    Before,
    /// Another object has the name, and was kept.
    NotThisOne,
}

/// What Kubernetes answers to one request.
enum Answered {
    /// The object is gone.
    Gone,
    /// The object is being deleted.
    Going,
    /// There is no object of this name.
    NotFound,
    /// The object has another uid or version, or may not be deleted now.
    Conflict(Refusal),
}

impl Session {
    /// Deletes the object with this uid and any content, and waits for that. Does nothing if there is none, or another of that name, in a
    /// cluster that is certainly the right one. A conflict while the object exists is an error: its version changed, or an admission webhook
    /// rejected the request with that status.
    pub async fn delete<K: Kind>(
        &self,
        place: &ObjectPlace,
        uid: &str,
        resource_version: Option<&str>,
    ) -> Result<Gone, Error> {
        match self.request_deletion::<K>(place, uid, resource_version).await? {
            Answered::Gone => {}
            Answered::Going => self.wait_until_gone::<K>(place, uid).await?,
            Answered::NotFound => return self.confirm_gone().await,
            Answered::Conflict(refusal) => match self.find::<K>(place).await? {
                Some(found) if found.uid == uid => return Err(self.refused(refusal, deletion_of::<K>(place))),
                _ => return self.confirm_gone().await,
            },
        }
        Ok(Gone::confirmed())
    }

    /// Deletes an object if it is as in the plan's prior state, and waits for that. Another object of that name is kept. That there is none,
    /// or another one, counts only in a cluster that is certainly the right one.
    pub async fn delete_as_planned<K: Kind>(
        &self,
        planned: PlannedDeletion<'_, K>,
    ) -> Result<(Deleted, Gone), Error> {
        let PlannedDeletion { place, uid, before, version } = planned;
        if let Some(version) = version {
            match self.request_deletion::<K>(place, uid, Some(version)).await? {
                Answered::Gone => return Ok((Deleted::Now, Gone::confirmed())),
                Answered::Going => {
                    self.wait_until_gone::<K>(place, uid).await?;
                    return Ok((Deleted::Now, Gone::confirmed()));
                }
                Answered::NotFound => return Ok((Deleted::Before, self.confirm_gone().await?)),
                // It was changed, made again, or is being deleted: a look shows which.
                Answered::Conflict(_) => {}
            }
        }
        self.delete_as_found(place, uid, before).await
    }

    /// The same after a look at the object.
    async fn delete_as_found<K: Kind>(
        &self,
        place: &ObjectPlace,
        uid: &str,
        before: &Owned<K>,
    ) -> Result<(Deleted, Gone), Error> {
        let action = deletion_of::<K>(place);
        let mut retry = Retry::until(self.call().deadline, self.client().connection().backoff);
        loop {
            let Some(live) = self.find::<K>(place).await? else {
                return Ok((Deleted::Before, self.confirm_gone().await?));
            };
            if live.uid != uid {
                return Ok((Deleted::NotThisOne, self.confirm_gone().await?));
            }
            // Until then Kubernetes would reject a second request.
            if live.deleting {
                self.wait_until_gone::<K>(place, uid).await?;
                return Ok((Deleted::Now, Gone::confirmed()));
            }
            let differences = before.differences(&live);
            if !differences.is_empty() {
                return Err(Error::ChangedMeanwhile {
                    action: action.into(),
                    differences,
                    by: live.last_changed_by(),
                });
            }
            match self.delete::<K>(place, uid, Some(&live.resource_version)).await {
                Ok(gone) => return Ok((Deleted::Now, gone)),
                Err(Error::Conflict { message, .. }) => {
                    self.pause_before_retry(&mut retry, message, &action).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn request_deletion<K: Kind>(
        &self,
        place: &ObjectPlace,
        uid: &str,
        resource_version: Option<&str>,
    ) -> Result<Answered, Error> {
        let action = deletion_of::<K>(place);
        let mut preconditions = json!({ "uid": uid });
        if let (Some(version), Some(members)) = (resource_version, preconditions.as_object_mut()) {
            members.insert("resourceVersion".to_owned(), version.into());
        }
        let body = json!({
            "kind": "DeleteOptions", "apiVersion": "v1",
            "propagationPolicy": "Background", "preconditions": preconditions,
        });
        let request = Request {
            action: action.clone(),
            method: Method::DELETE,
            target: action.api.path_of(place),
            body: Some(body),
            longest: LONGEST_OBJECT,
            needs_proof: false,
        };
        let sent = self.send(&request).await;
        self.forget_after::<K>(place, Mode::Write);
        match sent?.answer {
            Ok(answer) if is_gone(&answer, uid) => Ok(Answered::Gone),
            Ok(_) => Ok(Answered::Going),
            Err(refusal) if refusal.is_certain_not_found(&action) => Ok(Answered::NotFound),
            Err(refusal) if refusal.is_conflict() => Ok(Answered::Conflict(refusal)),
            Err(refusal) => Err(self.refused(refusal, action)),
        }
    }

    /// Finalizers, and the content of a namespace, take their time.
    pub async fn wait_until_gone<K: Kind>(&self, place: &ObjectPlace, uid: &str) -> Result<(), Error> {
        const LONGEST: Duration = Duration::from_secs(5);
        /// Longest time without a line in the log.
        const SILENCE: Duration = Duration::from_secs(10);
        let what = format!("the deletion of {} {place}", K::api(place.namespace.is_some()).kind);
        let started = Instant::now();
        let mut logged = started;
        let mut pause = Duration::from_millis(50);
        loop {
            match self.find::<K>(place).await {
                Ok(Some(found)) if found.uid == uid => {}
                Ok(_) => return Ok(()),
                // The deadline passed during the last read. Reads that failed for longer have a cause that is worth more.
                Err(Error::Unreachable { attempts: 1, .. }) if self.call().is_over() => {}
                Err(error) => return Err(error),
            }
            if self.call().is_over() {
                return Err(Error::Timeout { what, lasted: started.elapsed() });
            }
            if logged.elapsed() >= SILENCE {
                tracing::info!(elapsed_s = started.elapsed().as_secs(), "waiting for {what}");
                logged = Instant::now();
            }
            let paused = self.call().pause(jittered(pause)).await;
            paused.map_err(|_| Error::Cancelled { what: format!("waiting for {what}") })?;
            pause = (pause * 2).min(LONGEST);
        }
    }
}

fn deletion_of<K: Kind>(place: &ObjectPlace) -> Action {
    Action::on("delete", K::api(place.namespace.is_some()), place)
}

/// Whether the answer says that the object with this uid is gone: `Success`, or for some kinds, such as ServiceAccounts, the object as it was
/// last (`ReturnDeletedObject` in `k8s.io/apiserver/pkg/registry/generic`). One that is kept for now has the time since when.
fn is_gone(answer: &Value, uid: &str) -> bool {
    let metadata = &answer["metadata"];
    if answer["kind"] == "Status" {
        answer["status"] == "Success" && answer["details"]["uid"] == uid
    } else {
        metadata["uid"] == uid && metadata["deletionTimestamp"].is_null()
    }
}

#[cfg(test)]
mod tests;
