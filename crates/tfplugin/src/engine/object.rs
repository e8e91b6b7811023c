//! One view of everything that has attributes: a schema's root, a nested block, a nested attribute's object. And
//! the elements of a value, whether it is null, unknown, or known.

use crate::{
    schema::{AttributeSchema, Block, NestedBlock, Nesting, Shape},
    value::{Data, Value},
};

/// The members of an object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Object<'a> {
    pub(crate) attributes: &'a [AttributeSchema],
    pub(crate) blocks: &'a [NestedBlock],
}

impl<'a> From<&'a Block> for Object<'a> {
    fn from(block: &'a Block) -> Self {
        Self { attributes: &block.attributes, blocks: &block.blocks }
    }
}

impl<'a> From<&'a [AttributeSchema]> for Object<'a> {
    fn from(attributes: &'a [AttributeSchema]) -> Self {
        Self { attributes, blocks: &[] }
    }
}

/// The objects inside an attribute, if it holds any.
pub(crate) fn nested(attribute: &AttributeSchema) -> Option<(Nesting, Object<'_>)> {
    match &attribute.shape {
        Shape::Type(_) => None,
        Shape::Nested { nesting, attributes } => Some((*nesting, attributes.as_slice().into())),
    }
}

/// The element of a list, by position; null where there is none, unknown where the whole is unknown.
pub(crate) fn element(value: &Value, index: usize) -> &Value {
    const NULL: &Value = &Value::Null;
    match value {
        Value::Known(Data::Sequence(elements)) => elements.get(index).unwrap_or(NULL),
        Value::Unknown => &Value::Unknown,
        _ => NULL,
    }
}

/// The elements of a list or set; none where it is null or unknown.
pub(crate) fn sequence(value: &Value) -> &[Value] {
    match value {
        Value::Known(Data::Sequence(elements)) => elements,
        _ => &[],
    }
}

/// The keys of a map; none where it is null or unknown.
pub(crate) fn keys(value: &Value) -> impl Iterator<Item = &str> {
    let members = match value {
        Value::Known(Data::Mapping(members)) => Some(members),
        _ => None,
    };
    members.into_iter().flatten().map(|(key, _)| key.as_str())
}

/// Whether two known collections have as many elements, or the same keys.
pub(crate) fn same_elements(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Known(Data::Sequence(one)), Value::Known(Data::Sequence(other))) => one.len() == other.len(),
        (Value::Known(Data::Mapping(one)), Value::Known(Data::Mapping(other))) => one.keys().eq(other.keys()),
        _ => false,
    }
}
