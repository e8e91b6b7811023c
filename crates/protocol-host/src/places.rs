//! Configurations of a schema, and one with another value at each of its places.

use std::collections::BTreeMap;

use tfplugin::{
    Value,
    schema::{AttributeSchema, Block, Nesting, Presence, Shape},
    value::{Data, Number, Type},
};

/// What a place got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Null.
    Null,
    /// Unknown.
    Unknown,
    /// A known value that few would write.
    Odd,
}

/// A configuration with another value at one place.
#[derive(Clone, Debug)]
pub struct Variation {
    /// The place, for messages.
    pub place: String,
    /// What it got.
    pub kind: Kind,
    /// The attribute there.
    pub presence: Presence,
    /// All of the configuration.
    pub config: Value,
}

/// A configuration without anything: blocks are empty, and never null.
pub fn all_null(block: &Block) -> Value {
    filled(block, &Value::Null, |nesting| match nesting {
        Nesting::Single => Value::Null,
        Nesting::List | Nesting::Set => Value::Known(Data::Sequence(Vec::new())),
        Nesting::Map => Value::Known(Data::Mapping(BTreeMap::new())),
    })
}

/// A configuration in which everything is unknown that a configuration can set, blocks included.
pub fn all_unknown(block: &Block) -> Value {
    filled(
        block,
        &Value::Unknown,
        |nesting| {
            if nesting == Nesting::Single { Value::Null } else { Value::Unknown }
        },
    )
}

fn filled(block: &Block, value: &Value, nested: impl Fn(Nesting) -> Value) -> Value {
    let attributes = block.attributes.iter().map(|attribute| {
        let is_given = attribute.presence != Presence::Computed;
        (attribute.name, if is_given { value.clone() } else { Value::Null })
    });
    let blocks = block.blocks.iter().map(|it| (it.name, nested(it.nesting)));
    Value::mapping(attributes.chain(blocks))
}

/// The configuration with null, with unknown, and with each odd value at each place: attributes, those of nested objects and blocks,
/// and elements.
pub fn variations(block: &Block, config: &Value) -> Vec<Variation> {
    let mut found = Vec::new();
    in_block(block, config, "", &|changed| changed, &mut found);
    found
}

/// The whole configuration around a value.
type Around<'a> = &'a dyn Fn(Value) -> Value;

fn in_block(block: &Block, value: &Value, place: &str, around: Around<'_>, found: &mut Vec<Variation>) {
    in_attributes(&block.attributes, value, place, around, found);
    for nested in &block.blocks {
        let place = format!("{place}.{}", nested.name);
        let around = |member| around(with(value, nested.name, member));
        let inner = value.member(nested.name);
        if nested.nesting == Nesting::Single {
            if inner.as_known().is_some() {
                in_block(&nested.block, inner, &place, &around, found);
            }
            continue;
        }
        // A dynamic block whose elements are unknown.
        push(found, &place, Kind::Unknown, Presence::Optional, around(Value::Unknown));
        elements(inner, &around, |element, around| in_block(&nested.block, element, &place, around, found));
    }
}

fn in_attributes(
    attributes: &[AttributeSchema],
    value: &Value,
    place: &str,
    around: Around<'_>,
    found: &mut Vec<Variation>,
) {
    for attribute in attributes {
        let place = format!("{place}.{}", attribute.name);
        let around = |member| around(with(value, attribute.name, member));
        let presence = attribute.presence;
        push(found, &place, Kind::Null, presence, around(Value::Null));
        push(found, &place, Kind::Unknown, presence, around(Value::Unknown));
        for odd in odd_values(&attribute.shape) {
            push(found, &place, Kind::Odd, presence, around(odd));
        }
        let inner = value.member(attribute.name);
        match &attribute.shape {
            Shape::Nested { nesting: Nesting::Single, attributes } if inner.as_known().is_some() => {
                in_attributes(attributes, inner, &place, &around, found);
            }
            Shape::Nested { attributes, .. } => {
                elements(inner, &around, |element, around| {
                    in_attributes(attributes, element, &place, around, found);
                });
            }
            Shape::Type(_) => elements(inner, &around, |_, around| {
                push(
                    found,
                    &format!("{place}[…]"),
                    Kind::Unknown,
                    Presence::Optional,
                    around(Value::Unknown),
                );
                push(found, &format!("{place}[…]"), Kind::Odd, Presence::Optional, around(Value::Null));
            }),
        }
    }
}

fn push(found: &mut Vec<Variation>, place: &str, kind: Kind, presence: Presence, config: Value) {
    found.push(Variation { place: place.to_owned(), kind, presence, config });
}

/// Calls `visit` with each element, and what is around it.
fn elements(value: &Value, around: Around<'_>, mut visit: impl FnMut(&Value, Around<'_>)) {
    match value {
        Value::Known(Data::Sequence(elements)) => {
            for (index, element) in elements.iter().enumerate() {
                visit(element, &|changed| {
                    let mut elements = elements.clone();
                    elements[index] = changed;
                    around(Value::Known(Data::Sequence(elements)))
                });
            }
        }
        Value::Known(Data::Mapping(members)) => {
            for (name, element) in members {
                visit(element, &|changed| around(with(value, name, changed)));
            }
        }
        _ => {}
    }
}

/// The same object with another member.
#[must_use]
pub fn with(value: &Value, name: &str, member: Value) -> Value {
    let mut members = match value {
        Value::Known(Data::Mapping(members)) => members.clone(),
        _ => BTreeMap::new(),
    };
    members.insert(name.to_owned(), member);
    Value::Known(Data::Mapping(members))
}

