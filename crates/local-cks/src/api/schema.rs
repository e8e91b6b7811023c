//! The messages of `coreweave.cks.v1beta1` as tables: one description for type checks, masks and responses.
//!
//! Rule: names and types of the published `Cluster` and `UpdateClusterRequest`; JSON by the rules of protojson (both
//! spellings of a name are read, `null` means unset, zero values and absence are the same thing for plain fields).

use serde_json::{Map, Number, Value};

/// A JSON object.
pub(crate) type Object = Map<String, Value>;

/// Values of the enum `Cluster.Status`, at their numbers.
pub(crate) const STATUSES: &[&str] = &[
    "STATUS_UNSPECIFIED",
    "STATUS_CREATING",
    "STATUS_UPDATING",
    "STATUS_RUNNING",
    "STATUS_DELETING",
    "STATUS_DELETED",
    "STATUS_ERROR",
    "STATUS_FAILED",
    "STATUS_UPGRADING",
    "STATUS_UPGRADE_FAILED",
];

const SIGNING_ALGORITHMS: &[&str] = &["SIGNING_ALGORITHM_UNSPECIFIED", "SIGNING_ALGORITHM_RS256"];

/// One field of a message.
#[derive(Debug)]
pub(crate) struct Field {
    /// Its lowerCamelCase name in JSON and in masks.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
}

/// Type of a field.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Text,
    Flag,
    Number,
    /// An enum, with names at the index of their numbers.
    Enum(&'static [&'static str]),
    Texts,
    Enums(&'static [&'static str]),
    Message(&'static [Field]),
    /// `google.protobuf.Struct`: any object.
    Free,
}

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind }
}

const OIDC: &[Field] = &[
    field("issuerUrl", Kind::Text),
    field("clientId", Kind::Text),
    field("usernameClaim", Kind::Text),
    field("usernamePrefix", Kind::Text),
    field("groupsClaim", Kind::Text),
    field("groupsPrefix", Kind::Text),
    field("ca", Kind::Text),
    field("requiredClaim", Kind::Text),
    field("signingAlgorithms", Kind::Enums(SIGNING_ALGORITHMS)),
    field("adminGroupBinding", Kind::Text),
];

const WEBHOOK: &[Field] = &[field("server", Kind::Text), field("ca", Kind::Text)];

const PORT_RANGE: &[Field] = &[field("start", Kind::Number), field("end", Kind::Number)];

const NETWORK: &[Field] = &[
    field("podCidrName", Kind::Text),
    field("serviceCidrName", Kind::Text),
    field("internalLbCidrNames", Kind::Texts),
    field("serviceNodePortRange", Kind::Message(PORT_RANGE)),
    field("podCidrNameV6", Kind::Text),
    field("serviceCidrNameV6", Kind::Text),
    field("internalLbCidrNamesV6", Kind::Texts),
];

/// The part of the network that an update may set.
const UPDATED_NETWORK: &[Field] =
    &[field("internalLbCidrNames", Kind::Texts), field("serviceNodePortRange", Kind::Message(PORT_RANGE))];

/// The cluster in responses.
pub(crate) const CLUSTER: &[Field] = &[
    field("id", Kind::Text),
    field("name", Kind::Text),
    field("zone", Kind::Text),
    field("vpcId", Kind::Text),
    field("public", Kind::Flag),
    field("version", Kind::Text),
    field("network", Kind::Message(NETWORK)),
    field("oidc", Kind::Message(OIDC)),
    field("authnWebhook", Kind::Message(WEBHOOK)),
    field("authzWebhook", Kind::Message(WEBHOOK)),
    field("auditPolicy", Kind::Text),
    field("status", Kind::Enum(STATUSES)),
    field("apiServerEndpoint", Kind::Text),
    field("createdAt", Kind::Text),
    field("updatedAt", Kind::Text),
    field("isUpgradeable", Kind::Flag),
    field("disableOidcInfoPublication", Kind::Flag),
    field("kubelet", Kind::Free),
    field("additionalServerSans", Kind::Texts),
    field("tailscale", Kind::Message(TAILSCALE)),
];

