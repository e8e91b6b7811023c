//! What every call has: a request id, a span in the log, and an answer even when the code behind it panics.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use tfplugin_proto::tfplugin6;
use tonic::Response;
use tracing::Instrument;

use super::wire;
use crate::{
    diagnostics::Error,
    engine::operation::{Call, caught},
};

/// A response that can say why it says nothing else.
pub(super) trait Refusable {
    fn refusal(error: Error) -> Self;
}

/// Runs a call. Its start and end are logged, without values: they may be secret.
pub(super) async fn answer<T, F>(
    rpc: &'static str,
    type_name: String,
    work: impl FnOnce(Call) -> F,
) -> Response<T>
where
    T: Refusable,
    F: Future<Output = Result<T, Error>>,
{
    let call = Call { rpc, type_name, request_id: next_request_id() };
    let span = tracing::debug_span!(
        target: "tfplugin::rpc",
        "rpc",
        tf_rpc = rpc,
        tf_resource_type = call.type_name,
        tf_req_id = call.request_id
    );
    let work = async {
        tracing::debug!(target: "tfplugin::rpc", "call begins");
        let begun = Instant::now();
        let outcome = caught(&call, async { work(call.clone()).await }).await;
        let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(target: "tfplugin::rpc", milliseconds, refused = outcome.is_err(), "call ends");
        outcome
    };
    Response::new(work.instrument(span).await.unwrap_or_else(T::refusal))
}

/// Unique in the logs of one run of the host, whose provider processes differ in their ids.
fn next_request_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{:x}-{:x}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

macro_rules! refusable {
    ($($module:ident),* $(,)?) => {
        $(
            // Some responses hold nothing but messages.
            #[allow(clippy::needless_update)]
            impl Refusable for tfplugin6::$module::Response {
                fn refusal(error: Error) -> Self {
                    Self { diagnostics: wire::diagnostics(error.into_messages()), ..Self::default() }
                }
            }
        )*
    };
}

refusable!(
    get_metadata,
    get_provider_schema,
    get_resource_identity_schemas,
    validate_provider_config,
    configure_provider,
    validate_resource_config,
    read_resource,
    plan_resource_change,
    apply_resource_change,
    import_resource_state,
    upgrade_resource_state,
    move_resource_state,
    validate_data_resource_config,
    read_data_source,
    get_functions,
);

impl Refusable for tfplugin6::stop_provider::Response {
    fn refusal(error: Error) -> Self {
        Self { error: text_of(&error) }
    }
}

impl Refusable for tfplugin6::call_function::Response {
    fn refusal(error: Error) -> Self {
        Self {
            result: None,
            error: Some(tfplugin6::FunctionError { text: text_of(&error), function_argument: None }),
        }
    }
}

fn text_of(error: &Error) -> String {
    let messages = error.messages().iter().map(|message| format!("{}: {}", message.summary, message.detail));
    messages.collect::<Vec<_>>().join("\n")
}
