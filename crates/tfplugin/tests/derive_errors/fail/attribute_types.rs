use tfplugin::Schema;

/// Described.
#[derive(Clone, Debug, Schema)]
struct Thing {
    /// No number of Terraform's.
    #[schema(required)]
    size: usize,
}

fn main() {}
