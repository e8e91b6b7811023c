use tfplugin::Schema;

fn anything(_: &InnerPartial) -> Result<(), String> {
    Ok(())
}

/// Described.
#[derive(Clone, Debug, Schema)]
struct Inner {
    /// Described.
    #[schema(optional)]
    name: Option<String>,
}

/// Described.
#[derive(Clone, Debug, Schema)]
struct Thing {
    #[schema(block, required)]
    present: Inner,
    #[schema(block, sensitive, write_only)]
    sensitive: Inner,
    #[schema(block, deprecated = "gone")]
    deprecated: Inner,
    #[schema(block, validate(anything))]
    validated: Inner,
    #[schema(block(min = 1))]
    counted: Option<Inner>,
}

fn main() {}
