//! `updateMask`: the fields that a PATCH changes.
//!
//! Rule: protojson's form of `google.protobuf.FieldMask` (one string, lowerCamelCase paths between commas, outer spaces
//! trimmed, inner ones not, `_` rejected), and AIP-134 for what a mask does: in the mask and absent means cleared, in the
//! body and not in the mask means ignored, no mask means all fields of the body.

use serde_json::Value;

use super::schema::{self, Kind, Object, UPDATE};
use crate::behaviour::{Behaviour, ClearedBlock, UnknownMaskPath};

/// The paths of a PATCH.
#[derive(Debug, PartialEq)]
pub(crate) enum Mask {
    /// No mask, or an empty one.
    WholeBody,
    Paths(Vec<String>),
}

/// Why a mask was rejected: the message for the caller.
#[derive(Debug, PartialEq)]
pub(crate) struct BadMask(pub(crate) String);

impl Mask {
    /// Reads the body's `updateMask`.
    pub(crate) fn read(body: &Object, behaviour: &Behaviour) -> Result<Self, BadMask> {
        let raw = match body.get("updateMask").or_else(|| body.get("update_mask")) {
            None | Some(Value::Null) => return Ok(Self::WholeBody),
            Some(Value::String(raw)) => raw.trim(),
            Some(other) => {
                return Err(BadMask(format!(
                    "proto: unexpected token for google.protobuf.FieldMask: {other}"
                )));
            }
        };
        if raw.is_empty() {
            return Ok(Self::WholeBody);
        }
        let mut paths = Vec::new();
        for path in raw.split(',') {
            if !is_well_formed(path) {
                return Err(BadMask(format!(
                    "proto: google.protobuf.FieldMask.paths contains invalid path: {path:?}"
                )));
            }
            match (schema::find(UPDATE, path).is_some(), behaviour.unknown_mask_path) {
                (true, _) => paths.push(path.to_owned()),
                (false, UnknownMaskPath::Ignored) => {}
                (false, UnknownMaskPath::Refused) => {
                    return Err(BadMask(format!("invalid field mask path: {}", schema::proto_name(path))));
                }
            }
        }
        Ok(Self::Paths(paths))
    }

    /// Sets the masked fields of the cluster to those of the body. `body` is canonical.
    pub(crate) fn apply(&self, cluster: &mut Object, body: &Object, behaviour: &Behaviour) {
        match self {
            Self::WholeBody => {
                for (name, value) in body.iter().filter(|(name, _)| *name != "version") {
                    merge(cluster, name, value);
                }
            }
            Self::Paths(paths) => {
                for path in paths.iter().filter(|path| *path != "version") {
                    apply_path(cluster, body, path, behaviour);
                }
            }
        }
        tidy(cluster, behaviour.cleared_block);
    }
}

/// Like `protoreflect.FullName.IsValid`, without the underscore that JSON paths may not have.
fn is_well_formed(path: &str) -> bool {
    path.split('.').all(|part| {
        part.starts_with(|first: char| first.is_ascii_alphabetic())
            && part.chars().all(|letter| letter.is_ascii_alphanumeric())
    })
}

