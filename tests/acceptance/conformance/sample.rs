//! A sample of a type: a configuration of it as data, from which the tests build every variation.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::declared::Sort;

/// One configuration of a type.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) sort: Sort,
    pub(crate) name: &'static str,
    /// Distinguishes the samples of one type.
    pub(crate) variant: &'static str,
    /// Configuration that it refers to.
    pub(crate) prelude: String,
    /// All attributes that can be set together; a function's arguments by parameter, in order.
    pub(crate) attributes: Vec<(&'static str, Value)>,
    /// The required ones among them.
    pub(crate) least: &'static [&'static str],
    /// Format of its import id, with `{attribute}` for values; `None` if it cannot be imported.
    pub(crate) import: Option<&'static str>,
    /// Attributes that an import cannot read.
    pub(crate) not_imported: &'static [&'static str],
    /// Attributes that must be set before it can be destroyed.
    pub(crate) destroy_with: Option<(&'static str, Value)>,
}

/// The blocks among the attributes.
const BLOCKS: [&str; 1] = ["timeouts"];

/// An expression instead of a value.
pub(crate) fn raw(expression: &str) -> Value {
    Value::String(format!("{RAW}{expression}"))
}

const RAW: &str = "\u{1}";

/// Values that are known only after apply.
pub(crate) mod unknown {
    /// Defines the resource that they come from.
    pub(crate) const PRELUDE: &str = "resource \"terraform_data\" \"unknown\" {\n  input = timestamp()\n}\n";
    /// Such a value without a known type, which fits any attribute.
    pub(crate) const EXPRESSION: &str = "jsondecode(terraform_data.unknown.output)";
}

impl Sample {
    /// Names of its attributes.
    pub(crate) fn given_names(&self) -> BTreeSet<String> {
        self.attributes.iter().map(|(name, _)| (*name).to_owned()).collect()
    }

    pub(crate) fn address(&self) -> String {
        let prefix = match self.sort {
            Sort::Resource | Sort::Function => String::new(),
            other => format!("{}.", other.word()),
        };
        format!("{prefix}{}.sample", self.name)
    }

    /// With all attributes.
    pub(crate) fn full(&self) -> String {
        self.render("sample", &self.attributes)
    }

    /// With the attributes that an import can read.
    pub(crate) fn importable(&self) -> String {
        self.render("sample", &self.only(|name| !self.not_imported.contains(&name)))
    }

    /// With the required attributes only.
    pub(crate) fn least(&self) -> String {
        self.render("sample", &self.only(|name| self.least.contains(&name)))
    }

    /// With the required attributes, and null for all others. A block cannot be null.
    pub(crate) fn least_with_nulls(&self) -> String {
        let attributes = self.only(|name| !BLOCKS.contains(&name)).into_iter();
        let nulls = attributes.map(|(name, value)| {
            let value = if self.least.contains(&name) { value } else { Value::Null };
            (name, value)
        });
        self.render("sample", &nulls.collect::<Vec<_>>())
    }

    /// Its attributes as values, with what `resolve` has for each expression.
    pub(crate) fn values(&self, resolve: impl Fn(&str) -> Value) -> Vec<(&'static str, Value)> {
        let mut attributes = self.attributes.clone();
        for (_, value) in &mut attributes {
            for path in places(value) {
                let found = value.pointer(&path).and_then(Value::as_str);
                let resolved = found.and_then(|text| text.strip_prefix(RAW)).map(&resolve);
                if let (Some(resolved), Some(place)) = (resolved, value.pointer_mut(&path)) {
                    *place = resolved;
                }
            }
        }
        attributes
    }

    /// The configuration that allows a destroy, if one would be rejected.
    pub(crate) fn destroyable(&self) -> Option<String> {
        let mut attributes = self.only(|name| self.least.contains(&name));
        attributes.push(self.destroy_with.clone()?);
        Some(self.render("sample", &attributes))
    }

