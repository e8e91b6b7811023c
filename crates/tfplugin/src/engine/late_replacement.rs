//! A replacement that only the apply decides on: a value that replaces is unknown in the plan, and turns out to be another one.
//!
//! | step | same value | another value |
//! |---|---|---|
//! | first plan, value unknown | an update in place, computed values unknown, one warning | the same |
//! | second plan, in the apply | no change, by the usual rules; core then applies nothing | still an update in place, if the host sends the planned private of the first plan (Terraform 1.16); else a replacement, which core rejects as an inconsistent plan before anything happens |
//! | apply | | creates the new object, then deletes the prior one |
//!
//! Core permits that: an update whose computed values were all planned as unknown may return any.

use super::{
    apply::{Applied, Change, apply as apply_change},
    operation::CallScope,
};
use crate::{
    diagnostics::Diagnostic,
    offers::OfferedResource,
    path::{AttributePath, Step},
    private::Private,
    schema::{AttributeSchema, Replace},
    value::{Data, Value},
};

/// Key of the planned private of a first plan: the places where a value that replaces is unknown.
const POSTPONED: &str = "tfplugin.postponed_replacement";

/// Key of the planned private of a second plan: the apply replaces.
const PLANNED: &str = "tfplugin.late_replacement";

/// Remembers in a first plan where a value that replaces is unknown.
pub(crate) fn postpone(private: &mut Private, places: &[AttributePath]) {
    private.set(POSTPONED, &places.iter().map(ToString::to_string).collect::<Vec<_>>());
}

/// What the first plan remembered.
pub(crate) fn postponed(planned_private: &Private) -> Vec<String> {
    planned_private.get(POSTPONED).unwrap_or_default()
}

/// Plans that the apply replaces.
pub(crate) fn plan(private: &mut Private) {
    private.set(PLANNED, &true);
}

/// Whether a plan says that its apply replaces.
pub(crate) fn is_late(private: &Private) -> bool {
    private.get(PLANNED) == Some(true)
}

/// Whether the apply of a change in place replaces.
fn is_planned(change: &Change, private: &Private) -> bool {
    !change.prior.is_null() && !change.planned.is_null() && is_late(private)
}

/// Forgets what a plan remembered, wherever it comes from: only the plan that is made next counts.
pub(crate) fn forget(private: &mut Private) {
    private.remove(POSTPONED);
    private.remove(PLANNED);
}

/// The warning of a first plan.
pub(crate) fn warning(type_name: &str, places: &[AttributePath], stores_planned_private: bool) -> Diagnostic {
    let mut names: Vec<&str> = places.iter().filter_map(root).collect();
    names.dedup();
    let listed = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let (verb, value) = if names.len() == 1 { ("is", "the value") } else { ("are", "each value") };
    let otherwise = if stores_planned_private {
        "it creates the object in its new place and then deletes the one in the state."
    } else {
        "it fails with \"Provider produced inconsistent final plan\" before it changes anything, and the next apply replaces the object."
    };
    Diagnostic::warning(
        format!("{type_name} may be replaced during apply"),
        format!(
            "{listed} {verb} unknown during plan, for example because of `depends_on` of a data source or of its module, so the plan shows an \
             update in place with all computed attributes as known after apply. If {value} turns out to be the same as in the state, the apply \
             keeps the object. If not, {otherwise} To see the outcome during plan, remove that `depends_on`, or set a known value."
        ),
    )
    .at(names.first().copied().unwrap_or_default())
}

fn root(path: &AttributePath) -> Option<&str> {
    match path.steps().first()? {
        Step::Attribute(name) | Step::Key(name) => Some(name),
        Step::Index(_) => None,
    }
}

