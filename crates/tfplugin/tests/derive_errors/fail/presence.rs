use tfplugin::{Schema, Value};

/// Described.
#[derive(Clone, Debug, Schema)]
struct Thing {
    /// Nobody gives it.
    nobody: Value<String>,
    /// Nobody gives it either.
    #[schema(sensitive)]
    nobody_either: Value<String>,
    /// Two answers.
    #[schema(required, optional)]
    required_and_optional: String,
    /// Two answers.
    #[schema(required, computed)]
    required_and_computed: String,
}

fn main() {}
