//! The scope of a role or binding: one namespace, or the whole cluster. A null `namespace` must not widen it unseen.

use clusters::Clusters;
use tfplugin::{Context, Error, Value};

const NOTE: &str = "scope";

/// The kind, known at plan: with a namespace that is known only after apply it is `namespaced`, and if that turns out null, the
/// apply refuses. Terraform 1.16 and later tell the second plan of what the first knew; other hosts refuse by themselves, since
/// the kind is then another than planned.
pub(super) fn planned_kind(
    namespace: &Value<String>,
    [namespaced, whole]: [&str; 2],
    context: &Context<Clusters>,
) -> Result<Value<String>, Error> {
    let was_to_come: Option<bool> = context.planned_private(NOTE);
    context.set_private_state(NOTE, &namespace.is_unknown());
    if namespace.is_null() && was_to_come == Some(true) {
        return Err(Error::new(
            "Namespace turned out null",
            format!(
                "When this was planned, `namespace` was to be known only after apply, so a {namespaced} was planned. It is null now, which \
                 would make a {whole}, for the whole cluster. Nothing was done. Give a namespace; or, if the whole cluster is meant, a null \
                 that is known during plan."
            ),
        )
        .at("namespace"));
    }
    let kind = if namespace.is_null() { whole } else { namespaced };
    Ok(Value::Known(kind.to_owned()))
}

/// For `replace_if`: any change needs a new object, that of a null namespace too.
pub(super) fn changes(_prior: &Value, _planned: &Value) -> bool {
    true
}
