//! Ephemeral resources.

use std::time::SystemTime;

use tfplugin::{Value, testing::core_rules::plan_errors};
use tfplugin_proto::tfplugin6::{
    close_ephemeral_resource, open_ephemeral_resource, renew_ephemeral_resource,
};

use crate::{
    Host, Messages, Type,
    host::{answered, read, value},
};

/// An ephemeral resource that is open.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// Its values.
    pub result: Value,
    /// What renews and closes it.
    pub private: Option<Vec<u8>>,
    /// When it is to be renewed.
    pub renew_at: Option<SystemTime>,
}

impl Host {
    /// Opens an ephemeral resource, whose configuration is wholly known.
    ///
    /// # Errors
    /// The errors of the provider.
    ///
    /// # Panics
    /// If Terraform or OpenTofu would refuse the result.
    pub async fn open(&self, of: &Type, config: &Value) -> Result<Opened, Messages> {
        let begun = SystemTime::now();
        let request = open_ephemeral_resource::Request {
            type_name: of.name.clone(),
            config: Some(value(of, config)),
            client_capabilities: Some(self.capabilities()),
        };
        let response = answered(self.client().open_ephemeral_resource(request).await);
        let messages = Messages::new(response.diagnostics, &of.block);
        if messages.failed() {
            return Err(messages);
        }
        let opened = Opened {
            result: read(response.result.as_ref(), of),
            private: response.private,
            renew_at: response.renew_at.map(|at| at.try_into().expect("a time")),
        };
        if response.deferred.is_some() {
            assert!(self.defers(), "the host does not defer");
            return Ok(opened);
        }
        assert!(!opened.result.is_null() && opened.result.is_wholly_known(), "{}: {opened:?}", of.name);
        let found = plan_errors(&of.block, &Value::Null, config, &opened.result);
        assert_eq!(found, [] as [String; 0], "{}", of.name);
        assert!(opened.renew_at.is_none_or(|at| at > begun), "{}: {opened:?}", of.name);
        Ok(opened)
    }

    /// Renews it.
    ///
    /// # Errors
    /// The errors of the provider.
    ///
    /// # Panics
    /// If the answer has no private state, which OpenTofu would take for an empty one, or the next renewal is due already.
    pub async fn renew(&self, of: &Type, opened: &Opened) -> Result<Opened, Messages> {
        let begun = SystemTime::now();
        let request =
            renew_ephemeral_resource::Request { type_name: of.name.clone(), private: opened.private.clone() };
        let response = answered(self.client().renew_ephemeral_resource(request).await);
        let messages = Messages::new(response.diagnostics, &of.block);
        if messages.failed() {
            return Err(messages);
        }
        let renew_at = response.renew_at.map(|at| at.try_into().expect("a time"));
        assert!(renew_at.is_none_or(|at: SystemTime| at > begun), "{}: {renew_at:?}", of.name);
        assert!(response.private.is_some() || opened.private.is_none(), "a renewal of {} loses it", of.name);
        Ok(Opened { result: opened.result.clone(), private: response.private, renew_at })
    }

    /// Closes it with the private state of an opening, as Terraform does, or of a renewal, as OpenTofu does.
    pub async fn close(&self, of: &Type, opened: &Opened) -> Messages {
        let request =
            close_ephemeral_resource::Request { type_name: of.name.clone(), private: opened.private.clone() };
        let response = answered(self.client().close_ephemeral_resource(request).await);
        Messages::new(response.diagnostics, &of.block)
    }
}
