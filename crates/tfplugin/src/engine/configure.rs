//! The provider's own configuration: checked, and made into the clients of its resources.

use super::{
    instance::Instance,
    operation::{RpcCall, caught},
    validate,
};
use crate::{
    decode,
    diagnostics::{Diagnostics, Error},
    offers::{Offers, offer_fault},
    provider::{Configuration, Provider},
    schema,
    value::Value,
};

/// Checks that Terraform accepts everything that the provider offers, and the provider's own schema.
pub(crate) fn check_offers<P: Provider>(offers: &Offers<P::Data>) -> Result<(), Error> {
    let mut messages: Vec<_> = offers.check().err().map(Error::into_messages).unwrap_or_default();
    let complaints = schema::complaints(&P::block(), schema::Place::Provider).into_iter();
    messages.extend(
        complaints.map(|complaint| offer_fault(&format!("the provider's configuration, {complaint}"))),
    );
    Error::all(messages).map_or(Ok(()), Err)
}

/// Checks a configuration, unknown in parts or not.
pub(crate) fn validate<P: Provider>(config: &Value) -> Diagnostics {
    validate::check(&P::block(), config, validate::WriteOnly::Allowed, |config, report| {
        P::validate(&decode::partial::<P>(config)?, report);
        Ok(())
    })
}

/// Configures the provider. The last configuration holds, a failed one too: nothing then works with an older one.
pub(crate) async fn configure<P: Provider>(
    instance: &Instance<P>,
    config: &Value,
    terraform_version: String,
    call: &RpcCall,
) -> Result<(), Error> {
    instance.set_host_version(&terraform_version);
    let outcome = match decode::partial::<P>(config) {
        Ok(config) => caught(call, P::configure(config, Configuration { terraform_version })).await,
        Err(error) => Err(error),
    };
    // A configuration that is unknown in parts fails only the calls that need it.
    let response = match &outcome {
        Err(error) if !error.needs_unknown_value() => Err(error.clone()),
        _ => Ok(()),
    };
    instance.set_configured(outcome);
    response
}
