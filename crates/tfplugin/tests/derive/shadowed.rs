//! The generated code needs no imports, and compiles with names that shadow those of the prelude.

mod inside {
    #[derive(Clone, Debug)]
    pub(crate) struct String;
    pub(crate) type Result = ();
    pub(crate) type Option = ();

    /// Described.
    #[derive(Clone, Debug, tfplugin::Schema)]
    pub(crate) struct Shadowed {
        /// Described.
        #[schema(required)]
        pub(crate) name: std::string::String,
    }
}

#[test]
fn names_in_scope_do_not_matter() {
    let _: (inside::Result, inside::Option, inside::String) = ((), (), inside::String);
    let shadowed = inside::Shadowed { name: "x".into() };
    assert_eq!(
        tfplugin::Schema::to_value(&shadowed),
        tfplugin::Value::mapping([("name", tfplugin::Value::string("x"))])
    );
}
