//! The version of an object that has the content of the state, unseen in the private state.
//!
//! A destroy deletes exactly that version, without a look before: nothing was changed since. The version is that of the last write, of an
//! import, or of a refresh that changed the state. A refresh that finds the same content in another version, since others changed what is not
//! managed, leaves the private state as it is: Terraform counts that as a change of a plan with `-refresh-only`. Another version, or none in
//! states of earlier versions of this provider, is looked at before the object is deleted.

use clusters::Clusters;
use kubernetes::Object;
use tfplugin::Context;

use super::ObjectResource;

/// Key in the private state.
const KEY: &str = "version";

/// Remembers the version of an object that was read or written, if the resource has its content.
pub(super) fn remember<R: ObjectResource>(
    resource: &R,
    object: &Object<R::Kind>,
    context: &Context<Clusters>,
) {
    let version = Some(&object.resource_version).filter(|version| !version.is_empty());
    context.set_private_state(KEY, &version.filter(|_| resource.owned().differences(object).is_empty()));
}

/// The version that the state remembers. It is of no other object: each write of a cluster has a version of its own, and the uid is a
/// precondition too.
pub(super) fn remembered(context: &Context<Clusters>) -> Option<String> {
    context.private_state(KEY)
}
