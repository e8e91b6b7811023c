//! One field of a block: how its value is read, compared and sent; and the table that defines a block's struct and the names of
//! its fields.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize as _, Deserializer};
use serde_json::Value;

use super::{certificates::Ca, tolerant};

/// A struct of leaves. Implemented by the macro `block_struct`.
pub trait Leaves {
    /// The names of its leaves.
    type Leaf: Copy + fmt::Debug + PartialEq + Send + Sync + 'static;

    /// All leaves, in the order of the fields.
    const LEAVES: &'static [Self::Leaf];

    /// The value of one leaf.
    fn value(&self, leaf: Self::Leaf) -> LeafValue<'_>;

    /// The values of all leaves, in the order of [`Leaves::LEAVES`].
    fn values(&self) -> impl Iterator<Item = LeafValue<'_>> {
        Self::LEAVES.iter().map(|leaf| self.value(*leaf))
    }

    /// Whether nothing is set, which is the same as no block.
    fn is_empty(&self) -> bool {
        self.values().all(|value| value.is_unset())
    }
}

/// The value of one leaf.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LeafValue<'a> {
    /// Kept byte for byte; `""` is unset.
    Text(&'a str),
    /// Compared by the certificates' text.
    Certificates(&'a Ca),
    /// Names without the API's prefix.
    SigningAlgorithms(&'a BTreeSet<String>),
}

impl LeafValue<'_> {
    /// The API's zero value.
    pub fn is_unset(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Certificates(certificates) => certificates.is_empty(),
            Self::SigningAlgorithms(names) => names.is_empty(),
        }
    }

    pub(super) fn to_json(self) -> Value {
        match self {
            Self::Text(text) => Value::from(text),
            Self::Certificates(certificates) => Value::from(certificates.as_base64()),
            Self::SigningAlgorithms(names) => {
                names.iter().map(|name| format!("{SIGNING_ALGORITHM_PREFIX}{name}")).collect()
            }
        }
    }
}

/// A type that a leaf can have.
pub(super) trait LeafType: Sized {
    /// Reads it from the value that the API returns.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;

    /// Its value.
    fn value(&self) -> LeafValue<'_>;
}

impl LeafType for String {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        tolerant::text(deserializer)
    }

    fn value(&self) -> LeafValue<'_> {
        LeafValue::Text(self)
    }
}

impl LeafType for Ca {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        tolerant::text(deserializer).map(Self::from_base64)
    }

    fn value(&self) -> LeafValue<'_> {
        LeafValue::Certificates(self)
    }
}

/// Signing algorithms, by name and by number. The zero value means unset, as everywhere in protobuf.
impl LeafType for BTreeSet<String> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = tolerant::texts_of(&Value::deserialize(deserializer)?);
        let names = found.iter().map(|text| match text.as_str() {
            "0" => "UNSPECIFIED",
            "1" => "RS256",
            name => signing_algorithm(name),
        });
        Ok(names.filter(|name| *name != "UNSPECIFIED").map(str::to_owned).collect())
    }

    fn value(&self) -> LeafValue<'_> {
        LeafValue::SigningAlgorithms(self)
    }
}

/// Prefix of the API for names of algorithms.
const SIGNING_ALGORITHM_PREFIX: &str = "SIGNING_ALGORITHM_";

/// The algorithm's own name, from the API's spelling or any other: `SIGNING_ALGORITHM_RS256` is `RS256`.
pub(super) fn signing_algorithm(name: &str) -> &str {
    name.strip_prefix(SIGNING_ALGORITHM_PREFIX).unwrap_or(name)
}

/// The struct of a block, and the enum of its leaves, from one table: field, type, variant, and name in the API. A block that exists
/// several times has a type parameter that distinguishes them.
macro_rules! block_struct {
    (
        $(#[$block_attribute:meta])*
        pub struct $block:ident $(<$of:ident>)?, $leaf:ident {
            $(
                $(#[$attribute:meta])*
                $field:ident: $type:ty = $variant:ident $api:literal,
            )+
        }
    ) => {
        $(#[$block_attribute])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, ::serde::Deserialize)]
        #[serde(default)]
        pub struct $block $(<$of>)? {
            $(
                $(#[$attribute])*
                #[serde(rename = $api, deserialize_with = "crate::leaf::LeafType::read")]
                pub $field: $type,
            )+
            $(
                #[serde(skip)]
                of: ::std::marker::PhantomData<$of>,
            )?
        }

        #[doc = concat!("A leaf of [`", stringify!($block), "`].")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $leaf {
            $(
                $(#[$attribute])*
                $variant,
            )+
        }

        impl $leaf {
            /// Its name in the API's JSON.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $api,)+
                }
            }
        }

        impl $(<$of>)? $crate::leaf::Leaves for $block $(<$of>)? {
            type Leaf = $leaf;

            const LEAVES: &'static [$leaf] = &[$($leaf::$variant),+];

            fn value(&self, leaf: $leaf) -> $crate::leaf::LeafValue<'_> {
                match leaf {
                    $($leaf::$variant => $crate::leaf::LeafType::value(&self.$field),)+
                }
            }
        }
    };
}

pub(super) use block_struct;