const TAILSCALE: &[Field] = &[field("clientId", Kind::Text), field("tailnetDomain", Kind::Text)];

/// The body of a PATCH except `id` and `updateMask`: the fields that a mask may contain.
pub(crate) const UPDATE: &[Field] = &[
    field("version", Kind::Text),
    field("public", Kind::Flag),
    field("auditPolicy", Kind::Text),
    field("network", Kind::Message(UPDATED_NETWORK)),
    field("oidc", Kind::Message(OIDC)),
    field("authnWebhook", Kind::Message(WEBHOOK)),
    field("authzWebhook", Kind::Message(WEBHOOK)),
    field("disableOidcInfoPublication", Kind::Flag),
    field("kubelet", Kind::Free),
    field("additionalServerSans", Kind::Texts),
    field("tailscale", Kind::Message(&[field("clientId", Kind::Text)])),
];

/// The body of a POST.
pub(crate) const CREATE: &[Field] = &[
    field("name", Kind::Text),
    field("zone", Kind::Text),
    field("vpcId", Kind::Text),
    field("public", Kind::Flag),
    field("version", Kind::Text),
    field("network", Kind::Message(NETWORK)),
    field("oidc", Kind::Message(OIDC)),
    field("authnWebhook", Kind::Message(WEBHOOK)),
    field("authzWebhook", Kind::Message(WEBHOOK)),
    field("auditPolicy", Kind::Text),
    field("disableOidcInfoPublication", Kind::Flag),
    field("kubelet", Kind::Free),
    field("additionalServerSans", Kind::Texts),
    field("tailscale", Kind::Message(&[field("clientId", Kind::Text)])),
    field("sharedStorageClusterId", Kind::Text),
];

