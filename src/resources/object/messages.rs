//! What users read of the general lifecycle of Kubernetes objects.

use kubernetes::{Difference, Kind, Object};
use tfplugin::{Diagnostic, Error, Schema};

use super::ObjectId;
use crate::errors::{import_block, quoted, shown};

/// An object that is there, and is not as planned.
pub(super) fn already_exists<R: Schema>(kind: &str, id: &ObjectId, differences: &[Difference]) -> Error {
    Error::new(
        format!("{kind} exists already"),
        format!(
            "{}: {}. To manage what is there, import it:\n\n{}\n\nor set on_existing = \"adopt\" to overwrite it.",
            id.in_words(),
            against_plan(differences),
            import_block::<R>(&id.to_string())
        ),
    )
    .at("name")
}

/// The same, as a warning of the plan.
pub(super) fn existing_at_plan(
    kind: &str,
    id: &ObjectId,
    differences: &[Difference],
    adopts: bool,
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
                "{} exists already: the apply will refuse unless it is gone by then. Import it, or set on_existing = \"adopt\" to overwrite \
                 it: {differences}.",
                id.in_words()
            ),
        )
    };
    Diagnostic::warning(summary, detail).at("name")
}

fn against_plan(differences: &[Difference]) -> String {
    let one = |Difference { field, expected, found }: &Difference| {
        format!("{field} is {} and the plan wants {}", quoted(found), quoted(expected))
    };
    differences.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// An object that was there already, just as planned.
pub(super) fn taken_over<R: Schema>(id: &ObjectId) -> Diagnostic {
    Diagnostic::warning(
        "Taken over as it was",
        format!(
            "{} existed already, exactly as planned, so nothing was written. {} manages it from now on and deletes it on destroy.",
            id.in_words(),
            R::NAME
        ),
    )
    .at("name")
}

/// A destroy that would take away what the same run made.
pub(super) fn claimed_by_this_run<R: Schema>(id: &ObjectId) -> Diagnostic {
    Diagnostic::warning(
        format!("{} was kept", id.in_words()),
        format!(
            "Another {} of this run has made or adopted {}, so destroying this one leaves it there.",
            R::NAME,
            id.in_words()
        ),
    )
}

/// A destroy that finds another object under the name.
pub(super) fn another_was_kept<R: Schema>(id: &ObjectId) -> Diagnostic {
    Diagnostic::warning(
        "Another object left in place",
        format!(
            "{} is not the object that {} managed: that one was deleted, and somebody else made another of the same name. It is left alone.",
            id.in_words(),
            R::NAME
        ),
    )
}

/// A key that an import found, and that the configuration does not have.
pub(super) fn imported_key_was_kept(id: &ObjectId, key: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("{key} of {} was kept", id.in_words()),
        format!(
            "The {key} of {} came with its import and is not in the configuration: it is left in place, and managed no longer. Remove it \
             with kubectl if nobody needs it.",
            id.in_words()
        ),
    )
}

/// A refresh that finds something else than the state knows.
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

/// An import of what is not there.
pub(super) fn nothing_to_import<R: Schema>(kind: &str, id: &ObjectId) -> Error {
    Error::new(
        "Nothing to import",
        format!(
            "Cluster {} has no {kind} {}. Remove the import; the apply then makes the {}. Or correct the id.",
            id.cluster_id,
            id.place,
            R::NAME
        ),
    )
}
