use tfplugin::{Schema, Value};

/// Described.
#[derive(Clone, Debug, Schema)]
struct Thing {
    /// Without presence.
    absent: Value<String>,
    /// Without presence.
    #[schema(sensitive)]
    absent_either: Value<String>,
    /// Contradictory.
    #[schema(required, optional)]
    required_and_optional: String,
    /// Contradictory.
    #[schema(required, computed)]
    required_and_computed: String,
}

fn main() {}
