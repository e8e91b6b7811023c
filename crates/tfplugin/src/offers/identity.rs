//! The identity of a resource: its attributes as the resource's schema has them.

use crate::{
    identity::{IdentitySchema, UpgradeIdentity},
    schema::{AttributeSchema, Block, Presence, Replace},
    value::Type,
};

/// The identity that a resource offers.
#[derive(Debug)]
pub(crate) struct OfferedIdentity {
    pub(crate) version: i64,
    pub(crate) attributes: Vec<IdentityAttribute>,
    pub(crate) upgrade: Option<UpgradeIdentity>,
    pub(crate) changeable: bool,
    pub(crate) value_type: Type,
    faults: Vec<String>,
}

/// One attribute of an identity.
#[derive(Debug)]
pub(crate) struct IdentityAttribute {
    pub(crate) name: &'static str,
    pub(crate) value_type: Type,
    /// Whether import needs it.
    pub(crate) required: bool,
    pub(crate) description: String,
}

impl OfferedIdentity {
    /// Of a resource with this schema.
    pub(super) fn of(schema: IdentitySchema, block: &Block) -> Self {
        let IdentitySchema { attributes: names, version, upgrade, changeable } = schema;
        let (mut attributes, mut faults) = (Vec::new(), Vec::new());
        if names.is_empty() {
            faults.push("its identity has no attributes".to_owned());
        }
        for (position, name) in names.iter().enumerate() {
            if names[..position].contains(name) {
                faults.push(format!("its identity has the attribute {name:?} twice"));
                continue;
            }
            let Some(attribute) = block.attributes.iter().find(|attribute| attribute.name == *name) else {
                faults
                    .push(format!("its identity has the attribute {name:?}, which its schema does not have"));
                continue;
            };
            faults.extend(fault(attribute, changeable).map(|fault| format!("its identity, {name}: {fault}")));
            attributes.push(IdentityAttribute {
                name: attribute.name,
                value_type: attribute.shape.value_type(),
                required: matches!(attribute.presence, Presence::Required | Presence::Computed),
                description: attribute.description.clone(),
            });
        }
        let types =
            attributes.iter().map(|attribute| (attribute.name.to_owned(), attribute.value_type.clone()));
        let value_type = Type::Object(types.collect());
        Self { version, attributes, upgrade, changeable, value_type, faults }
    }

    /// What Terraform would reject, or what would break a promise of identities.
    pub(super) fn faults(&self) -> &[String] {
        &self.faults
    }
}

/// What an attribute of an identity cannot be.
fn fault(attribute: &AttributeSchema, changeable: bool) -> Option<&'static str> {
    let is_fixed = attribute.presence == Presence::Computed || !matches!(attribute.replace, Replace::Never);
    if !is_identifying(&attribute.shape.value_type()) {
        Some("Terraform accepts a text, number, bool, or list of these in an identity")
    } else if attribute.sensitive || attribute.write_only {
        Some("an identity is shown to everyone, so it cannot be sensitive or write-only")
    } else if !is_fixed && !changeable {
        Some("a change of it does not replace the object, so the identity has to be `changeable`")
    } else {
        None
    }
}

fn is_identifying(value_type: &Type) -> bool {
    match value_type {
        Type::String | Type::Number | Type::Bool => true,
        Type::List(element) => matches!(**element, Type::String | Type::Number | Type::Bool),
        _ => false,
    }
}
