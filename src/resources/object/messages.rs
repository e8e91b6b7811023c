//! Messages of the lifecycle of Kubernetes objects.

use kubernetes::{Difference, Kind, Object, ObjectPlace};
use tfplugin::{Diagnostic, Error, Schema};

use super::ObjectId;
use crate::errors::{capitalised, import_block, named, other_owner};

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
            "{} exists already, and differs from the plan in {}.{} {}",
            id.in_words(),
            named(differences),
            written_by(is_by_us),
            choice::<R>(id)
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
pub(super) fn existing_at_plan<R: Schema>(
    kind: &str,
    id: &ObjectId,
    differences: &[Difference],
    adopts: bool,
    is_by_us: bool,
) -> Diagnostic {
    let differences = named(differences);
    let (summary, detail) = if adopts {
        (
            format!("Existing {kind} will be overwritten"),
            format!(
                "{} exists already, and on_existing = \"adopt\": the apply overwrites {differences}.",
                id.in_words()
            ),
        )
    } else {
        (
            format!("{kind} exists already"),
            format!(
                "{} exists already, and differs from the plan in {differences}: the apply fails unless it is deleted before.{} {}",
                id.in_words(),
                written_by(is_by_us),
                choice::<R>(id)
            ),
        )
    };
    Diagnostic::warning(summary, detail).at("name")
}

/// What to do about an object that exists already.
fn choice<R: Schema>(id: &ObjectId) -> String {
    format!(
        "To manage the existing one, import it:\n\n{}\n\nTo overwrite it, set on_existing = \"adopt\".",
        import_block::<R>(&id.to_string())
    )
}

/// A create of an object that already exists, with the planned content.
pub(super) fn taken_over<R: Schema>(id: &ObjectId) -> Diagnostic {
    Diagnostic::warning(
        "Existing object adopted",
        format!(
            "{} existed already with the planned content, so nothing was written. From now on {} manages it, and deletes it on destroy. {}",
            id.in_words(),
            R::NAME,
            other_owner("deletes")
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
    let by = found.last_changed_by();
    let by = by.map(|by| format!(" Last modified by client {} at {}.", by.manager, by.time));
    Diagnostic::warning(
        "Changed outside Terraform",
        format!(
            "{type_name} {} is not as last applied: another client changed {}.{}",
            id.in_words(),
            named(differences),
            by.unwrap_or_default()
        ),
    )
}

/// An object that is being deleted, and counts as gone.
pub(super) fn being_deleted(kind: &str, id: &ObjectId) -> Diagnostic {
    let (state, finder) = if kind == "Namespace" {
        (" (Terminating)", format!("`kubectl describe namespace {}`", id.place.name))
    } else {
        ("", "`kubectl describe`".to_owned())
    };
    Diagnostic::warning(
        format!("{kind} is being deleted"),
        format!(
            "{kind} {} is being deleted{state}, by another client or an earlier run, and counts as gone. An apply that creates it again \
             waits until it is gone, at most for its `timeouts`. If that does not come to an end, find what holds it up with {finder}.",
            id.in_words()
        ),
    )
    .at("name")
}

/// What the state protects from being destroyed.
pub(super) fn protected<R: Schema>(id: &ObjectId, loss: Loss) -> Error {
    let (what, advice) = match loss {
        Loss::Destroy => {
            ("destroying it", "To keep it and only forget it, use a `removed` block or `terraform state rm`.")
        }
        Loss::Replace => (
            "the plan replaces it, which destroys it first: replacing it",
            "To keep it, undo what replaces it: a changed `name` or `cluster_id`, `-replace`, or `replace_triggered_by`.",
        ),
        Loss::Recreate => (
            "the plan creates it, because it is tainted, or because its resource has another address now: destroying the old one",
            "To keep it, run `terraform untaint` with the address of the resource, or write a `moved` block from its old address.",
        ),
    };
    Error::new(
        format!("{} is protected", capitalised(&noun::<R>())),
        format!(
            "The state has {} with deletion_protection = true, and {what} would delete everything in it. Nothing was changed. Set \
             deletion_protection = false, apply that first, and then plan again. {advice}",
            id.in_words()
        ),
    )
    .at("deletion_protection")
}

/// A plan that deletes a namespace with things that other plans of this run keep or create.
pub(super) fn lost_with_namespace(id: &ObjectId, things: &[String]) -> Diagnostic {
    Diagnostic::warning(
        "Namespace is deleted with what is in it",
        format!(
            "The plan deletes namespace {} and everything in it. By the plans so far, these resources of this configuration stay in it, and \
             are deleted with it, which revokes tokens:\n\n  {}\n\n{LOST_REMEDY}",
            id.in_words(),
            things.join("\n  ")
        ),
    )
    .at("name")
}

/// The same, of one of those things.
pub(crate) fn lost_with_its_namespace(cluster_id: &str, namespace: &str, thing: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("{thing} is deleted with its namespace"),
        format!(
            "The plan deletes namespace {namespace} in cluster {cluster_id}, and {thing} with it, although its own plan does not show that. \
             {LOST_REMEDY}"
        ),
    )
}

const LOST_REMEDY: &str = "The plan after the apply creates them again. To replace them in the same apply, add lifecycle { \
     replace_triggered_by = [cks_namespace.NAME.uid] } to each; if the namespace is not to return, remove them from the configuration.";

/// How an object is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// It is destroyed.
    Destroy,
    /// It is destroyed, and created again.
    Replace,
    /// It is created although the state has it.
    Recreate,
}

