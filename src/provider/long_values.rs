//! Long values in every attribute of every type: no message repeats more of one than fits a line.

use std::collections::BTreeMap;

use tfplugin::{
    Diagnostic, Schema, Value,
    schema::{AttributeSchema, Block, Nesting, Presence, Shape},
    testing::Host,
    value::{Data, Type},
};

use super::{Cks, completed::completed};

/// The letter of the long values.
const LETTER: char = 'q';

/// How many letters of a long value a message may have, with those of its own words: a line of it, and a part that the message names.
const FEW: usize = 300;

fn long_values() -> Vec<String> {
    let long = LETTER.to_string().repeat(5000);
    let lines = format!("{}\n", LETTER.to_string().repeat(64)).repeat(80);
    vec![
        long.clone(),
        format!("{} ", LETTER.to_string().repeat(9)).repeat(500),
        lines.clone(),
        format!("-----BEGIN CERTIFICATE-----\n{lines}-----END CERTIFICATE-----\n"),
        format!("-----BEGIN {long}-----\n{lines}-----END {long}-----\n"),
        format!("https://{long}/{long}?{long}"),
        format!("https://{long}:{long}@{long}%{long}/%{long}"),
        format!("{long}://{long}"),
        format!("system:{long}"),
        format!("system:serviceaccount:{long}:{long}"),
        format!("SIGNING_ALGORITHM_{long}"),
        format!("{long}h"),
        format!("clusters: {long}\n{long}: [{long}"),
    ]
}

/// This text wherever a text can be.
fn filled(value_type: &Type, text: &str) -> Value {
    match value_type {
        Type::String => Value::string(text),
        Type::List(element) | Type::Set(element) => Value::Known(Data::Sequence(vec![filled(element, text)])),
        Type::Map(element) => {
            Value::Known(Data::Mapping(BTreeMap::from([(text.to_owned(), filled(element, text))])))
        }
        Type::Object(members) => {
            Value::mapping(members.iter().map(|(name, member)| (name.clone(), filled(member, text))))
        }
        _ => Value::Null,
    }
}

/// Each attribute alone, in which every text is this one.
fn each(attributes: &[AttributeSchema], text: &str) -> Vec<(&'static str, Value)> {
    let settable = attributes.iter().filter(|attribute| attribute.presence != Presence::Computed);
    settable.map(|attribute| (attribute.name, value_of(&attribute.shape, text))).collect()
}

fn value_of(shape: &Shape, text: &str) -> Value {
    match shape {
        Shape::Type(value_type) => filled(value_type, text),
        Shape::Nested { nesting, attributes } => {
            let inner = Value::mapping(each(attributes, text));
            match nesting {
                Nesting::Single => inner,
                Nesting::List | Nesting::Set => Value::Known(Data::Sequence(vec![inner])),
                Nesting::Map => Value::Null,
            }
        }
    }
}

/// One attribute at a time, and all at once.
fn configurations(block: &Block, text: &str) -> Vec<Value> {
    let attributes = each(&block.attributes, text);
    let alone = attributes.iter().map(|(name, value)| Value::mapping([(*name, value.clone())]));
    let all = alone.chain([Value::mapping(attributes.clone())]);
    all.map(|value| completed(&block.value_type(), &value)).collect()
}

fn expect_short(diagnostics: &[Diagnostic], of: &str) -> usize {
    for diagnostic in diagnostics {
        let text = format!("{}\n{}", diagnostic.summary, diagnostic.detail);
        let repeated = text.chars().filter(|letter| *letter == LETTER).count();
        assert!(repeated <= FEW, "{of}: {} has {repeated} letters of the value: {text}", diagnostic.path);
        assert!(text.len() <= 1200, "{of}: {text}");
    }
    diagnostics.len()
}

#[tokio::test]
async fn no_message_about_an_attribute_repeats_more_of_its_value_than_fits_a_line() {
    let host = Host::<Cks>::unconfigured();
    for of in Host::<Cks>::configurable() {
        let mut found = 0;
        for config in long_values().iter().flat_map(|text| configurations(&of.block, text)) {
            found += expect_short(&host.validate_any(&of, &config).await, of.name);
        }
        assert!(found > 0, "{}: nothing was refused", of.name);
    }
    let mut found = 0;
    for text in long_values() {
        for config in configurations(&Cks::block(), &text) {
            found += expect_short(&host.validate_provider(&config).await, "provider");
            let configured = Host::<Cks>::unconfigured().configure(&config).await;
            found += expect_short(&configured, "provider, configured");
        }
    }
    assert!(found > 0);
}
