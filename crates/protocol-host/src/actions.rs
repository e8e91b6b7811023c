//! Actions.

use tfplugin::Value;
use tfplugin_proto::tfplugin6::{deferred, invoke_action, invoke_action::event::Type as Event, plan_action};
use tokio_stream::StreamExt as _;

use crate::{
    Host, Messages, Type,
    host::{answered, value},
};

/// An action that has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Invoked {
    /// Its messages of progress.
    pub progress: Vec<String>,
    /// Errors and warnings of its end.
    pub messages: Messages,
}

impl Host {
    /// Plans an action.
    ///
    /// # Panics
    /// If it defers for a reason that no action has, or where the host does not.
    pub async fn plan_action(&self, of: &Type, config: &Value) -> Messages {
        let request = plan_action::Request {
            action_type: of.name.clone(),
            config: Some(value(of, config)),
            client_capabilities: Some(self.capabilities()),
        };
        let response = answered(self.client().plan_action(request).await);
        if let Some(deferred) = response.deferred {
            assert!(self.defers(), "the host does not defer");
            assert_eq!(deferred.reason(), deferred::Reason::ProviderConfigUnknown);
        }
        Messages::new(response.diagnostics, &of.block)
    }

    /// Runs an action, whose configuration is wholly known.
    ///
    /// # Panics
    /// If an event is empty, which crashes core; if the stream does not end with exactly one completion, which core would take for
    /// success.
    pub async fn invoke(&self, of: &Type, config: &Value) -> Invoked {
        let request = invoke_action::Request {
            action_type: of.name.clone(),
            config: Some(value(of, config)),
            client_capabilities: Some(self.capabilities()),
        };
        let mut events = answered(self.client().invoke_action(request).await);
        let (mut progress, mut end) = (Vec::new(), None);
        while let Some(event) = events.next().await {
            let event = event.unwrap_or_else(|status| panic!("a status in place of an event: {status}"));
            assert!(end.is_none(), "{} goes on after its end", of.name);
            match event.r#type.expect("core crashes on an empty event") {
                Event::Progress(it) => progress.push(it.message),
                Event::Completed(it) => end = Some(Messages::new(it.diagnostics, &of.block)),
            }
        }
        let messages = end.unwrap_or_else(|| panic!("{} ends without completion", of.name));
        Invoked { progress, messages }
    }
}
