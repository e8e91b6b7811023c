//! What the provider advertises: schemas, functions, capabilities; and the calls that it does not implement.

use std::collections::BTreeSet;

use tfplugin::{
    Offers, Provider as _, Value,
    value::{Data, Type, msgpack},
};
use tfplugin_proto::tfplugin6::{
    DynamicValue, StringKind, call_function, generate_resource_config, get_functions, get_metadata,
    get_provider_schema,
    schema::{
        self,
        nested_block::NestingMode::{List, Single},
    },
};

use crate::support::{
    host::{Client, Host},
    provider::{Echo, Everything, Join, TestProvider},
};

fn client() -> Client<TestProvider> {
    Host::unconfigured().client()
}

async fn shown() -> get_provider_schema::Response {
    client()
        .get_provider_schema(get_provider_schema::Request {})
        .await
        .expect("there is a response")
        .into_inner()
}

#[test]
fn what_is_offered_is_checked_without_a_host() {
    assert_eq!(TestProvider::offers().check(), Ok(()));
    let twice = Offers::new().resource::<Everything>().data_source::<Echo>().resource::<Everything>();
    let error = twice.check().expect_err("a name is offered twice");
    assert!(error.messages()[0].detail.contains("the resource \"test_everything\" is offered twice"));
    assert_eq!(error.messages().len(), 1);
}

#[tokio::test]
async fn the_schema_is_complete_and_the_same_each_time() {
    let response = shown().await;
    assert_eq!(response, shown().await, "hosts compare and cache it");
    assert_eq!(response.diagnostics, []);
    assert!(response.provider.is_some_and(|schema| schema.block.is_some()));
    assert_eq!(
        response.resource_schemas.keys().collect::<Vec<_>>(),
        ["test_everything", "test_faulty", "test_sealed", "test_versioned", "test_wearing"]
    );
    assert_eq!(response.data_source_schemas.keys().collect::<Vec<_>>(), ["test_echo"]);
    assert_eq!(response.ephemeral_resource_schemas.keys().collect::<Vec<_>>(), ["test_lease"]);
    let schemas = response.resource_schemas.values().chain(response.data_source_schemas.values());
    for schema in schemas.chain(response.ephemeral_resource_schemas.values()) {
        check_block(schema.block.as_ref().expect("every schema has a block"));
    }
    let capabilities = response.server_capabilities.expect("capabilities are sent");
    assert!(capabilities.plan_destroy && capabilities.get_provider_schema_optional);
    assert!(capabilities.move_resource_state, "a resource has the capability");
    assert!(!capabilities.generate_resource_config);
    assert!(response.state_store_schemas.is_empty());
}

fn check_block(block: &schema::Block) {
    assert_eq!(block.description_kind(), StringKind::Markdown);
    assert_ne!(block.description, "");
    check_attributes(&block.attributes);
    for nested in &block.block_types {
        check_block(nested.block.as_ref().expect("every nested block has content"));
    }
}

