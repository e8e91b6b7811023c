use tfplugin::Schema;

#[derive(Clone, Debug, Schema)]
#[schema(name = "example_thing")]
struct Thing {
    #[schema(optional)]
    undescribed: Option<String>,
}

fn main() {}
