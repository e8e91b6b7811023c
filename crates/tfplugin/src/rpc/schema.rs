//! Schemas to their messages. Every block and type is present: hosts trust that, and crash without.

use tfplugin_proto::tfplugin6::{self, StringKind, function, schema};

use crate::{
    offers::{Descriptor, OfferedFunction},
    schema::{AttributeSchema, Block, NestedBlock, Nesting, Presence, Shape},
};

/// The name and message of a resource's or data source's schema.
pub(super) fn named(descriptor: &Descriptor) -> (String, tfplugin6::Schema) {
    (descriptor.name.to_owned(), versioned(&descriptor.block, descriptor.version))
}

/// The message of a schema with a version.
pub(super) fn versioned(content: &Block, version: i64) -> tfplugin6::Schema {
    tfplugin6::Schema { version, block: Some(block(content)) }
}

/// The message of a function.
pub(super) fn function(function: &OfferedFunction) -> tfplugin6::Function {
    let block = &function.descriptor.block;
    let parameters = block.attributes.iter().map(|parameter| function::Parameter {
        name: parameter.name.to_owned(),
        r#type: parameter.shape.value_type().to_json(),
        allow_null_value: parameter.presence != Presence::Required,
        allow_unknown_values: false,
        description: parameter.description.clone(),
        description_kind: StringKind::Markdown.into(),
    });
    tfplugin6::Function {
        parameters: parameters.collect(),
        variadic_parameter: None,
        r#return: Some(function::Return { r#type: function.code.output().to_json() }),
        summary: block.description.lines().next().unwrap_or_default().to_owned(),
        description: block.description.clone(),
        description_kind: StringKind::Markdown.into(),
        deprecation_message: block.deprecated.unwrap_or_default().to_owned(),
    }
}

fn block(content: &Block) -> schema::Block {
    schema::Block {
        attributes: content.attributes.iter().map(attribute).collect(),
        block_types: content.blocks.iter().map(nested_block).collect(),
        description: content.description.clone(),
        description_kind: StringKind::Markdown.into(),
        deprecated: content.deprecated.is_some(),
        deprecation_message: content.deprecated.unwrap_or_default().to_owned(),
        ..schema::Block::default()
    }
}

fn attribute(attribute: &AttributeSchema) -> schema::Attribute {
    let (value_type, nested_type) = match &attribute.shape {
        Shape::Type(value_type) => (value_type.to_json(), None),
        Shape::Nested { nesting, attributes } => (Vec::new(), Some(object(*nesting, attributes))),
    };
    schema::Attribute {
        name: attribute.name.to_owned(),
        r#type: value_type,
        nested_type,
        description: attribute.description.clone(),
        description_kind: StringKind::Markdown.into(),
        required: attribute.presence == Presence::Required,
        optional: matches!(attribute.presence, Presence::Optional | Presence::OptionalComputed),
        computed: attribute.presence.is_computed(),
        sensitive: attribute.sensitive,
        write_only: attribute.write_only,
        deprecated: attribute.deprecated.is_some(),
        deprecation_message: attribute.deprecated.unwrap_or_default().to_owned(),
    }
}

fn object(nesting: Nesting, attributes: &[AttributeSchema]) -> schema::Object {
    use schema::object::NestingMode;
    let nesting = match nesting {
        Nesting::Single => NestingMode::Single,
        Nesting::List => NestingMode::List,
        Nesting::Set => NestingMode::Set,
        Nesting::Map => NestingMode::Map,
    };
    schema::Object {
        attributes: attributes.iter().map(attribute).collect(),
        nesting: nesting.into(),
        ..schema::Object::default()
    }
}

fn nested_block(nested: &NestedBlock) -> schema::NestedBlock {
    use schema::nested_block::NestingMode;
    let nesting = match nested.nesting {
        Nesting::Single => NestingMode::Single,
        Nesting::List => NestingMode::List,
        Nesting::Set => NestingMode::Set,
        Nesting::Map => NestingMode::Map,
    };
    schema::NestedBlock {
        type_name: nested.name.to_owned(),
        block: Some(block(&nested.block)),
        nesting: nesting.into(),
        min_items: nested.min_items,
        max_items: nested.max_items,
    }
}
