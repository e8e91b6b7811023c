use tfplugin::Schema;

/// Described.
#[derive(Clone, Debug, Schema)]
#[schema(nmae = "example_thing")]
struct Misnamed;

/// Described.
#[derive(Clone, Debug, Schema)]
struct Thing {
    /// Misspelt.
    #[schema(optionl)]
    name: Option<String>,
}

/// Described.
#[derive(Clone, Debug, Schema)]
struct Other {
    /// No text.
    #[schema(optional, deprecated)]
    name: Option<String>,
}

/// Described.
#[derive(Clone, Debug, Schema)]
struct Last {
    #[schema(block(least = 1))]
    misspelt: Vec<Other>,
}

/// Described.
#[derive(Clone, Debug, Schema)]
struct Flat {
    #[schema(flatten, optional)]
    other: Other,
}

fn main() {}
