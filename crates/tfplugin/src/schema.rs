//! What a provider, resource, data source or function looks like to its user: attributes, blocks, descriptions, rules.
//!
//! `#[derive(Schema)]` makes these from a struct; nothing needs to be written by hand.

mod validate;

use crate::value::{Type, Value, ValueError};

pub use validate::{Place, assert_name, assert_root_name, complaints};

/// A struct that is a Terraform object: a resource, a data source, a provider's configuration, the parameters of a function,
/// or an object nested in one of these. Implemented by `#[derive(Schema)]` only.
pub trait Schema: Sized + Clone + Send + Sync + 'static {
    /// The same attributes, each a [`Value`] that may be null or unknown: configuration and plans. The derive names it
    /// after the struct, with `Partial` behind it.
    type Partial: Clone + std::fmt::Debug + Default + PartialEq + Send + Sync + 'static;

    /// The Terraform name (`cks_cluster_oidc`); empty for nested objects and for a provider's configuration.
    const NAME: &'static str;

    /// The version of the stored state; a change of its shape raises it.
    const VERSION: i64;

    /// Attributes and blocks in the order of the fields.
    fn block() -> Block;

    /// The struct from a wholly known value.
    fn from_value(value: &Value) -> Result<Self, ValueError>;

    /// The value of the struct.
    fn to_value(&self) -> Value;

    /// The attributes of a value that may be unknown in part.
    fn partial_from_value(value: &Value) -> Result<Self::Partial, ValueError>;

    /// The value of such attributes.
    fn partial_to_value(partial: &Self::Partial) -> Value;
}

/// The content of an object: its attributes, and its blocks.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Attributes in the order of declaration.
    pub attributes: Vec<AttributeSchema>,
    /// Nested blocks in the order of declaration.
    pub blocks: Vec<NestedBlock>,
    /// Markdown, from the doc comment.
    pub description: String,
    /// Why not to use it any more, and what to use instead.
    pub deprecated: Option<&'static str>,
}

/// One attribute.
#[derive(Clone, Debug)]
pub struct AttributeSchema {
    /// The name in configuration.
    pub name: &'static str,
    /// A type, or an object of attributes with descriptions of their own.
    pub shape: Shape,
    /// Who gives the value.
    pub presence: Presence,
    /// Whether the value is hidden in output.
    pub sensitive: bool,
    /// Whether the value is never stored (managed resources only).
    pub write_only: bool,
    /// Whether, and when, a change needs a new object.
    pub replace: Replace,
    /// Why not to use it any more, and what to use instead.
    pub deprecated: Option<&'static str>,
    /// The value where configuration gives none. Only with [`Presence::OptionalComputed`].
    pub default: Option<fn() -> Value>,
    /// Rules for known values. Each is given the attribute's value and answers what is wrong with it and what to write
    /// instead.
    pub validators: Vec<Validator>,
    /// Whether two known values mean the same though they are spelt differently (`"60m"`, `"1h"`): then nothing changes, and
    /// the state keeps its spelling.
    pub same: Option<fn(&Value, &Value) -> bool>,
    /// Markdown, from the doc comment.
    pub description: String,
}

/// A rule for one known attribute value: `Err` says what is wrong and what to write instead.
pub type Validator = fn(&Value) -> Result<(), String>;

/// An attribute's form.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A type without descriptions inside.
    Type(Type),
    /// Nested attributes.
    Nested {
        /// One object, or a collection of objects.
        nesting: Nesting,
        /// The object's attributes.
        attributes: Vec<AttributeSchema>,
    },
}

/// How objects are nested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// One object.
    Single,
    /// Objects in order.
    List,
    /// Objects without order.
    Set,
    /// Objects by name.
    Map,
}

/// Who gives an attribute's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The configuration must.
    Required,
    /// The configuration may.
    Optional,
    /// The provider does.
    Computed,
    /// The configuration may, else the provider does.
    OptionalComputed,
}

/// Whether a change of an attribute needs a new object.
#[derive(Clone, Copy, Debug)]
pub enum Replace {
    /// It is changed in place.
    Never,
    /// It needs one, unless the prior value was null (as after an upgrade or import, where nothing really changes).
    Always,
    /// It needs one if the function says so, from the prior and the planned value.
    If(fn(prior: &Value, planned: &Value) -> bool),
}

/// A nested block.
#[derive(Clone, Debug)]
pub struct NestedBlock {
    /// The name in configuration.
    pub name: &'static str,
    /// One block, or several.
    pub nesting: Nesting,
    /// Its content.
    pub block: Block,
    /// The fewest blocks allowed.
    pub min_items: i64,
    /// The most blocks allowed; 0 is no limit.
    pub max_items: i64,
}

impl Block {
    /// The cty type of the object: every attribute and block by name.
    pub fn value_type(&self) -> Type {
        let attributes =
            self.attributes.iter().map(|attribute| (attribute.name.to_owned(), attribute.shape.value_type()));
        let blocks = self
            .blocks
            .iter()
            .map(|nested| (nested.name.to_owned(), nested.nesting.of(nested.block.value_type())));
        Type::Object(attributes.chain(blocks).collect())
    }

    /// The same with the attributes and blocks of another, for the derive.
    #[doc(hidden)]
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        self.attributes.extend(other.attributes);
        self.blocks.extend(other.blocks);
        self
    }
}

impl Shape {
    /// The cty type of the attribute.
    pub fn value_type(&self) -> Type {
        match self {
            Self::Type(value_type) => value_type.clone(),
            Self::Nested { nesting, attributes } => nesting.of(Type::Object(
                attributes
                    .iter()
                    .map(|attribute| (attribute.name.to_owned(), attribute.shape.value_type()))
                    .collect(),
            )),
        }
    }
}

impl Nesting {
    fn of(self, object: Type) -> Type {
        match self {
            Self::Single => object,
            Self::List => Type::List(Box::new(object)),
            Self::Set => Type::Set(Box::new(object)),
            Self::Map => Type::Map(Box::new(object)),
        }
    }
}

impl Presence {
    /// Whether the provider may give the value.
    pub fn is_computed(self) -> bool {
        matches!(self, Self::Computed | Self::OptionalComputed)
    }
}
