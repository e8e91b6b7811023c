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
    /// Never there.
    #[schema(optional, default = "x")]
    default: Option<String>,
    /// Nobody changes it.
    #[schema(computed, replace)]
    replaced: Value<String>,
    /// Nobody changes it.
    #[schema(computed, replace_if = always)]
    replaced_if: Value<String>,
    /// Two answers.
    #[schema(optional, replace, replace_if = always)]
    both: Option<String>,
    /// Nobody writes it.
    #[schema(computed, validate(anything))]
    validated: Value<String>,
}

fn main() {}
