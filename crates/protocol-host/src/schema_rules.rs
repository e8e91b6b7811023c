//! What Terraform would refuse in schemas, before it uses any of them (`InternalValidate` of `configschema`).

use std::collections::BTreeSet;

use prost::Message as _;
use serde_json::Value as Json;
use tfplugin::value::Type;
use tfplugin_proto::tfplugin6::{
    Function, ResourceIdentitySchema, Schema, get_metadata, get_provider_schema,
    get_resource_identity_schemas, schema,
};

/// Hosts receive no longer schemas.
const LONGEST: usize = 64 << 20;

/// Arguments that Terraform has in every block of the sort.
const OF_RESOURCES: [&str; 7] =
    ["connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"];
const OF_PROVIDERS: [&str; 6] = ["alias", "version", "count", "depends_on", "for_each", "source"];

/// What the block belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Provider,
    Managed,
    Other,
}

type Complaints = Vec<String>;

pub(crate) fn complaints(
    schemas: &get_provider_schema::Response,
    identities: &get_resource_identity_schemas::Response,
    metadata: &get_metadata::Response,
) -> Complaints {
    let mut found = Vec::new();
    if schemas.encoded_len() >= LONGEST {
        found.push("the schemas are longer than hosts receive".to_owned());
    }
    match &schemas.provider {
        Some(provider) => root("provider", provider, Sort::Provider, &mut found),
        None => found.push("the provider has no schema: hosts crash".to_owned()),
    }
    let sorts = [
        ("resource", &schemas.resource_schemas, Sort::Managed),
        ("data", &schemas.data_source_schemas, Sort::Other),
        ("ephemeral", &schemas.ephemeral_resource_schemas, Sort::Other),
        ("list", &schemas.list_resource_schemas, Sort::Other),
    ];
    for (word, all, sort) in sorts {
        for (name, schema) in all {
            root(&format!("{word} {name}"), schema, sort, &mut found);
        }
    }
    for (name, action) in &schemas.action_schemas {
        match &action.schema {
            Some(schema) => root(&format!("action {name}"), schema, Sort::Other, &mut found),
            None => found.push(format!("action {name} has no schema: hosts crash")),
        }
    }
    for (name, function) in &schemas.functions {
        of_function(name, function, &mut found);
    }
    for (name, identity) in &identities.identity_schemas {
        if !schemas.resource_schemas.contains_key(name) {
            found.push(format!("{name} has an identity, and is no resource"));
        }
        of_identity(name, identity, &mut found);
    }
    for name in schemas.list_resource_schemas.keys() {
        if !schemas.resource_schemas.contains_key(name) || !identities.identity_schemas.contains_key(name) {
            found.push(format!("{name} can be listed, and is no resource with an identity"));
        }
    }
    compare(schemas, metadata, &mut found);
    found
}

/// GetMetadata has the same names and capabilities.
fn compare(
    schemas: &get_provider_schema::Response,
    metadata: &get_metadata::Response,
    found: &mut Complaints,
) {
    let one: [BTreeSet<&str>; 6] = [
        schemas.resource_schemas.keys().map(String::as_str).collect(),
        schemas.data_source_schemas.keys().map(String::as_str).collect(),
        schemas.ephemeral_resource_schemas.keys().map(String::as_str).collect(),
        schemas.list_resource_schemas.keys().map(String::as_str).collect(),
        schemas.action_schemas.keys().map(String::as_str).collect(),
        schemas.functions.keys().map(String::as_str).collect(),
    ];
    let other: [BTreeSet<&str>; 6] = [
        metadata.resources.iter().map(|it| it.type_name.as_str()).collect(),
        metadata.data_sources.iter().map(|it| it.type_name.as_str()).collect(),
        metadata.ephemeral_resources.iter().map(|it| it.type_name.as_str()).collect(),
        metadata.list_resources.iter().map(|it| it.type_name.as_str()).collect(),
        metadata.actions.iter().map(|it| it.type_name.as_str()).collect(),
        metadata.functions.iter().map(|it| it.name.as_str()).collect(),
    ];
    if one != other || schemas.server_capabilities != metadata.server_capabilities {
        found.push(format!("GetMetadata and GetProviderSchema differ: {other:?}, {one:?}"));
    }
}

fn root(place: &str, schema: &Schema, sort: Sort, found: &mut Complaints) {
    if schema.version < 0 {
        found.push(format!("{place} has a negative version"));
    }
    let Some(content) = &schema.block else {
        return found.push(format!("{place} has no block: hosts crash"));
    };
    let reserved: &[&str] = match sort {
        Sort::Provider => &OF_PROVIDERS,
        Sort::Managed | Sort::Other => &OF_RESOURCES,
    };
    for name in names(content).filter(|name| reserved.contains(name)) {
        found.push(format!("{place}.{name} is a word of Terraform"));
    }
    block(place, content, sort, false, found);
}

