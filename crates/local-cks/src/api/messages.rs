//! Binary messages of ClusterService as the JSON that the rest of the API works on, and back.
//!
//! Rule: `proto/cks.proto`, and protojson: the binary form and the JSON form of a message say the same.

use prost_reflect::{
    DescriptorError, DescriptorPool, DeserializeOptions, DynamicMessage, MessageDescriptor, SerializeOptions,
    prost::Message as _,
};
use serde_json::{Value, value::Serializer};

const PACKAGE: &str = "coreweave.cks.v1beta1";

/// The messages of `proto/cks.proto`.
#[derive(Clone, Debug)]
pub(crate) struct Messages(DescriptorPool);

impl Messages {
    pub(crate) fn new() -> Result<Self, DescriptorError> {
        let compiled: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/cks.bin"));
        DescriptorPool::decode(compiled).map(Self)
    }

    /// A binary message as JSON; the error is the message for the caller.
    pub(crate) fn to_json(&self, message: &str, binary: &[u8]) -> Result<Value, String> {
        let message = DynamicMessage::decode(self.find(message)?, binary)
            .map_err(|error| format!("unmarshal message: proto: {error}"))?;
        let json = message.serialize_with_options(Serializer, &SerializeOptions::new());
        json.map(with_whole_numbers).map_err(|error| format!("proto: {error}"))
    }

    /// JSON as a binary message. Members that the message does not have are left out, as by a server that does not know them.
    pub(crate) fn to_binary(&self, message: &str, json: &Value) -> Result<Vec<u8>, String> {
        let options = DeserializeOptions::new().deny_unknown_fields(false);
        DynamicMessage::deserialize_with_options(self.find(message)?, json, &options)
            .map(|message| message.encode_to_vec())
            .map_err(|error| format!("proto: {error}"))
    }

    fn find(&self, message: &str) -> Result<MessageDescriptor, String> {
        let name = format!("{PACKAGE}.{message}");
        self.0.get_message_by_name(&name).ok_or_else(|| format!("proto: no message {name}"))
    }
}

