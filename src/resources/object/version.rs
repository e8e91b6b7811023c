//! The version of an object that has the content of the state, unseen in the private state.
//!
//! A destroy deletes exactly that version, without a look before: nothing was changed since. The version is that of the last write, of an
//! import, or of a refresh that changed the state. A refresh that finds the same content in another version, since others changed what is not
//! managed, leaves the private state as it is: Terraform counts that as a change of a plan with `-refresh-only`. Another version, or none in
//! states of earlier versions of this provider, is looked at before the object is deleted.

use clusters::Clusters;
use kubernetes::Object;
use serde::{Deserialize, Serialize};
use tfplugin::Context;

use super::ObjectResource;

/// Key in the private state.
const KEY: &str = "version";

/// One version of one object.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Version {
    uid: String,
    resource_version: String,
}

/// Remembers the version of an object that was read or written, if the resource has its content.
pub(super) fn remember<R: ObjectResource>(
    resource: &R,
    object: &Object<R::Kind>,
    context: &Context<Clusters>,
) {
    let version = Version { uid: object.uid.clone(), resource_version: object.resource_version.clone() };
    let is_same = !version.resource_version.is_empty() && resource.owned().differences(object).is_empty();
    context.set_private_state(KEY, &is_same.then_some(version));
}

/// The version of the object with this uid that the state remembers.
pub(super) fn remembered(uid: &str, context: &Context<Clusters>) -> Option<String> {
    let version = context.private_state::<Option<Version>>(KEY).flatten()?;
    (version.uid == uid && !uid.is_empty()).then_some(version.resource_version)
}
