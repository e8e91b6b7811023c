//! Checks of a configuration against its schema: all that core leaves to the provider, every complaint at once.
//!
//! Core checks types, required attributes (though an explicit null passes) and the number of blocks. Unknown values are
//! never complained about.

use super::{
    nulls,
    operation::{RpcCall, caught},
    walk::{Action, Node, Visitor, walk},
};
use crate::{
    decode,
    diagnostics::{Diagnostic, Diagnostics, Error},
    path::Step,
    resource::Resource,
    schema::{AttributeSchema, Block, Presence},
    value::{Data, Type, Value},
};

/// Whether write-only values can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteOnly {
    /// The host keeps them out of plan and state.
    Allowed,
    /// The host is too old for them.
    Refused,
}

/// Checks a configuration by its schema and then by its author's own rules, and reports all that is wrong.
pub(crate) fn check(
    block: &Block,
    config: &Value,
    write_only: WriteOnly,
    own_rules: impl FnOnce(&Value, &mut Diagnostics) -> Result<(), Error>,
) -> Diagnostics {
    let mut report = Diagnostics::default();
    walk(block.into(), [config], &mut ConfigCheck { write_only, report: &mut report });
    if let Err(error) = own_rules(config, &mut report) {
        report.extend(error.into_messages());
    }
    report
}

/// What validation reports about a configuration with the values of an object that exists. If that is an error, no configuration can keep
/// the object as it is: a [list](crate::list_resource) should leave it out, since Terraform would write a configuration that is refused.
///
/// ```
/// # use tfplugin::{Context, Error, Resource, Schema, Value, configuration_faults};
/// /// A group.
/// #[derive(Clone, Debug, Schema)]
/// #[schema(name = "shop_group")]
/// struct Group {
///     /// Members, at least one.
///     #[schema(required, validate(not_empty))]
///     members: Vec<String>,
///     /// Number of members.
///     #[schema(computed)]
///     size: Value<i64>,
/// }
///
/// fn not_empty(members: &Vec<Value<String>>) -> Result<(), String> {
///     if members.is_empty() { Err("A group needs a member. Write one.".to_owned()) } else { Ok(()) }
/// }
/// # impl Resource for Group {
/// #     type Provider = ();
/// #     async fn create(self, _: &Context<()>) -> Result<Self, Error> { Ok(self) }
/// #     async fn read(self, _: &Context<()>) -> Result<Option<Self>, Error> { Ok(Some(self)) }
/// #     async fn update(self, _: Self, _: &Context<()>) -> Result<Self, Error> { Ok(self) }
/// #     async fn delete(self, _: &Context<()>) -> Result<(), Error> { Ok(()) }
/// # }
///
/// let group = |members: &[&str]| Group {
///     members: members.iter().map(ToString::to_string).collect(),
///     size: Value::Known(members.len() as i64),
/// };
/// assert!(configuration_faults(&group(&["ada"])).is_empty());
/// assert!(configuration_faults(&group(&[])).has_errors());
/// ```
pub fn configuration_faults<R: Resource>(object: &R) -> Diagnostics {
    let block = R::block();
    let computed = block.attributes.iter().filter(|attribute| attribute.presence == Presence::Computed);
    let unset = Value::mapping(computed.map(|attribute| (attribute.name, Value::Null)));
    check(&block, &object.to_value().with(unset), WriteOnly::Allowed, |config, report| {
        R::validate(&decode::partial::<R>(config)?, report);
        Ok(())
    })
}

/// Fails if a configuration that is wholly known would be refused, before the first request. What was unknown when the host validated it is
/// known now. Its warnings were shown before.
pub(crate) async fn expect_valid(
    block: &Block,
    config: &Value,
    call: &RpcCall,
    own_rules: impl FnOnce(&Value, &mut Diagnostics) -> Result<(), Error>,
) -> Result<(), Error> {
    let report = caught(call, async { Ok(check(block, config, WriteOnly::Allowed, own_rules)) }).await?;
    match (report.has_errors(), Error::all(report)) {
        (true, Some(error)) => Err(error),
        _ => Ok(()),
    }
}

