//! The Rust types that a nested block may have.

use std::collections::{BTreeMap, BTreeSet};

use super::Attribute;
use crate::{
    schema::{Block, NestedBlock, Nesting, Schema},
    value::Value,
};

/// A type that a field with `#[schema(block)]` can have.
///
/// In a configuration a block is `rule { … }`, and nested attributes are `rule = { … }`. Prefer nested
/// attributes: they can be null, computed, and built by expressions. Blocks are for `timeouts`, and for
/// configurations that already have them.
///
/// ```
/// use tfplugin::{Schema, Timeouts};
///
/// /// A firewall.
/// #[derive(Clone, Debug, Schema)]
/// #[schema(name = "shop_firewall")]
/// struct Firewall {
///     #[schema(block(min = 1, max = 10))]
///     rule: Vec<Rule>,
///     #[schema(block)]
///     timeouts: Option<Timeouts>,
/// }
///
/// /// One rule.
/// #[derive(Clone, Debug, Schema)]
/// struct Rule {
///     /// Port that the rule opens.
///     #[schema(required)]
///     port: i64,
/// }
/// ```
///
/// | Rust | blocks |
/// |---|---|
/// | a struct that derives `Schema` | exactly one |
/// | `Option` or [`Value`] of one | one or none |
/// | `Vec`, `BTreeSet` of one | any number, in order or without; `block(min = 1, max = 2)` bounds it |
/// | `BTreeMap<String, …>` of one | any number, each with a label |
///
/// Collections of blocks are never null, only empty, so there is no `Option` around them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a nested block",
    label = "a block is a struct that derives `Schema`, or an Option, Vec, BTreeSet or BTreeMap<String, …> of one"
)]
pub trait BlockContent: Attribute {
    /// Whether the type is one block or several, and in which collection.
    const NESTING: Nesting;
    /// Whether a single block is required.
    const IS_REQUIRED: bool = false;

    /// Attributes and blocks inside each block.
    fn block() -> Block;
}

impl<T: Schema + Attribute> BlockContent for T {
    const NESTING: Nesting = Nesting::Single;
    const IS_REQUIRED: bool = true;

    fn block() -> Block {
        <T as Schema>::block()
    }
}

impl<T: Schema + Attribute> BlockContent for Option<T> {
    const NESTING: Nesting = Nesting::Single;

    fn block() -> Block {
        T::block()
    }
}

impl<T: Schema + Attribute> BlockContent for Value<T> {
    const NESTING: Nesting = Nesting::Single;

    fn block() -> Block {
        T::block()
    }
}

impl<T: Schema + Attribute> BlockContent for Vec<T> {
    const NESTING: Nesting = Nesting::List;

    fn block() -> Block {
        T::block()
    }
}

impl<T: Schema + Attribute + Ord> BlockContent for BTreeSet<T> {
    const NESTING: Nesting = Nesting::Set;

    fn block() -> Block {
        T::block()
    }
}

impl<T: Schema + Attribute> BlockContent for BTreeMap<String, T> {
    const NESTING: Nesting = Nesting::Map;

    fn block() -> Block {
        T::block()
    }
}

impl NestedBlock {
    /// A block of this type, for the derive. The type decides whether a single block is required; the numbers
    /// are for collections.
    #[doc(hidden)]
    pub fn of<T: BlockContent>(name: &'static str, min_items: i64, max_items: i64) -> Self {
        let (min_items, max_items) = if T::IS_REQUIRED { (1, 1) } else { (min_items, max_items) };
        Self { name, nesting: T::NESTING, block: T::block(), min_items, max_items }
    }
}
