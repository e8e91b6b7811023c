//! PlanResourceChange: from the state that core proposes to the provider's plan.
//!
//! The order is that of terraform-plugin-framework: defaults; write-only values removed; the prior spelling of
//! equal values restored. If nothing differs from the prior state by then, the plan is done, unless the resource plans unchanged objects
//! too. Else computed values become unknown, [`Resource::plan`](crate::Resource::plan) runs, and replacements are found. The same input
//! gives the same plan: core plans again during apply, and compares.
//!
//! A value that replaces and is unknown plans an update in place: [`late_replacement`].

use super::{
    compare,
    identity::{self, PlannedChange},
    late_replacement,
    object::Object,
    operation::{CallScope, caught, finished},
    plan_check,
    replace::{self, Replacements},
    transform::{self, PlanInputs},
};
use crate::{
    deferral::Deferral,
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
    /// Whether the host sends the planned private of the first plan to the second one.
    pub(crate) stores_planned_private: bool,
    /// The stored identity; null if there is none.
    pub(crate) identity: Value,
}

/// The plan.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) state: Value,
    pub(crate) replace: Vec<AttributePath>,
    pub(crate) private: Private,
    /// Null if the state cannot tell yet.
    pub(crate) identity: Value,
    pub(crate) messages: Diagnostics,
    /// Why a later run has to plan it again.
    pub(crate) deferred: Option<Deferral>,
}

/// Plans a change.
pub(crate) async fn plan<P>(
    resource: &OfferedResource<P>,
    proposal: Proposal,
    scope: CallScope<P>,
) -> Result<Planned, Error> {
    let (stored, prior) = (proposal.identity.clone(), proposal.prior.clone());
    let planned = plan_state(resource, proposal, scope).await?;
    let change = PlannedChange {
        prior: &prior,
        planned: &planned.state,
        replaces: !planned.replace.is_empty(),
        private: &planned.private,
    };
    let identity = identity::of_plan(resource, &stored, change)?;
    Ok(Planned { identity, ..planned })
}

async fn plan_state<P>(
    resource: &OfferedResource<P>,
    proposal: Proposal,
    mut scope: CallScope<P>,
) -> Result<Planned, Error> {
    late_replacement::forget(&mut scope.private);
    let Proposal { prior, proposed, config, planned_private, stores_planned_private, identity: _ } = proposal;
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

    let planned = transform::with_configured_elements(object, planned, inputs);
    let planned = transform::mark_unknown(object, planned, inputs);
    let postponed = late_replacement::postponed(&planned_private);
    let is_late = |found: &Replacements| {
        !found.certain.is_empty() && found.certain.iter().all(|path| postponed.contains(&path.to_string()))
    };
    let author = Author { resource, config: &config, scope: &scope, planned_private: &planned_private };
    let mut late = is_late(&replacements(object, inputs, &planned, &[])?);
    let mut authored = author.plan(if late { &Value::Null } else { &prior }, planned.clone()).await?;
    let mut found = replacements(object, inputs, &authored.plan.state, &authored.plan.replace)?;
    if !late && is_late(&found) {
        // The author named an attribute that the schema does not.
        late = true;
        authored = author.plan(&Value::Null, planned).await?;
        found.possible.clear();
    }
    let AuthorPlan { mut plan, complete } = authored;
    if is_unchanged && !complete {
        return Ok(Planned { deferred: plan.deferred, ..Planned::new(prior, private) });
    }
    plan.state = transform::with_empty_blocks(object, transform::without_write_only(object, plan.state));
    if late {
        let end = plan_destroy(resource, &prior, scope).await?;
        plan.messages.extend(end.messages);
        plan.state = transform::mark_carried_over(object, plan.state, inputs);
        late_replacement::plan(&mut plan.private);
    } else if found.certain.is_empty() && !found.possible.is_empty() {
        plan.state = transform::mark_unknown(object, plan.state, inputs);
        late_replacement::postpone(&mut plan.private, &found.possible);
        let name = resource.descriptor.name;
        plan.messages.push(late_replacement::warning(name, &found.possible, stores_planned_private));
    }
    let mut mistakes = Diagnostics::default();
    plan_check::check(object, &plan.state, inputs, &mut mistakes);
    if let Some(error) = Error::all(mistakes) {
        return Err(error);
    }
    if is_same(&plan.state) {
        return Ok(Planned { state: prior, replace: Vec::new(), ..plan });
    }
    plan.replace = if late { Vec::new() } else { found.certain };
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

/// What runs [`Resource::plan`](crate::Resource::plan).
struct Author<'a, P> {
    resource: &'a OfferedResource<P>,
    config: &'a Value,
    scope: &'a CallScope<P>,
    planned_private: &'a Private,
}

