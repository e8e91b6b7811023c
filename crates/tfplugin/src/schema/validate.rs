//! What Terraform rejects in a schema (core's `configschema.InternalValidate`, and the names that it reserves),
//! reported before a host has to.

use std::collections::HashSet;

use super::{AttributeSchema, Block, NestedBlock, Nesting, Presence, Replace, Shape};
use crate::value::Type;

/// Where a schema is used. Some names are reserved, and some options allowed, in one place only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A provider's configuration.
    Provider,
    /// A managed resource.
    Resource,
    /// A data source.
    DataSource,
    /// An ephemeral resource.
    EphemeralResource,
    /// The `config` block of a list resource.
    ListResource,
    /// The `config` block of an action.
    Action,
    /// The parameters of a function.
    Function,
}

const NAME_RULE: &str = "a name is made of a-z, 0-9 and _, and begins with no digit";
const RESERVED: &str = "Terraform reserves this name";

impl Place {
    /// Whether Terraform reserves a name at the root.
    const fn reserves(self, name: &str) -> bool {
        match self {
            Self::Provider => {
                matches!(
                    name.as_bytes(),
                    b"alias" | b"count" | b"depends_on" | b"for_each" | b"source" | b"version"
                )
            }
            Self::Resource | Self::DataSource | Self::EphemeralResource => matches!(
                name.as_bytes(),
                b"connection"
                    | b"count"
                    | b"depends_on"
                    | b"for_each"
                    | b"lifecycle"
                    | b"provider"
                    | b"provisioner"
            ),
            // Terraform puts their attributes into a block of its own.
            Self::ListResource | Self::Action | Self::Function => false,
        }
    }
}

/// Fails to compile for a name that breaks the rule for names. The derive's code calls it for every name.
#[doc(hidden)]
#[track_caller]
pub const fn assert_name(name: &str) {
    assert!(is_name(name), "{}", NAME_RULE);
}

/// The same at the root of a resource or data source, where Terraform reserves some names.
#[doc(hidden)]
#[track_caller]
pub const fn assert_root_name(name: &str) {
    assert_name(name);
    assert!(!Place::Resource.reserves(name), "{}", RESERVED);
}

/// Everything that Terraform rejects in a schema, each with the attribute's path. Empty if the schema is valid.
/// [`Offers::check`](crate::Offers::check) runs it for all that a provider offers.
pub fn complaints(block: &Block, place: Place) -> Vec<String> {
    let mut found = Found { place, in_set: false, complaints: Vec::new() };
    for name in names(block).filter(|name| place.reserves(name)) {
        found.add(name, RESERVED);
    }
    found.block("", block);
    found.complaints
}

fn names(block: &Block) -> impl Iterator<Item = &'static str> {
    block
        .attributes
        .iter()
        .map(|attribute| attribute.name)
        .chain(block.blocks.iter().map(|nested| nested.name))
}

struct Found {
    place: Place,
    in_set: bool,
    complaints: Vec<String>,
}

impl Found {
    fn add(&mut self, path: &str, complaint: &str) {
        self.complaints.push(format!("{path}: {complaint}"));
    }

    fn block(&mut self, path: &str, block: &Block) {
        let mut seen = HashSet::new();
        for name in names(block).filter(|name| !seen.insert(*name)) {
            self.add(&join(path, name), "two attributes or blocks have this name");
        }
        self.deprecation(path, block.deprecated);
        for attribute in &block.attributes {
            self.attribute(path, attribute);
        }
        for nested in &block.blocks {
            self.nested_block(path, nested);
        }
    }

    fn attribute(&mut self, path: &str, attribute: &AttributeSchema) {
        let path = &join(path, attribute.name);
        if !is_name(attribute.name) {
            self.add(path, NAME_RULE);
        }
        if attribute.description.is_empty() {
            self.add(path, "it has no description");
        }
        self.deprecation(path, attribute.deprecated);
        if self.place == Place::Function && attribute.presence.is_computed() {
            self.add(path, "the caller gives all parameters: none is computed");
        }
        if attribute.write_only {
            if attribute.presence.is_computed() {
                self.add(path, "a write-only value is never stored, so it cannot be computed");
            }
            if self.place != Place::Resource {
                self.add(path, "only managed resources have write-only attributes");
            }
            if self.in_set {
                self.add(path, "elements of a set cannot be write-only: they could not be distinguished");
            }
        }
        if attribute.default.is_some() && attribute.presence != Presence::OptionalComputed {
            self.add(
                path,
                "a default is a computed value for what is left out: it must be optional and computed",
            );
        }
        if attribute.presence == Presence::Computed && !matches!(attribute.replace, Replace::Never) {
            self.add(
                path,
                "a configuration cannot change a computed attribute, so it cannot require replacement",
            );
        }
        if let Shape::Nested { nesting, attributes } = &attribute.shape {
            let inner = Block { attributes: attributes.clone(), ..Block::default() };
            self.inside(*nesting, |found| found.block(path, &inner));
        }
    }

