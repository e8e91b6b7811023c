//! Messages of the lifecycle of Kubernetes objects.

use kubernetes::{Difference, Kind, Object};
use tfplugin::{Diagnostic, Error, Schema};

use super::ObjectId;
use crate::errors::{import_block, quoted, shown};

/// A create of an object that already exists, with other content. `is_by_us`: this provider wrote it.
pub(super) fn already_exists<R: Schema>(
    kind: &str,
    id: &ObjectId,
    differences: &[Difference],
    is_by_us: bool,
) -> Error {
    Error::new(
        format!("{kind} exists already"),
        format!(
            "{} exists already: {}.{} To manage the existing one, import it:\n\n{}\n\nTo overwrite it, set on_existing = \"adopt\".",
            id.in_words(),
            against_plan(differences),
            written_by(is_by_us),
            import_block::<R>(&id.to_string())
        ),
    )
    .at("name")
}

/// A create of an object that another resource of this run was to delete. The next run deletes it, also if it were adopted now.
pub(super) fn still_to_be_deleted<R: Schema>(kind: &str, id: &ObjectId) -> Error {
    let resource = R::NAME;
    Error::new(
        format!("{kind} still exists"),
        format!(
            "{} still exists: this run was to delete it for another {resource}, and did not. It was not adopted, since the next apply \
             deletes it. Correct the error of the other resource, and apply again. If the resource was renamed, add a `moved` block; \
             nothing is then deleted:\n\nmoved {{\n  from = {resource}.OLD_NAME\n  to   = {resource}.NEW_NAME\n}}",
            id.in_words(),
        ),
    )
    .at("name")
}

/// Who may manage an object that this provider wrote; a sentence after another one.
fn written_by(is_by_us: bool) -> &'static str {
    if is_by_us {
        " This provider wrote it: another resource or state manages it, or none does any more, after `terraform state rm`, a `removed` \
         block without destroy, or a run that ended before it saved its state."
    } else {
        ""
    }
}

/// [`already_exists`] as a warning of the plan.
pub(super) fn existing_at_plan(
    kind: &str,
    id: &ObjectId,
    differences: &[Difference],
    adopts: bool,
    is_by_us: bool,
) -> Diagnostic {
    let differences = against_plan(differences);
    let (summary, detail) = if adopts {
        (
            format!("Existing {kind} will be overwritten"),
            format!("{} exists already, and on_existing = \"adopt\": {differences}.", id.in_words()),
        )
    } else {
        (
            format!("{kind} exists already"),
            format!(
                "{} exists already: the apply fails unless it is deleted before. Import it, or set on_existing = \"adopt\" to overwrite it: \
                 {differences}.{}",
                id.in_words(),
                written_by(is_by_us)
            ),
        )
    };
    Diagnostic::warning(summary, detail).at("name")
}

fn against_plan(differences: &[Difference]) -> String {
    let one = |Difference { field, expected, found }: &Difference| {
        format!("{field} is {} and the plan has {}", quoted(found), quoted(expected))
    };
    differences.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// A create of an object that already exists, with the planned content.
pub(super) fn taken_over<R: Schema>(id: &ObjectId) -> Diagnostic {
    Diagnostic::warning(
        "Existing object adopted",
        format!(
            "{} existed already with the planned content, so nothing was written. From now on {} manages it, and deletes it on destroy.",
            id.in_words(),
            R::NAME
        ),
    )
    .at("name")
}

/// A destroy of an object that the same run created, adopted or changed for another resource.
pub(super) fn claimed_by_this_run<R: Schema>(id: &ObjectId) -> Diagnostic {
    Diagnostic::warning(
        format!("{} was kept", id.in_words()),
        format!(
            "Another {} of this run created, adopted or changed {}, so destroying this one does not delete it.",
            R::NAME,
            id.in_words()
        ),
    )
}

/// A destroy that finds another object of the same name.
pub(super) fn another_was_kept<R: Schema>(id: &ObjectId) -> Diagnostic {
    Diagnostic::warning(
        format!("{} was kept: it was re-created", id.in_words()),
        format!(
            "{} is not the object that {} managed: that one was deleted, and another client created one of the same name. Delete it with kubectl \
             if it is not needed.",
            id.in_words(),
            R::NAME
        ),
    )
}

/// A label or annotation that was imported and is not in the configuration.
pub(super) fn imported_key_was_kept(id: &ObjectId, key: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("{key} of {} was kept", id.in_words()),
        format!(
            "The {key} of {} was imported and is not in the configuration, so it is kept, and no longer managed. Remove it with kubectl if it is \
             not needed.",
            id.in_words()
        ),
    )
}

/// A refresh that finds an object with other content than the state has.
pub(super) fn changed_outside<K: Kind>(
    id: &ObjectId,
    type_name: &str,
    differences: &[Difference],
    found: &Object<K>,
) -> Diagnostic {
    let shown: Vec<_> = differences.iter().map(shown).collect();
    let by = found.last_changed_by();
    let by = by.map(|by| format!(" Last modified by client {} at {}.", by.manager, by.time));
    Diagnostic::warning(
        "Changed outside Terraform",
        format!("{type_name} {}: {}.{}", id.in_words(), shown.join("; "), by.unwrap_or_default()),
    )
}

/// An import of an object that does not exist.
pub(super) fn nothing_to_import<R: Schema>(kind: &str, id: &ObjectId) -> Error {
    Error::new(
        "Nothing to import",
        format!(
            "Cluster {} has no {kind} {}. Correct the id, or remove the import; the apply then creates the {}.",
            id.cluster_id,
            id.place,
            R::NAME
        ),
    )
}