    fn only(&self, is_included: impl Fn(&'static str) -> bool) -> Vec<(&'static str, Value)> {
        self.attributes.iter().filter(|(name, _)| is_included(name)).cloned().collect()
    }

    /// All attributes with one unknown value: at each attribute in turn, and at each part of one.
    pub(crate) fn with_an_unknown_at_each_place(&self) -> Vec<Vec<(&'static str, Value)>> {
        let mut instances = Vec::new();
        for (position, (name, value)) in self.attributes.iter().enumerate() {
            for path in places(value) {
                if path.is_empty() && BLOCKS.contains(name) {
                    continue;
                }
                let mut instance = self.attributes.clone();
                if let Some(place) = instance[position].1.pointer_mut(&path) {
                    *place = raw(unknown::EXPRESSION);
                }
                instances.push(instance);
            }
        }
        instances
    }

    /// As configuration.
    pub(crate) fn render(&self, instance: &str, attributes: &[(&'static str, Value)]) -> String {
        if self.sort == Sort::Function {
            let arguments: Vec<_> = attributes.iter().map(|(_, value)| expression(value)).collect();
            return format!(
                "output \"{}_{instance}\" {{\n  value = provider::cks::{}({})\n}}\n",
                self.name,
                self.name,
                arguments.join(", ")
            );
        }
        let lines: Vec<_> = attributes
            .iter()
            .map(|(name, value)| {
                if BLOCKS.contains(name) {
                    let inner = value.as_object().cloned().unwrap_or_default();
                    let inner: Vec<_> = inner
                        .iter()
                        .map(|(name, value)| format!("    {name} = {}", expression(value)))
                        .collect();
                    format!("  {name} {{\n{}\n  }}", inner.join("\n"))
                } else {
                    format!("  {name} = {}", expression(value))
                }
            })
            .collect();
        let mut lines = lines.join("\n");
        if self.sort == Sort::List {
            lines = format!("  provider = cks\n  config {{\n{lines}\n  }}");
        }
        if self.sort == Sort::Action {
            return self.triggered(instance, &lines);
        }
        format!("{} \"{}\" \"{instance}\" {{\n{lines}\n}}\n", self.sort.word(), self.name)
    }

    /// An action, and a resource whose creation runs it.
    fn triggered(&self, instance: &str, lines: &str) -> String {
        let name = self.name;
        format!(
            "action \"{name}\" \"{instance}\" {{\n  config {{\n{lines}\n  }}\n}}\n\n\
             resource \"terraform_data\" \"runs_{name}_{instance}\" {{\n  lifecycle {{\n    action_trigger {{\n      \
             events = [after_create]\n      actions = [action.{name}.{instance}]\n    }}\n  }}\n}}\n"
        )
    }

    /// The id by which the object in this state is imported.
    pub(crate) fn import_id(&self, state: &Value) -> Option<String> {
        let values = super::values_of(state, &self.address());
        let mut id = self.import?.to_owned();
        for (name, value) in values.as_object()? {
            id = id.replace(&format!("{{{name}}}"), value.as_str().unwrap_or_default());
        }
        Some(id)
    }

    /// The imported object must equal the created one, except attributes that no import can read.
    #[track_caller]
    pub(crate) fn expect_imported(&self, created: &Value, imported: &Value) {
        let values = |state| super::values_of(state, &self.address());
        assert_eq!(values(imported), values(created), "{} is imported as something else", self.name);
    }
}

/// Every place in a value, itself included.
fn places(value: &Value) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| (name.replace('~', "~0").replace('/', "~1"), member))
            .collect(),
        Value::Array(elements) => {
            elements.iter().enumerate().map(|(index, element)| (index.to_string(), element)).collect()
        }
        _ => Vec::new(),
    };
    let below = inner
        .into_iter()
        .flat_map(|(step, value)| places(value).into_iter().map(move |path| format!("/{step}{path}")));
    std::iter::once(String::new()).chain(below).collect()
}

/// A value as HCL, whose syntax includes JSON's.
fn expression(value: &Value) -> String {
    match value {
        Value::String(text) => match text.strip_prefix(RAW) {
            Some(expression) => expression.to_owned(),
            None => json!(text.replace("${", "$${").replace("%{", "%%{")).to_string(),
        },
        Value::Array(elements) => {
            format!("[{}]", elements.iter().map(expression).collect::<Vec<_>>().join(", "))
        }
        Value::Object(members) => {
            let members: Vec<_> = members
                .iter()
                .map(|(name, value)| format!("{} = {}", json!(name), expression(value)))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
        other => other.to_string(),
    }
}
