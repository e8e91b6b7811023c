//! A resource with a write-only value that is required.

use secrecy::{ExposeSecret as _, SecretString};
use tfplugin::{Context, Error, Resource, Schema, Value};

use super::provider::Backend;

/// Has a secret that is required and not stored.
#[derive(Clone, Debug, Schema)]
#[schema(name = "test_sealed")]
pub(crate) struct Sealed {
    /// The secret.
    #[schema(required, write_only)]
    secret: Option<SecretString>,
    /// Version of the secret.
    #[schema(required)]
    version: i64,
    /// Length of the secret of this version.
    #[schema(computed)]
    length: Value<i64>,
}

impl Resource for Sealed {
    type Provider = Backend;

    async fn create(self, _: &Context<Backend>) -> Result<Self, Error> {
        let length = self.secret.as_ref().map(|secret| secret.expose_secret().len());
        let length = length.and_then(|length| i64::try_from(length).ok());
        Ok(Self { length: length.into(), ..self })
    }

    async fn read(self, _: &Context<Backend>) -> Result<Option<Self>, Error> {
        assert!(self.secret.is_none(), "no state has it");
        Ok(Some(self))
    }

    async fn update(self, prior: Self, context: &Context<Backend>) -> Result<Self, Error> {
        assert!(prior.secret.is_none(), "no state has it");
        self.create(context).await
    }

    async fn delete(self, _: &Context<Backend>) -> Result<(), Error> {
        assert!(self.secret.is_none(), "no state has it");
        Ok(())
    }
}
