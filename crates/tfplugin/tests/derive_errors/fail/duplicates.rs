use tfplugin::Schema;

/// Described.
#[derive(Clone, Debug, Schema)]
#[schema(name = "example_thing")]
struct Thing {
    /// Twice.
    #[schema(optional)]
    twice: Option<String>,
    /// Twice.
    #[schema(optional, name = "twice")]
    again: Option<String>,
}

fn main() {}
