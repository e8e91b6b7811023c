//! The host's calls about ephemeral resources.

use std::time::SystemTime;

use tfplugin_proto::tfplugin6::{
    close_ephemeral_resource, open_ephemeral_resource, renew_ephemeral_resource,
    validate_ephemeral_resource_config,
};

use super::{
    Host, core_rules,
    host::RESPONSE,
    values::errors,
    wire::{decode, encode, from_wire},
};
use crate::{deferral::Deferral, diagnostics::Diagnostic, provider::Provider, schema::Schema, value::Value};

/// An ephemeral resource that was opened or renewed, or the errors of that.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// Its values, all known; null after an error.
    pub result: Value,
    /// Its private state, as the bytes that Terraform keeps in memory.
    pub private: Vec<u8>,
    /// When Terraform renews it; `None`: never.
    pub renew_at: Option<SystemTime>,
    /// Why a later run opens it, on a [host that defers](Host::with_deferral).
    pub deferred: Option<Deferral>,
    /// Errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
}

impl<P: Provider> Host<P> {
    /// Checks a configuration of an ephemeral resource.
    pub async fn validate_ephemeral<S: Schema>(&self, config: &Value) -> Vec<Diagnostic> {
        let request = validate_ephemeral_resource_config::Request {
            type_name: S::NAME.to_owned(),
            config: Some(encode::<S>(config)),
        };
        let response = self.client().validate_ephemeral_resource_config(request).await.expect(RESPONSE);
        from_wire(response.into_inner().diagnostics)
    }

    /// Opens an ephemeral resource. The configuration must be wholly known, as Terraform waits for that. The result is
    /// checked by core's rules unless it has errors.
    ///
    /// # Panics
    /// If core would reject the result, if something in it is unknown, or if its renewal is due already.
    pub async fn open<S: Schema>(&self, config: &Value) -> Opened {
        let request = open_ephemeral_resource::Request {
            type_name: S::NAME.to_owned(),
            config: Some(encode::<S>(config)),
            client_capabilities: Some(self.capabilities()),
        };
        let begun = SystemTime::now();
        let response = self.client().open_ephemeral_resource(request).await.expect(RESPONSE).into_inner();
        let opened = Opened {
            result: decode::<S>(response.result.as_ref()),
            private: response.private.unwrap_or_default(),
            renew_at: response.renew_at.map(|at| at.try_into().expect("a time")),
            deferred: self.deferral(response.deferred),
            diagnostics: from_wire(response.diagnostics),
        };
        if errors(&opened.diagnostics).is_empty() && opened.deferred.is_none() {
            assert!(opened.result.is_wholly_known(), "{opened:?}");
            let found = core_rules::plan_errors(&S::block(), &Value::Null, config, &opened.result);
            assert_eq!(found, [] as [String; 0], "for {config:?}");
            assert!(opened.renew_at.is_none_or(|at| at > begun), "a renewal is in the future: {opened:?}");
        }
        opened
    }

    /// Renews an open ephemeral resource, as Terraform does at the time that it returned. Returns the same values.
    ///
    /// # Panics
    /// If the next renewal is due already.
    pub async fn renew<S: Schema>(&self, opened: &Opened) -> Opened {
        let request = renew_ephemeral_resource::Request {
            type_name: S::NAME.to_owned(),
            private: Some(opened.private.clone()),
        };
        let begun = SystemTime::now();
        let response = self.client().renew_ephemeral_resource(request).await.expect(RESPONSE).into_inner();
        let renewed = Opened {
            result: opened.result.clone(),
            private: response.private.unwrap_or_default(),
            renew_at: response.renew_at.map(|at| at.try_into().expect("a time")),
            deferred: None,
            diagnostics: from_wire(response.diagnostics),
        };
        assert!(renewed.renew_at.is_none_or(|at| at > begun), "a renewal is in the future: {renewed:?}");
        renewed
    }

    /// Closes an ephemeral resource, and returns errors and warnings. Terraform passes what [`Host::open`] returned,
    /// OpenTofu what the last [`Host::renew`] did.
    pub async fn close<S: Schema>(&self, opened: &Opened) -> Vec<Diagnostic> {
        let request = close_ephemeral_resource::Request {
            type_name: S::NAME.to_owned(),
            private: Some(opened.private.clone()),
        };
        let response = self.client().close_ephemeral_resource(request).await.expect(RESPONSE);
        from_wire(response.into_inner().diagnostics)
    }
}