    fn nested_block(&mut self, path: &str, nested: &NestedBlock) {
        let path = &join(path, nested.name);
        if !is_name(nested.name) {
            self.add(path, NAME_RULE);
        }
        let (min, max) = (nested.min_items, nested.max_items);
        let sound = match nested.nesting {
            Nesting::Single => min == max && (min == 0 || min == 1),
            Nesting::List | Nesting::Set => min >= 0 && (max == 0 || max >= min),
            Nesting::Map => min == 0 && max == 0,
        };
        if !sound {
            self.add(path, &format!("it cannot have between {min} and {max} blocks"));
        }
        if self.place == Place::Function {
            self.add(path, "a function has parameters, and no blocks");
        }
        if nested.nesting != Nesting::Single && has_dynamic(&nested.block.value_type()) {
            self.add(
                path,
                "blocks in a collection are all of one type, so they cannot hold a value of any type",
            );
        }
        self.inside(nested.nesting, |found| found.block(path, &nested.block));
    }

    fn deprecation(&mut self, path: &str, deprecated: Option<&str>) {
        if deprecated.is_some_and(|reason| reason.trim().is_empty()) {
            self.add(path, "its deprecation says neither why nor what to use instead");
        }
    }

    fn inside(&mut self, nesting: Nesting, look: impl FnOnce(&mut Self)) {
        let outside = self.in_set;
        self.in_set |= nesting == Nesting::Set;
        look(self);
        self.in_set = outside;
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn has_dynamic(value_type: &Type) -> bool {
    match value_type {
        Type::Dynamic => true,
        Type::String | Type::Number | Type::Bool => false,
        Type::List(element) | Type::Set(element) | Type::Map(element) => has_dynamic(element),
        Type::Object(attributes) => attributes.values().any(has_dynamic),
        Type::Tuple(elements) => elements.iter().any(has_dynamic),
    }
}

const fn is_name(name: &str) -> bool {
    let mut rest = name.as_bytes();
    let begins_well = matches!(rest, [b'a'..=b'z' | b'_', ..]);
    while let [b'a'..=b'z' | b'0'..=b'9' | b'_', after @ ..] = rest {
        rest = after;
    }
    begins_well && rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Type, Value};

    fn attribute(name: &'static str) -> AttributeSchema {
        AttributeSchema {
            name,
            shape: Shape::Type(Type::String),
            presence: Presence::Optional,
            sensitive: false,
            write_only: false,
            replace: Replace::Never,
            deprecated: None,
            default: None,
            validators: Vec::new(),
            element_validators: Vec::new(),
            same: None,
            description: "Described.".to_owned(),
        }
    }

    fn block(attributes: Vec<AttributeSchema>) -> Block {
        Block { attributes, ..Block::default() }
    }

    #[track_caller]
    fn check(attribute: AttributeSchema, place: Place, expected: &str) {
        let found = complaints(&block(vec![attribute]), place);
        assert!(found.len() == 1 && found[0].contains(expected), "{found:?}");
    }

    #[test]
    fn a_sound_schema_has_no_complaints() {
        let nested = NestedBlock {
            name: "timeouts",
            nesting: Nesting::Single,
            block: block(vec![attribute("create")]),
            min_items: 0,
            max_items: 0,
        };
        let sound = Block { blocks: vec![nested], ..block(vec![attribute("name"), attribute("version")]) };
        assert_eq!(complaints(&sound, Place::Resource), Vec::<String>::new());
    }

    #[test]
    fn what_terraform_rejects_is_a_fault_of_the_schema() {
        check(attribute("Name"), Place::Resource, "a name is made of");
        check(attribute("count"), Place::Resource, "reserves this name");
        check(attribute("version"), Place::Provider, "reserves this name");
        check(
            AttributeSchema { description: String::new(), ..attribute("a") },
            Place::Resource,
            "no description",
        );
        let write_only = AttributeSchema { write_only: true, ..attribute("a") };
        check(write_only.clone(), Place::DataSource, "only managed resources");
        check(
            AttributeSchema { presence: Presence::OptionalComputed, ..write_only.clone() },
            Place::Resource,
            "cannot be computed",
        );
        check(
            AttributeSchema { default: Some(|| Value::Null), ..attribute("a") },
            Place::Resource,
            "optional and computed",
        );
        let computed =
            AttributeSchema { presence: Presence::Computed, replace: Replace::Always, ..attribute("a") };
        check(computed, Place::Resource, "cannot change a computed");
        let set = Shape::Nested { nesting: Nesting::Set, attributes: vec![write_only] };
        check(AttributeSchema { shape: set, ..attribute("a") }, Place::Resource, "elements of a set");
        check(AttributeSchema { deprecated: Some(" "), ..attribute("a") }, Place::Resource, "neither why");
        let computed = AttributeSchema { presence: Presence::Computed, ..attribute("a") };
        check(computed, Place::Function, "the caller gives all parameters");
    }

    #[test]
    fn names_are_reserved_at_the_root_only() {
        let nested = Shape::Nested { nesting: Nesting::Single, attributes: vec![attribute("count")] };
        let sound = AttributeSchema { shape: nested, ..attribute("a") };
        assert_eq!(complaints(&block(vec![sound]), Place::Resource), Vec::<String>::new());
    }

    #[test]
    fn a_complaint_names_the_place_however_deep() {
        let nested = |attributes| Shape::Nested { nesting: Nesting::Map, attributes };
        let inner = AttributeSchema { shape: nested(vec![attribute("C")]), ..attribute("b") };
        let outer = AttributeSchema { shape: nested(vec![inner]), ..attribute("a") };
        let found = complaints(&block(vec![outer]), Place::DataSource);
        assert_eq!(found, ["a.b.C: a name is made of a-z, 0-9 and _, and begins with no digit"]);
    }

    #[test]
    fn two_attributes_cannot_share_a_name() {
        let found = complaints(&block(vec![attribute("a"), attribute("a")]), Place::Resource);
        assert_eq!(found, ["a: two attributes or blocks have this name"]);
    }

    #[test]
    fn a_block_has_a_possible_number() {
        let nested = |nesting, min_items, max_items| NestedBlock {
            name: "rule",
            nesting,
            block: block(vec![attribute("a")]),
            min_items,
            max_items,
        };
        let found =
            |nested| complaints(&Block { blocks: vec![nested], ..Block::default() }, Place::Resource).len();
        assert_eq!(found(nested(Nesting::List, 0, 0)), 0);
        assert_eq!(found(nested(Nesting::List, 1, 3)), 0);
        assert_eq!(found(nested(Nesting::List, 3, 1)), 1);
        assert_eq!(found(nested(Nesting::Single, 1, 0)), 1);
        assert_eq!(found(nested(Nesting::Map, 1, 0)), 1);
    }

    #[test]
    fn blocks_in_a_collection_are_of_one_type() {
        let any = AttributeSchema { shape: Shape::Type(Type::Dynamic), ..attribute("a") };
        let nested = |nesting| NestedBlock {
            name: "rule",
            nesting,
            block: block(vec![any.clone()]),
            min_items: 0,
            max_items: 0,
        };
        let found = |nested| complaints(&Block { blocks: vec![nested], ..Block::default() }, Place::Resource);
        assert_eq!(found(nested(Nesting::Single)), Vec::<String>::new());
        assert!(found(nested(Nesting::List))[0].contains("all of one type"));
    }

    #[test]
    fn a_function_has_parameters_only() {
        let nested = NestedBlock {
            name: "rule",
            nesting: Nesting::List,
            block: block(vec![attribute("a")]),
            min_items: 0,
            max_items: 0,
        };
        let found = complaints(&Block { blocks: vec![nested], ..Block::default() }, Place::Function);
        assert_eq!(found, ["rule: a function has parameters, and no blocks"]);
    }
}
