use tfplugin::{Schema, Value};

/// Described.
#[derive(Clone, Debug, Schema)]
enum Either {
    One,
    Other,
}

/// Described.
#[derive(Clone, Debug, Schema)]
struct Pair(String, Value<String>);

/// Described.
#[derive(Clone, Debug, Schema)]
struct Generic<T> {
    /// Described.
    #[schema(required)]
    inner: T,
}

fn main() {}
