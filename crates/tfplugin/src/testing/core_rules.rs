//! Core's rules for plans and results, written anew from Terraform's `internal/plans/objchange` (`ProposedNew`, `AssertPlanValid`,
//! `AssertObjectCompatible`). They share no code with the engine, so that a mistake there is found here.

use std::collections::BTreeMap;

use crate::{
    Value,
    schema::{AttributeSchema, Block, NestedBlock, Nesting, Presence, Shape},
    value::{Data, Type},
};

static NULL: Value = Value::Null;
static UNKNOWN: Value = Value::Unknown;

/// Attributes and blocks of an object.
#[derive(Clone, Copy)]
struct Members<'a>(&'a [AttributeSchema], &'a [NestedBlock]);

fn of(block: &Block) -> Members<'_> {
    Members(&block.attributes, &block.blocks)
}

/// What core proposes to the provider: the configuration merged with the prior state.
pub fn proposed_new(block: &Block, prior: &Value, config: &Value) -> Value {
    if config.is_null() { Value::Null } else { propose(of(block), prior, config) }
}

/// What core finds wrong with a plan.
pub fn plan_errors(block: &Block, prior: &Value, config: &Value, planned: &Value) -> Vec<String> {
    let mut errors = Vec::new();
    plan_object(of(block), [prior, config, planned], "", &mut errors);
    if contains_write_only(of(block), planned) {
        errors.push("a write-only value is planned".to_owned());
    }
    errors
}

/// What core finds wrong with the result of an apply.
pub fn result_errors(block: &Block, planned: &Value, actual: &Value) -> Vec<String> {
    let mut errors = Vec::new();
    if !compatible(&block.value_type(), planned, actual) {
        let differing = members_of(planned).filter(|(name, planned)| {
            let Type::Object(types) = block.value_type() else { return true };
            !compatible(&types[*name], planned, actual.member(name))
        });
        errors.push(format!(
            "differs from the plan at {:?}",
            differing.map(|(name, _)| name).collect::<Vec<_>>()
        ));
    }
    if !actual.is_wholly_known() {
        errors.push("has unknown values".to_owned());
    }
    if contains_write_only(of(block), actual) {
        errors.push("holds a write-only value".to_owned());
    }
    errors
}

/// Whether two values are the same to core.
fn same(value_type: &Type, one: &Value, other: &Value) -> bool {
    compatible(value_type, one, other)
        && compatible(value_type, other, one)
        && count_unknown(one) == count_unknown(other)
}

fn propose(members: Members<'_>, prior: &Value, config: &Value) -> Value {
    if config.as_known().is_none() {
        return config.clone();
    }
    let attributes = members.0.iter().map(|attribute| {
        let (prior, config) = (prior.member(attribute.name), config.member(attribute.name));
        let proposed = match &attribute.shape {
            _ if config.is_null() && attribute.presence.is_computed() => carried_over(attribute, prior),
            Shape::Nested { nesting, attributes } => {
                propose_nested(*nesting, Members(attributes, &[]), prior, config)
            }
            Shape::Type(_) => config.clone(),
        };
        (attribute.name, proposed)
    });
    let blocks = members.1.iter().map(|nested| {
        let (prior, config) = (prior.member(nested.name), config.member(nested.name));
        (nested.name, propose_nested(nested.nesting, of(&nested.block), prior, config))
    });
    Value::mapping(attributes.chain(blocks))
}

/// An optional and computed object that was configured and is no more goes away; other computed values stay.
fn carried_over(attribute: &AttributeSchema, prior: &Value) -> Value {
    let Shape::Nested { attributes, .. } = &attribute.shape else { return prior.clone() };
    let was_written = |object: &Value| {
        attributes
            .iter()
            .any(|inner| inner.presence != Presence::Computed && !object.member(inner.name).is_null())
    };
    let objects: Vec<&Value> = match prior {
        Value::Known(Data::Sequence(elements)) => elements.iter().collect(),
        other => vec![other],
    };
    let goes = attribute.presence == Presence::OptionalComputed && objects.into_iter().any(was_written);
    if goes { Value::Null } else { prior.clone() }
}