/// The type's name as a noun: `namespace` for `cks_namespace`.
fn noun<R: Schema>() -> String {
    R::NAME.trim_start_matches("cks_").replace('_', " ")
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

/// A moved object whose state names no object.
pub(super) fn moved_without_uid(type_name: &str) -> Error {
    Error::new(
        "Moved object has no name or UID",
        format!(
            "The state of the {type_name} has no `metadata` with a name and a UID, so it is not certain which object it is. Nothing was changed. \
             Refresh the state with the hashicorp/kubernetes provider, and then move it."
        ),
    )
}

/// A moved object that is not in the cluster of its configuration.
pub(super) fn moved_object_is_absent(kind: &str, id: &ObjectId) -> Error {
    Error::new(
        format!("Moved {kind} not found"),
        format!(
            "Cluster {} has no {kind} {}, which the state that is to be moved has. Nothing was changed. Set `cluster_id` to the cluster that the \
             hashicorp/kubernetes provider was configured for. If the {kind} was deleted, remove the `moved` block and the old state \
             (`terraform state rm`), so that it is created.",
            id.cluster_id, id.place
        ),
    )
    .at("cluster_id")
}

/// An object of the same name as the moved one.
pub(super) fn moved_object_is_another(kind: &str, id: &ObjectId) -> Error {
    Error::new(
        format!("{kind} is not the moved one"),
        format!(
            "{kind} {} has another UID than the state that is to be moved: it is in another cluster, or was re-created. Nothing was changed. \
             Set `cluster_id` to the cluster that the hashicorp/kubernetes provider was configured for. If the {kind} was re-created, remove the \
             `moved` block and the old state (`terraform state rm`), and import it.",
            id.in_words()
        ),
    )
    .at("cluster_id")
}

/// A destroy of a moved object of which the cluster is not known yet.
pub(super) fn destroyed_while_moved(kind: &str, place: &ObjectPlace) -> Error {
    Error::new(
        format!("Moved {kind} cannot be destroyed yet"),
        format!(
            "{kind} {place} was moved from another provider, and no apply has stored its `cluster_id` since. Apply the configuration of the moved \
             object first, and destroy it then. To keep the object, remove it from the state with `terraform state rm`."
        ),
    )
}

/// A plan that moves an object here and replaces it.
pub(super) fn replaced_while_moved(kind: &str, place: &ObjectPlace) -> Error {
    Error::new(
        format!("Moved {kind} cannot be replaced yet"),
        format!(
            "{kind} {place} was moved from another provider, and no apply has stored its `cluster_id` since. Nothing was changed. Apply the move \
             first, with the arguments that the old resource had, and make this change then."
        ),
    )
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use kubernetes::ObjectPlace;

    use super::*;
    use crate::{errors::testing::check_messages, resources::rbac_role::RbacRole};

    #[test]
    fn what_is_taken_over_may_have_another_owner_that_this_process_does_not_see() {
        let cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824".to_owned();
        let id = ObjectId { cluster_id, place: ObjectPlace::cluster("reader") };
        let error = Error::all([Diagnostic::error("", ""), taken_over::<RbacRole>(&id)]).expect("an error");
        check_messages(
            error,
            &expect![[r#"
             @ 

            Existing object adopted @ name
            reader in cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 existed already with the planned content, so nothing was written. From now on cks_rbac_role manages it, and deletes it on destroy. If a resource at another address, of another provider alias or in another state still manages it, whichever of them is destroyed, also by this apply, deletes it for both. Keep one of them, and remove the other one from its state without destroying it: `terraform state rm`, or a `removed` block with `destroy = false`.
        "#]],
        );
    }
}
