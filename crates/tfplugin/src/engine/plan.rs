//! PlanResourceChange: from what core proposes to what the provider will do.
//!
//! Order, as plugin-framework's users know it: defaults; nothing write-only; the earlier spelling of what means the same; if
//! then nothing differs, there is nothing to do, unless the resource may be due for a change all the same; else computed values become unknown, the plan hook has its say, and
//! replacements are found. Same input, same plan: core plans again while applying, and compares.

use super::{
    catalog::Managed,
    compare,
    object::Object,
    operation::{CallScope, PROVIDER_BUG, caught},
    plan_check, replace,
    transform::{self, PlanInputs},
};
use crate::{
    diagnostics::{Diagnostics, Error},
    path::{AttributePath, Step},
    private::Private,
    value::Value,
};

/// What core asks for.
#[derive(Debug)]
pub(crate) struct Proposal {
    /// What there is; null on create.
    pub(crate) prior: Value,
    /// Core's guess at what shall be; null on destroy.
    pub(crate) proposed: Value,
    /// What the user wrote; null on destroy.
    pub(crate) config: Value,
    /// The notes of the plan that is being carried out, if this is the second and the host keeps them.
    pub(crate) first_plan: Private,
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
    resource: &Managed<P>,
    proposal: Proposal,
    around: CallScope<P>,
) -> Result<Planned, Error> {
    let Proposal { prior, proposed, config, first_plan } = proposal;
    if proposed.is_null() {
        return plan_destroy(resource, &prior, around).await;
    }
    let object = Object::from(&resource.about.block);
    let beside = PlanInputs { config: &config, prior: &prior };
    let planned = transform::apply_defaults(object, proposed, beside);
    let planned = transform::without_write_only(object, planned);
    let planned = transform::keep_spelling(object, planned, &prior);
    let is_same = |planned: &Value| !prior.is_null() && compare::equal(&resource.value_type, &prior, planned);
    let agrees = is_same(&planned);
    let private = around.private.clone();
    if agrees && !resource.code.may_be_due() {
        return Ok(Planned::untouched(prior, private));
    }

    let planned = transform::mark_unknown(object, planned, beside);
    let Asked { mut plan, answered } = ask_hook(resource, beside, planned, around, first_plan).await?;
    if agrees && !answered {
        return Ok(Planned::untouched(prior, private));
    }
    plan.state = transform::with_empty_blocks(object, transform::without_write_only(object, plan.state));
    let mut mistakes = Diagnostics::default();
    let sides = plan_check::PlanSides { prior: &prior, config: &config, planned: &plan.state };
    plan_check::check(object, sides, &mut mistakes);
    if let Some(error) = Error::all(mistakes) {
        return Err(error);
    }
    if is_same(&plan.state) {
        return Ok(Planned { state: prior, replace: Vec::new(), ..plan });
    }
    plan.replace = replacements(object, &prior, &plan)?;
    if !plan.replace.is_empty() {
        plan.state = transform::mark_carried_over(object, plan.state, beside);
    }
    Ok(plan)
}

/// What the plan hook made of a plan.
struct Asked {
    plan: Planned,
    /// It could say all that it has to say.
    answered: bool,
}

/// Lets the resource say what it knows beforehand. A provider that is not configured yet, or not with known values, cannot:
/// then the plan goes on with what the schema tells.
async fn ask_hook<P>(
    resource: &Managed<P>,
    beside: PlanInputs<'_>,
    planned: Value,
    around: CallScope<P>,
    first_plan: Private,
) -> Result<Asked, Error> {
    let (call, private) = (around.call.clone(), around.private.clone());
    let Ok(context) = around.context(resource.code.timeout()) else {
        return Ok(Asked { plan: Planned::untouched(planned, private), answered: false });
    };
    let context = context.after_first_plan(first_plan);
    let hooked = caught(&call, resource.code.plan(beside.config, beside.prior, &planned, &context)).await;
    let noted = context.take_noted();
    let hooked = hooked.map_err(|error| noted.messages.clone().before(error))?;
    let answered = match hooked.outcome {
        Ok(()) => true,
        Err(error) if error.is_unknown_configuration() => false,
        Err(error) => return Err(noted.messages.before(error)),
    };
    let plan = Planned {
        state: hooked.planned,
        replace: hooked.replace,
        private: noted.private,
        messages: noted.messages,
    };
    Ok(Asked { plan, answered })
}

/// Lets the resource say what its end means. Private notes come back, since the delete needs them.
async fn plan_destroy<P>(
    resource: &Managed<P>,
    prior: &Value,
    around: CallScope<P>,
) -> Result<Planned, Error> {
    let (call, private) = (around.call.clone(), around.private.clone());
    let Ok(context) = around.context(resource.code.timeout()) else {
        return Ok(Planned::untouched(Value::Null, private));
    };
    let outcome = caught(&call, resource.code.plan_destroy(prior, &context)).await;
    let messages = context.take_noted().messages;
    match outcome {
        Err(error) if !error.is_unknown_configuration() => Err(messages.before(error)),
        _ => Ok(Planned { messages, ..Planned::untouched(Value::Null, private) }),
    }
}

/// Where a new object is needed: as the schema says, and as the hook says where something really changed.
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
    fn untouched(state: Value, private: Private) -> Self {
        Self { state, replace: Vec::new(), private, messages: Diagnostics::default() }
    }
}