fn names(block: &schema::Block) -> impl Iterator<Item = &str> {
    let attributes = block.attributes.iter().map(|it| it.name.as_str());
    attributes.chain(block.block_types.iter().map(|it| it.type_name.as_str()))
}

fn block(place: &str, content: &schema::Block, sort: Sort, in_set: bool, found: &mut Complaints) {
    deprecation(place, content.deprecated, &content.deprecation_message, found);
    if names(content).collect::<BTreeSet<_>>().len() != names(content).count() {
        found.push(format!("{place} has a name twice"));
    }
    for it in &content.attributes {
        attribute(place, it, sort, in_set, found);
    }
    for nested in &content.block_types {
        use schema::nested_block::NestingMode;
        let place = format!("{place}.{}", nested.type_name);
        name(&place, &nested.type_name, found);
        let (least, most) = (nested.min_items, nested.max_items);
        let numbers_fit = match nested.nesting() {
            NestingMode::Single => least == most && (0..=1).contains(&least),
            NestingMode::List | NestingMode::Set => least >= 0 && (most == 0 || least <= most),
            NestingMode::Map | NestingMode::Group => (least, most) == (0, 0),
            NestingMode::Invalid => false,
        };
        if !numbers_fit {
            found.push(format!("{place} has an invalid nesting or number: {least} to {most}"));
        }
        match &nested.block {
            Some(inner) => {
                let in_set = in_set || nested.nesting() == NestingMode::Set;
                block(&place, inner, sort, in_set, found);
            }
            None => found.push(format!("{place} has no block: hosts crash")),
        }
    }
}

fn attribute(place: &str, it: &schema::Attribute, sort: Sort, in_set: bool, found: &mut Complaints) {
    let place = format!("{place}.{}", it.name);
    name(&place, &it.name, found);
    deprecation(&place, it.deprecated, &it.deprecation_message, found);
    if it.required == (it.optional || it.computed) {
        let flags = (it.required, it.optional, it.computed);
        found.push(format!("{place} is neither required, optional nor computed, or too much: {flags:?}"));
    }
    if it.write_only && (sort != Sort::Managed || in_set || it.computed) {
        found.push(format!("{place} cannot be write-only"));
    }
    match &it.nested_type {
        Some(object) => {
            use schema::object::NestingMode;
            if !it.r#type.is_empty() {
                found.push(format!("{place} has a type twice: hosts crash"));
            }
            if object.nesting() == NestingMode::Invalid {
                found.push(format!("{place} has an invalid nesting"));
            }
            let in_set = in_set || object.nesting() == NestingMode::Set;
            for inner in &object.attributes {
                attribute(&place, inner, sort, in_set, found);
            }
        }
        None => value_type(&place, &it.r#type, found),
    }
}

fn value_type(place: &str, bytes: &[u8], found: &mut Complaints) {
    let is_compact =
        serde_json::from_slice::<Json>(bytes).is_ok_and(|json| json.to_string().as_bytes() == bytes);
    if !is_compact || Type::from_json(bytes).is_err() {
        found.push(format!("{place} has no type: {:?}", String::from_utf8_lossy(bytes)));
    }
}

fn name(place: &str, name: &str, found: &mut Complaints) {
    let fits = |each: char| each.is_ascii_lowercase() || each.is_ascii_digit() || each == '_';
    if name.is_empty() || !name.chars().all(fits) || name.starts_with(|first: char| first.is_ascii_digit()) {
        found.push(format!("{place} is no name"));
    }
}

fn deprecation(place: &str, deprecated: bool, message: &str, found: &mut Complaints) {
    if !deprecated && !message.is_empty() {
        found.push(format!("{place} has a message of deprecation, and is not deprecated"));
    }
}

fn of_function(function_name: &str, function: &Function, found: &mut Complaints) {
    let place = format!("function {function_name}");
    name(&place, function_name, found);
    for parameter in function.parameters.iter().chain(&function.variadic_parameter) {
        let place = format!("{place}({})", parameter.name);
        name(&place, &parameter.name, found);
        value_type(&place, &parameter.r#type, found);
    }
    match &function.r#return {
        Some(result) => value_type(&place, &result.r#type, found),
        None => found.push(format!("{place} has no result: hosts crash")),
    }
}

fn of_identity(type_name: &str, identity: &ResourceIdentitySchema, found: &mut Complaints) {
    if identity.version < 0 {
        found.push(format!("the identity of {type_name} has a negative version"));
    }
    for it in &identity.identity_attributes {
        let place = format!("the identity of {type_name}: {}", it.name);
        name(&place, &it.name, found);
        if it.required_for_import == it.optional_for_import {
            found.push(format!("{place} is neither required nor optional for import, or both"));
        }
        let is_simple = |value_type: &Type| matches!(value_type, Type::String | Type::Number | Type::Bool);
        let fits = Type::from_json(&it.r#type).is_ok_and(|value_type| match &value_type {
            Type::List(element) => is_simple(element),
            other => is_simple(other),
        });
        if !fits {
            found.push(format!("{place} has a type that no identity has"));
        }
    }
}
