//! Diagnostics, as a host reads them.

use tfplugin::{
    Diagnostic,
    path::{AttributePath, Step},
    schema::{AttributeSchema, Block, Nesting, Shape},
    testing::{errors, from_wire, warnings},
    value::Type,
};
use tfplugin_proto::tfplugin6;

/// The diagnostics of an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Messages(Vec<Diagnostic>);

impl Messages {
    /// From an answer about something with this block.
    ///
    /// # Panics
    /// If one has no severity, no title, or a path to what the schema does not have.
    pub(crate) fn new(diagnostics: Vec<tfplugin6::Diagnostic>, block: &Block) -> Self {
        for it in &diagnostics {
            let severity = it.severity();
            assert_ne!(
                severity,
                tfplugin6::diagnostic::Severity::Invalid,
                "hosts take it for no error: {it:?}"
            );
            assert!(!it.summary.is_empty(), "{it:?}");
        }
        let messages = from_wire(diagnostics);
        for it in &messages {
            assert!(leads_to(block, &it.path), "{} leads nowhere: {it:?}", it.path);
        }
        Self(messages)
    }

    /// The errors, each with its path.
    pub fn errors(&self) -> Vec<String> {
        errors(&self.0)
    }

    /// The warnings, each with its path.
    pub fn warnings(&self) -> Vec<String> {
        warnings(&self.0)
    }

    /// Whether there is an error.
    pub fn failed(&self) -> bool {
        !self.errors().is_empty()
    }
}

/// Whether the schema has this place. No element of a set has one.
fn leads_to(block: &Block, path: &AttributePath) -> bool {
    in_block(&block.attributes, block, path.steps())
}

fn in_block(attributes: &[AttributeSchema], block: &Block, steps: &[Step]) -> bool {
    let [Step::Attribute(name), rest @ ..] = steps else { return steps.is_empty() };
    if let Some(nested) = block.blocks.iter().find(|nested| nested.name == name) {
        return collection(nested.nesting, rest)
            .is_some_and(|rest| in_block(&nested.block.attributes, &nested.block, rest));
    }
    let Some(attribute) = attributes.iter().find(|attribute| attribute.name == name) else { return false };
    match &attribute.shape {
        Shape::Type(value_type) => in_type(value_type, rest),
        Shape::Nested { nesting, attributes } => {
            collection(*nesting, rest).is_some_and(|rest| in_block(attributes, &Block::default(), rest))
        }
    }
}

/// The steps inside an element. Nothing is left of a path that ends at the collection.
fn collection(nesting: Nesting, steps: &[Step]) -> Option<&[Step]> {
    match (nesting, steps) {
        (Nesting::Single, steps) => Some(steps),
        (_, []) => Some(&[]),
        (Nesting::List, [Step::Index(_), rest @ ..]) | (Nesting::Map, [Step::Key(_), rest @ ..]) => {
            Some(rest)
        }
        _ => None,
    }
}

fn in_type(value_type: &Type, steps: &[Step]) -> bool {
    match (value_type, steps) {
        (_, []) | (Type::Dynamic, _) => true,
        (Type::List(element), [Step::Index(_), rest @ ..])
        | (Type::Map(element), [Step::Key(_), rest @ ..]) => in_type(element, rest),
        (Type::Object(attributes), [Step::Attribute(name), rest @ ..]) => {
            attributes.get(name).is_some_and(|inner| in_type(inner, rest))
        }
        (Type::Tuple(types), [Step::Index(index), rest @ ..]) => {
            let inner = usize::try_from(*index).ok().and_then(|index| types.get(index));
            inner.is_some_and(|inner| in_type(inner, rest))
        }
        _ => false,
    }
}