/// Without a mask a message of the body replaces the one that is stored, except the network, of which an update has
/// only some fields.
fn merge(cluster: &mut Object, name: &str, value: &Value) {
    match (name, cluster.get_mut(name), value) {
        ("network", Some(Value::Object(old)), Value::Object(new)) => {
            old.extend(new.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        _ => {
            cluster.insert(name.to_owned(), value.clone());
        }
    }
}

fn apply_path(cluster: &mut Object, body: &Object, path: &str, behaviour: &Behaviour) {
    let Some((head, rest)) = path.split_once('.') else {
        match body.get(path) {
            Some(value) => merge(cluster, path, value),
            None if is_message(path) && !behaviour.whole_message_mask_clears => {}
            None => {
                cluster.remove(path);
            }
        }
        return;
    };
    let empty = Object::new();
    let inner_body = body.get(head).and_then(Value::as_object).unwrap_or(&empty);
    match cluster.get_mut(head) {
        Some(Value::Object(inner)) => apply_path(inner, inner_body, rest, behaviour),
        _ if inner_body.is_empty() => {}
        _ => {
            let mut inner = Object::new();
            apply_path(&mut inner, inner_body, rest, behaviour);
            cluster.insert(head.to_owned(), Value::Object(inner));
        }
    }
}

fn is_message(path: &str) -> bool {
    schema::find(UPDATE, path).is_some_and(|field| matches!(field.kind, Kind::Message(_)))
}

/// A block without leaves is absent or empty, as configured.
fn tidy(cluster: &mut Object, cleared: ClearedBlock) {
    for block in ["oidc", "authnWebhook", "authzWebhook", "tailscale"] {
        let empty = cluster.get(block).and_then(Value::as_object).is_some_and(Object::is_empty);
        if empty && cleared == ClearedBlock::Absent {
            cluster.remove(block);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{BadMask, Mask};
    use crate::behaviour::{Behaviour, ClearedBlock, UnknownMaskPath};

    #[track_caller]
    fn check_read(mask: &Value, expected: Result<&[&str], &str>) {
        let body = json!({"updateMask": mask});
        let got = Mask::read(body.as_object().unwrap(), &Behaviour::default());
        let expected = expected
            .map(|paths| match paths {
                [] => Mask::WholeBody,
                paths => Mask::Paths(paths.iter().map(|&path| path.to_owned()).collect()),
            })
            .map_err(|text| BadMask(text.to_owned()));
        assert_eq!(got, expected, "{mask}");
    }

    #[track_caller]
    fn check_apply(behaviour: &Behaviour, cluster: &Value, body: &Value, expected: &Value) {
        let (Value::Object(mut cluster), Value::Object(body)) = (cluster.clone(), body.clone()) else {
            panic!("not objects")
        };
        let mask = Mask::read(&body, behaviour).unwrap();
        let canonical = super::schema::canonical(super::UPDATE, &body).unwrap();
        mask.apply(&mut cluster, &canonical, behaviour);
        assert_eq!(Value::Object(cluster), *expected);
    }

    #[test]
    fn a_mask_is_one_string_of_camel_case_paths() {
        check_read(&json!("oidc.issuerUrl,oidc"), Ok(&["oidc.issuerUrl", "oidc"]));
        check_read(&json!("  oidc.ca "), Ok(&["oidc.ca"]));
        check_read(&json!(""), Ok(&[]));
        check_read(&json!(null), Ok(&[]));
        check_read(
            &json!(["oidc"]),
            Err("proto: unexpected token for google.protobuf.FieldMask: [\"oidc\"]"),
        );
        check_read(
            &json!({"paths": []}),
            Err("proto: unexpected token for google.protobuf.FieldMask: {\"paths\":[]}"),
        );
        check_read(
            &json!("oidc.issuer_url"),
            Err("proto: google.protobuf.FieldMask.paths contains invalid path: \"oidc.issuer_url\""),
        );
        check_read(
            &json!("oidc.ca, public"),
            Err("proto: google.protobuf.FieldMask.paths contains invalid path: \" public\""),
        );
        check_read(&json!("name"), Err("invalid field mask path: name"));
        check_read(&json!("oidc.pinnedKey"), Err("invalid field mask path: oidc.pinned_key"));
    }

    #[test]
    fn an_unknown_path_can_be_ignored() {
        let lenient = Behaviour { unknown_mask_path: UnknownMaskPath::Ignored, ..Behaviour::default() };
        check_apply(
            &lenient,
            &json!({}),
            &json!({"updateMask": "colour,public", "public": true}),
            &json!({"public": true}),
        );
    }

    #[test]
    fn in_the_mask_and_absent_is_cleared() {
        check_apply(
            &Behaviour::default(),
            &json!({"oidc": {"issuerUrl": "i", "clientId": "c", "ca": "x"}}),
            &json!({"updateMask": "oidc.ca"}),
            &json!({"oidc": {"issuerUrl": "i", "clientId": "c"}}),
        );
    }

    #[test]
    fn in_the_mask_and_empty_is_cleared() {
        check_apply(
            &Behaviour::default(),
            &json!({"authnWebhook": {"server": "s", "ca": "x"}}),
            &json!({"updateMask": "authnWebhook.ca", "authnWebhook": {"server": "s", "ca": ""}}),
            &json!({"authnWebhook": {"server": "s"}}),
        );
    }

    #[test]
    fn in_the_body_and_not_in_the_mask_is_ignored() {
        check_apply(
            &Behaviour::default(),
            &json!({"oidc": {"issuerUrl": "i", "clientId": "c"}, "public": true}),
            &json!({"updateMask": "oidc.clientId", "oidc": {"issuerUrl": "other", "clientId": "d"}, "public": false}),
            &json!({"oidc": {"issuerUrl": "i", "clientId": "d"}, "public": true}),
        );
    }

    #[test]
    fn without_a_mask_the_whole_body_counts_and_unset_leaves_are_lost() {
        check_apply(
            &Behaviour::default(),
            &json!({"oidc": {"issuerUrl": "i", "clientId": "c", "ca": "x"}, "public": true}),
            &json!({"oidc": {"issuerUrl": "i", "clientId": "d"}}),
            &json!({"oidc": {"issuerUrl": "i", "clientId": "d"}, "public": true}),
        );
    }

    #[test]
    fn all_leaves_cleared_means_no_block_or_an_empty_one() {
        let cluster = json!({"authzWebhook": {"server": "s"}});
        let body = json!({"updateMask": "authzWebhook.server,authzWebhook.ca"});
        check_apply(&Behaviour::default(), &cluster, &body, &json!({}));
        let empty = Behaviour { cleared_block: ClearedBlock::Empty, ..Behaviour::default() };
        check_apply(&empty, &cluster, &body, &json!({"authzWebhook": {}}));
    }

    #[test]
    fn a_whole_block_in_the_mask_clears_only_if_configured() {
        let cluster = json!({"oidc": {"issuerUrl": "i"}});
        let body = json!({"updateMask": "oidc"});
        check_apply(&Behaviour::default(), &cluster, &body, &json!({}));
        let keeps = Behaviour { whole_message_mask_clears: false, ..Behaviour::default() };
        check_apply(&keeps, &cluster, &body, &cluster);
    }

    #[test]
    fn unmasked_network_updates_keep_fields_that_an_update_cannot_set() {
        check_apply(
            &Behaviour::default(),
            &json!({"network": {"podCidrName": "pods", "internalLbCidrNames": ["a"]}}),
            &json!({"network": {"internalLbCidrNames": ["a", "b"]}}),
            &json!({"network": {"podCidrName": "pods", "internalLbCidrNames": ["a", "b"]}}),
        );
    }
}