fn propose_nested(nesting: Nesting, members: Members<'_>, prior: &Value, config: &Value) -> Value {
    match (nesting, config) {
        (Nesting::Single, config) => propose(members, prior, config),
        (Nesting::List, Value::Known(Data::Sequence(configs))) => Value::Known(Data::Sequence(
            configs
                .iter()
                .enumerate()
                .map(|(index, config)| propose(members, at(prior, index), config))
                .collect(),
        )),
        (Nesting::Map, Value::Known(Data::Mapping(configs))) => Value::mapping(
            configs.iter().map(|(key, config)| (key, propose(members, prior.member(key), config))),
        ),
        (Nesting::Set, Value::Known(Data::Sequence(configs))) => {
            let mut priors: Vec<&Value> = elements(prior).iter().collect();
            let proposed = configs.iter().map(|config| {
                let found = priors.iter().position(|prior| is_written_as(members, prior, config));
                propose(members, found.map_or(&NULL, |position| priors.remove(position)), config)
            });
            Value::Known(Data::Sequence(proposed.collect()))
        }
        (_, config) => config.clone(),
    }
}

fn is_written_as(members: Members<'_>, prior: &Value, config: &Value) -> bool {
    members.0.iter().all(|attribute| {
        let (prior, config) = (prior.member(attribute.name), config.member(attribute.name));
        same(&attribute.shape.value_type(), prior, config)
            || attribute.presence.is_computed() && config.is_null()
    })
}

fn plan_object(
    members: Members<'_>,
    [prior, config, planned]: [&Value; 3],
    at_path: &str,
    errors: &mut Vec<String>,
) {
    if planned.is_null() != config.is_null() {
        return errors.push(format!("{at_path}: planned to be absent or present other than configured"));
    }
    if planned.is_null() || planned.is_unknown() && config.is_unknown() {
        return;
    }
    if planned.is_unknown() {
        return errors.push(format!("{at_path}: unknown as a whole"));
    }
    for attribute in members.0 {
        let sides = [prior, config, planned].map(|side| side.member(attribute.name));
        plan_attribute(attribute, sides, &format!("{at_path}.{}", attribute.name), errors);
    }
    for nested in members.1 {
        let sides = [prior, config, planned].map(|side| side.member(nested.name));
        let path = format!("{at_path}.{}", nested.name);
        if nested.nesting != Nesting::Single && sides[2].is_null() {
            errors.push(format!("{path}: no blocks are an empty collection, not null"));
        } else if sides[1] != sides[2] {
            plan_nested(nested.nesting, of(&nested.block), sides, &path, true, errors);
        }
    }
}

fn plan_attribute(attribute: &AttributeSchema, sides: [&Value; 3], path: &str, errors: &mut Vec<String>) {
    let [prior, config, planned] = sides;
    let value_type = attribute.shape.value_type();
    let allowed = same(&value_type, planned, config)
        || !prior.is_null() && !config.is_null() && same(&value_type, planned, prior)
        || attribute.presence == Presence::Computed
        || attribute.presence == Presence::OptionalComputed && config.is_null()
        || attribute.write_only;
    if allowed {
        return;
    }
    match &attribute.shape {
        Shape::Nested { nesting, attributes } if !config.is_null() => {
            plan_nested(*nesting, Members(attributes, &[]), sides, path, false, errors);
        }
        _ => errors.push(format!("{path}: planned {planned:?}, configured {config:?}, before {prior:?}")),
    }
}