/// Carries out a change. If its plan replaces, creates the planned object, and then deletes the prior one: what exists of the two is in
/// the state, or is named.
pub(crate) async fn apply<P>(
    resource: &OfferedResource<P>,
    change: Change,
    mut scope: CallScope<P>,
) -> Applied {
    if !is_planned(&change, &scope.private) {
        return apply_change(resource, change, scope).await;
    }
    forget(&mut scope.private);
    let Change { prior, planned, config } = change;
    let old_private = scope.private.clone();
    let create = Change { prior: Value::Null, planned, config };
    let mut created = apply_change(resource, create, scope.clone()).await;
    if created.state.is_null() {
        return Applied { state: prior, private: old_private, messages: created.messages };
    }
    if created.messages.has_errors() {
        created.messages.push(remains(
            resource,
            &prior,
            "was not deleted, because the new object has an error (see above)",
        ));
        return created;
    }
    let end = Change { prior: prior.clone(), planned: Value::Null, config: Value::Null };
    let deleted = apply_change(resource, end, scope).await;
    created.messages.extend(deleted.messages);
    created.messages.push(if deleted.state.is_null() {
        Diagnostic::warning(
            format!("{} was replaced", resource.descriptor.name),
            format!(
                "A value that was unknown during plan turned out to be another one than in the state. The new object was created, and then the \
                 prior one ({}) was deleted.",
                identity(resource, &prior)
            ),
        )
    } else {
        remains(resource, &prior, "could not be deleted (see above)")
    });
    created
}

/// The error that names the prior object, which no state has any more.
fn remains<P>(resource: &OfferedResource<P>, prior: &Value, why: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Prior {} remains", resource.descriptor.name),
        format!(
            "The new object exists and is in the state. The prior one ({}) {why}, and is no longer in the state. Delete it, or import it \
             at another resource address and destroy it there.",
            identity(resource, prior)
        ),
    )
}

/// What identifies an object in messages: its id, and the values that replace.
fn identity<P>(resource: &OfferedResource<P>, object: &Value) -> String {
    let attributes = &resource.descriptor.block.attributes;
    let identifies = |attribute: &&AttributeSchema| {
        !attribute.sensitive && (attribute.name == "id" || !matches!(attribute.replace, Replace::Never))
    };
    let shown = |attribute: &AttributeSchema| match object.member(attribute.name) {
        Value::Known(Data::String(text)) => Some(format!("{} = {text:?}", attribute.name)),
        _ => None,
    };
    attributes.iter().filter(identifies).filter_map(shown).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Severity;

    #[test]
    fn the_warning_names_each_attribute_once_and_what_the_host_can_do() {
        let zone = || AttributePath::attribute("zone");
        let parts = |index| AttributePath::attribute("parts").then(Step::Index(index));
        let one = warning("test_thing", &[zone()], true);
        assert_eq!((one.severity, one.path.to_string().as_str()), (Severity::Warning, "zone"));
        assert!(
            one.detail.starts_with("`zone` is unknown") && one.detail.contains("then deletes"),
            "{one:?}"
        );
        let two = warning("test_thing", &[parts(0), parts(1), zone()], false);
        assert!(two.detail.starts_with("`parts`, `zone` are unknown"), "{two:?}");
        assert!(two.detail.contains("inconsistent final plan"), "{two:?}");
    }

    #[test]
    fn what_a_first_plan_remembers_is_read_by_the_second() {
        let mut private = Private::default();
        assert_eq!(postponed(&private), [""; 0]);
        postpone(&mut private, &[AttributePath::attribute("zone")]);
        assert_eq!(postponed(&Private::from_bytes(&private.to_bytes())), ["zone"]);
        let change = |prior, planned| Change { prior, planned, config: Value::Null };
        let in_place = change(Value::string("a"), Value::string("b"));
        assert!(!is_planned(&in_place, &private));
        plan(&mut private);
        assert!(is_planned(&in_place, &private));
        assert!(!is_planned(&change(Value::Null, Value::string("b")), &private), "a create");
        assert!(!is_planned(&change(Value::string("a"), Value::Null), &private), "a delete");
        forget(&mut private);
        assert_eq!((is_planned(&in_place, &private), postponed(&private)), (false, vec![]));
    }
}
