//! Messages about Kubernetes objects that already exist, or that differ from the state.

use kubernetes::{Difference, Kind, Object};
use tfplugin::{Diagnostic, Error, Schema};

use super::{blocks::import_block, quoted};

/// A create of an object that already exists, with other content.
pub(crate) fn object_exists<R: Schema>(kind: &str, id: &str, differences: &[Difference]) -> Error {
    Error::new(
        format!("{kind} exists already"),
        format!(
            "{} exists already: {}. To manage the existing one, import it:\n\n{}\n\nTo overwrite it, set on_existing = \"adopt\".",
            place(id),
            against_plan(differences),
            import_block::<R>(id)
        ),
    )
    .at("name")
}

/// A plan whose create will find an existing object.
pub(crate) fn object_will_exist(
    kind: &str,
    id: &str,
    differences: &[Difference],
    adopts: bool,
) -> Diagnostic {
    let differences = against_plan(differences);
    let (summary, detail) = if adopts {
        (
            format!("Existing {kind} will be overwritten"),
            format!("{} exists already, and on_existing = \"adopt\": {differences}.", place(id)),
        )
    } else {
        (
            format!("{kind} exists already"),
            format!(
                "{} exists already: the apply fails unless it is deleted before. Import it, or set on_existing = \"adopt\" to overwrite it: \
                 {differences}.",
                place(id)
            ),
        )
    };
    Diagnostic::warning(summary, detail).at("name")
}

/// Kind-less name of the object in its cluster, from a resource id.
fn place(id: &str) -> String {
    match id.split_once('/') {
        Some((cluster_id, place)) => format!("{place} in cluster {cluster_id}"),
        None => id.to_owned(),
    }
}

fn against_plan(differences: &[Difference]) -> String {
    let one = |Difference { field, expected, found }: &Difference| {
        format!("{field} is {} and the plan has {}", quoted(found), quoted(expected))
    };
    differences.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// A create of an object that already exists, with the planned content.
pub(crate) fn object_taken_over<R: Schema>(id: &str) -> Diagnostic {
    Diagnostic::warning(
        "Existing object adopted",
        format!(
            "{} existed already with the planned content, so nothing was written. From now on {} manages it, and deletes it on destroy.",
            place(id),
            R::NAME
        ),
    )
    .at("name")
}

/// A destroy of an object that the same run created or adopted for another resource.
pub(crate) fn object_claimed_by_this_run<R: Schema>(id: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("{} was kept", place(id)),
        format!(
            "Another {} of this run created or adopted {}, so destroying this one does not delete it.",
            R::NAME,
            place(id)
        ),
    )
}

/// A destroy that finds another object of the same name.
pub(crate) fn another_left_in_place<R: Schema>(id: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("{} was kept: it was re-created", place(id)),
        format!(
            "{} is not the object that {} managed: that one was deleted, and another client created one of the same name. Delete it with kubectl \
             if it is not needed.",
            place(id),
            R::NAME
        ),
    )
}

/// A label or annotation that was imported and is not in the configuration.
pub(crate) fn imported_key_left(id: &str, key: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("{key} of {} was kept", place(id)),
        format!(
            "The {key} of {} was imported and is not in the configuration, so it is kept, and no longer managed. Remove it with kubectl if it is \
             not needed.",
            place(id)
        ),
    )
}

/// A refresh that finds an object with other content than the state has.
pub(crate) fn object_changed_outside<K: Kind>(
    id: &str,
    type_name: &str,
    differences: &[Difference],
    found: &Object<K>,
) -> Diagnostic {
    let shown: Vec<_> = differences.iter().map(super::shown).collect();
    let by = found.last_changed_by();
    let by = by.map(|by| format!(" Last modified by client {} at {}.", by.manager, by.time));
    Diagnostic::warning(
        "Changed outside Terraform",
        format!("{type_name} {}: {}.{}", place(id), shown.join("; "), by.unwrap_or_default()),
    )
}

/// An import of an object that does not exist.
pub(crate) fn no_object_to_import<R: Schema>(kind: &str, place: &str, cluster_id: &str) -> Error {
    Error::new(
        "Nothing to import",
        format!(
            "Cluster {cluster_id} has no {kind} {place}. Correct the id, or remove the import; the apply then creates the {}.",
            R::NAME
        ),
    )
}