fn plan_nested(
    nesting: Nesting,
    members: Members<'_>,
    [prior, config, planned]: [&Value; 3],
    path: &str,
    is_block: bool,
    errors: &mut Vec<String>,
) {
    match (nesting, config, planned) {
        (Nesting::Single, ..) => plan_object(members, [prior, config, planned], path, errors),
        (Nesting::Map, Value::Known(Data::Mapping(configs)), Value::Known(Data::Mapping(planneds)))
            if configs.keys().eq(planneds.keys()) =>
        {
            for (key, config) in configs {
                let path = format!("{path}[{key}]");
                plan_object(members, [prior.member(key), config, &planneds[key]], &path, errors);
            }
        }
        (Nesting::List, Value::Known(Data::Sequence(configs)), Value::Known(Data::Sequence(planneds)))
            if configs.len() == planneds.len() =>
        {
            for (index, config) in configs.iter().enumerate() {
                let path = format!("{path}[{index}]");
                plan_object(members, [at(prior, index), config, &planneds[index]], &path, errors);
            }
        }
        (Nesting::Set, Value::Known(Data::Sequence(configs)), Value::Known(Data::Sequence(planneds)))
            if configs.len() == planneds.len() =>
        {
            let follows = |config: &Value, planned: &Value| {
                let mut errors = Vec::new();
                plan_object(members, [&NULL, config, planned], "", &mut errors);
                errors.is_empty()
            };
            let paired = planneds.iter().all(|planned| configs.iter().any(|config| follows(config, planned)));
            if is_block && !paired {
                errors.push(format!("{path}: an element was not configured"));
            }
        }
        _ => errors.push(format!("{path}: planned {planned:?}, configured {config:?}")),
    }
}

fn compatible(value_type: &Type, planned: &Value, actual: &Value) -> bool {
    let (Value::Known(planned), Value::Known(actual)) = (planned, actual) else {
        return planned.is_unknown() || planned.is_null() && actual.is_null();
    };
    match (planned, actual, value_type) {
        (Data::Sequence(planned), Data::Sequence(actual), Type::Set(element)) => {
            actual.len() <= planned.len()
                && planned
                    .iter()
                    .all(|planned| actual.iter().any(|actual| compatible(element, planned, actual)))
                && actual
                    .iter()
                    .all(|actual| planned.iter().any(|planned| compatible(element, planned, actual)))
        }
        (Data::Sequence(planned), Data::Sequence(actual), Type::List(element)) => {
            planned.len() == actual.len()
                && planned.iter().zip(actual).all(|(planned, actual)| compatible(element, planned, actual))
        }
        (Data::Mapping(planned), Data::Mapping(actual), Type::Map(element)) => {
            planned.keys().eq(actual.keys())
                && planned.iter().all(|(key, planned)| compatible(element, planned, &actual[key]))
        }
        (Data::Mapping(planned), Data::Mapping(actual), Type::Object(types)) => {
            types.iter().all(|(name, inner)| {
                compatible(inner, planned.get(name).unwrap_or(&NULL), actual.get(name).unwrap_or(&NULL))
            })
        }
        _ => planned == actual,
    }
}

fn contains_write_only(members: Members<'_>, value: &Value) -> bool {
    members.0.iter().any(|attribute| {
        let value = value.member(attribute.name);
        match &attribute.shape {
            _ if attribute.write_only => !value.is_null(),
            Shape::Nested { attributes, .. } => {
                objects(value).into_iter().any(|object| contains_write_only(Members(attributes, &[]), object))
            }
            Shape::Type(_) => false,
        }
    })
}

fn objects(value: &Value) -> Vec<&Value> {
    match value {
        Value::Known(Data::Sequence(elements)) => elements.iter().collect(),
        Value::Known(Data::Mapping(members)) => members.values().chain([value]).collect(),
        _ => Vec::new(),
    }
}

fn count_unknown(value: &Value) -> usize {
    match value {
        Value::Unknown => 1,
        Value::Known(Data::Sequence(elements)) => elements.iter().map(count_unknown).sum(),
        Value::Known(Data::Mapping(members)) => members.values().map(count_unknown).sum(),
        _ => 0,
    }
}

fn at(value: &Value, index: usize) -> &Value {
    if value.is_unknown() { &UNKNOWN } else { elements(value).get(index).unwrap_or(&NULL) }
}

fn elements(value: &Value) -> &[Value] {
    match value {
        Value::Known(Data::Sequence(elements)) => elements,
        _ => &[],
    }
}

fn members_of(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    static NONE: BTreeMap<String, Value> = BTreeMap::new();
    match value {
        Value::Known(Data::Mapping(members)) => members.iter(),
        _ => NONE.iter(),
    }
}
