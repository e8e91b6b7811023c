//! Messages that the service accepts.

use prost::Message;
use serde_json::json;
use tfplugin::{
    testing::{encode, encode_as, object, with},
    value::{Data, Type, Value, msgpack},
};
use tfplugin_proto::tfplugin6::{
    ClientCapabilities, DynamicValue, RawState, ResourceIdentityData, apply_resource_change, call_function,
    close_ephemeral_resource, configure_provider, import_resource_state, move_resource_state,
    open_ephemeral_resource, plan_resource_change, read_data_source, read_resource, renew_ephemeral_resource,
    upgrade_resource_identity, upgrade_resource_state, validate_data_resource_config,
    validate_provider_config, validate_resource_config,
};

use super::{
    CALLS,
    provider::{Echo, Shop, Thing},
};

/// The input for these calls.
fn input(calls: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let one = |(name, message): &(&str, Vec<u8>)| {
        let position = CALLS.iter().position(|known| known == name).unwrap_or_default();
        let length = u16::try_from(message.len()).unwrap_or(u16::MAX).to_be_bytes();
        [&[u8::try_from(position).unwrap_or_default()], length.as_slice(), message].concat()
    };
    calls.iter().flat_map(one).collect()
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let empty = CALLS.iter().map(|name| input(&[(name, Vec::new())]));
    let configure = ("ConfigureProvider", configured());
    let with_configuration = [
        ("ReadResource", read()),
        ("PlanResourceChange", planned(&Value::Null, &full(), &full())),
        ("PlanResourceChange", planned(&state(), &full(), &full())),
        ("PlanResourceChange", planned(&state(), &Value::Null, &Value::Null)),
        ("ApplyResourceChange", applied(&Value::Null, &proposed(), &full())),
        ("ApplyResourceChange", applied(&state(), &proposed(), &full())),
        ("ApplyResourceChange", applied(&state(), &Value::Null, &Value::Null)),
        ("ReadDataSource", echo()),
        ("OpenEphemeralResource", opened()),
        ("RenewEphemeralResource", renewed()),
        ("CloseEphemeralResource", closed()),
    ];
    let others = [
        (
            "ValidateProviderConfig",
            validate_provider_config::Request { config: Some(shop()) }.encode_to_vec(),
        ),
        ("ValidateResourceConfig", validated()),
        ("ValidateDataResourceConfig", validated_echo()),
        ("ValidateEphemeralResourceConfig", validated_echo()),
        ("ImportResourceState", imported(None)),
        ("ImportResourceState", imported(Some(identity()))),
        ("UpgradeResourceIdentity", upgraded_identity(1, &json!({"id": "1", "zone": "z"}))),
        ("UpgradeResourceIdentity", upgraded_identity(0, &json!({"number": "1", "zone": "z"}))),
        ("UpgradeResourceState", upgraded(1)),
        ("UpgradeResourceState", upgraded(0)),
        ("MoveResourceState", moved()),
        ("CallFunction", joined()),
    ];
    let others = others.map(|call| input(&[call]));
    empty.chain(others).chain(with_configuration.map(|call| input(&[configure.clone(), call]))).collect()
}

const THING: &str = "shop_thing";

fn capabilities() -> ClientCapabilities {
    ClientCapabilities { write_only_attributes_allowed: true, ..ClientCapabilities::default() }
}

fn shop() -> DynamicValue {
    encode::<Shop>(&object::<Shop>(&json!({"region": "home"})))
}

/// A configuration with all that there is, and something unknown.
fn full() -> Value {
    let part = json!({"kind": "k"});
    let object = object::<Thing>(&json!({
        "zone": "z", "size": 3, "ratio": 0.1, "on": true, "wait": "60m", "steps": ["a", "b"], "tags": ["c"],
        "labels": {"d": "e"}, "password": "p", "parts": [part], "named": {"n": part}, "disk": [part],
        "timeouts": {"create": "5m"},
    }));
    with(object, "comment", Value::Unknown)
}

/// What is planned of it.
fn proposed() -> Value {
    with(with(full(), "id", Value::Unknown), "password", Value::Null)
}

/// What is stored of it.
fn state() -> Value {
    let part = json!({"kind": "k", "serial": "s"});
    object::<Thing>(&json!({
        "id": "1", "zone": "z", "comment": "made", "size": 3, "wait": "1h", "steps": ["a"], "parts": [part], "disk": [part],
    }))
}

fn thing(value: &Value) -> DynamicValue {
    encode::<Thing>(value)
}

fn configured() -> Vec<u8> {
    configure_provider::Request {
        terraform_version: "1.16.0".to_owned(),
        config: Some(shop()),
        client_capabilities: Some(capabilities()),
    }
    .encode_to_vec()
}

fn validated() -> Vec<u8> {
    validate_resource_config::Request {
        type_name: THING.to_owned(),
        config: Some(thing(&full())),
        client_capabilities: Some(capabilities()),
    }
    .encode_to_vec()
}

