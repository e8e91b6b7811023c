//! One view of everything that has attributes: a schema's root, a nested block, a nested attribute's object. And the places
//! inside it, as the protocol can name them.

use crate::{
    path::{AttributePath, Step},
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

/// Where a check is. A path ends at a set, since the protocol cannot name a set's elements.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    path: AttributePath,
    in_set: bool,
}

impl Place {
    /// A member of the object here.
    pub(crate) fn member(&self, name: &str) -> Self {
        self.then(Step::Attribute(name.to_owned()))
    }

    /// An element of the list here.
    pub(crate) fn index(&self, index: usize) -> Self {
        self.then(Step::Index(i64::try_from(index).unwrap_or(i64::MAX)))
    }

    /// An element of the map here.
    pub(crate) fn key(&self, key: &str) -> Self {
        self.then(Step::Key(key.to_owned()))
    }

    /// An element of the set here.
    pub(crate) fn in_set(&self) -> Self {
        Self { in_set: true, ..self.clone() }
    }

    /// The nearest place that the protocol can name.
    pub(crate) fn path(&self) -> AttributePath {
        self.path.clone()
    }

    fn then(&self, step: Step) -> Self {
        let mut place = self.clone();
        if !place.in_set {
            place.path = place.path.then(step);
        }
        place
    }
}

/// The objects inside an attribute, if it holds any.
pub(crate) fn nested(attribute: &AttributeSchema) -> Option<(Nesting, Object<'_>)> {
    match &attribute.shape {
        Shape::Type(_) => None,
        Shape::Nested { nesting, attributes } => Some((*nesting, attributes.as_slice().into())),
    }
}

/// The objects in a value of this nesting, each at its place; none where it is null or unknown.
pub(crate) fn elements<'a>(nesting: Nesting, value: &'a Value, place: &Place) -> Vec<(Place, &'a Value)> {
    let Value::Known(data) = value else { return Vec::new() };
    match (nesting, data) {
        (Nesting::Single, _) => vec![(place.clone(), value)],
        (Nesting::List, Data::Sequence(elements)) => {
            elements.iter().enumerate().map(|(index, element)| (place.index(index), element)).collect()
        }
        (Nesting::Set, Data::Sequence(elements)) => {
            elements.iter().map(|element| (place.in_set(), element)).collect()
        }
        (Nesting::Map, Data::Mapping(members)) => {
            members.iter().map(|(key, element)| (place.key(key), element)).collect()
        }
        _ => Vec::new(),
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
pub(crate) fn keys(value: &Value) -> Vec<&String> {
    match value {
        Value::Known(Data::Mapping(members)) => members.keys().collect(),
        _ => Vec::new(),
    }
}