fn odd_values(shape: &Shape) -> Vec<Value> {
    let (nesting, attributes) = match shape {
        Shape::Type(value_type) => return odd(value_type),
        Shape::Nested { nesting, attributes } => (*nesting, attributes),
    };
    let of_all = |value: Value| Value::mapping(attributes.iter().map(|it| (it.name, value.clone())));
    let objects = [of_all(Value::Null), of_all(Value::Unknown)];
    let listed = |elements: Vec<Value>| Value::Known(Data::Sequence(elements));
    match nesting {
        Nesting::Single => objects.to_vec(),
        Nesting::List | Nesting::Set => {
            let mut values =
                vec![listed(Vec::new()), listed(vec![Value::Null]), listed(vec![Value::Unknown])];
            values.extend(objects.into_iter().map(|object| listed(vec![object])));
            values
        }
        Nesting::Map => {
            let mut values = vec![Value::Known(Data::Mapping(BTreeMap::new()))];
            values.extend([Value::Null, Value::Unknown].map(|it| Value::mapping([("key", it)])));
            values.extend(objects.into_iter().map(|object| Value::mapping([("key", object)])));
            values
        }
    }
}

/// Values that few would write.
pub fn odd(value_type: &Type) -> Vec<Value> {
    let long = "x".repeat(70_000);
    let listed = |elements: Vec<Value>| Value::Known(Data::Sequence(elements));
    match value_type {
        Type::String => ["", " ", "\0", "é", "null", "${x}", "a\nb", "\u{202e}🦀", "-", "../..", &long]
            .map(Value::string)
            .to_vec(),
        Type::Number => ["0", "-1", "0.1", "1e400", "9223372036854775808"]
            .map(|text| Value::Known(Data::Number(text.parse::<Number>().expect("a number"))))
            .to_vec(),
        Type::Bool => [true, false].map(|value| Value::Known(Data::Bool(value))).to_vec(),
        Type::List(element) | Type::Set(element) => {
            let mut values =
                vec![listed(Vec::new()), listed(vec![Value::Null]), listed(vec![Value::Unknown])];
            let inner = odd(element);
            values.extend(inner.iter().take(4).map(|inner| listed(vec![inner.clone()])));
            // Core sends no element of a set twice.
            let times = if matches!(value_type, Type::Set(_)) { 1 } else { 3 };
            values.extend(inner.last().map(|last| listed(vec![last.clone(); times])));
            values
        }
        Type::Map(element) => {
            let mut values = vec![Value::Known(Data::Mapping(BTreeMap::new()))];
            let first = odd(element).into_iter().next().unwrap_or_default();
            for (key, value) in
                [("", first), ("key", Value::Null), ("key", Value::Unknown), (&long, Value::Null)]
            {
                values.push(Value::mapping([(key, value)]));
            }
            values
        }
        Type::Object(types) => [Value::Null, Value::Unknown]
            .map(|value| Value::mapping(types.keys().map(|name| (name.clone(), value.clone()))))
            .to_vec(),
        Type::Tuple(types) => vec![listed(vec![Value::Null; types.len()])],
        Type::Dynamic => [Type::String, Type::List(Box::new(Type::Bool))]
            .map(|inner| Value::Known(Data::Dynamic(Box::new((inner, Value::Null)))))
            .to_vec(),
    }
}

/// A known value of the type, wholly known.
pub fn plain(value_type: &Type) -> Value {
    match value_type {
        Type::String => Value::string("x"),
        Type::Number => Value::Known(Data::Number(Number::from(1_u64))),
        Type::Bool => Value::Known(Data::Bool(true)),
        Type::List(element) | Type::Set(element) => Value::Known(Data::Sequence(vec![plain(element)])),
        Type::Map(element) => Value::mapping([("key", plain(element))]),
        Type::Object(types) => Value::mapping(types.iter().map(|(name, inner)| (name.clone(), plain(inner)))),
        Type::Tuple(types) => Value::Known(Data::Sequence(types.iter().map(plain).collect())),
        Type::Dynamic => Value::Known(Data::Dynamic(Box::new((Type::String, Value::string("x"))))),
    }
}

/// A configuration with a plain value for everything that a configuration can set.
pub fn all_plain(block: &Block) -> Value {
    let attributes = block.attributes.iter().map(|attribute| {
        let is_given = attribute.presence != Presence::Computed;
        let value = if is_given { plain_of(&attribute.shape) } else { Value::Null };
        (attribute.name, value)
    });
    let blocks = block.blocks.iter().map(|it| {
        let inner = all_plain(&it.block);
        let value = match it.nesting {
            Nesting::Single => inner,
            Nesting::List | Nesting::Set => Value::Known(Data::Sequence(vec![inner])),
            Nesting::Map => Value::mapping([("key", inner)]),
        };
        (it.name, value)
    });
    Value::mapping(attributes.chain(blocks))
}

fn plain_of(shape: &Shape) -> Value {
    let Shape::Nested { nesting, attributes } = shape else { return plain(&shape.value_type()) };
    let inner = all_plain(&Block { attributes: attributes.clone(), ..Block::default() });
    match nesting {
        Nesting::Single => inner,
        Nesting::List | Nesting::Set => Value::Known(Data::Sequence(vec![inner])),
        Nesting::Map => Value::mapping([("key", inner)]),
    }
}
