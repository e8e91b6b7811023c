//! A changed field number or type breaks every host silently: the compiled descriptors must equal `wire.txt`.
//!
//! Lines are sorted by name within a file and by number within a message, so that moving a message is no change.
//! After a deliberate change of protocol: `UPDATE_EXPECT=1 cargo test -p tfplugin-proto`.

use std::fmt::Write as _;

use prost::Message as _;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorSet, ServiceDescriptorProto,
    field_descriptor_proto::{Label, Type},
};

#[test]
fn every_field_keeps_its_number_and_type() {
    let bytes: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
    let set = FileDescriptorSet::decode(bytes).expect("build.rs wrote descriptors");

    let mut entries = Vec::new();
    for file in &set.file {
        let package = file.package();
        if package == "google.protobuf" {
            continue;
        }
        entries.extend(file.enum_type.iter().map(|each| describe_enum(package, each)));
        entries.extend(file.service.iter().map(|each| describe_service(package, each)));
        for message in &file.message_type {
            describe_message(package, message, &mut entries);
        }
    }
    entries.sort();
    expect_test::expect_file!["wire.txt"].assert_eq(&entries.concat());
}

fn describe_enum(scope: &str, each: &EnumDescriptorProto) -> String {
    let mut text = format!("enum {scope}.{}\n", each.name());
    for value in &each.value {
        writeln!(text, "  {} {}", value.number(), value.name()).expect("strings take any text");
    }
    text
}

fn describe_service(package: &str, service: &ServiceDescriptorProto) -> String {
    let mut text = format!("service {package}.{}\n", service.name());
    for method in &service.method {
        let stream = |is: bool| if is { "stream " } else { "" };
        writeln!(
            text,
            "  {} {}{} -> {}{}",
            method.name(),
            stream(method.client_streaming()),
            method.input_type(),
            stream(method.server_streaming()),
            method.output_type(),
        )
        .expect("strings take any text");
    }
    text
}

fn describe_message(scope: &str, message: &DescriptorProto, entries: &mut Vec<String>) {
    let name = format!("{scope}.{}", message.name());
    let mut text = format!("message {name}\n");
    let mut fields: Vec<_> = message.field.iter().collect();
    fields.sort_by_key(|field| field.number());
    for field in fields {
        writeln!(text, "  {}", describe_field(message, field)).expect("strings take any text");
    }
    entries.push(text);
    entries.extend(message.enum_type.iter().map(|each| describe_enum(&name, each)));
    for nested in &message.nested_type {
        if !is_map_entry(nested) {
            describe_message(&name, nested, entries);
        }
    }
}

fn describe_field(message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
    let map_entry = message
        .nested_type
        .iter()
        .find(|nested| is_map_entry(nested) && field.type_name().ends_with(&format!(".{}", nested.name())));
    let mut text = format!("{} {} ", field.number(), field.name());
    if let Some(entry) = map_entry {
        write!(text, "map<{},{}>", type_of(&entry.field[0]), type_of(&entry.field[1]))
            .expect("strings take any text");
        return text;
    }
    text.push_str(&type_of(field));
    if field.label() == Label::Repeated {
        text.push_str(" repeated");
    } else if field.proto3_optional() {
        text.push_str(" optional");
    } else if let Some(index) = field.oneof_index {
        let oneof = &message.oneof_decl[usize::try_from(index).expect("indexes are not negative")];
        write!(text, " oneof {}", oneof.name()).expect("strings take any text");
    }
    text
}

fn type_of(field: &FieldDescriptorProto) -> String {
    match field.r#type() {
        Type::Message | Type::Enum => field.type_name().to_owned(),
        scalar => scalar.as_str_name().trim_start_matches("TYPE_").to_lowercase(),
    }
}

fn is_map_entry(message: &DescriptorProto) -> bool {
    message.options.as_ref().is_some_and(prost_types::MessageOptions::map_entry)
}