fn check_attributes(attributes: &[schema::Attribute]) {
    for attribute in attributes {
        let name = &attribute.name;
        assert!(
            attribute.required ^ (attribute.optional || attribute.computed),
            "{name}: required, optional and computed contradict each other"
        );
        assert_eq!(attribute.r#type.is_empty(), attribute.nested_type.is_some(), "{name}: one form");
        if attribute.nested_type.is_none() {
            assert!(Type::from_json(&attribute.r#type).is_ok(), "{name}: its type can be read");
        }
        assert_ne!(attribute.description, "", "{name}: is described");
        check_attributes(attribute.nested_type.as_ref().map_or(&[], |object| &object.attributes));
    }
}

#[tokio::test]
async fn the_flags_of_attributes_arrive() {
    let response = shown().await;
    let block = response.resource_schemas["test_everything"].block.clone().expect("every schema has a block");
    let flags: Vec<_> = block
        .attributes
        .iter()
        .filter(|attribute| ["id", "zone", "size", "password"].contains(&attribute.name.as_str()))
        .map(|it| (it.name.as_str(), it.required, it.optional, it.computed, it.sensitive, it.write_only))
        .collect();
    assert_eq!(
        flags,
        [
            ("id", false, false, true, false, false),
            ("zone", true, false, false, false, false),
            ("size", false, true, true, false, false),
            ("password", false, true, false, true, true),
        ]
    );
    let blocks: Vec<_> =
        block.block_types.iter().map(|nested| (nested.type_name.as_str(), nested.nesting())).collect();
    assert_eq!(blocks, [("disk", List), ("timeouts", Single)]);
}

#[tokio::test]
async fn the_metadata_agrees_with_the_schema() {
    let (list, schema) = (client().get_metadata(get_metadata::Request {}).await, shown().await);
    let list = list.expect("there is a response").into_inner();
    let names = |names: Vec<String>| names.into_iter().collect::<BTreeSet<_>>();
    assert_eq!(
        names(list.resources.into_iter().map(|it| it.type_name).collect()),
        schema.resource_schemas.into_keys().collect()
    );
    assert_eq!(
        names(list.data_sources.into_iter().map(|it| it.type_name).collect()),
        schema.data_source_schemas.into_keys().collect()
    );
    assert_eq!(
        names(list.ephemeral_resources.into_iter().map(|it| it.type_name).collect()),
        schema.ephemeral_resource_schemas.into_keys().collect()
    );
    assert_eq!(
        names(list.functions.into_iter().map(|it| it.name).collect()),
        schema.functions.clone().into_keys().collect()
    );
    assert_eq!(list.server_capabilities, schema.server_capabilities);
    let functions =
        client().get_functions(get_functions::Request {}).await.expect("there is a response").into_inner();
    assert_eq!(functions.functions, schema.functions);
}

#[tokio::test]
async fn what_is_not_offered_is_unimplemented() {
    let generated = client().generate_resource_config(generate_resource_config::Request::default()).await;
    assert_eq!(generated.expect_err("not offered").code(), tonic::Code::Unimplemented);
}

fn words(words: &[&str]) -> DynamicValue {
    let words = Value::Known(Data::Sequence(words.iter().copied().map(Value::string).collect()));
    argument(&words, &Type::List(Box::new(Type::String)))
}

fn argument(value: &Value, value_type: &Type) -> DynamicValue {
    DynamicValue { msgpack: msgpack::encode(value, value_type).expect("it fits"), json: vec![] }
}

async fn call(arguments: Vec<DynamicValue>) -> Result<Value, (String, Option<i64>)> {
    let response =
        client().call_function(call_function::Request { name: "join".to_owned(), arguments }).await;
    let response = response.expect("there is a response").into_inner();
    match response.error {
        Some(error) => Err((error.text, error.function_argument)),
        None => {
            Ok(msgpack::decode(&response.result.expect("a result").msgpack, &Type::String).expect("a string"))
        }
    }
}

#[tokio::test]
async fn the_host_calls_a_function_as_terraform_does() {
    let host = Host::unconfigured();
    let words = Value::Known(Data::Sequence(vec![Value::string("a"), Value::string("b")]));
    let joined = host.call::<Join>(&[words.clone(), Value::Null]).await;
    assert_eq!(joined.as_ref().map(Value::as_str), Ok(Some("a-b")));
    let loud = host.call::<Join>(&[words, Value::string("!")]).await;
    assert_eq!(loud, Err("An exclamation mark is too loud".to_owned()));
}

#[tokio::test]
async fn a_function_returns_a_result_or_names_its_argument() {
    let shown = shown().await.functions["join"].clone();
    assert_eq!(
        shown.parameters.iter().map(|it| (it.name.as_str(), it.allow_null_value)).collect::<Vec<_>>(),
        [("words", false), ("separator", true)]
    );
    assert_eq!(
        (shown.summary.as_str(), shown.r#return.map(|it| it.r#type)),
        ("Joins words.", Some(Type::String.to_json()))
    );

    let text = |text: &str| argument(&Value::string(text), &Type::String);
    assert_eq!(call(vec![words(&["a", "b"]), text("+")]).await, Ok(Value::string("a+b")));
    // OpenTofu sends null as an empty message.
    for null in [DynamicValue::default(), argument(&Value::Null, &Type::String)] {
        assert_eq!(call(vec![words(&["a", "b"]), null]).await, Ok(Value::string("a-b")));
    }
    let loud = call(vec![words(&["a"]), text("!")]).await;
    assert_eq!(loud, Err(("An exclamation mark is too loud".to_owned(), Some(1))));
    let (missing, position) = call(vec![words(&["a"])]).await.expect_err("an argument is missing");
    assert!(missing.contains("join takes 2 arguments, and was given 1") && position.is_none(), "{missing}");
    let (panic, _) = call(vec![words(&[]), text("+")]).await.expect_err("it panics");
    assert!(panic.contains("CallFunction of join ended in a panic"), "{panic}");
    let (null, position) =
        call(vec![argument(&Value::Null, &Type::String), text("+")]).await.expect_err("words are required");
    assert_eq!(position, Some(0), "{null}");
}
