//! What users read about Kubernetes objects that exist already, or differ from what the state knows.

use kubernetes::{Difference, Kind, Object};
use tfplugin::{Diagnostic, Error, Schema};

use super::{blocks::import_block, quoted};

/// An object that is there, and is not as planned.
pub(crate) fn object_exists<R: Schema>(kind: &str, id: &str, differences: &[Difference]) -> Error {
    Error::new(
        format!("{kind} exists already"),
        format!(
            "{}: {}. To manage what is there, import it:\n\n{}\n\nor set on_existing = \"adopt\" to overwrite it.",
            place(id),
            against_plan(differences),
            import_block::<R>(id)
        ),
    )
    .at("name")
}

/// The same, as a warning of the plan.
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
                "{} exists already: the apply will refuse unless it is gone by then. Import it, or set on_existing = \"adopt\" to overwrite \
                 it: {differences}.",
                place(id)
            ),
        )
    };
    Diagnostic::warning(summary, detail).at("name")
}

/// The place in a cluster, from an id.
fn place(id: &str) -> String {
    match id.split_once('/') {
        Some((cluster_id, place)) => format!("{place} in cluster {cluster_id}"),
        None => id.to_owned(),
    }
}

fn against_plan(differences: &[Difference]) -> String {
    let one = |Difference { field, expected, found }: &Difference| {
        format!("{field} is {} and the plan wants {}", quoted(found), quoted(expected))
    };
    differences.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// An object that was there already, just as planned.
pub(crate) fn object_taken_over<R: Schema>(id: &str) -> Diagnostic {
    Diagnostic::warning(
        "Taken over as it was",
        format!(
            "{} existed already, exactly as planned, so nothing was written. {} manages it from now on and deletes it on destroy.",
            place(id),
            R::NAME
        ),
    )
    .at("name")
}

/// A destroy that would take away what the same run made.
pub(crate) fn object_claimed_by_this_run<R: Schema>(id: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("{} was kept", place(id)),
        format!(
            "Another {} of this run has made or adopted {}, so destroying this one leaves it there.",
            R::NAME,
            place(id)
        ),
    )
}

/// A destroy that finds another object under the name.
pub(crate) fn another_left_in_place<R: Schema>(id: &str) -> Diagnostic {
    Diagnostic::warning(
        "Another object left in place",
        format!(
            "{} is not the object that {} managed: that one was deleted, and somebody else made another of the same name. It is left alone.",
            place(id),
            R::NAME
        ),
    )
}

/// A key that an import found, and that the configuration does not have.
pub(crate) fn imported_key_left(id: &str, key: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("{key} of {} was kept", place(id)),
        format!(
            "The {key} of {} came with its import and is not in the configuration: it is left in place, and managed no longer. Remove it \
             with kubectl if nobody needs it.",
            place(id)
        ),
    )
}

/// A refresh that finds something else than the state knows.
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

/// An import of what is not there.
pub(crate) fn no_object_to_import<R: Schema>(kind: &str, place: &str, cluster_id: &str) -> Error {
    Error::new(
        "Nothing to import",
        format!(
            "Cluster {cluster_id} has no {kind} {place}. Remove the import; the apply then makes the {}. Or correct the id.",
            R::NAME
        ),
    )
}