/// `110` for `110.0`, as protojson writes the numbers of a Struct.
fn with_whole_numbers(json: Value) -> Value {
    match json {
        Value::Number(number) if number.is_f64() => {
            // A float without a fraction is written like an integer.
            let whole = number.as_f64().and_then(|number| number.to_string().parse::<i64>().ok());
            whole.map_or(Value::Number(number), Value::from)
        }
        Value::Array(items) => items.into_iter().map(with_whole_numbers).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, with_whole_numbers(value))).collect()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use prost_reflect::{FieldDescriptor, Kind as ProtoKind, MessageDescriptor};
    use serde_json::{Value, json};

    use super::Messages;
    use crate::api::schema::{CLUSTER, CREATE, Field, Kind, UPDATE};

    fn messages() -> Messages {
        Messages::new().unwrap()
    }

    #[track_caller]
    fn check(message: &str, json: &Value, binary: &[u8]) {
        let messages = messages();
        assert_eq!(messages.to_binary(message, json).unwrap(), binary);
        assert_eq!(messages.to_json(message, binary).unwrap(), *json);
    }

    #[test]
    fn a_message_has_its_published_bytes() {
        check("GetClusterRequest", &json!({"id": "x"}), b"\x0a\x01x");
        check(
            "UpdateClusterRequest",
            &json!({"updateMask": "oidc.issuerUrl,public", "id": "x", "oidc": {"clientId": "c"}}),
            b"\x0a\x19\x0a\x0foidc.issuer_url\x0a\x06public\x12\x01x\x2a\x03\x12\x01c",
        );
        check(
            "GetClusterResponse",
            &json!({"cluster": {"status": "STATUS_RUNNING", "createdAt": "1970-01-01T00:00:01Z",
                "kubelet": {"maxPods": 110}}}),
            b"\x0a\x1f\x60\x03\x72\x02\x08\x01\x9a\x01\x16\x0a\x14\x0a\x07maxPods\x12\x09\x11\x00\x00\x00\x00\x00\x80\x5b\x40",
        );
    }

    /// Messages with each of their fields, as CoreWeave's published Go code writes them.
    #[test]
    fn messages_have_the_bytes_of_coreweaves_own_client() {
        let examples: Value = serde_json::from_str(include_str!("../../proto/examples.json")).unwrap();
        for example in examples.as_array().unwrap() {
            let binary = STANDARD.decode(example["binary"].as_str().unwrap()).unwrap();
            check(example["message"].as_str().unwrap(), &example["json"], &binary);
        }
    }

    #[test]
    fn members_of_newer_servers_are_left_out() {
        let json = json!({"cluster": {"id": "x", "publicAccess": {"mode": "TLS"}}});
        let binary = messages().to_binary("GetClusterResponse", &json).unwrap();
        assert_eq!(binary, b"\x0a\x03\x0a\x01x");
    }

    #[test]
    fn bytes_that_are_no_message_are_refused() {
        let error = messages().to_json("GetClusterRequest", b"\x0a\x05x").unwrap_err();
        assert!(error.starts_with("unmarshal message: proto: "), "{error}");
        let mask_of_json = b"\x0a\x0b\x0a\x09oidc.Caps";
        assert!(messages().to_json("UpdateClusterRequest", mask_of_json).is_err());
    }

    /// The tables that REST is checked by, and the messages, are two descriptions of one thing.
    #[test]
    fn the_tables_are_those_of_the_messages() {
        compare("Cluster", CLUSTER, &[]);
        compare("CreateClusterRequest", CREATE, &[]);
        compare("UpdateClusterRequest", UPDATE, &["id", "updateMask"]);
    }

    #[track_caller]
    fn compare(message: &str, table: &[Field], besides: &[&str]) {
        compare_fields(&messages().find(message).unwrap(), table, besides);
    }

    #[track_caller]
    fn compare_fields(message: &MessageDescriptor, table: &[Field], besides: &[&str]) {
        let name = message.full_name();
        let mut of_message: Vec<_> = message
            .fields()
            .map(|field| field.json_name().to_owned())
            // Output only, in a message that requests and responses share.
            .filter(|field| {
                !besides.contains(&field.as_str()) && (field != "tailnetDomain" || table.len() > 1)
            })
            .collect();
        let mut of_table: Vec<_> = table.iter().map(|field| field.name.to_owned()).collect();
        of_message.sort();
        of_table.sort();
        assert_eq!(of_table, of_message, "{name}");
        for field in table {
            let of_message = message.get_field_by_json_name(field.name).unwrap();
            compare_field(&format!("{name}.{}", field.name), field.kind, &of_message);
        }
    }

    #[track_caller]
    fn compare_field(place: &str, kind: Kind, field: &FieldDescriptor) {
        let is_list = matches!(kind, Kind::Texts | Kind::Enums(_));
        assert_eq!(field.is_list(), is_list, "{place}");
        let same = match (kind, field.kind()) {
            (Kind::Text | Kind::Texts, ProtoKind::String)
            | (Kind::Flag, ProtoKind::Bool)
            | (Kind::Number, ProtoKind::Int32) => true,
            (Kind::Text, ProtoKind::Message(message)) => message.full_name() == "google.protobuf.Timestamp",
            (Kind::Free, ProtoKind::Message(message)) => message.full_name() == "google.protobuf.Struct",
            (Kind::Enum(names) | Kind::Enums(names), ProtoKind::Enum(values)) => {
                values.values().map(|value| value.name().to_owned()).eq(names.iter().copied())
            }
            (Kind::Message(inner), ProtoKind::Message(message)) => {
                compare_fields(&message, inner, &[]);
                true
            }
            _ => false,
        };
        assert!(same, "{place}: {kind:?} and {:?}", field.kind());
    }
}
