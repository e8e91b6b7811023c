use tfplugin::Schema;

/// Described.
#[derive(Clone, Debug, Schema)]
#[schema(name = "Example-Thing")]
struct Thing {
    /// Reserved.
    #[schema(optional)]
    count: Option<i64>,
    /// Reserved.
    #[schema(optional, name = "for_each")]
    each: Option<String>,
    /// No name.
    #[schema(optional, name = "what-is-this")]
    what: Option<String>,
}

fn main() {}