/// Visits config.
struct ConfigCheck<'a> {
    write_only: WriteOnly,
    report: &'a mut Diagnostics,
}

impl Visitor<1> for ConfigCheck<'_> {
    fn attribute(&mut self, attribute: &AttributeSchema, node: &Node<'_, 1>) -> Action {
        let (name, [value]) = (attribute.name, node.values);
        let mut complain = |summary: &str, detail: String| {
            self.report.push(Diagnostic::error(summary, detail).at_path(node.path()));
        };
        match (attribute.presence, value) {
            (Presence::Required, Value::Null) => complain(
                "Missing required argument",
                format!(
                    "The argument {name:?} is required, but no value was given, or null. Give it a value."
                ),
            ),
            (Presence::Computed, Value::Known(_) | Value::Unknown) => complain(
                "Read-only attribute is set",
                format!(
                    "The provider decides the value of {name:?}: it cannot be configured. Remove it from the configuration."
                ),
            ),
            _ => {}
        }
        if attribute.write_only && self.write_only == WriteOnly::Refused && !value.is_null() {
            complain(
                "Write-only argument cannot be used",
                format!(
                    "The value of {name:?} would end up in plan and state: this version of Terraform or OpenTofu has no \
                     write-only arguments. Use Terraform 1.11, OpenTofu 1.11 or newer, or leave the argument out."
                ),
            );
        }
        for (steps, detail) in nulls::faults(attribute, value) {
            let fault = Diagnostic::error(format!("Null element in {name}"), detail);
            self.report.push(fault.at_path(node.path_to(steps)));
        }
        for (step, detail) in faults(attribute, value) {
            let fault = Diagnostic::error(format!("Invalid value for {name}"), detail);
            self.report.push(fault.at_path(node.path_to(step)));
        }
        Action::Descend
    }
}

/// What the author's rules find wrong with a value, or with an element of it, to which the step leads. An element of a set has no step.
pub(crate) fn faults(attribute: &AttributeSchema, value: &Value) -> Vec<(Option<Step>, String)> {
    let Value::Known(data) = value else { return Vec::new() };
    let is_set = matches!(attribute.shape.value_type(), Type::Set(_));
    let step_to = |position| match data {
        Data::Sequence(_) if !is_set => i64::try_from(position).ok().map(Step::Index),
        // The rules do not receive the keys whose value is null.
        Data::Mapping(members) => {
            let mut known = members.iter().filter(|(_, value)| !value.is_null());
            known.nth(position).map(|(key, _)| Step::Key(key.clone()))
        }
        _ => None,
    };
    let rules = attribute.validators.iter().filter(|_| value.is_wholly_known());
    let of_whole = rules.filter_map(|rule| Some((None, rule(value).err()?)));
    let of_elements = attribute.element_validators.iter().flat_map(|rule| rule(value));
    let all = of_whole.chain(of_elements.map(|(position, detail)| (step_to(position), detail)));
    all.map(|(step, detail)| (step, without_long_texts(detail, value))).collect()
}

/// A rule's message that repeats a text of the value: a long one is shown by its beginning, since Terraform shows it beside the message.
fn without_long_texts(detail: String, value: &Value) -> String {
    const LONGEST: usize = 60;
    let shown = |detail: String, text: &str| {
        let Some((end, _)) = text.char_indices().nth(LONGEST) else { return detail };
        let beginning = text.get(..end).unwrap_or_default();
        let quoted = detail.replace(&format!("{text:?}"), &format!("{beginning:?}…"));
        quoted.replace(text, &format!("{beginning}…"))
    };
    match value {
        Value::Known(Data::String(text)) => shown(detail, text),
        Value::Known(Data::Sequence(elements)) => elements.iter().fold(detail, without_long_texts),
        Value::Known(Data::Mapping(members)) => members
            .iter()
            .fold(detail, |detail, (key, member)| without_long_texts(shown(detail, key), member)),
        _ => detail,
    }
}
