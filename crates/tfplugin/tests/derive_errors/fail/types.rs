use tfplugin::{Schema, Value};

/// Described.
#[derive(Clone, Debug, Schema)]
#[schema(name = "example_thing")]
struct Thing {
    /// Never null.
    #[schema(required)]
    required: Option<String>,
    /// May be null.
    #[schema(optional)]
    optional: String,
    /// May be unknown.
    #[schema(optional, computed)]
    optional_computed: String,
    /// Is unknown at first.
    #[schema(computed)]
    computed: Value<String>,
    /// Is unknown at first.
    #[schema(computed)]
    computed_wrongly: Vec<String>,
}

fn main() {}
