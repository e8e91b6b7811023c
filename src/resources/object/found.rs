//! What follows from an object that was found or written: computed attributes, and warnings.

use clusters::{ClusterKubernetes, Clusters};
use kubernetes::Object;
use tfplugin::{Context, Value};

use super::{ObjectFields, ObjectId, ObjectResource, metadata};
use crate::errors;

/// The resource with all its computed attributes.
pub(super) fn completed<R: ObjectResource>(mut resource: R, uid: String) -> R {
    let id = resource.object_id().to_string();
    let fields: &mut ObjectFields = resource.as_mut();
    fields.id = Value::Known(id);
    fields.uid = Value::Known(uid);
    resource.with_computed()
}

/// The resource as its object is now. Labels and annotations that it does not declare are another's.
pub(super) fn as_found<R: ObjectResource>(mut resource: R, object: &Object<R::Kind>) -> R {
    let fields: &mut ObjectFields = resource.as_mut();
    fields.labels = metadata::declared(&fields.labels, &object.labels);
    fields.annotations = metadata::declared(&fields.annotations, &object.annotations);
    completed(resource.with_content(&object.content), object.uid.clone())
}

/// Shows the warnings of the kind.
pub(super) fn warn_of_found<R: ObjectResource>(
    object: &Object<R::Kind>,
    id: &ObjectId,
    context: &Context<Clusters>,
) {
    for warning in R::warnings_of(object, id) {
        context.warn(warning);
    }
}

/// Shows the warnings of the API server.
pub(super) fn show_warnings(kubernetes: &ClusterKubernetes, context: &Context<Clusters>) {
    for warning in kubernetes.take_warnings() {
        context.warn(errors::server_warning(&warning));
    }
}
