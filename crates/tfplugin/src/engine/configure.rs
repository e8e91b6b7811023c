//! The provider's own configuration: checked, and made into what its resources work with.

use super::{
    catalog::Catalog,
    erased,
    operation::{Call, caught},
    session::Session,
    validate,
};
use crate::{
    diagnostics::{Diagnostics, Error},
    provider::{Configuration, Provider, broken_offer},
    schema,
    value::Value,
};

/// Whether what the provider offers, and its own schema, are fit to be shown to Terraform.
pub(crate) fn check_offers<P: Provider>(catalog: &Catalog<P::Data>) -> Result<(), Error> {
    let mut messages: Vec<_> = catalog.complaint.iter().flat_map(Error::messages).cloned().collect();
    let complaints = schema::complaints(&P::block(), schema::Place::Provider).into_iter();
    messages.extend(
        complaints.map(|complaint| broken_offer(&format!("the provider's configuration, {complaint}"))),
    );
    Error::all(messages).map_or(Ok(()), Err)
}

/// Checks a configuration, unknown in parts or not.
pub(crate) fn validate<P: Provider>(config: &Value) -> Diagnostics {
    validate::check(&P::block(), config, validate::WriteOnly::Allowed, |config, report| {
        P::validate(&erased::partial::<P>(config)?, report);
        Ok(())
    })
}

/// Configures the provider. The last configuration holds, a failed one too: nothing then works with an older one.
pub(crate) async fn configure<P: Provider>(
    session: &Session<P>,
    config: &Value,
    terraform_version: String,
    call: &Call,
) -> Result<(), Error> {
    let outcome = match erased::partial::<P>(config) {
        Ok(config) => caught(call, P::configure(config, Configuration { terraform_version })).await,
        Err(error) => Err(error),
    };
    // A configuration that is not known yet is no failure: it is told to whoever needs it.
    let answer = match &outcome {
        Err(error) if !error.is_unknown_configuration() => Err(error.clone()),
        _ => Ok(()),
    };
    session.set_configured(outcome);
    answer
}
