//! What the end of the process closes, which no host calls.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use tfplugin_proto::tfplugin6::{configure_provider, provider_server::Provider as _};
use tokio::sync::Notify;
use tonic::Request;

use super::*;
use crate::{
    Context, EphemeralResource, Offers, Opened, Schema, Service, Value,
    process::{Ending, Process},
    provider::Configuration,
    testing::{encode, object},
};

/// A provider.
#[derive(Clone, Debug, Schema)]
struct Doors {}

/// The doors that are open, and where `slow` waits.
#[derive(Debug, Default)]
struct State {
    open: Mutex<BTreeSet<String>>,
    begun: Notify,
    gate: Notify,
    attempts: AtomicU64,
}

static STATE: std::sync::LazyLock<Arc<State>> = std::sync::LazyLock::new(Arc::default);

impl Provider for Doors {
    type Data = Arc<State>;

    async fn configure(_: DoorsPartial, _: Configuration) -> Result<Arc<State>, Error> {
        Ok(Arc::clone(&STATE))
    }

    fn offers() -> Offers<Arc<State>> {
        Offers::new().ephemeral_resource::<Door>()
    }
}

/// A door.
#[derive(Clone, Debug, Schema)]
#[schema(name = "test_door")]
struct Door {
    /// Its name.
    #[schema(required)]
    name: String,
    /// Where it leads.
    #[schema(computed)]
    place: Value<String>,
}

impl EphemeralResource for Door {
    type Provider = Arc<State>;

    async fn open(self, context: &Context<Arc<State>>) -> Result<Opened<Self>, Error> {
        let state = context.provider();
        if self.name == "slow" {
            state.begun.notify_one();
            state.gate.notified().await;
        }
        state.open.lock().unwrap().insert(self.name.clone());
        context.set_private_state("name", &self.name);
        Ok(Self { place: Value::Null, ..self }.into())
    }

    async fn close(context: &Context<Arc<State>>) -> Result<(), Error> {
        assert!(!context.stopped().is_cancelled());
        let name = context.private_state::<String>("name").unwrap_or_default();
        if name == "stuck" && context.provider().attempts.fetch_add(1, Ordering::Relaxed) == 0 {
            return Err(Error::new("Door is stuck", "Pull again."));
        }
        assert!(context.provider().open.lock().unwrap().remove(&name), "{name} was open");
        Ok(())
    }
}

async fn configured(process: &Process) -> Arc<Service<Doors>> {
    let service = Service::new(process.clone());
    let config = Some(encode::<Doors>(&object::<Doors>(&serde_json::json!({}))));
    let request = configure_provider::Request { config, ..Default::default() };
    service.configure_provider(Request::new(request)).await.unwrap();
    Arc::new(service)
}

async fn open(service: &Service<Doors>, name: &str) -> open_ephemeral_resource::Response {
    let config = Some(encode::<Door>(&object::<Door>(&serde_json::json!({ "name": name }))));
    let request = open_ephemeral_resource::Request {
        type_name: Door::NAME.to_owned(),
        config,
        client_capabilities: None,
    };
    service.open_ephemeral_resource(Request::new(request)).await.unwrap().into_inner()
}

async fn close(service: &Service<Doors>, opened: open_ephemeral_resource::Response) -> usize {
    let request =
        close_ephemeral_resource::Request { type_name: Door::NAME.to_owned(), private: opened.private };
    let closed = service.close_ephemeral_resource(Request::new(request)).await.unwrap().into_inner();
    closed.diagnostics.len()
}

fn is_open(name: &str) -> bool {
    STATE.open.lock().unwrap().contains(name)
}

#[tokio::test]
async fn the_end_of_the_process_closes_what_the_host_did_not() {
    let process = Process::new();
    let service = configured(&process).await;
    let front = open(&service, "front").await;
    open(&service, "back").await;
    assert_eq!(close(&service, front).await, 0);
    assert!(!is_open("front") && is_open("back"));
    process.end(Ending::HostRequested);
    process.until_no_holds().await;
    assert!(!is_open("back"));
}

#[tokio::test]
async fn what_a_host_opened_and_did_not_wait_for_is_closed_too() {
    let process = Process::new();
    let service = configured(&process).await;
    let waiting = tokio::spawn({
        let service = Arc::clone(&service);
        async move { open(&service, "slow").await }
    });
    STATE.begun.notified().await;
    waiting.abort();
    assert!(waiting.await.is_err(), "the host gave up");
    process.end(Ending::HostGone);
    STATE.gate.notify_one();
    process.until_no_holds().await;
    assert!(!is_open("slow"));
}

#[tokio::test]
async fn what_the_host_could_not_close_is_closed_at_the_end() {
    let process = Process::new();
    let service = configured(&process).await;
    let stuck = open(&service, "stuck").await;
    assert_eq!(close(&service, stuck).await, 1);
    assert!(is_open("stuck"));
    process.end(Ending::HostRequested);
    process.until_no_holds().await;
    assert!(!is_open("stuck"));
}

#[tokio::test]
async fn what_the_host_closed_does_not_delay_the_end() {
    let process = Process::new();
    let service = configured(&process).await;
    let side = open(&service, "side").await;
    assert_eq!(close(&service, side).await, 0);
    process.until_no_holds().await;
    assert!(!process.stopping().is_cancelled());
}
