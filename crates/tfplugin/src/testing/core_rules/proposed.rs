//! What core proposes to the provider: the configuration, with the prior state where the provider decides.

use super::{Members, NULL, at, elements, of, raw_equal};
use crate::{
    Value,
    schema::{AttributeSchema, Block, Nesting, Shape},
    value::{Data, Type},
};

/// What core proposes to the provider: the configuration merged with the prior state.
pub fn proposed_new(block: &Block, prior: &Value, config: &Value) -> Value {
    if config.is_null() { Value::Null } else { block_proposed(of(block), prior, config) }
}

/// What the objects of a nesting are.
#[derive(Clone, Copy)]
enum Content {
    Blocks,
    Attributes,
}

fn block_proposed(members: Members<'_>, prior: &Value, config: &Value) -> Value {
    // Terraform takes the prior value of a block that is null or unknown itself; it says that neither occurs.
    if config.as_known().is_none() {
        return prior.clone();
    }
    let blocks = members.1.iter().map(|nested| {
        let (prior, config) = (prior.member(nested.name), config.member(nested.name));
        let proposed = match (nested.nesting, config) {
            (_, Value::Unknown) | (Nesting::Single, Value::Null) => config.clone(),
            (Nesting::Single, _) => block_proposed(of(&nested.block), prior, config),
            (nesting, _) => nested_proposed(nesting, of(&nested.block), Content::Blocks, prior, config),
        };
        (nested.name, proposed)
    });
    Value::mapping(attributes_proposed(members.0, prior, config).into_iter().chain(blocks))
}

/// An object of nested attributes. One that is unknown becomes an object whose attributes are all unknown.
fn object_proposed(attributes: &[AttributeSchema], prior: &Value, config: &Value) -> Value {
    if config.is_null() {
        Value::Null
    } else {
        Value::mapping(attributes_proposed(attributes, prior, config))
    }
}

fn attributes_proposed<'a>(
    attributes: &'a [AttributeSchema],
    prior: &Value,
    config: &Value,
) -> Vec<(&'a str, Value)> {
    let proposed = |attribute: &'a AttributeSchema| {
        let (prior, config) = (prior.member(attribute.name), config.member(attribute.name));
        let value = match &attribute.shape {
            _ if attribute.presence.is_computed() && config.is_null() => {
                if is_from_configuration(attribute, prior) { Value::Null } else { prior.clone() }
            }
            Shape::Nested { nesting, attributes } => match (nesting, config) {
                (_, Value::Unknown | Value::Null) => config.clone(),
                (Nesting::Single, _) => object_proposed(attributes, prior, config),
                _ => nested_proposed(*nesting, Members(attributes, &[]), Content::Attributes, prior, config),
            },
            Shape::Type(_) => config.clone(),
        };
        (attribute.name, value)
    };
    attributes.iter().map(proposed).collect()
}

fn nested_proposed(
    nesting: Nesting,
    members: Members<'_>,
    content: Content,
    prior: &Value,
    config: &Value,
) -> Value {
    let element = |prior: &Value, config: &Value| match content {
        Content::Blocks => block_proposed(members, prior, config),
        Content::Attributes => object_proposed(members.0, prior, config),
    };
    match (nesting, config) {
        (Nesting::List, Value::Known(Data::Sequence(configs))) => {
            let proposed = configs.iter().enumerate().map(|(index, config)| {
                let is_new = !prior.is_unknown() && elements(prior).get(index).is_none();
                if is_new { config.clone() } else { element(at(prior, index), config) }
            });
            Value::Known(Data::Sequence(proposed.collect()))
        }
        (Nesting::Map, Value::Known(Data::Mapping(configs))) => {
            Value::mapping(configs.iter().map(|(key, config)| {
                let proposed = match prior {
                    Value::Known(Data::Mapping(priors)) => {
                        priors.get(key).map_or_else(|| config.clone(), |prior| element(prior, config))
                    }
                    _ => config.clone(),
                };
                (key, proposed)
            }))
        }
        (Nesting::Set, Value::Known(Data::Sequence(configs))) => {
            let mut priors: Vec<&Value> = elements(prior).iter().collect();
            let proposed = configs.iter().map(|config| {
                let found = priors.iter().position(|prior| may_come_from(members, prior, config));
                element(found.map_or(&NULL, |position| priors.remove(position)), config)
            });
            Value::Known(Data::Sequence(distinct(members, proposed.collect())))
        }
        (_, config) => config.clone(),
    }
}