impl<P> Author<'_, P> {
    /// Runs it. It cannot run while the provider has no configuration, or one that is unknown in parts: the plan then has what the schema
    /// alone gives.
    async fn plan(&self, prior: &Value, planned: Value) -> Result<AuthorPlan, Error> {
        let Self { resource, config, scope, planned_private } = self;
        let object = Object::from(&resource.descriptor.block);
        let context = match CallScope::clone(scope).context(resource.code.timeout()) {
            Ok(context) => context,
            Err(error) => {
                let deferred = scope.deferral(&error);
                let plan = Planned { deferred, ..Planned::new(planned, scope.private.clone()) };
                return Ok(AuthorPlan { plan, complete: false });
            }
        };
        let context = context.with_planned_private(Private::clone(planned_private));
        let result = caught(&scope.call, resource.code.plan(config, prior, &planned, &context)).await;
        let (result, output) = finished(&context, result)?;
        let (complete, deferred) = match result.outcome {
            Ok(()) => (true, None),
            Err(error) if error.needs_unknown_value() => (false, scope.deferral(&error)),
            Err(error) => return Err(output.messages.before(error)),
        };
        let plan = Planned {
            state: transform::keep_nulls(object, result.planned, &planned),
            replace: result.replace,
            private: output.private,
            identity: Value::Null,
            messages: output.messages,
            deferred,
        };
        Ok(AuthorPlan { plan, complete })
    }
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
    let defers = scope.clone();
    let context = match scope.context(resource.code.timeout()) {
        Ok(context) => context,
        Err(error) => {
            let deferred = defers.deferral(&error);
            return Ok(Planned { deferred, ..Planned::new(Value::Null, private) });
        }
    };
    let outcome = caught(&call, plan_destroy(prior, &context)).await;
    let messages = context.take_output().messages;
    match outcome {
        Err(error) if !error.needs_unknown_value() => Err(messages.before(error)),
        outcome => {
            let deferred = outcome.err().and_then(|error| defers.deferral(&error));
            Ok(Planned { messages, deferred, ..Planned::new(Value::Null, private) })
        }
    }
}

/// The attributes whose change needs a new object: by the schema, and those that the author named if they really change.
fn replacements(
    object: Object<'_>,
    PlanInputs { config, prior }: PlanInputs<'_>,
    planned: &Value,
    named: &[AttributePath],
) -> Result<Replacements, Error> {
    if prior.is_null() {
        return Ok(Replacements::default());
    }
    let mut found = Replacements::by_schema(object, prior, planned, config);
    for path in named {
        let is_named = |attribute: &&crate::schema::AttributeSchema| {
            path.steps() == [Step::Attribute(attribute.name.to_owned())]
        };
        let attribute = object.attributes.iter().find(is_named).ok_or_else(|| {
            Error::new(
                "Provider asked to replace for an unknown attribute",
                format!("There is no attribute {path}. Nothing was changed. {PROVIDER_BUG}"),
            )
        })?;
        found.add(replace::need_of_named(attribute, prior, planned), path.clone());
    }
    Ok(found.sorted())
}

impl Planned {
    /// A plan without replacement and messages.
    fn new(state: Value, private: Private) -> Self {
        Self {
            state,
            replace: Vec::new(),
            private,
            identity: Value::Null,
            messages: Diagnostics::default(),
            deferred: None,
        }
    }
}
