//! Schema of the provider, from `providers schema -json`.

use std::collections::BTreeSet;

use local_cks::tools::Feature;
use serde_json::{Map, Value};

use crate::support::Bed;

/// Kind of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sort {
    Resource,
    DataSource,
    Ephemeral,
    /// Not on OpenTofu.
    List,
    /// Not on OpenTofu.
    Action,
    Function,
}

impl Sort {
    /// Keyword in configurations.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::DataSource => "data",
            Self::Ephemeral => "ephemeral",
            Self::Action => "action",
            Self::List => "list",
            Self::Function => "function",
        }
    }

    /// What a host needs to have it.
    pub(crate) fn needs(self) -> Feature {
        match self {
            Self::Resource | Self::DataSource => Feature::Basics,
            Self::Ephemeral => Feature::Ephemeral,
            Self::List => Feature::Lists,
            Self::Action => Feature::Actions,
            Self::Function => Feature::Functions,
        }
    }

    fn member(self) -> &'static str {
        match self {
            Self::Resource => "resource_schemas",
            Self::DataSource => "data_source_schemas",
            Self::Ephemeral => "ephemeral_resource_schemas",
            Self::Action => "action_schemas",
            Self::List => "list_resource_schemas",
            Self::Function => "functions",
        }
    }
}

/// The schema of the provider under test.
#[derive(Debug)]
pub(crate) struct Declared(Value);

impl Declared {
    pub(crate) fn of(bed: &Bed) -> Self {
        let shown = bed.run(&["providers", "schema", "-json"]).succeeded();
        let schema: Value = serde_json::from_str(&shown.stdout).expect("the host writes JSON");
        let schemas = schema["provider_schemas"].as_object().expect("schemas by provider");
        let ours = schemas.iter().find(|(name, _)| name.ends_with("/cks-community/cks"));
        Self(ours.expect("ours is among them").1.clone())
    }

    /// All types.
    pub(crate) fn types(&self) -> Vec<(Sort, String)> {
        let of = |sort: Sort| {
            let names = self.0[sort.member()].as_object().into_iter().flatten();
            names.map(move |(name, _)| (sort, name.clone()))
        };
        let sorts =
            [Sort::Resource, Sort::DataSource, Sort::Ephemeral, Sort::List, Sort::Action, Sort::Function];
        sorts.into_iter().flat_map(of).collect()
    }

    /// Whether the type exists.
    pub(crate) fn has(&self, sort: Sort, name: &str) -> bool {
        self.0[sort.member()].get(name).is_some()
    }

    /// The attributes and blocks that a configuration can set; the parameters of a function.
    pub(crate) fn configurable(&self, sort: Sort, name: &str) -> BTreeSet<String> {
        let declared = &self.0[sort.member()][name];
        if sort == Sort::Function {
            let parameters = declared["parameters"].as_array().into_iter().flatten();
            return parameters.filter_map(|parameter| Some(parameter["name"].as_str()?.to_owned())).collect();
        }
        let block = &declared["block"];
        let is_given = |attribute: &Value| {
            attribute["required"] == Value::Bool(true) || attribute["optional"] == Value::Bool(true)
        };
        let attributes = members(&block["attributes"]).filter(|(_, attribute)| is_given(attribute));
        let attributes = attributes.map(|(name, _)| name.clone());
        attributes.chain(members(&block["block_types"]).map(|(name, _)| name.clone())).collect()
    }

    /// The sensitive values of an object, with their places.
    pub(crate) fn secrets(&self, sort: Sort, name: &str, values: &Value) -> Vec<(String, String)> {
        let mut secrets = Vec::new();
        let attributes = &self.0[sort.member()][name]["block"]["attributes"];
        find_secrets(attributes, values, "", false, &mut secrets);
        secrets
    }
}

fn members(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flat_map(Map::iter)
}

fn find_secrets(
    attributes: &Value,
    values: &Value,
    path: &str,
    inside: bool,
    secrets: &mut Vec<(String, String)>,
) {
    for (name, attribute) in members(attributes) {
        let path = format!("{path}.{name}");
        let secret = inside || attribute["sensitive"] == Value::Bool(true);
        match &values[name] {
            Value::String(text) if secret && text.len() > 8 => secrets.push((path, text.clone())),
            nested @ Value::Object(_) => {
                find_secrets(&attribute["nested_type"]["attributes"], nested, &path, secret, secrets);
            }
            Value::Array(elements) => {
                for element in elements {
                    find_secrets(&attribute["nested_type"]["attributes"], element, &path, secret, secrets);
                }
            }
            _ => {}
        }
    }
}