/// A set has each known element once.
fn distinct(members: Members<'_>, all: Vec<Value>) -> Vec<Value> {
    let element_type = type_of(members);
    let mut found: Vec<Value> = Vec::new();
    for element in all {
        let is_there = |other: &Value| other.is_wholly_known() && raw_equal(&element_type, other, &element);
        if !found.iter().any(is_there) {
            found.push(element);
        }
    }
    found
}

fn type_of(members: Members<'_>) -> Type {
    Block { attributes: members.0.to_vec(), blocks: members.1.to_vec(), ..Block::default() }.value_type()
}

/// `optionalValueNotComputable`: the prior value of an optional and computed object has something that only a configuration sets.
fn is_from_configuration(attribute: &AttributeSchema, prior: &Value) -> bool {
    fn has_written(attributes: &[AttributeSchema], object: &Value) -> bool {
        attributes.iter().any(|inner| {
            let value = object.member(inner.name);
            !value.is_null() && (!inner.presence.is_computed() || nested_has_written(inner, value))
        })
    }
    fn nested_has_written(attribute: &AttributeSchema, value: &Value) -> bool {
        let Shape::Nested { nesting, attributes } = &attribute.shape else { return false };
        match (nesting, value) {
            (Nesting::Single, object) => has_written(attributes, object),
            (_, Value::Known(Data::Sequence(objects))) => {
                objects.iter().any(|object| has_written(attributes, object))
            }
            (_, Value::Known(Data::Mapping(objects))) => {
                objects.values().any(|object| has_written(attributes, object))
            }
            _ => false,
        }
    }
    attribute.presence == crate::schema::Presence::OptionalComputed && nested_has_written(attribute, prior)
}

/// `validPriorFromConfig`: the prior object is the configured one, with computed values filled in.
fn may_come_from(members: Members<'_>, prior: &Value, config: &Value) -> bool {
    if raw_equal(&type_of(members), config, prior) {
        return true;
    }
    let Value::Known(Data::Mapping(_)) = prior else { return true };
    if config.is_null() {
        // What is inside the prior object has no counterpart.
        return false;
    }
    let attributes = members.0.iter().all(|attribute| {
        let (prior, config) = (prior.member(attribute.name), config.member(attribute.name));
        let value_type = attribute.shape.value_type();
        if raw_equal(&value_type, config, prior) {
            return true;
        }
        match &attribute.shape {
            _ if matches!(value_type, Type::Set(_)) => false,
            Shape::Nested { nesting, attributes } => {
                nested_may_come_from(*nesting, Members(attributes, &[]), prior, config)
            }
            Shape::Type(_) => attribute.presence.is_computed() && config.is_null(),
        }
    });
    attributes
        && members.1.iter().all(|nested| {
            let (prior, config) = (prior.member(nested.name), config.member(nested.name));
            nested.nesting != Nesting::Set
                && nested_may_come_from(nested.nesting, of(&nested.block), prior, config)
        })
}

fn nested_may_come_from(nesting: Nesting, members: Members<'_>, prior: &Value, config: &Value) -> bool {
    match (nesting, prior) {
        (Nesting::Single, _) => may_come_from(members, prior, config),
        (_, Value::Known(Data::Sequence(priors))) => priors.iter().enumerate().all(|(index, prior)| {
            (config.is_unknown() || elements(config).get(index).is_some())
                && may_come_from(members, prior, at(config, index))
        }),
        (_, Value::Known(Data::Mapping(priors))) => priors.iter().all(|(key, prior)| match config {
            Value::Unknown => may_come_from(members, prior, config),
            Value::Known(Data::Mapping(configs)) => {
                configs.get(key).is_some_and(|config| may_come_from(members, prior, config))
            }
            _ => false,
        }),
        _ => true,
    }
}
