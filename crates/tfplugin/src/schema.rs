//! The schema of a provider, resource, data source, or function: attributes, blocks, descriptions, and rules.
//!
//! `#[derive(Schema)]` builds it from a struct. The [derive's page](macro@crate::Schema) describes each option
//! of a field; this module has the data that comes out, for tests and tools. It is what Terraform requests
//! first (`GetProviderSchema`), and what `terraform providers schema -json` and the documentation show.
//!
//! ```
//! use tfplugin::{Schema, Value, schema::Presence};
//!
//! /// Stores objects.
//! ///
//! /// The second paragraph of a doc comment is part of the description too.
//! #[derive(Clone, Debug, Schema)]
//! #[schema(name = "shop_bucket")]
//! struct Bucket {
//!     /// Name of the bucket.
//!     #[schema(required, replace)]
//!     name: String,
//!     /// URL of the bucket.
//!     #[schema(computed)]
//!     url: Value<String>,
//! }
//!
//! assert_eq!(Bucket::NAME, "shop_bucket");
//! let block = Bucket::block();
//! assert_eq!(block.attributes[0].description, "Name of the bucket.");
//! assert_eq!(block.attributes[1].presence, Presence::Computed);
//!
//! // The derive also makes `BucketPartial`, with the same attributes as values.
//! let planned = BucketPartial { name: Value::Known("logs".to_owned()), url: Value::Unknown };
//! assert_eq!(Bucket::partial_to_value(&planned).member("name"), &Value::string("logs"));
//! ```

mod validate;

use crate::value::{Type, Value, ValueError};

pub use validate::{Place, assert_name, assert_root_name, complaints};

/// A struct that is a Terraform object: a resource, a data source, a provider's configuration, the parameters of a function,
/// or an object nested in one of these. Implemented by `#[derive(Schema)]` only.
pub trait Schema: Sized + Clone + Send + Sync + 'static {
    /// The same attributes, each a [`Value`] that may be null or unknown, for configurations and plans. Its name
    /// is the struct's with `Partial` at the end, and its visibility the struct's. It implements `Default`
    /// (all null), so a test can write `BucketPartial { name: …, ..Default::default() }`.
    type Partial: Clone + std::fmt::Debug + Default + PartialEq + Send + Sync + 'static;

    /// The Terraform name, such as `cks_cluster_oidc`; empty for nested objects and for a provider's
    /// configuration.
    const NAME: &'static str;

    /// The version of the schema, which Terraform stores with each object. Default 0. See
    /// [`crate::capabilities`] for when to raise it.
    const VERSION: i64;

    /// Attributes and blocks in the order of the fields, flattened ones last.
    fn block() -> Block;

    /// The struct from the value of an object. A member that the object lacks is null.
    ///
    /// # Errors
    /// For a value that a field cannot have: null or unknown without `Option` or `Value`, or another kind.
    fn from_value(value: &Value) -> Result<Self, ValueError>;

    /// The value of the struct.
    fn to_value(&self) -> Value;

    /// The attributes of a value that may be unknown in part.
    ///
    /// # Errors
    /// For a known value of another kind than the field's.
    fn partial_from_value(value: &Value) -> Result<Self::Partial, ValueError>;

    /// The value of such attributes.
    fn partial_to_value(partial: &Self::Partial) -> Value;
}

/// The content of an object: its attributes and its blocks.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Attributes in the order of declaration.
    pub attributes: Vec<AttributeSchema>,
    /// Nested blocks in the order of declaration.
    pub blocks: Vec<NestedBlock>,
    /// Markdown, from the doc comment.
    pub description: String,
    /// Why not to use it any more, and what to use instead. Terraform warns on each use.
    pub deprecated: Option<&'static str>,
}

/// One attribute. Each field has its option in the [derive](macro@crate::Schema).
#[derive(Clone, Debug)]
pub struct AttributeSchema {
    /// The name in configuration.
    pub name: &'static str,
    /// A type, or an object of attributes with descriptions of their own.
    pub shape: Shape,
    /// Who sets the value.
    pub presence: Presence,
    /// Whether the value is hidden in output. It is stored in the state all the same.
    pub sensitive: bool,
    /// Whether the value is stored neither in plan nor in state (managed resources; Terraform 1.11 and
    /// OpenTofu 1.11 and newer). It is in the configuration, and in what `create` and `update` receive.
    pub write_only: bool,
    /// Whether, and when, a change needs a new object.
    pub replace: Replace,
    /// Why not to use it any more, and what to use instead. Terraform warns if the attribute is set.
    pub deprecated: Option<&'static str>,
    /// The value if the configuration has none. Only with [`Presence::OptionalComputed`].
    pub default: Option<fn() -> Value>,
    /// Rules for the value, checked in order. They run only if the value is neither null nor unknown, and
    /// nothing inside is unknown.
    pub validators: Vec<Validator>,
    /// Rules for each element of a collection. They run for the elements that are neither null nor unknown.
    pub element_validators: Vec<ElementValidator>,
    /// Whether two known values mean the same in different spellings (`"60m"`, `"1h"`). If so, the plan has no
    /// change, and the state keeps its spelling in plan, refresh, and apply.
    pub same: Option<fn(&Value, &Value) -> bool>,
    /// Markdown, from the doc comment.
    pub description: String,
}

/// A rule for one known attribute value. `Err` has what is wrong, and what to write instead; Terraform shows it
/// at the attribute, with the title "Invalid value for NAME".
pub type Validator = fn(&Value) -> Result<(), String>;

/// A rule for the elements of a collection: what is wrong with them, each with its position. The elements of a map
/// are in the order of their keys.
pub type ElementValidator = fn(&Value) -> Vec<(usize, String)>;

/// Form of an attribute.
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

/// How objects are nested: in an attribute, or as blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// One object.
    Single,
    /// Objects in order.
    List,
    /// Objects without order.
    Set,
    /// Objects by key; for blocks, by label.
    Map,
}

/// Who sets the value of an attribute: `required`, `optional`, and `computed` in the derive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The configuration; leaving it out, or null, is an error.
    Required,
    /// The configuration, or nobody: then it is null, and stays null after the apply.
    Optional,
    /// The provider. Setting it in the configuration is an error. Unknown in a plan that changes the object,
    /// unless [`Resource::plan`](crate::Resource::plan) sets it.
    Computed,
    /// The configuration; if it has no value, the provider or the default.
    OptionalComputed,
}

/// Whether a change of an attribute needs a new object.
#[derive(Clone, Copy, Debug)]
pub enum Replace {
    /// No: it is changed in place.
    Never,
    /// Yes, unless the prior value is null, as for an attribute that is new in the schema.
    ///
    /// A planned value that is unknown may turn out to be the prior one, so it plans an update in place. If the apply finds
    /// another value, it creates the new object first and then deletes the prior one (Terraform 1.16 and newer), or the host
    /// reports an inconsistent plan, and the next apply replaces.
    Always,
    /// If the function returns `true` for the prior and the planned value, which differ. Each may be null; the
    /// planned one may be unknown, with the consequences of [`Always`](Replace::Always).
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
    /// Smallest number of blocks. 0 for a map; 0 or 1 for a single block.
    pub min_items: i64,
    /// Largest number of blocks; 0 means no limit.
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
    /// Whether the provider may set the value.
    pub fn is_computed(self) -> bool {
        matches!(self, Self::Computed | Self::OptionalComputed)
    }
}
