//! Schemas and values for the engine's own tests, as short as they can be written.

use crate::{
    schema::{AttributeSchema, Block, NestedBlock, Nesting, Presence, Replace, Shape},
    value::{Data, Type, Value},
};

/// A text attribute.
pub(crate) fn text(name: &'static str, presence: Presence) -> AttributeSchema {
    AttributeSchema {
        name,
        shape: Shape::Type(Type::String),
        presence,
        sensitive: false,
        write_only: false,
        replace: Replace::Never,
        deprecated: None,
        default: None,
        validators: Vec::new(),
        element_validators: Vec::new(),
        same: None,
        description: String::new(),
    }
}

/// An attribute that holds objects.
pub(crate) fn objects(
    name: &'static str,
    presence: Presence,
    nesting: Nesting,
    attributes: Vec<AttributeSchema>,
) -> AttributeSchema {
    AttributeSchema { shape: Shape::Nested { nesting, attributes }, ..text(name, presence) }
}

/// A block that holds blocks of this content.
pub(crate) fn blocks(name: &'static str, nesting: Nesting, attributes: Vec<AttributeSchema>) -> NestedBlock {
    NestedBlock { name, nesting, block: block(attributes), min_items: 0, max_items: 0 }
}

/// An object of attributes alone.
pub(crate) fn block(attributes: Vec<AttributeSchema>) -> Block {
    Block { attributes, ..Block::default() }
}

/// An object.
pub(crate) fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::mapping(members)
}

/// A text; `?` is unknown, and `-` is null.
pub(crate) fn word(text: &str) -> Value {
    match text {
        "?" => Value::Unknown,
        "-" => Value::Null,
        text => Value::string(text),
    }
}

/// A list or set.
pub(crate) fn sequence<const N: usize>(elements: [Value; N]) -> Value {
    Value::Known(Data::Sequence(elements.into()))
}
