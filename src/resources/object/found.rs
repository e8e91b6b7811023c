//! What follows from an object that was found or written: computed attributes, and warnings.

use clusters::{ClusterKubernetes, Clusters};
use kubernetes::Object;
use tfplugin::{Context, Error, Value};

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

/// The resource of an object of this cluster, as an import and a list have it; an error if it cannot be managed.
pub(crate) fn of_object<R: ObjectResource>(cluster_id: &str, object: &Object<R::Kind>) -> Result<R, Error> {
    ObjectId { cluster_id: cluster_id.to_owned(), place: object.place.clone() }
        .expect_normal_form()
        .map_err(|why| Error::new("Name is not in Unicode normal form C", why))?;
    R::refuse(object)?;
    let mut resource = R::at(object.place.clone());
    let fields: &mut ObjectFields = resource.as_mut();
    fields.cluster_id = cluster_id.to_owned().into();
    fields.labels = metadata::imported(&object.labels);
    fields.annotations = metadata::imported(&object.annotations);
    Ok(completed(resource.with_content(&object.content), object.uid.clone()))
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
