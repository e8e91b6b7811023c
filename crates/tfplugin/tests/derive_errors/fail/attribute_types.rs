use tfplugin::Schema;

/// Described.
#[derive(Clone, Debug, Schema)]
struct Thing {
    /// Not a number type of Terraform.
    #[schema(required)]
    size: usize,
}

fn main() {}
