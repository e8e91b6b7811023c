//! The schemas of a provider, as they came over the wire.

use std::collections::BTreeMap;

use tfplugin::{
    schema::{AttributeSchema, Block, NestedBlock, Nesting, Presence, Replace, Shape},
    value::Type as ValueType,
};
use tfplugin_proto::tfplugin6::{
    Function, ResourceIdentitySchema, Schema, get_metadata, get_provider_schema,
    get_resource_identity_schemas, schema,
};

use crate::schema_rules;

/// All that a provider declares.
#[derive(Debug)]
pub struct Declared {
    /// The provider's configuration.
    pub provider: Block,
    /// Managed resources.
    pub resources: BTreeMap<String, Type>,
    /// Data sources.
    pub data_sources: BTreeMap<String, Type>,
    /// Ephemeral resources.
    pub ephemeral_resources: BTreeMap<String, Type>,
    /// The configurations of list resources.
    pub lists: BTreeMap<String, Type>,
    /// Actions.
    pub actions: BTreeMap<String, Type>,
    /// Functions.
    pub functions: BTreeMap<String, Parameters>,
}

/// A resource, or something else with a configuration.
#[derive(Debug)]
pub struct Type {
    /// Its name.
    pub name: String,
    /// The version of its schema.
    pub version: i64,
    /// Its attributes and blocks.
    pub block: Block,
    /// Its identity, if it has one.
    pub identity: Option<Identity>,
}

/// The identity of a resource.
#[derive(Debug)]
pub struct Identity {
    /// The version of its schema.
    pub version: i64,
    /// The type of its values.
    pub value_type: ValueType,
    /// The attributes without which there is no import.
    pub required: Vec<String>,
}

/// A function.
#[derive(Debug)]
pub struct Parameters {
    /// Type of each parameter, and whether it may be null.
    pub parameters: Vec<(ValueType, bool)>,
    /// Type of the result.
    pub result: ValueType,
}

impl Type {
    /// The type of its values.
    pub fn value_type(&self) -> ValueType {
        self.block.value_type()
    }
}

impl Declared {
    /// From the three responses.
    ///
    /// # Panics
    /// If Terraform would refuse them.
    pub(crate) fn new(
        schemas: &get_provider_schema::Response,
        identities: &get_resource_identity_schemas::Response,
        metadata: &get_metadata::Response,
    ) -> Self {
        assert_eq!(schema_rules::complaints(schemas, identities, metadata), [] as [String; 0]);
        let identity = |name: &str| identities.identity_schemas.get(name).map(identity);
        let of = |schemas: &BTreeMap<String, Schema>, identity: &dyn Fn(&str) -> Option<Identity>| {
            let of =
                |(name, schema): (&String, &Schema)| (name.clone(), type_of(name, schema, identity(name)));
            schemas.iter().map(of).collect()
        };
        let none = |_: &str| None;
        let actions = schemas
            .action_schemas
            .iter()
            .filter_map(|(name, action)| Some((name.clone(), type_of(name, action.schema.as_ref()?, None))));
        Self {
            provider: block(schemas.provider.as_ref().and_then(|schema| schema.block.as_ref())),
            resources: of(&schemas.resource_schemas, &identity),
            data_sources: of(&schemas.data_source_schemas, &none),
            ephemeral_resources: of(&schemas.ephemeral_resource_schemas, &none),
            lists: of(&schemas.list_resource_schemas, &none),
            actions: actions.collect(),
            functions: schemas.functions.iter().map(|(name, it)| (name.clone(), parameters(it))).collect(),
        }
    }
}

fn type_of(name: &str, schema: &Schema, identity: Option<Identity>) -> Type {
    let block = block(schema.block.as_ref());
    Type { name: name.to_owned(), version: schema.version, block, identity }
}

fn read(value_type: &[u8]) -> ValueType {
    ValueType::from_json(value_type).expect("the rules have looked at it")
}

fn identity(schema: &ResourceIdentitySchema) -> Identity {
    let attributes = &schema.identity_attributes;
    let types = attributes.iter().map(|it| (it.name.clone(), read(&it.r#type)));
    let required = attributes.iter().filter(|it| it.required_for_import).map(|it| it.name.clone());
    let (value_type, required) = (ValueType::Object(types.collect()), required.collect());
    Identity { version: schema.version, value_type, required }
}

fn parameters(function: &Function) -> Parameters {
    let parameters = function.parameters.iter().chain(&function.variadic_parameter);
    let result = function.r#return.as_ref().map(|it| read(&it.r#type)).expect("the rules have looked at it");
    Parameters { parameters: parameters.map(|it| (read(&it.r#type), it.allow_null_value)).collect(), result }
}

/// Schemas have names that are part of the program. A test reads few, and ends.
fn leaked(name: &str) -> &'static str {
    Box::leak(name.to_owned().into_boxed_str())
}

fn block(block: Option<&schema::Block>) -> Block {
    let Some(block) = block else { return Block::default() };
    Block {
        attributes: block.attributes.iter().map(attribute).collect(),
        blocks: block.block_types.iter().map(nested_block).collect(),
        ..Block::default()
    }
}

fn attribute(attribute: &schema::Attribute) -> AttributeSchema {
    let shape = match &attribute.nested_type {
        Some(object) => Shape::Nested {
            nesting: nesting(object.nesting().as_str_name()),
            attributes: object.attributes.iter().map(self::attribute).collect(),
        },
        None => Shape::Type(read(&attribute.r#type)),
    };
    let presence = match (attribute.required, attribute.optional, attribute.computed) {
        (true, ..) => Presence::Required,
        (_, true, true) => Presence::OptionalComputed,
        (_, true, false) => Presence::Optional,
        _ => Presence::Computed,
    };
    AttributeSchema {
        name: leaked(&attribute.name),
        shape,
        presence,
        sensitive: attribute.sensitive,
        write_only: attribute.write_only,
        replace: Replace::Never,
        deprecated: None,
        default: None,
        validators: Vec::new(),
        element_validators: Vec::new(),
        same: None,
        description: String::new(),
    }
}

fn nested_block(nested: &schema::NestedBlock) -> NestedBlock {
    NestedBlock {
        name: leaked(&nested.type_name),
        nesting: nesting(nested.nesting().as_str_name()),
        block: block(nested.block.as_ref()),
        min_items: nested.min_items,
        max_items: nested.max_items,
    }
}

fn nesting(name: &str) -> Nesting {
    match name {
        "SINGLE" => Nesting::Single,
        "LIST" => Nesting::List,
        "SET" => Nesting::Set,
        "MAP" => Nesting::Map,
        other => panic!("no rules are written for nesting {other}"),
    }
}
