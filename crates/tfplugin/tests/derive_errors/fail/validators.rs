use tfplugin::Schema;

fn of_text(_: &str) -> Result<(), String> {
    Ok(())
}

/// Described.
#[derive(Clone, Debug, Schema)]
struct Thing {
    /// Not text.
    #[schema(required, validate(of_text))]
    size: i64,
    /// No elements.
    #[schema(optional, validate_each(of_text))]
    name: Option<String>,
}

fn main() {}
