use tfplugin::{Schema, Value};

fn anything(_: &str) -> Result<(), String> {
    Ok(())
}

fn always(_: &Value, _: &Value) -> bool {
    true
}

/// Described.
#[derive(Clone, Debug, Schema)]
struct Thing {
    /// Never stored.
    #[schema(optional, computed, write_only)]
    stored: Value<String>,
    /// Default without computed.
    #[schema(optional, default = "x")]
    default: Option<String>,
    /// Not configurable.
    #[schema(computed, replace)]
    replaced: Value<String>,
    /// Not configurable.
    #[schema(computed, replace_if = always)]
    replaced_if: Value<String>,
    /// Contradictory.
    #[schema(optional, replace, replace_if = always)]
    both: Option<String>,
    /// Not configurable.
    #[schema(computed, validate(anything))]
    validated: Value<String>,
}

fn main() {}