fn read() -> Vec<u8> {
    read_resource::Request {
        type_name: THING.to_owned(),
        current_state: Some(thing(&state())),
        private: br#"{"made":true}"#.to_vec(),
        current_identity: Some(identity()),
        ..read_resource::Request::default()
    }
    .encode_to_vec()
}

fn planned(prior: &Value, proposed: &Value, config: &Value) -> Vec<u8> {
    plan_resource_change::Request {
        type_name: THING.to_owned(),
        prior_state: Some(thing(prior)),
        proposed_new_state: Some(thing(proposed)),
        config: Some(thing(config)),
        client_capabilities: Some(capabilities()),
        prior_identity: (!prior.is_null()).then(identity),
        ..plan_resource_change::Request::default()
    }
    .encode_to_vec()
}

fn applied(prior: &Value, planned: &Value, config: &Value) -> Vec<u8> {
    apply_resource_change::Request {
        type_name: THING.to_owned(),
        prior_state: Some(thing(prior)),
        planned_state: Some(thing(planned)),
        config: Some(thing(config)),
        ..apply_resource_change::Request::default()
    }
    .encode_to_vec()
}

fn identity() -> ResourceIdentityData {
    let identity_type =
        Type::Object(["id", "zone"].map(|name| (name.to_owned(), Type::String)).into_iter().collect());
    let identity = Value::mapping([("id", Value::string("1")), ("zone", Value::string("z"))]);
    ResourceIdentityData { identity_data: Some(encode_as(&identity, &identity_type)) }
}

fn upgraded_identity(version: i64, identity: &serde_json::Value) -> Vec<u8> {
    let type_name = THING.to_owned();
    upgrade_resource_identity::Request { type_name, version, raw_identity: Some(raw(identity)) }
        .encode_to_vec()
}

fn imported(identity: Option<ResourceIdentityData>) -> Vec<u8> {
    import_resource_state::Request {
        type_name: THING.to_owned(),
        id: if identity.is_none() { "z".to_owned() } else { String::new() },
        identity,
        ..import_resource_state::Request::default()
    }
    .encode_to_vec()
}

fn raw(json: &serde_json::Value) -> RawState {
    RawState { json: json.to_string().into_bytes(), ..RawState::default() }
}

fn upgraded(version: i64) -> Vec<u8> {
    let state =
        json!({"id": "1", "zone": "z", "size": 3, "ratio": 0.5, "parts": [{"kind": "k"}], "gone": {}});
    upgrade_resource_state::Request { type_name: THING.to_owned(), version, raw_state: Some(raw(&state)) }
        .encode_to_vec()
}

fn moved() -> Vec<u8> {
    move_resource_state::Request {
        source_provider_address: "registry.terraform.io/acme/other".to_owned(),
        source_type_name: "other_thing".to_owned(),
        source_state: Some(raw(&json!({"metadata": {"name": "z"}}))),
        target_type_name: THING.to_owned(),
        ..move_resource_state::Request::default()
    }
    .encode_to_vec()
}

fn echo_config() -> DynamicValue {
    encode::<Echo>(&object::<Echo>(&json!({"input": "x"})))
}

fn validated_echo() -> Vec<u8> {
    let type_name = "shop_echo".to_owned();
    validate_data_resource_config::Request { type_name, config: Some(echo_config()) }.encode_to_vec()
}

fn echo() -> Vec<u8> {
    read_data_source::Request {
        type_name: "shop_echo".to_owned(),
        config: Some(echo_config()),
        ..read_data_source::Request::default()
    }
    .encode_to_vec()
}

fn opened() -> Vec<u8> {
    open_ephemeral_resource::Request {
        type_name: "shop_echo".to_owned(),
        config: Some(echo_config()),
        client_capabilities: Some(capabilities()),
    }
    .encode_to_vec()
}

/// What the open of [`echo_config`] returns for the host to keep.
fn held() -> Vec<u8> {
    br#"{"number":1,"opened":{"input":"x"},"renewed":{"input":"x"}}"#.to_vec()
}

fn renewed() -> Vec<u8> {
    renew_ephemeral_resource::Request { type_name: "shop_echo".to_owned(), private: Some(held()) }
        .encode_to_vec()
}

fn closed() -> Vec<u8> {
    close_ephemeral_resource::Request { type_name: "shop_echo".to_owned(), private: Some(held()) }
        .encode_to_vec()
}

fn joined() -> Vec<u8> {
    let argument = |value: &Value, value_type: &Type| DynamicValue {
        msgpack: msgpack::encode(value, value_type).expect("it fits"),
        json: Vec::new(),
    };
    let words = Value::Known(Data::Sequence(vec![Value::string("a"), Value::string("b")]));
    let arguments = vec![
        argument(&words, &Type::List(Box::new(Type::String))),
        argument(&Value::string("-"), &Type::String),
    ];
    call_function::Request { name: "join".to_owned(), arguments }.encode_to_vec()
}
