//! The scope of a role or binding: one namespace, or the whole cluster. A `namespace` that turns out null must not widen it without a plan that shows it.

use clusters::Clusters;
use tfplugin::{Context, Error, Value};

/// Key of the private state.
const KEY: &str = "scope";

/// The kind, known at plan: with a namespace that is known only after apply it is `namespaced`, and if that turns out null, the
/// apply fails. Terraform 1.16 and later pass the private state of the first plan to the second; other hosts fail by themselves, since
/// the kind then differs from the plan.
pub(super) fn planned_kind(
    namespace: &Value<String>,
    [namespaced, whole]: [&str; 2],
    context: &Context<Clusters>,
) -> Result<Value<String>, Error> {
    let was_unknown: Option<bool> = context.planned_private(KEY);
    context.set_private_state(KEY, &namespace.is_unknown());
    if namespace.is_null() && was_unknown == Some(true) {
        return Err(Error::new(
            "namespace turned out null",
            format!(
                "During plan `namespace` was unknown, so a {namespaced} was planned. It is null now, which would create a {whole} for the \
                 whole cluster, so nothing was written. Set a namespace, or, for the whole cluster, a null that is known during plan."
            ),
        )
        .at("namespace"));
    }
    let kind = if namespace.is_null() { whole } else { namespaced };
    Ok(Value::Known(kind.to_owned()))
}

/// For `replace_if`: any change requires a new object, also one from or to null.
pub(super) fn changes(_prior: &Value, _planned: &Value) -> bool {
    true
}