/// The field at a dotted path, if there is one.
pub(crate) fn find(fields: &'static [Field], path: &str) -> Option<&'static Field> {
    let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
    let field = fields.iter().find(|field| field.name == head)?;
    match (rest, field.kind) {
        (None, _) => Some(field),
        (Some(rest), Kind::Message(inner)) => find(inner, rest),
        (Some(_), _) => None,
    }
}

/// The name in the .proto file, as in the API's messages.
pub(crate) fn proto_name(path: &str) -> String {
    let mut out = String::with_capacity(path.len() + 4);
    for letter in path.chars() {
        if letter.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

/// Brings an object into the one form that is stored: JSON names, enums by name, no nulls, no zero values, nothing
/// unknown; an empty message stays, since it has presence. The error is the message for the caller.
pub(crate) fn canonical(fields: &'static [Field], raw: &Object) -> Result<Object, String> {
    let mut out = Object::new();
    for field in fields {
        let Some(value) = raw.get(field.name).or_else(|| raw.get(&proto_name(field.name))) else {
            continue;
        };
        if let Some(value) = canonical_value(field, value)? {
            out.insert(field.name.to_owned(), value);
        }
    }
    Ok(out)
}

fn canonical_value(field: &'static Field, value: &Value) -> Result<Option<Value>, String> {
    let wrong = |what: &str| format!("proto: invalid value for {what} field {}: {value}", field.name);
    Ok(match (field.kind, value) {
        (_, Value::Null) => None,
        (Kind::Text, Value::String(text)) => (!text.is_empty()).then(|| value.clone()),
        (Kind::Text, _) => return Err(wrong("string")),
        (Kind::Flag, Value::Bool(flag)) => flag.then(|| value.clone()),
        (Kind::Flag, _) => return Err(wrong("bool")),
        (Kind::Number, _) => {
            let number = match value {
                Value::Number(number) => number.as_i64(),
                Value::String(digits) => digits.parse().ok(),
                _ => None,
            };
            let number = number.ok_or_else(|| wrong("int32"))?;
            (number != 0).then(|| Value::Number(Number::from(number)))
        }
        (Kind::Enum(names), _) => {
            let name = enum_name(names, value).ok_or_else(|| wrong("enum"))?;
            (name != names[0]).then(|| Value::from(name))
        }
        (Kind::Texts, Value::Array(items)) => {
            if items.iter().any(|item| !item.is_string()) {
                return Err(wrong("string"));
            }
            (!items.is_empty()).then(|| value.clone())
        }
        (Kind::Enums(names), Value::Array(items)) => {
            let items = items
                .iter()
                .map(|item| enum_name(names, item).map(Value::from).ok_or_else(|| wrong("enum")))
                .collect::<Result<Vec<_>, _>>()?;
            (!items.is_empty()).then_some(Value::Array(items))
        }
        (Kind::Texts | Kind::Enums(_), _) => return Err(wrong("repeated")),
        (Kind::Message(inner), Value::Object(object)) => Some(Value::Object(canonical(inner, object)?)),
        (Kind::Free, Value::Object(_)) => Some(value.clone()),
        (Kind::Message(_) | Kind::Free, _) => return Err(wrong("message")),
    })
}

fn enum_name(names: &'static [&'static str], value: &Value) -> Option<&'static str> {
    match value {
        Value::String(name) => names.iter().find(|known| *known == name).copied(),
        Value::Number(number) => names.get(usize::try_from(number.as_u64()?).ok()?).copied(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{CLUSTER, UPDATE, canonical, find, proto_name};

    #[track_caller]
    fn check(raw: &Value, expected: Result<Value, &str>) {
        let got = canonical(UPDATE, raw.as_object().unwrap()).map(Value::Object);
        assert_eq!(got, expected.map_err(str::to_owned), "{raw}");
    }

    #[test]
    fn zero_values_null_and_absence_are_the_same() {
        check(
            &json!({"public": false, "auditPolicy": "", "additionalServerSans": [], "oidc": null}),
            Ok(json!({})),
        );
    }

    #[test]
    fn an_empty_message_has_presence() {
        check(&json!({"oidc": {}}), Ok(json!({"oidc": {}})));
    }

    #[test]
    fn both_spellings_of_a_name_are_read() {
        check(&json!({"audit_policy": "eA=="}), Ok(json!({"auditPolicy": "eA=="})));
    }

    #[test]
    fn enums_are_read_by_name_and_by_number() {
        let wanted = json!({"oidc": {"signingAlgorithms": ["SIGNING_ALGORITHM_RS256"]}});
        check(&wanted, Ok(wanted.clone()));
        check(&json!({"oidc": {"signingAlgorithms": [1]}}), Ok(wanted));
    }

    #[test]
    fn unknown_fields_are_dropped() {
        check(
            &json!({"name": "new", "oidc": {"issuerUrl": "https://i", "colour": 1}}),
            Ok(json!({"oidc": {"issuerUrl": "https://i"}})),
        );
    }

    #[test]
    fn wrong_types_are_refused() {
        check(&json!({"auditPolicy": 5}), Err("proto: invalid value for string field auditPolicy: 5"));
        check(&json!({"oidc": "x"}), Err("proto: invalid value for message field oidc: \"x\""));
        check(
            &json!({"oidc": {"signingAlgorithms": ["ES256"]}}),
            Err("proto: invalid value for enum field signingAlgorithms: [\"ES256\"]"),
        );
    }

    #[test]
    fn paths_lead_to_leaves_but_not_into_free_objects() {
        assert!(find(UPDATE, "oidc.issuerUrl").is_some());
        assert!(find(UPDATE, "network.serviceNodePortRange.end").is_some());
        assert!(find(UPDATE, "kubelet.maxPods").is_none());
        assert!(find(UPDATE, "name").is_none());
        assert!(find(CLUSTER, "name").is_some());
    }

    #[test]
    fn proto_names_are_snake_case() {
        assert_eq!(proto_name("oidc.issuerUrl"), "oidc.issuer_url");
    }
}
