//! PlanResourceChange: from the state that core proposes to the provider's plan.
//!
//! The order is that of terraform-plugin-framework: defaults; write-only values removed; the prior spelling of
//! equal values restored. If nothing differs from the prior state by then, the plan is done, unless the resource plans unchanged objects
//! too. Else computed values become unknown, [`Resource::plan`](crate::Resource::plan) runs, and replacements are found. The same input
//! gives the same plan: core plans again during apply, and compares.

use super::{
    compare,
    object::Object,
    operation::{CallScope, caught},
    plan_check, replace,
    transform::{self, PlanInputs},
};
use crate::{
    diagnostics::{Diagnostics, Error, PROVIDER_BUG},
    offers::OfferedResource,
    path::{AttributePath, Step},
    private::Private,
    value::Value,
};

/// What core requests.
#[derive(Debug)]
pub(crate) struct Proposal {
    /// The state; null on create.
    pub(crate) prior: Value,
    /// The configuration merged with the prior state by core; null on destroy.
    pub(crate) proposed: Value,
    /// The configuration; null on destroy.
    pub(crate) config: Value,
    /// The planned private of the first plan, if this is the second one and the host sends it.
    pub(crate) planned_private: Private,
}

/// The plan.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) state: Value,
    pub(crate) replace: Vec<AttributePath>,
    pub(crate) private: Private,
    pub(crate) messages: Diagnostics,
}

/// Plans a change.
pub(crate) async fn plan<P>(
    resource: &OfferedResource<P>,
    proposal: Proposal,
    scope: CallScope<P>,
) -> Result<Planned, Error> {
    let Proposal { prior, proposed, config, planned_private } = proposal;
    if proposed.is_null() {
        return plan_destroy(resource, &prior, scope).await;
    }
    let object = Object::from(&resource.descriptor.block);
    let inputs = PlanInputs { config: &config, prior: &prior };
    let planned = transform::apply_defaults(object, proposed, inputs);
    let planned = transform::without_write_only(object, planned);
    let planned = transform::keep_spelling(object, planned, &prior);
    let is_same = |planned: &Value| !prior.is_null() && compare::equal(&resource.value_type, &prior, planned);
    let is_unchanged = is_same(&planned);
    let private = scope.private.clone();
    if is_unchanged && !resource.code.plan_unchanged() {
        return Ok(Planned::new(prior, private));
    }

    let planned = transform::mark_unknown(object, planned, inputs);
    let AuthorPlan { mut plan, complete } =
        author_plan(resource, inputs, planned, scope, planned_private).await?;
    if is_unchanged && !complete {
        return Ok(Planned::new(prior, private));
    }
    plan.state = transform::with_empty_blocks(object, transform::without_write_only(object, plan.state));
    let mut mistakes = Diagnostics::default();
    plan_check::check(object, &plan.state, inputs, &mut mistakes);
    if let Some(error) = Error::all(mistakes) {
        return Err(error);
    }
    if is_same(&plan.state) {
        return Ok(Planned { state: prior, replace: Vec::new(), ..plan });
    }
    plan.replace = replacements(object, &prior, &plan)?;
    if !plan.replace.is_empty() {
        plan.state = transform::mark_carried_over(object, plan.state, inputs);
    }
    Ok(plan)
}

/// What the author's function made of a plan.
struct AuthorPlan {
    plan: Planned,
    /// Whether it ran to its end. If not, its decisions so far count, and "nothing to do" does not follow from them.
    complete: bool,
}

/// Runs [`Resource::plan`](crate::Resource::plan). It cannot run while the provider has no configuration, or one that is unknown in
/// parts: the plan then has what the schema alone gives.
async fn author_plan<P>(
    resource: &OfferedResource<P>,
    inputs: PlanInputs<'_>,
    planned: Value,
    scope: CallScope<P>,
    planned_private: Private,
) -> Result<AuthorPlan, Error> {
    let (call, private) = (scope.call.clone(), scope.private.clone());
    let Ok(context) = scope.context(resource.code.timeout()) else {
        return Ok(AuthorPlan { plan: Planned::new(planned, private), complete: false });
    };
    let context = context.with_planned_private(planned_private);
    let result = caught(&call, resource.code.plan(inputs.config, inputs.prior, &planned, &context)).await;
    let output = context.take_output();
    let result = result.map_err(|error| output.messages.clone().before(error))?;
    let complete = match result.outcome {
        Ok(()) => true,
        Err(error) if error.is_unknown_configuration() => false,
        Err(error) => return Err(output.messages.before(error)),
    };
    let plan = Planned {
        state: result.planned,
        replace: result.replace,
        private: output.private,
        messages: output.messages,
    };
    Ok(AuthorPlan { plan, complete })
}

/// Plans the end of an object. Its private state is returned as it was, since the delete needs it.
async fn plan_destroy<P>(
    resource: &OfferedResource<P>,
    prior: &Value,
    scope: CallScope<P>,
) -> Result<Planned, Error> {
    let (call, private) = (scope.call.clone(), scope.private.clone());
    let Some(plan_destroy) = resource.code.capabilities().plan_destroy else {
        return Ok(Planned::new(Value::Null, private));
    };
    let Ok(context) = scope.context(resource.code.timeout()) else {
        return Ok(Planned::new(Value::Null, private));
    };
    let outcome = caught(&call, plan_destroy(prior, &context)).await;
    let messages = context.take_output().messages;
    match outcome {
        Err(error) if !error.is_unknown_configuration() => Err(messages.before(error)),
        _ => Ok(Planned { messages, ..Planned::new(Value::Null, private) }),
    }
}

/// The attributes whose change needs a new object: by the schema, and those that the author named if they really changed.
fn replacements(object: Object<'_>, prior: &Value, plan: &Planned) -> Result<Vec<AttributePath>, Error> {
    if prior.is_null() {
        return Ok(Vec::new());
    }
    let mut paths = replace::paths(object, prior, &plan.state);
    for path in &plan.replace {
        let named =
            |name: &&crate::schema::AttributeSchema| path.steps() == [Step::Attribute(name.name.to_owned())];
        let attribute = object.attributes.iter().find(named).ok_or_else(|| {
            Error::new(
                "Provider asked to replace for an unknown attribute",
                format!("There is no attribute {path}. Nothing was changed. {PROVIDER_BUG}"),
            )
        })?;
        if replace::has_changed(attribute, prior, &plan.state) {
            paths.push(path.clone());
        }
    }
    paths.sort();
    paths.dedup();
    Ok(paths)
}

impl Planned {
    /// A plan without replacement and messages.
    fn new(state: Value, private: Private) -> Self {
        Self { state, replace: Vec::new(), private, messages: Diagnostics::default() }
    }
}
