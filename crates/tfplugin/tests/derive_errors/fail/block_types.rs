use tfplugin::{Schema, Value};

/// Described.
#[derive(Clone, Debug, Schema)]
struct Inner {
    /// Described.
    #[schema(optional)]
    name: Option<Value<String>>,
}

/// Described.
#[derive(Clone, Debug, Schema)]
struct Thing {
    #[schema(block)]
    text: String,
    #[schema(block)]
    optional_list: Option<Vec<Inner>>,
}

fn main() {}
