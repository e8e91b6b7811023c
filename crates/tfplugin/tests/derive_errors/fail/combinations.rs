use tfplugin::{Schema, Value};

fn anything(_: &str) -> Result<(), String> {
    Ok(())
}

fn always(_: &Value, _: &Value) -> bool {
    true
}

fn same(_: &String, _: &String) -> bool {
    true
}

/// Described.
#[derive(Clone, Debug, Schema)]
struct Thing {
    /// Never stored.
    #[schema(optional, computed, write_only)]
    stored: Value<String>,
    /// Null in the state.
    #[schema(required, write_only)]
    never_null: String,
    /// Not comparable.
    #[schema(optional, write_only, replace)]
    replaced_unseen: Option<String>,
    /// Not comparable.
    #[schema(optional, write_only, replace_if = always)]
    replaced_unseen_if: Option<String>,
    /// Not comparable.
    #[schema(optional, write_only, same = same)]
    spelled: Option<String>,
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
