//! Whether a plan follows the configuration.

use super::{Members, at, contains_write_only, elements, of, raw_equal};
use crate::{
    Value,
    schema::{AttributeSchema, Block, Nesting, Presence, Shape},
    value::{Data, Type},
};

/// What core finds wrong with a plan.
pub fn plan_errors(block: &Block, prior: &Value, config: &Value, planned: &Value) -> Vec<String> {
    let mut errors = Vec::new();
    block_errors(of(block), [prior, config, planned], "", &mut errors);
    if contains_write_only(of(block), planned) {
        errors.push("a write-only value is planned".to_owned());
    }
    errors
}

fn block_errors(members: Members<'_>, sides: [&Value; 3], path: &str, errors: &mut Vec<String>) {
    let [prior, config, planned] = sides;
    if planned.is_null() != config.is_null() {
        return errors.push(format!("{path}: planned to be absent or present other than configured"));
    }
    if planned.is_null() {
        return;
    }
    attribute_errors(members.0, sides, path, errors);
    for nested in members.1 {
        let [prior, config, planned] = [prior, config, planned].map(|side| side.member(nested.name));
        let path = format!("{path}.{}", nested.name);
        let inner = of(&nested.block);
        if nested.nesting != Nesting::Single && planned.is_null() {
            errors.push(format!("{path}: no blocks are an empty collection, not null"));
            continue;
        }
        if raw_equal(&type_of(nested.nesting, &nested.block), planned, config) {
            continue;
        }
        if config.is_unknown() {
            errors.push(format!("{path}: planned a value for an unknown dynamic block"));
            continue;
        }
        if planned.is_unknown() {
            errors.push(format!("{path}: planned unknown for a block that is not computed"));
            continue;
        }
        match nested.nesting {
            Nesting::Single => block_errors(inner, [prior, config, planned], &path, errors),
            Nesting::List if elements(planned).len() != elements(config).len() => {
                errors.push(format!("{path}: another number of blocks than configured"));
            }
            Nesting::List => {
                for (index, planned) in elements(planned).iter().enumerate() {
                    let sides = [at(prior, index), at(config, index), planned];
                    element_errors(inner, sides, &format!("{path}[{index}]"), errors);
                }
            }
            Nesting::Map => {
                if !keys(planned).eq(keys(config)) {
                    errors.push(format!("{path}: other keys than configured"));
                }
                for key in keys(planned) {
                    let sides = [prior, config, planned].map(|side| side.member(key));
                    element_errors(inner, sides, &format!("{path}[{key}]"), errors);
                }
            }
            // Without correlation core trusts the provider, as its comment says.
            Nesting::Set => {
                if elements(planned).iter().any(Value::is_unknown) {
                    errors.push(format!("{path}: an element that is unknown itself"));
                }
            }
        }
    }
}

fn element_errors(members: Members<'_>, sides: [&Value; 3], path: &str, errors: &mut Vec<String>) {
    if sides[2].is_unknown() {
        return errors.push(format!("{path}: an element that is unknown itself"));
    }
    block_errors(members, sides, path, errors);
}

/// Attributes of an object that may itself be null or unknown: then its attributes are.
fn attribute_errors(
    attributes: &[AttributeSchema],
    sides: [&Value; 3],
    path: &str,
    errors: &mut Vec<String>,
) {
    for attribute in attributes {
        let sides = sides.map(|side| side.member(attribute.name));
        value_errors(attribute, sides, &format!("{path}.{}", attribute.name), errors);
    }
}

fn value_errors(attribute: &AttributeSchema, sides: [&Value; 3], path: &str, errors: &mut Vec<String>) {
    let [prior, config, planned] = sides;
    let value_type = attribute.shape.value_type();
    if raw_equal(&value_type, planned, config)
        || raw_equal(&value_type, planned, prior) && !prior.is_null() && !config.is_null()
    {
        return;
    }
    if attribute.write_only {
        return;
    }
    match attribute.presence {
        Presence::Computed => return,
        Presence::OptionalComputed if config.is_null() => return,
        _ => {}
    }
    if config.is_null() {
        return errors.push(format!("{path}: planned, although not configured and not computed"));
    }
    let Shape::Nested { nesting, attributes } = &attribute.shape else {
        return errors.push(format!("{path}: planned {planned:?}, configured {config:?}, before {prior:?}"));
    };
    if planned.is_null() {
        return errors.push(format!("{path}: planned to be absent, and configured"));
    }
    if planned.is_unknown() {
        return errors.push(format!("{path}: planned unknown, and configured"));
    }
    match nesting {
        Nesting::Single => attribute_errors(attributes, sides, path, errors),
        Nesting::List if config.is_unknown() || elements(planned).len() != elements(config).len() => {
            errors.push(format!("{path}: another number of elements than configured"));
        }
        Nesting::List => {
            for (index, planned) in elements(planned).iter().enumerate() {
                let sides = [at(prior, index), at(config, index), planned];
                attribute_errors(attributes, sides, &format!("{path}[{index}]"), errors);
            }
        }
        Nesting::Map if config.is_unknown() || !keys(planned).eq(keys(config)) => {
            errors.push(format!("{path}: other keys than configured"));
        }
        Nesting::Map => {
            for key in keys(planned) {
                let sides = sides.map(|side| side.member(key));
                attribute_errors(attributes, sides, &format!("{path}[{key}]"), errors);
            }
        }
        Nesting::Set => {
            if let Some(count) = known_length(config)
                && !possible_lengths(planned).contains(&count)
            {
                errors.push(format!("{path}: another number of elements than configured"));
            }
        }
    }
}

/// cty's `Length` of a set: elements that are not wholly known may turn out to be equal.
fn possible_lengths(set: &Value) -> std::ops::RangeInclusive<usize> {
    let count = elements(set).len();
    if set.is_wholly_known() || count == 1 { count..=count } else { 1..=count }
}

fn known_length(set: &Value) -> Option<usize> {
    let lengths = possible_lengths(set);
    (!set.is_unknown() && lengths.start() == lengths.end()).then(|| *lengths.start())
}

fn type_of(nesting: Nesting, block: &Block) -> Type {
    let object = Box::new(block.value_type());
    match nesting {
        Nesting::Single => *object,
        Nesting::List => Type::List(object),
        Nesting::Set => Type::Set(object),
        Nesting::Map => Type::Map(object),
    }
}

fn keys(value: &Value) -> impl Iterator<Item = &str> {
    let members = match value {
        Value::Known(Data::Mapping(members)) => Some(members.keys()),
        _ => None,
    };
    members.into_iter().flatten().map(String::as_str)
}
