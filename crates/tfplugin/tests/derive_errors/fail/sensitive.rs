//! What `Debug` would show.

use std::collections::BTreeMap;

use tfplugin::{Schema, Value};

/// A login.
#[derive(Clone, Debug, Schema)]
#[schema(name = "shop_login")]
struct Login {
    /// Password.
    #[schema(required, sensitive)]
    password: String,
    /// Variables.
    #[schema(optional, sensitive)]
    variables: Option<BTreeMap<String, String>>,
    /// Key.
    #[schema(computed, sensitive)]
    key: Value<String>,
}

fn main() {}
