//! The host for the provider of these tests.

use tfplugin::{Value, testing};
use tfplugin_proto::tfplugin6;

use super::provider::TestProvider;

pub(crate) use tfplugin::testing::{Applied, Client, Stored, errors, object, warnings, with};

pub(crate) type Host = testing::Host<TestProvider>;

/// The provider with its default configuration.
pub(crate) async fn configured() -> Host {
    Host::configured(&region(Value::Null)).await
}

/// A configuration of the provider.
pub(crate) fn region(region: Value) -> Value {
    Value::mapping([("region", region)])
}

/// The errors of a response, as [`errors`] shows them.
pub(crate) fn errors_of(diagnostics: Vec<tfplugin6::Diagnostic>) -> Vec<String> {
    errors(&testing::from_wire(diagnostics))
}
