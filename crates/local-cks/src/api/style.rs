//! The formats in which the API may return a cluster.
//!
//! Rule: proto3 JSON as Connect writes it (zero values omitted) and as grpc-gateway does (`EmitUnpopulated`), enums by name or
//! by number. Fields in no table are passed on as they are, since the API adds fields.

use serde_json::{Value, json};

use super::schema::{CLUSTER, Field, Kind, Object};
use crate::behaviour::{Behaviour, EndpointForm, Enums, ZeroValues};

/// The stored cluster as a response. While it is created it has no endpoint.
pub(crate) fn show(stored: &Object, behaviour: &Behaviour) -> Value {
    let mut stored = stored.clone();
    if stored.get("status").and_then(Value::as_str) == Some("STATUS_CREATING") {
        stored.remove("apiServerEndpoint");
    }
    let mut out = show_message(CLUSTER, &stored, behaviour);
    if behaviour.endpoint_form == EndpointForm::WithScheme
        && let Some(Value::String(host)) = out.get_mut("apiServerEndpoint")
        && !host.is_empty()
    {
        host.insert_str(0, "https://");
    }
    Value::Object(out)
}

/// `{"items": …}`; without zero values an empty list is no field at all.
pub(crate) fn show_list(clusters: &[Object], behaviour: &Behaviour) -> Value {
    if clusters.is_empty() && behaviour.zero_values == ZeroValues::Omitted {
        return json!({});
    }
    json!({"items": clusters.iter().map(|cluster| show(cluster, behaviour)).collect::<Vec<_>>()})
}

fn show_message(fields: &'static [Field], stored: &Object, behaviour: &Behaviour) -> Object {
    let mut out = Object::new();
    for field in fields {
        match stored.get(field.name) {
            Some(value) => out.insert(field.name.to_owned(), show_value(field, value, behaviour)),
            None if behaviour.zero_values == ZeroValues::Emitted => {
                out.insert(field.name.to_owned(), zero(field, behaviour))
            }
            None => None,
        };
    }
    for (name, value) in stored {
        if !out.contains_key(name) {
            out.insert(name.clone(), value.clone());
        }
    }
    out
}

fn show_value(field: &'static Field, value: &Value, behaviour: &Behaviour) -> Value {
    let number = |names: &[&str], value: &Value| {
        names.iter().position(|name| Some(*name) == value.as_str()).map_or_else(|| value.clone(), Value::from)
    };
    match (field.kind, value, behaviour.enums) {
        (Kind::Message(inner), Value::Object(object), _) => {
            Value::Object(show_message(inner, object, behaviour))
        }
        (Kind::Enum(names), value, Enums::Numbers) => number(names, value),
        (Kind::Enums(names), Value::Array(items), Enums::Numbers) => {
            items.iter().map(|item| number(names, item)).collect()
        }
        _ => value.clone(),
    }
}

fn zero(field: &'static Field, behaviour: &Behaviour) -> Value {
    match field.kind {
        Kind::Text if matches!(field.name, "createdAt" | "updatedAt") => Value::Null,
        Kind::Text => json!(""),
        Kind::Flag => json!(false),
        Kind::Number => json!(0),
        Kind::Enum(names) => match behaviour.enums {
            Enums::Names => json!(names[0]),
            Enums::Numbers => json!(0),
        },
        Kind::Texts | Kind::Enums(_) => json!([]),
        Kind::Message(_) | Kind::Free => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{show, show_list};
    use crate::behaviour::{Behaviour, EndpointForm, Enums, ZeroValues};

    fn stored() -> Value {
        json!({"id": "x", "status": "STATUS_RUNNING", "apiServerEndpoint": "h",
            "oidc": {"issuerUrl": "i", "signingAlgorithms": ["SIGNING_ALGORITHM_RS256"]}, "publicAccess": {"mode": "TLS"}})
    }

    fn shown(behaviour: &Behaviour) -> Value {
        show(stored().as_object().unwrap(), behaviour)
    }

    #[test]
    fn connect_omits_empty_fields() {
        assert_eq!(shown(&Behaviour::default()), stored());
        assert_eq!(show_list(&[], &Behaviour::default()), json!({}));
    }

    #[test]
    fn grpc_gateway_shows_empty_fields_with_their_zero_values() {
        let emitted = Behaviour { zero_values: ZeroValues::Emitted, ..Behaviour::default() };
        let shown = shown(&emitted);
        assert_eq!(shown["public"], json!(false));
        assert_eq!(shown["auditPolicy"], json!(""));
        assert_eq!(shown["additionalServerSans"], json!([]));
        assert_eq!(shown["authnWebhook"], Value::Null);
        assert!(shown.as_object().unwrap().contains_key("authnWebhook"));
        assert_eq!(shown["oidc"]["usernameClaim"], json!(""));
        assert_eq!(shown["publicAccess"], json!({"mode": "TLS"}));
        assert_eq!(show_list(&[], &emitted), json!({"items": []}));
    }

    #[test]
    fn enums_can_be_numbers() {
        let shown = shown(&Behaviour { enums: Enums::Numbers, ..Behaviour::default() });
        assert_eq!(shown["status"], json!(3));
        assert_eq!(shown["oidc"]["signingAlgorithms"], json!([1]));
    }

    #[test]
    fn a_cluster_that_is_being_created_has_no_endpoint() {
        let mut creating = stored();
        creating["status"] = json!("STATUS_CREATING");
        let shown = show(creating.as_object().unwrap(), &Behaviour::default());
        assert_eq!(shown.get("apiServerEndpoint"), None);
    }

    #[test]
    fn the_endpoint_can_have_a_scheme() {
        let shown = shown(&Behaviour { endpoint_form: EndpointForm::WithScheme, ..Behaviour::default() });
        assert_eq!(shown["apiServerEndpoint"], json!("https://h"));
    }
}
