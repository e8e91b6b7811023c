use tfplugin::{Schema, Value};

const USUAL_SIZE: i64 = 5;

fn of_numbers(one: &i64, other: &i64) -> bool {
    one == other
}

fn of_text(one: &str, other: &str) -> bool {
    one == other
}

/// Described.
#[derive(Clone, Debug, Schema)]
struct Thing {
    /// Misspelt.
    #[schema(optional, computed, default = USUAL_SIEZ)]
    size: i64,
    /// Compared as something else.
    #[schema(optional, same = of_numbers)]
    name: Option<String>,
    /// Decided by something else than the two values.
    #[schema(optional, replace_if = of_text)]
    zone: Option<String>,
    /// Unknown at first.
    #[schema(computed)]
    id: Value<String>,
}

fn main() {}
